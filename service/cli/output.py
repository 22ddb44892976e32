"""The output of commands: whole files, standard output and tables."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from service.documents.files import write_bytes
from service.errors import CannotWrite


def write_text(path: Path, text: str) -> None:
    """Write a text file, as `write_bytes` does."""
    write_bytes(path, lambda file: file.write(text.encode()))


def print_text(text: str) -> None:
    """Write to standard output at once. Raises `CannotWrite`."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # a reader may stop at any time
    except OSError as error:
        discard_output()
        raise CannotWrite(f"standard output: {error.strerror or error}") from error


def print_result(name: str, text: str, form: str, several: bool) -> None:
    """Print a result; one of several has the name of its input."""
    if several and form == "json":
        row = {"path": name, **json.loads(text)}
        print_text(json.dumps(row, ensure_ascii=False) + "\n")
    elif several:
        print_text(f"==> {name} <==\n{text}\n\n")
    elif text:
        print_text(text + "\n")


def discard_output() -> None:
    """Discard buffered output, so that Python does not retry it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], width: int = 160) -> None:
    """Print a table; `width` is for an output that is not a terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else width, markup=False).print(table)
