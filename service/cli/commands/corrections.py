"""The commands `kabar memory`; heavy modules are imported when a command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.options import AuthorOption, DataDirOption, settings_of

app = typer.Typer(
    help="List, add, withdraw, export and import what editors corrected.",
    epilog="Example: kabar memory export corrections.tmx",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", epilog="Example: kabar memory list --count 20")
def memory_list(
    count: Annotated[int, typer.Option("--count", min=1, help="The last so many.")] = 50,
    data_dir: DataDirOption = None,
) -> None:
    """List the corrections, those that came last first."""
    from service.cli import corrections as actions

    actions.list_corrections(settings_of(data_dir=data_dir), count)


@app.command(
    "add",
    epilog='Example: kabar memory add "Air surut." "The water is receding." --author Rina',
)
def memory_add(
    source: Annotated[str, typer.Argument(help="The sentence, in Indonesian.")],
    target: Annotated[str, typer.Argument(help="What it is in English.")],
    author: AuthorOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Correct a sentence: from now on it has this English."""
    from service.cli import corrections as actions

    actions.add_correction(settings_of(data_dir=data_dir), source, target, author)


@app.command("withdraw", epilog="Example: kabar memory withdraw cor_0123456789abcdef01234567")
def memory_withdraw(
    id: Annotated[str, typer.Argument(help="The correction's id.")],
    author: AuthorOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Use a correction no more; it stays in the list."""
    from service.cli import corrections as actions

    actions.withdraw_correction(settings_of(data_dir=data_dir), id, author)


@app.command("export", epilog="Example: kabar memory export corrections.tmx")
def memory_export(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The TMX file to write.")],
    data_dir: DataDirOption = None,
) -> None:
    """Write all corrections to a TMX file, also those that do not stand."""
    from service.cli import corrections as actions

    actions.export_corrections(settings_of(data_dir=data_dir), path)


@app.command("import", epilog="Example: kabar memory import corrections.tmx")
def memory_import(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A TMX file.")],
    data_dir: DataDirOption = None,
) -> None:
    """Keep the Indonesian and English of a TMX file as corrections; those that are there already
    are left as they are."""
    from service.cli import corrections as actions

    actions.import_corrections(settings_of(data_dir=data_dir), path)


@app.command("terms", epilog="Example: kabar memory terms > proposed.csv")
def memory_terms(data_dir: DataDirOption = None) -> None:
    """Print the terms that the corrections suggest, as a glossary file to look through."""
    from service.cli import corrections as actions

    actions.print_terms(settings_of(data_dir=data_dir))
