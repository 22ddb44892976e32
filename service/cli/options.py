"""The options that several commands share, and their settings."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from service.settings import Settings

ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="Model: a name, a folder with a checkpoint, or an adapter."),
]
EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        help="Engine: auto (default: inflight where it runs, else ctranslate2), inflight, "
        "ctranslate2 or transformers.",
    ),
]
DeviceOption = Annotated[
    str | None, typer.Option("--device", help="Device: auto (default), cpu, cuda or mps.")
]
DtypeOption = Annotated[
    str | None,
    typer.Option(
        "--dtype",
        help="Number format of transformers: auto (default), float32, bfloat16 or float16.",
    ),
]
BeamOption = Annotated[
    int | None,
    typer.Option(
        "--beam", help="Beam size (default: 4; 1: greedy). Fewer beams: faster, lower quality."
    ),
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", help="CPU threads (default: 0, one per core).")
]
DeterministicOption = Annotated[
    bool,
    typer.Option(
        "--deterministic",
        help="Translate each sentence alone: slower, and other sentences never change the result.",
    ),
]
StrictOption = Annotated[
    bool,
    typer.Option("--strict", help="Exit with code 7 if any part of the result has a flag."),
]
StrictLanguageOption = Annotated[
    bool,
    typer.Option(
        "--strict-language",
        help="Refuse text that is neither Indonesian nor English, instead of a warning.",
    ),
]
GlossaryOption = Annotated[
    str | None,
    typer.Option(
        "--glossary",
        help="Glossaries to apply instead of the default ones: names or files, comma-separated; "
        "`none` for no glossary.",
    ),
]
AuthorOption = Annotated[
    str | None,
    typer.Option("--author", help="Author of the correction (default: your user name)."),
]
SummarizerOption = Annotated[
    str | None,
    typer.Option(
        "--summarizer",
        help="Summarizer: extractive (default, selects sentences), or a model for summaries (a "
        "name, or a folder with a checkpoint).",
    ),
]
NoCacheOption = Annotated[
    bool, typer.Option("--no-cache", help="Translate every sentence, without the cache.")
]
OutputOption = Annotated[
    Path | None,
    typer.Option("-o", "--output", help="Output file, or output folder for several inputs."),
]
PathsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="PATHS",
        help="Files, folders (their .txt, .html and .htm files), or - for standard input. "
        "Files that end in .html or .htm are read as HTML.",
    ),
]
DataDirOption = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder for models, cache, keys, jobs and corrections."),
]


def settings_of(**command_line: object) -> Settings:
    """Return the settings of a command, and log only warnings."""
    from service.logs import configure_logs
    from service.settings import load_settings

    settings = load_settings(**command_line)
    configure_logs(settings.log_format, "warning")
    return settings


def check_choice(option: str, value: str, choices: Sequence[str]) -> None:
    """Raise `InvalidSettings` unless the value is one of the choices."""
    from service.errors import InvalidSettings

    if value not in choices:
        raise InvalidSettings(f"{option} {value} is not valid: choose {' or '.join(choices)}")


def say(message: str) -> None:
    """Print a message to standard error."""
    print(message, file=sys.stderr, flush=True)
