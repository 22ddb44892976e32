"""The command `kabar translate`."""

from __future__ import annotations

from pathlib import Path
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
    OutputOption,
    StrictLanguageOption,
    StrictOption,
    ThreadsOption,
    settings_of,
)

app = typer.Typer()

_ARCHIVE = "Archives"


@app.command(
    epilog="Example: kabar translate article.txt --format json -o article.json\n\n"
    "Example: kabar translate archive/ 'more/*.docx' -o english/ --report report.html"
)
def translate(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATHS",
            help="Files, folders, globs in quotation marks, or - for standard input. The ending "
            "of a file tells its format.",
        ),
    ],
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="Format for articles in text and HTML: text, html, markdown or json. Without it, "
            "an article on standard output is text, and with -o every file keeps its format.",
        ),
    ] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Translate line by line: one line in, one line out.")
    ] = False,
    output: OutputOption = None,
    from_format: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Format of the inputs, if their endings do not tell it.",
            rich_help_panel=_ARCHIVE,
        ),
    ] = None,
    to_format: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="Format for the text of PDF files: html (default) or docx.",
            rich_help_panel=_ARCHIVE,
        ),
    ] = None,
    fields: Annotated[
        str | None,
        typer.Option(
            "--fields",
            help="Columns or fields to translate, comma-separated (default: those with known "
            "names, such as title, body, judul, isi).",
            rich_help_panel=_ARCHIVE,
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with an interrupted run: finished files and rows stay.",
            rich_help_panel=_ARCHIVE,
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Overwrite existing results.", rich_help_panel=_ARCHIVE),
    ] = False,
    bilingual: Annotated[
        bool,
        typer.Option(
            "--bilingual",
            help="Write both sides: the English below its source, or in a column beside it.",
            rich_help_panel=_ARCHIVE,
        ),
    ] = False,
    summaries: Annotated[
        bool,
        typer.Option(
            "--summaries",
            help="Add three bullets: in a column of each row, or in NAME.bullets.md.",
            rich_help_panel=_ARCHIVE,
        ),
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            help="Write a report as HTML: totals, speed, flags, sentences to check first.",
            rich_help_panel=_ARCHIVE,
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Count words, cached sentences and time; write nothing.",
            rich_help_panel=_ARCHIVE,
        ),
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", help="Print errors and the last line only.", rich_help_panel=_ARCHIVE
        ),
    ] = False,
    events: Annotated[
        bool,
        typer.Option(
            "--events",
            help="Print every message as a line of JSON on standard error.",
            rich_help_panel=_ARCHIVE,
        ),
    ] = False,
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
    """Translate articles, documents and archives into English."""
    from service.cli import archive
    from service.cli import articles as actions

    settings = settings_of(
        model=model, engine=engine, device=device, dtype=dtype, beam=beam, threads=threads,
        deterministic=deterministic or None, strict_language=strict_language or None,
        cache=False if no_cache else None, glossary=glossary, data_dir=data_dir,
    )  # fmt: skip
    options = archive.ArchiveOptions(
        output=output, from_format=from_format, to_format=to_format,
        fields=archive.split_fields(fields), resume=resume, force=force, quiet=quiet,
        events=events, strict=strict, bilingual=bilingual, summaries=summaries, report=report,
        dry_run=dry_run,
    )  # fmt: skip
    if archive.is_archive(paths, form, options, lines=lines):
        code = archive.translate_archive(paths, options, settings)
    elif lines:
        code = actions.translate_lines(paths, output, strict, settings)
    else:
        code = actions.translate(paths, form or "text", output, strict, settings)
    raise typer.Exit(code)
