"""Names in a sentence and their counterparts in the target.

A name is a run of capitalized words. A capital at the beginning of a sentence or a quotation is no
evidence, nor are the capitals of a title in which nearly every word has one. English translates
names (`Jepang`, `Kementerian Luar Negeri`) or keeps them, so the word alignment decides whether
the target has one. The alignment also links a name to another one in its place (`Prabowo`,
`Jokowi`). If neither side knows the other's name, they count as missing and invented, linked or
not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.alignment.aligner import Alignment, Unmatched, Word
from service.article import Span
from service.checks.people import people
from service.text.lexicon import numbers as lexicon
from service.text.lexicon.places import TRANSLATED_PLACES, has_other_english_name

# A capitalized word with less coverage has no counterpart in the target.
_MIN_COVERAGE = 0.12
# Months, days and zones are other kinds of facts. A capitalized pronoun is no name.
_NO_NAMES = frozenset((
    *("anda", "the", "rp", "a.d.", "ad", "bc"),
    *(*lexicon.MONTHS["id"], *lexicon.MONTHS["en"]),
    *(*lexicon.WEEKDAYS["id"], *lexicon.WEEKDAYS["en"]),
    *map(str.lower, lexicon.INDONESIAN_ZONES),
))  # fmt: skip
_MIN_CHARS = 3
# A text with a larger share of capitalized words is a title.
_MAX_CAPITALS = 0.6
_OPENS = ".?!:;\"“(‘'«[-–—"
# English may spell an acronym out: `DBD`, dengue fever.
_ACRONYM = re.compile(r"[A-Z]{2,6}")
_WITHIN_NAME = re.compile(r"[ '’.-]{1,2}")


@dataclass(frozen=True, slots=True)
class Names:
    """The spans of names.

    `target` has the counterpart of each name in `source`, or None. `missing` are names of the
    source without a counterpart, `invented` those that only the target has.
    """

    source: tuple[Span, ...]
    missing: tuple[Span, ...]
    target: tuple[Span | None, ...]
    invented: tuple[Span, ...]


def names(source: str, target: str, alignment: Alignment) -> Names:
    """Return the names of a sentence and of its target."""
    spans, missing, counterparts = [], [], []
    folded = target.casefold()
    lost, replacing = _replaced(source, target, alignment)
    lost |= _translated(source, folded, alignment.source)
    for run in _runs_and(lost, source, alignment.source):
        words = [alignment.source[n] for n in run]
        start, end = words[0].start, words[-1].end
        spans.append((start, end))
        is_missing = any(
            n in lost
            or (alignment.coverage[n] < _MIN_COVERAGE and word.text.casefold() not in folded)
            for n, word in zip(run, words, strict=True)
            if _may_be_name(word)
        )
        if is_missing:
            missing.append((start, end))
        counterparts.append(None if is_missing else alignment.target_span(start, end))
    invented = _invented(source, target, alignment, replacing)
    return Names(tuple(spans), tuple(missing), tuple(counterparts), invented)


def _translated(source: str, folded_target: str, words: Sequence[Word]) -> set[int]:
    """Return the word indexes of people whose name became an ordinary word: `Bintang`, *Star*."""
    starts = {
        start for start, end in people(source) if source[start:end].casefold() not in folded_target
    }
    return {n for n, word in enumerate(words) if word.start in starts}


def _invented(
    source: str, target: str, alignment: Alignment, replacing: set[int]
) -> tuple[Span, ...]:
    linked = {j for _, j in alignment.links}
    folded = source.casefold()
    found = []
    for run in _runs_and(replacing, target, alignment.target):
        words = [alignment.target[n] for n in run]
        known = any(
            n in linked or word.text.casefold() in folded
            for n, word in zip(run, words, strict=True)
        )
        if replacing & set(run) or (not known and any(_may_be_name(word) for word in words)):
            found.append((words[0].start, words[-1].end))
    return tuple(found)


def _replaced(source: str, target: str, alignment: Alignment) -> tuple[set[int], set[int]]:
    """Return the word indexes of names that replace each other.

    Both sides must have one: a single unmatched name may be a translated office or thing. Names
    count at the beginning of a sentence and in titles too. An ordinary word (`Apple`) counts only
    within a run, and if one of the linked pair is known as a name.
    """
    source_kinds = _unmatched(alignment.source, alignment.source_unmatched, target)
    target_kinds = _unmatched(alignment.target, alignment.target_unmatched, source)
    lost = {n for n, kind in source_kinds.items() if kind is not Unmatched.WORD}
    replacing = {n for n, kind in target_kinds.items() if kind is not Unmatched.WORD}
    if not lost or not replacing:
        lost, replacing = set(), set()
    in_source = {n for run in _runs(source, alignment.source) for n in run} & source_kinds.keys()
    in_target = {n for run in _runs(target, alignment.target) for n in run} & target_kinds.keys()
    for i, j in alignment.links:
        kinds = source_kinds.get(i), target_kinds.get(j)
        if i in in_source and j in in_target and Unmatched.NAME in kinds:
            lost.add(i)
            replacing.add(j)
    return lost, replacing


def _unmatched(
    words: Sequence[Word], unmatched: Mapping[int, Unmatched], other_side: str
) -> dict[int, Unmatched]:
    """Return the unmatched words that may be names, by index.

    `Inggris` in `Liga Inggris` is no country.
    """
    return {
        n: Unmatched.NAME if words[n].text.lower() in TRANSLATED_PLACES else kind
        for n, kind in unmatched.items()
        if _needs_counterpart(words[n], other_side) and not (n and words[n - 1].text == "Liga")
    }


def _needs_counterpart(word: Word, other_side: str) -> bool:
    return (
        _may_be_name(word)
        and not _ACRONYM.fullmatch(word.text)
        and not has_other_english_name(word.text)
        and word.text.casefold() not in other_side.casefold()
    )


def _may_be_name(word: Word) -> bool:
    return len(word.text) >= _MIN_CHARS and word.text.casefold() not in _NO_NAMES


def _runs_and(single: set[int], text: str, words: Sequence[Word]) -> list[list[int]]:
    """Return all runs, and other words of `single` as runs of one, in order."""
    runs = _runs(text, words)
    inside = {n for run in runs for n in run}
    return sorted([*runs, *([n] for n in single - inside)])


def _runs(text: str, words: Sequence[Word]) -> list[list[int]]:
    """Return the runs of capitalized words, by index; a title has none."""
    capitals = [word.text[0].isupper() for word in words]
    if sum(capitals) > _MAX_CAPITALS * len(words):
        return []
    runs: list[list[int]] = []
    for n, word in enumerate(words):
        if not capitals[n]:
            continue
        before = text[: word.start].rstrip()
        if (
            runs
            and runs[-1][-1] == n - 1
            and _WITHIN_NAME.fullmatch(text, words[n - 1].end, word.start)
        ):
            runs[-1].append(n)
        elif before and before[-1] not in _OPENS and _may_be_name(word):
            runs.append([n])
    return runs
