"""The command `kabar serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.options import (
    BeamOption,
    DataDirOption,
    DeterministicOption,
    DeviceOption,
    DtypeOption,
    EngineOption,
    GlossaryOption,
    ModelOption,
    NoCacheOption,
    StrictLanguageOption,
    SummarizerOption,
    ThreadsOption,
    settings_of,
)

app = typer.Typer()


@app.command(epilog="Example: kabar serve --port 8080")
def serve(
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on (default: 127.0.0.1).")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port to listen on (default: 8000).")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", help="Worker processes, each with its own model (default: 1)."),
    ] = None,
    no_auth: Annotated[
        bool, typer.Option("--no-auth", help="Serve without API keys, on any address.")
    ] = False,
    model: ModelOption = None,
    engine: EngineOption = None,
    device: DeviceOption = None,
    dtype: DtypeOption = None,
    beam: BeamOption = None,
    threads: ThreadsOption = None,
    deterministic: DeterministicOption = False,
    strict_language: StrictLanguageOption = False,
    glossary: GlossaryOption = None,
    summarizer: SummarizerOption = None,
    no_cache: NoCacheOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Serve translations and summaries over HTTP."""
    from service.http.server import run_server

    run_server(
        settings_of(
            host=host,
            port=port,
            workers=workers,
            model=model,
            engine=engine,
            device=device,
            dtype=dtype,
            beam=beam,
            threads=threads,
            deterministic=deterministic or None,
            strict_language=strict_language or None,
            auth=False if no_auth else None,
            cache=False if no_cache else None,
            glossary=glossary,
            summarizer=summarizer,
            data_dir=data_dir,
        )
    )
