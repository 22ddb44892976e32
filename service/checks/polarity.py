"""Polarity: a negation that the target lost, or one that it has without reason.

In: a source sentence, its target and their alignment. Out: a `Polarity`; nothing raises. Each
negation (`tidak`, *not*) must have a negation near the counterpart of the words that it denies.
Words that deny by their sense count as one (*failed*, `kecuali`), and idioms that only look like a
negation do not (`tidak hanya`, *no later than*).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from models.alignment.aligner import Alignment
from models.alignment.words import Word


class Polarity(StrEnum):
    """The relation of the negations on both sides."""

    AGREES = "agrees"
    LOST = "lost"
    INVENTED = "invented"


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a language that deny."""

    negations: re.Pattern[str]
    idioms: re.Pattern[str]  # deny nothing, though they have a negation
    adverse: re.Pattern[str]  # deny by their sense


@cache
def _lexicon() -> tuple[_Words, _Words]:
    """Return the words of the source's and of the target's language."""
    text = (files("service.text.lexicon") / "polarity.toml").read_text(encoding="utf-8")
    lists = tomllib.loads(text)
    source, target = (
        _Words(**{name: _pattern(words) for name, words in lists[side].items()})
        for side in ("source", "target")
    )
    return source, target


def _pattern(alternatives: str) -> re.Pattern[str]:
    joined = "|".join(" ".join(part.split()) for part in alternatives.split(","))
    return re.compile(rf"\b(?:{joined})\b", re.IGNORECASE)


Span = tuple[int, int]

# Words around a counterpart in which its negation stands.
_BEFORE, _AFTER = 5, 3
# Words after a negation that it may deny.
_SCOPE = 3


def polarity(source: str, target: str, alignment: Alignment) -> Polarity:
    """Compare the negations of a sentence and its target, by their places."""
    of_source, of_target = _lexicon()
    links = alignment.links
    if (found := _negations(source, of_source)) and _is_alone(
        found, alignment.source, alignment.target, links, _denials(target, of_target)
    ):
        return Polarity.LOST
    links = tuple((j, i) for i, j in links)
    if (found := _negations(target, of_target)) and _is_alone(
        found, alignment.target, alignment.source, links, _denials(source, of_source)
    ):
        return Polarity.INVENTED
    return Polarity.AGREES


def _negations(text: str, words: _Words) -> list[Span]:
    masked = words.idioms.sub(lambda match: "_" * len(match[0]), text)
    return [match.span() for match in words.negations.finditer(masked)]


def _denials(text: str, words: _Words) -> list[Span]:
    return [
        match.span()
        for pattern in (words.negations, words.adverse)
        for match in pattern.finditer(text)
    ]


def _is_alone(
    found: Iterable[Span],
    own: Sequence[Word],
    other: Sequence[Word],
    links: Sequence[tuple[int, int]],
    denials: Sequence[Span],
) -> bool:
    """Return whether a negation has no counterpart near what it denies."""
    for start, end in found:
        at = [n for n, word in enumerate(own) if word.start < end and word.end > start]
        if not at:
            continue
        scope = range(at[0], at[-1] + 1 + _SCOPE)
        linked = [j for i, j in links if i in scope]
        if not linked:
            if not denials:
                return True
            continue
        low = other[max(0, min(linked) - _BEFORE)].start
        high = other[min(len(other) - 1, max(linked) + _AFTER)].end
        if not any(first < high and last > low for first, last in denials):
            return True
    return False
