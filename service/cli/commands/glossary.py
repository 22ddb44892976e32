"""The commands `kabar glossary`; heavy modules are imported when a command runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.options import DataDirOption, GlossaryOption, settings_of

app = typer.Typer(
    help="List, add, remove and check the newsroom's terms.",
    epilog="Example: kabar glossary check terms.csv",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", epilog="Example: kabar glossary list")
def glossary_list(data_dir: DataDirOption = None) -> None:
    """List the glossaries, with how many terms each has."""
    from service.cli import glossary as actions

    actions.list_glossaries(settings_of(data_dir=data_dir))


@app.command("add", epilog="Example: kabar glossary add terms.csv --name politics")
def glossary_add(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV or TSV: source,target,note,case.")
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="By default the file's, without its ending.")
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """Keep a copy of a glossary; it applies from then on, over the newsroom's."""
    from service.cli import glossary as actions

    actions.add_glossary(settings_of(data_dir=data_dir), path, name)


@app.command("remove", epilog="Example: kabar glossary remove politics")
def glossary_remove(
    name: Annotated[str, typer.Argument(help="The glossary's name.")],
    data_dir: DataDirOption = None,
) -> None:
    """Remove a glossary that was added."""
    from service.cli import glossary as actions

    actions.remove_glossary(settings_of(data_dir=data_dir), name)


@app.command("check", epilog="Example: kabar glossary check article.txt")
def glossary_check(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="A glossary (.csv or .tsv), or an article."),
    ],
    glossary: GlossaryOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Check a glossary file; of an article, show which terms stand in it."""
    from service.cli import glossary as actions

    actions.check(settings_of(glossary=glossary, data_dir=data_dir), path)
