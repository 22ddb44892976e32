"""The commands `kabar memory …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.options import AuthorOption, DataDirOption, settings_of

app = typer.Typer(
    help="List, add, withdraw, export and import the editors' corrections.",
    epilog="Example: kabar memory export corrections.tmx",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", epilog="Example: kabar memory list --count 20")
def memory_list(
    count: Annotated[
        int, typer.Option("--count", min=1, help="Number of corrections to show.")
    ] = 50,
    data_dir: DataDirOption = None,
) -> None:
    """List the corrections, newest first."""
    from service.cli import corrections as actions

    actions.list_corrections(settings_of(data_dir=data_dir), count)


@app.command(
    "add",
    epilog='Example: kabar memory add "Air surut." "The water is receding." --author Rina',
)
def memory_add(
    source: Annotated[str, typer.Argument(help="Indonesian sentence.")],
    target: Annotated[str, typer.Argument(help="Its English.")],
    author: AuthorOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Add a correction: the sentence has this English from now on."""
    from service.cli import corrections as actions

    actions.add_correction(settings_of(data_dir=data_dir), source, target, author)


@app.command("withdraw", epilog="Example: kabar memory withdraw cor_0123456789abcdef01234567")
def memory_withdraw(
    id: Annotated[str, typer.Argument(help="Id of the correction.")],
    author: AuthorOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Stop using a correction; it stays in the list."""
    from service.cli import corrections as actions

    actions.withdraw_correction(settings_of(data_dir=data_dir), id, author)


@app.command("export", epilog="Example: kabar memory export corrections.tmx")
def memory_export(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="TMX file to write.")],
    data_dir: DataDirOption = None,
) -> None:
    """Write all corrections to a TMX file, with replaced and withdrawn ones."""
    from service.cli import corrections as actions

    actions.export_corrections(settings_of(data_dir=data_dir), path)


@app.command("import", epilog="Example: kabar memory import corrections.tmx")
def memory_import(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="TMX file to read.")],
    data_dir: DataDirOption = None,
) -> None:
    """Add the Indonesian and English in a TMX file as corrections.

    Existing corrections stay as they are.
    """
    from service.cli import corrections as actions

    actions.import_corrections(settings_of(data_dir=data_dir), path)


@app.command("terms", epilog="Example: kabar memory terms > proposed.csv")
def memory_terms(data_dir: DataDirOption = None) -> None:
    """Print terms from the corrections as a glossary file for review."""
    from service.cli import corrections as actions

    actions.print_terms(settings_of(data_dir=data_dir))
