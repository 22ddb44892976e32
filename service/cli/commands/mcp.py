"""The command `kabar mcp`."""

from __future__ import annotations

import typer

from service.cli.options import (
    BeamOption,
    DataDirOption,
    DeviceOption,
    EngineOption,
    GlossaryOption,
    ModelOption,
    NoCacheOption,
    ThreadsOption,
    settings_of,
)

app = typer.Typer()


@app.command(epilog="Example: kabar mcp (started by the program that uses the tools)")
def mcp(
    model: ModelOption = None,
    engine: EngineOption = None,
    device: DeviceOption = None,
    beam: BeamOption = None,
    threads: ThreadsOption = None,
    glossary: GlossaryOption = None,
    no_cache: NoCacheOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Offer tools to a program over the Model Context Protocol."""
    from service.cli.mcp_server import serve_tools

    serve_tools(
        settings_of(
            model=model, engine=engine, device=device, beam=beam, threads=threads,
            cache=False if no_cache else None, glossary=glossary, data_dir=data_dir,
        )
    )  # fmt: skip
