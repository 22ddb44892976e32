"""Test sets: aligned lines, and other systems' outputs beside them."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

from scripts.training import corpora

# Kabar with nothing set, in tables and files.
OURS = "kabar"


class EvaluationError(Exception):
    """Base of what ends the evaluation; `exit_code` is the program's exit status."""

    exit_code = 1


class InputError(EvaluationError):
    """The files or options cannot be used as they are; the message says which and why."""

    exit_code = 2


class TranslationError(EvaluationError):
    """The command line failed; what it says about it stands above the message."""


@dataclass(frozen=True, slots=True)
class TestSet:
    """Aligned lines; `peers` holds other systems' outputs by name, as long as the sources."""

    __test__ = False  # not for pytest to collect

    name: str
    sources: list[str]
    references: list[str]
    peers: dict[str, list[str]]

    def first(self, limit: int | None) -> TestSet:
        """The first `limit` lines of everything."""
        peers = {name: lines[:limit] for name, lines in self.peers.items()}
        return TestSet(self.name, self.sources[:limit], self.references[:limit], peers)


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file; only line feeds end one. Raises `InputError`."""
    try:
        return corpora.read_lines(path)
    except corpora.CorpusError as error:
        raise InputError(error.detail) from error


def read_test_set(folder: Path, name: str) -> TestSet:
    """The set's files, checked against each other. Raises `InputError`."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    sources = read_lines(folder / f"{name}.id")
    references = read_lines(folder / f"{name}.en")
    if len(sources) != len(references):
        raise InputError(
            f"{name}: {len(sources)} lines in {name}.id, {len(references)} in {name}.en"
        )
    if not sources:
        raise InputError(f"{name}: the files are empty")
    # Google's outputs were published with HTML entities; no other peer has any.
    peers = {
        path.stem: [html.unescape(line) for line in read_lines(path)]
        for path in sorted((folder / f"{name}.peers").glob("*.en"))
    }
    for peer, lines in peers.items():
        if len(lines) != len(sources):
            raise InputError(
                f"{name}: {len(lines)} lines in {name}.peers/{peer}.en, {len(sources)} in {name}.id"
            )
    return TestSet(name, sources, references, peers)
