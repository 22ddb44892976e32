"""What is wrong with a target, as far as a program can see it without a reference.

In: a source segment and its target. Out: flags, worst first, and how much they weigh together, by
which candidates are compared. The names of the flags are part of the interface.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from service.checks.compare import Comparison
from service.checks.faults import echoes, in_source_language, loops

# A reader is harmed most by what is no translation, then by what says something else.
WEIGHTS = {
    "untranslated": 20.0,
    "loop": 12.0,
    "prompt": 12.0,
    "echo": 10.0,
    "foreign": 8.0,
    "script": 8.0,
    "unfinished": 6.0,
    "short": 5.0,
    "long": 4.0,
    "number_missing": 3.0,
    "number_invented": 3.0,
    "dropped": 3.0,
    "quotation": 2.0,
    "name_missing": 1.5,
    "name_invented": 1.5,
}

# Words of a target to words of its source: outside this, something is missing or made up.
# Reference translations of news lie within 0.5 and 2.0 except for very short sentences.
_SHORT, _LONG = 0.4, 2.5
_FEWEST_WORDS = 5

# So many words in a row without a counterpart are a dropped clause; people's translations have
# hardly any.
_DROPPED_WORDS, _UNCOVERED = 3, 0.25

_PROMPT = re.compile(r"\b(?:Indonesian|English)\s*:")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The flags of a target, and their weight (0: nothing is wrong)."""

    flags: tuple[str, ...]
    weight: float


def judge(comparison: Comparison, *, finished: bool = True) -> Verdict:
    """Return the faults of a target; `finished` is false where the length limit cut it."""
    source, target = comparison.source, comparison.target
    if not target.strip():
        return Verdict(("untranslated",), WEIGHTS["untranslated"])
    counts = dict.fromkeys(_faults(source, target, finished), 1)
    if comparison.is_readable:
        counts |= _wrong_facts(comparison)
    flags = tuple(flag for flag in WEIGHTS if counts.get(flag))
    return Verdict(flags, sum(WEIGHTS[flag] * counts[flag] for flag in flags))


def _wrong_facts(comparison: Comparison) -> dict[str, int]:
    """Return the number of wrong facts, by flag."""
    pairing, found = comparison.numbers, comparison.names
    ours, theirs = comparison.source_quotations, comparison.target_quotations
    return {
        "number_missing": len(pairing.missing),
        "number_invented": len(pairing.invented),
        "name_missing": len(found.missing),
        "name_invented": len(found.invented),
        "dropped": _drops(comparison.alignment.coverage),
        "quotation": abs(len(ours) - len(theirs)),
    }


def _drops(coverage: Sequence[float]) -> int:
    """Runs of words that nothing in the target stands for."""
    uncovered = [value < _UNCOVERED for value in coverage]
    return sum(
        all(uncovered[n : n + _DROPPED_WORDS]) and not (n and uncovered[n - 1])
        for n in range(len(uncovered) - _DROPPED_WORDS + 1)
    )


def _faults(source: str, target: str, finished: bool) -> list[str]:
    found = []
    if loops(target, source):
        found.append("loop")
    if _PROMPT.search(target) and not _PROMPT.search(source):
        found.append("prompt")
    if echoes(source, target):
        found.append("echo")
    elif in_source_language(target):
        found.append("foreign")
    if _scripts(target) - _scripts(source):
        found.append("script")
    if not finished:
        found.append("unfinished")
    ours, theirs = len(source.split()), len(target.split())
    if ours >= _FEWEST_WORDS:
        if theirs < _SHORT * ours:
            found.append("short")
        elif theirs > _LONG * ours:
            found.append("long")
    return found


def _scripts(text: str) -> set[str]:
    """The writing systems of its letters, by the first word of their Unicode names; but Latin."""
    if text.isascii():
        return set()
    letters = {character for character in text if character > "\u024f" and character.isalpha()}
    return {unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0] for letter in letters} - {
        "LATIN",
        "MODIFIER",
    }
