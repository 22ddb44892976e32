"""The commands `kabar keys …`."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.options import DataDirOption, settings_of

app = typer.Typer(
    help="Make, list and revoke API keys.",
    epilog="Example: kabar keys create newsletter",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("create", epilog="Example: kabar keys create newsletter --characters-per-day 500000")
def keys_create(
    name: Annotated[
        str, typer.Argument(help="Name of the key: up to 64 letters (A-Z, a-z), digits and .-_")
    ],
    lane: Annotated[
        str,
        typer.Option(
            "--lane",
            help="Default lane of the key; it may use no lane that is more urgent: breaking, "
            "normal (default) or archive.",
        ),
    ] = "normal",
    characters_per_day: Annotated[
        int | None,
        typer.Option(
            "--characters-per-day", help="Maximum characters in a day, UTC (default: no limit)."
        ),
    ] = None,
    requests_per_minute: Annotated[
        int | None,
        typer.Option(
            "--requests-per-minute", help="Maximum requests in a minute (default: no limit)."
        ),
    ] = None,
    may: Annotated[
        list[str] | None,
        typer.Option(
            "--may",
            help="Permission: correct (write corrections, withdraw its own) or manage (also see "
            "and withdraw those of other keys).",
        ),
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """Make a key and print it once; after the first key, requests need one."""
    from service.cli import keys as actions

    actions.create_key(
        settings_of(data_dir=data_dir),
        name,
        lane,
        characters_per_day,
        requests_per_minute,
        may or [],
    )


@app.command("list", epilog="Example: kabar keys list")
def keys_list(data_dir: DataDirOption = None) -> None:
    """List the keys with their limits and their usage today."""
    from service.cli import keys as actions

    actions.list_keys(settings_of(data_dir=data_dir))


@app.command("revoke", epilog="Example: kabar keys revoke newsletter")
def keys_revoke(
    name: Annotated[str, typer.Argument(help="Name of the key.")],
    data_dir: DataDirOption = None,
) -> None:
    """Revoke a key: requests with it are refused from now on."""
    from service.cli import keys as actions

    actions.revoke_key(settings_of(data_dir=data_dir), name)
