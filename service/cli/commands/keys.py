"""The commands `kabar keys`; heavy modules are imported when a command runs."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.options import DataDirOption, settings_of

app = typer.Typer(
    help="Make, list and revoke the keys of the service.",
    epilog="Example: kabar keys create newsletter",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("create", epilog="Example: kabar keys create newsletter --characters-per-day 500000")
def keys_create(
    name: Annotated[str, typer.Argument(help="Letters, digits and .-_, 64 at the most.")],
    lane: Annotated[
        str,
        typer.Option(
            "--lane",
            help="The most urgent it may use, and uses: breaking, normal (default) or archive.",
        ),
    ] = "normal",
    characters_per_day: Annotated[
        int | None,
        typer.Option("--characters-per-day", help="Limit by day (UTC). Default none."),
    ] = None,
    requests_per_minute: Annotated[
        int | None, typer.Option("--requests-per-minute", help="Limit. Default none.")
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """Make a key and print it, this once; from the first key on requests need one."""
    from service.cli import keys as actions

    actions.create_key(
        settings_of(data_dir=data_dir), name, lane, characters_per_day, requests_per_minute
    )


@app.command("list", epilog="Example: kabar keys list")
def keys_list(data_dir: DataDirOption = None) -> None:
    """List the keys with their limits and what they used today."""
    from service.cli import keys as actions

    actions.list_keys(settings_of(data_dir=data_dir))


@app.command("revoke", epilog="Example: kabar keys revoke newsletter")
def keys_revoke(
    name: Annotated[str, typer.Argument(help="The key's name.")],
    data_dir: DataDirOption = None,
) -> None:
    """Revoke a key: no request is let in with it any more."""
    from service.cli import keys as actions

    actions.revoke_key(settings_of(data_dir=data_dir), name)
