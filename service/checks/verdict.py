"""The verdict on a target: its flags, worst first, and their total weight.

It needs no reference translation. The guards compare candidates by weight. The names of the flags
are part of the interface.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from service.checks.compare import Comparison
from service.checks.faults import echoes, in_source_language, loops
from service.checks.polarity import Polarity

# A text that is no translation harms a reader most, and a wrong translation comes next.
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
    "negation": 2.5,
    "quotation": 2.0,
    "name_missing": 1.5,
    "name_invented": 1.5,
}

# Limits of the target's words divided by the source's words. Reference translations of news lie
# within 0.5 and 2.0, except those of very short sentences.
_MIN_RATIO, _MAX_RATIO = 0.4, 2.5
_MIN_SOURCE_WORDS = 5

# This many adjacent words with less coverage than this are a dropped clause. Human translations
# have hardly any.
_DROPPED_WORDS, _MIN_COVERAGE = 3, 0.25

# The frame of the prompt, and the braces of hints in it.
_PROMPT = re.compile(r"\b(?:Indonesian|English)\s*:|[{}]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The flags of a target, and their weight (0: no flags)."""

    flags: tuple[str, ...]
    weight: float


def judge(comparison: Comparison, *, finished: bool = True) -> Verdict:
    """Judge a target; `finished` is false if the length limit cut it."""
    source, target = comparison.source, comparison.target
    if not target.strip():
        return Verdict(("untranslated",), WEIGHTS["untranslated"])
    counts = dict.fromkeys(_faults(source, target, finished), 1)
    if comparison.is_readable:
        is_english = not counts.keys() & {"echo", "foreign"}
        counts |= _wrong_facts(comparison) | {"negation": is_english and _is_reversed(comparison)}
    flags = tuple(flag for flag in WEIGHTS if counts.get(flag))
    return Verdict(flags, sum(WEIGHTS[flag] * counts[flag] for flag in flags))


def _wrong_facts(comparison: Comparison) -> dict[str, int]:
    """Count the wrong facts by flag."""
    pairing, names = comparison.numbers, comparison.names
    quotations = len(comparison.source_quotations), len(comparison.target_quotations)
    return {
        "number_missing": len(pairing.missing),
        "number_invented": len(pairing.invented),
        "name_missing": len(names.missing),
        "name_invented": len(names.invented),
        "dropped": _dropped_clauses(comparison.alignment.coverage),
        "quotation": abs(quotations[0] - quotations[1]),
    }


def _is_reversed(comparison: Comparison) -> bool:
    return comparison.polarity is not Polarity.AGREES


def _dropped_clauses(coverage: Sequence[float]) -> int:
    """Count the runs of source words without a counterpart."""
    uncovered = [value < _MIN_COVERAGE for value in coverage]
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
    source_words, target_words = len(source.split()), len(target.split())
    if source_words >= _MIN_SOURCE_WORDS:
        if target_words < _MIN_RATIO * source_words:
            found.append("short")
        elif target_words > _MAX_RATIO * source_words:
            found.append("long")
    return found


def _scripts(text: str) -> set[str]:
    """Return the non-Latin scripts: the first words of Unicode names."""
    if text.isascii():
        return set()
    letters = {character for character in text if character > "\u024f" and character.isalpha()}
    return {unicodedata.name(letter, "UNKNOWN").split(" ", 1)[0] for letter in letters} - {
        "LATIN",
        "MODIFIER",
    }
