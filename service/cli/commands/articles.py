"""The commands `kabar summarize` and `kabar read`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

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
    OutputOption,
    PathsArgument,
    StrictLanguageOption,
    StrictOption,
    SummarizerOption,
    ThreadsOption,
    settings_of,
)

if TYPE_CHECKING:
    from service.summaries.records import BulletLanguage

app = typer.Typer()


@app.command(epilog="Example: kabar summarize article.txt --bullets 3")
def summarize(
    paths: PathsArgument,
    bullets: Annotated[
        int, typer.Option("--bullets", min=1, max=7, help="Maximum number of bullets.")
    ] = 3,
    words: Annotated[
        int | None, typer.Option("--words", min=1, help="Maximum words in all bullets together.")
    ] = None,
    characters: Annotated[
        int | None,
        typer.Option("--characters", min=1, help="Maximum characters of all bullets as text."),
    ] = None,
    language: Annotated[
        str, typer.Option("--language", help="Language of the bullets: en (default), id or both.")
    ] = "en",
    together: Annotated[
        bool,
        typer.Option("--together", help="Make one set of bullets from articles on one event."),
    ] = False,
    form: Annotated[
        str, typer.Option("--format", help="Format: text (default), html, markdown or json.")
    ] = "text",
    summarizer: SummarizerOption = None,
    output: OutputOption = None,
    model: ModelOption = None,
    engine: EngineOption = None,
    device: DeviceOption = None,
    dtype: DtypeOption = None,
    beam: BeamOption = None,
    threads: ThreadsOption = None,
    deterministic: DeterministicOption = False,
    strict: StrictOption = False,
    strict_language: StrictLanguageOption = False,
    glossary: GlossaryOption = None,
    no_cache: NoCacheOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Summarize Indonesian articles in bullets, each from a source sentence."""
    from service.cli import articles as actions
    from service.summaries.records import BulletOptions

    settings = settings_of(
        model=model, engine=engine, device=device, dtype=dtype, beam=beam, threads=threads,
        deterministic=deterministic or None, strict_language=strict_language or None,
        cache=False if no_cache else None, glossary=glossary, summarizer=summarizer,
        data_dir=data_dir,
    )  # fmt: skip
    bullet_options = BulletOptions(bullets, cast("BulletLanguage", language), words, characters)
    raise typer.Exit(
        actions.summarize(paths, bullet_options, form, output, strict, settings, together=together)
    )


@app.command(epilog="Example: kabar feed https://example.org/rss.xml -o english.xml")
def feed(
    source: Annotated[
        str, typer.Argument(metavar="URL|FILE", help="RSS or Atom: a URL, a file, or - .")
    ],
    items: Annotated[
        int | None, typer.Option("--items", min=1, help="Translate at most the first items.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Output file (default: standard output).")
    ] = None,
    model: ModelOption = None,
    engine: EngineOption = None,
    device: DeviceOption = None,
    beam: BeamOption = None,
    threads: ThreadsOption = None,
    strict_language: StrictLanguageOption = False,
    glossary: GlossaryOption = None,
    no_cache: NoCacheOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Translate an RSS or Atom feed; links and dates stay as they are."""
    from service.cli import feeds as actions

    settings = settings_of(
        model=model, engine=engine, device=device, beam=beam, threads=threads,
        strict_language=strict_language or None, cache=False if no_cache else None,
        glossary=glossary, data_dir=data_dir,
    )  # fmt: skip
    raise typer.Exit(actions.translate_feed(source, items, output, settings))


@app.command(epilog="Example: kabar read article.txt --format json")
def read(
    paths: PathsArgument,
    form: Annotated[str, typer.Option("--format", help="Format: text (default) or json.")] = "text",
) -> None:
    """Show how articles are read: kinds, sentences, furniture; no translation."""
    from service.cli import readings as actions

    raise typer.Exit(actions.read_articles(paths, form))
