"""The command `kabar`: its groups of commands and its exit codes.

Exit codes: 0 done; 1 nothing of an archive is translated; 2 the command, a setting or a name is not
valid; 3 an input, or some of them, cannot be read; 4 a model or engine failed; 5 the output cannot
be written; 6 the address is in use; 7 the result has flags (`--strict`); 130 interrupted. Messages
go to standard error, results to standard output.
"""

from __future__ import annotations

from typing import Annotated

import typer

from models.errors import KabarError
from service.cli.commands import (
    articles,
    cache,
    corrections,
    doctor,
    glossary,
    keys,
    mcp,
    models,
    serve,
    translate,
)
from service.cli.options import say

app = typer.Typer(
    name="kabar",
    help="Translate Indonesian news into English, and summarize it in bullets.",
    epilog="Example: kabar translate article.txt",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(translate.app)
app.add_typer(articles.app)
app.add_typer(serve.app)
app.add_typer(models.app, name="models")
app.add_typer(keys.app, name="keys")
app.add_typer(glossary.app, name="glossary")
app.add_typer(corrections.app, name="memory")
app.add_typer(cache.app, name="cache")
app.add_typer(mcp.app)
app.add_typer(doctor.app)


def main() -> None:
    """Run the command `kabar`."""
    try:
        app(prog_name="kabar")
    except KabarError as error:
        say(f"kabar: {error.title}: {error.detail}")
        raise SystemExit(error.exit_code) from None


def _version(show: bool) -> None:
    if show:
        from importlib.metadata import version

        typer.echo(f"kabar {version('kabar')}")
        raise typer.Exit


@app.callback()
def kabar(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


if __name__ == "__main__":
    main()
