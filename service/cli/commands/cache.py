"""The commands `kabar cache …`."""

from __future__ import annotations

import typer

from service.cli.options import DataDirOption, settings_of

app = typer.Typer(
    help="Show and clear the cache of translations.",
    epilog="Example: kabar cache stats",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("stats", epilog="Example: kabar cache stats")
def cache_stats(data_dir: DataDirOption = None) -> None:
    """Show the number of cached sentences and results, and their size."""
    from service.cli import cache as actions

    actions.print_stats(settings_of(data_dir=data_dir))


@app.command("clear", epilog="Example: kabar cache clear")
def cache_clear(data_dir: DataDirOption = None) -> None:
    """Delete all cached sentences and results; corrections stay."""
    from service.cli import cache as actions

    actions.clear(settings_of(data_dir=data_dir))
