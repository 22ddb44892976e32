"""Test sets: aligned lines, and the outputs of other systems."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

from scripts.training import corpora

# The name of Kabar without options, in tables and files.
OURS = "kabar"


class EvaluationError(Exception):
    """The base of errors that end the evaluation, with the exit status."""

    exit_code = 1


class InputError(EvaluationError):
    """Files or options that cannot be used; the message says which and why."""

    exit_code = 2


class TranslationError(EvaluationError):
    """A failure of the command line, which has printed the reason."""


@dataclass(frozen=True, slots=True)
class TestSet:
    """Aligned lines; `peers` are the outputs of other systems by name."""

    __test__ = False  # pytest would collect it by its name

    name: str
    sources: list[str]
    references: list[str]
    peers: dict[str, list[str]]

    def first(self, limit: int | None) -> TestSet:
        """Return the set with only the first `limit` lines."""
        peers = {name: lines[:limit] for name, lines in self.peers.items()}
        return TestSet(self.name, self.sources[:limit], self.references[:limit], peers)


def read_lines(path: Path) -> list[str]:
    """Read the lines of a UTF-8 file. Raises `InputError`.

    Only line feeds end a line.
    """
    try:
        return corpora.read_lines(path)
    except corpora.CorpusError as error:
        raise InputError(error.detail) from error


def read_test_set(folder: Path, name: str) -> TestSet:
    """Read a set. Raises `InputError` if it is not aligned or readable."""
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
    # Google's published outputs have HTML entities; the others have none.
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
