"""The command `kabar doctor`."""

from __future__ import annotations

import typer

from service.cli.options import DataDirOption, settings_of

app = typer.Typer()


@app.command(epilog="Example: kabar doctor")
def doctor(data_dir: DataDirOption = None) -> None:
    """Check whether Kabar works on this machine."""
    from service.cli import doctor as actions

    raise typer.Exit(actions.doctor(settings_of(data_dir=data_dir)))
