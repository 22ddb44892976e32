"""The commands `kabar glossary …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.options import DataDirOption, GlossaryOption, settings_of

app = typer.Typer(
    help="List, add, remove and check glossaries.",
    epilog="Example: kabar glossary check terms.csv",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", epilog="Example: kabar glossary list")
def glossary_list(data_dir: DataDirOption = None) -> None:
    """List the glossaries and their numbers of terms."""
    from service.cli import glossary as actions

    actions.list_glossaries(settings_of(data_dir=data_dir))


@app.command("add", epilog="Example: kabar glossary add terms.csv --name politics")
def glossary_add(
    path: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="CSV or TSV with the columns source,target,note,case."),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="Name of the glossary (default: the file name without its suffix)."
        ),
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """Copy a glossary to the data folder; it overrides the newsroom's terms."""
    from service.cli import glossary as actions

    actions.add_glossary(settings_of(data_dir=data_dir), path, name)


@app.command("remove", epilog="Example: kabar glossary remove politics")
def glossary_remove(
    name: Annotated[str, typer.Argument(help="Name of the glossary.")],
    data_dir: DataDirOption = None,
) -> None:
    """Remove an added glossary."""
    from service.cli import glossary as actions

    actions.remove_glossary(settings_of(data_dir=data_dir), name)


@app.command("check", epilog="Example: kabar glossary check article.txt")
def glossary_check(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="Glossary file (.csv or .tsv) or article."),
    ],
    glossary: GlossaryOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Check a glossary file, or show the terms in an article."""
    from service.cli import glossary as actions

    actions.check(settings_of(glossary=glossary, data_dir=data_dir), path)
