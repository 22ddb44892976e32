"""Options that several commands share, and the settings that they make."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from service.settings import Settings

ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="A model's name, a folder with a checkpoint, or an adapter."),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        help="ctranslate2 (default; see `kabar models measure`), inflight or transformers.",
    ),
]
DeviceOption = Annotated[
    str | None, typer.Option("--device", help="auto (default), cpu, cuda or mps.")
]
DtypeOption = Annotated[
    str | None,
    typer.Option(
        "--dtype",
        help="auto (default), float32, bfloat16; float16 (transformers), int8 (inflight).",
    ),
]
BeamOption = Annotated[
    int | None, typer.Option("--beam", help="Beams of the search; 1 is greedy. Default 4.")
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", help="CPU threads; 0 (default) is one a core.")
]
DeterministicOption = Annotated[
    bool,
    typer.Option(
        "--deterministic",
        help="Translate every sentence on its own: slower, and the same whatever else there is.",
    ),
]
StrictOption = Annotated[
    bool,
    typer.Option("--strict", help="Exit with 7 where anything in the result has a flag."),
]
StrictLanguageOption = Annotated[
    bool,
    typer.Option(
        "--strict-language",
        help="Refuse what is in neither Indonesian nor English, instead of warning of it.",
    ),
]
GlossaryOption = Annotated[
    str | None,
    typer.Option(
        "--glossary",
        help="Glossaries that apply, instead of the usual ones: names or files, parted by commas; "
        "none: none.",
    ),
]
AuthorOption = Annotated[
    str | None, typer.Option("--author", help="Who says so; by default the user's name.")
]
SummarizerOption = Annotated[
    str | None,
    typer.Option(
        "--summarizer",
        help="extractive (default: sentences are chosen), or a model for summaries: its name, or a "
        "folder with a checkpoint.",
    ),
]
NoCacheOption = Annotated[
    bool, typer.Option("--no-cache", help="Translate every sentence anew, and keep none.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", help="Write to this file; with several inputs, into this folder."
    ),
]
PathsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="PATHS",
        help="Files, folders (their .txt, .html and .htm files), or - for standard input. "
        "Files called .html or .htm are read as HTML.",
    ),
]
DataDirOption = Annotated[
    Path | None, typer.Option("--data-dir", help="Where models and the cache are kept.")
]


def settings_of(**command_line: object) -> Settings:
    """Return the settings, in which the command line comes first; log warnings only."""
    from service.logs import configure_logs
    from service.settings import load_settings

    settings = load_settings(**command_line)
    configure_logs(settings.log_format, "warning")
    return settings


def say(message: str) -> None:
    """Print a message to standard error."""
    print(message, file=sys.stderr, flush=True)
