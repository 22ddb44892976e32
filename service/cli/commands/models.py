"""The commands `kabar models …`."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.options import DataDirOption, EngineOption, settings_of

app = typer.Typer(
    help="List, build and verify models.",
    epilog="Example: kabar models list",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", epilog="Example: kabar models list")
def models_list(data_dir: DataDirOption = None) -> None:
    """List the known models, and which of them are on this machine."""
    from service.cli import models as actions

    actions.list_models(settings_of(data_dir=data_dir))


@app.command("build", epilog="Example: kabar models build kabar-id-en")
def models_build(
    name: Annotated[str | None, typer.Argument(help="Name or folder of a model.")] = None,
    engine: EngineOption = None,
    force: Annotated[bool, typer.Option("--force", help="Build it even if it exists.")] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Build, download or convert a model now, instead of at its first use."""
    from service.cli import models as actions

    actions.build_model(settings_of(model=name, engine=engine, data_dir=data_dir), force)


@app.command("verify", epilog="Example: kabar models verify kabar-id-en")
def models_verify(
    name: Annotated[str | None, typer.Argument(help="Name or folder of a model.")] = None,
    engine: EngineOption = None,
    data_dir: DataDirOption = None,
) -> None:
    """Check the sha256 of every file of a model."""
    from service.cli import models as actions

    actions.verify_model(settings_of(model=name, engine=engine, data_dir=data_dir))
