"""Names in a sentence, and which words of the other language stand for them.

A name is a run of words with capitals, where a capital says something: not at the beginning of a
sentence or a quotation, and not in a title in which every word has one. Names are put into English
(`Jepang`, `Kementerian Luar Negeri`) or stay, so that the alignment of words decides whether one is
there. It links a name to another that stands in its place (`Prabowo`, `Jokowi`), so that names
which neither side knows of the other count as lost and invented, linked or not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.alignment.aligner import Alignment, Alone, Word
from service.text.lexicon import numbers as lexicon
from service.text.lexicon.places import TRANSLATED_PLACES, has_other_english_name

# Below this, a capitalised word has no counterpart in the target.
_COVERED = 0.12
# Numbers have lines of their own, and a pronoun that is written with a capital is no name.
_NO_NAMES = frozenset((
    *("anda", "the", "rp", "a.d.", "ad", "bc"),
    *(*lexicon.MONTHS["id"], *lexicon.MONTHS["en"]),
    *(*lexicon.WEEKDAYS["id"], *lexicon.WEEKDAYS["en"]),
    *map(str.lower, lexicon.INDONESIAN_ZONES),
))  # fmt: skip
_SHORTEST = 3
# Where so many of the words have capitals, they are a title's.
_TITLE = 0.6
_OPENS = ".?!:;\"“(‘'«[-–—"
# Spelt out in English: `DBD`, dengue fever.
_ACRONYM = re.compile(r"[A-Z]{2,6}")
_WITHIN_NAME = re.compile(r"[ '’.-]{1,2}")


@dataclass(frozen=True, slots=True)
class Names:
    """Spans of characters: names of the source, those of them that the target lacks, the parts of
    the target that stand for each (or nothing), and names that only the target has."""

    source: tuple[tuple[int, int], ...]
    missing: tuple[tuple[int, int], ...]
    target: tuple[tuple[int, int] | None, ...]
    invented: tuple[tuple[int, int], ...]


def names(source: str, target: str, alignment: Alignment) -> Names:
    """The names of a sentence and of its translation."""
    ours, missing, theirs = [], [], []
    folded = target.casefold()
    lone, strange = _exchanged(source, target, alignment)
    for run in sorted([*_runs(source, alignment.source), *_beside(source, alignment.source, lone)]):
        words = [alignment.source[n] for n in run]
        start, end = words[0].start, words[-1].end
        ours.append((start, end))
        lost = any(
            n in lone or (alignment.coverage[n] < _COVERED and word.text.casefold() not in folded)
            for n, word in zip(run, words, strict=True)
            if _may_be_name(word)
        )
        if lost:
            missing.append((start, end))
        theirs.append(None if lost else alignment.target_span(start, end))
    return Names(
        tuple(ours), tuple(missing), tuple(theirs), _invented(source, target, alignment, strange)
    )


def _invented(
    source: str, target: str, alignment: Alignment, strange: set[int]
) -> tuple[tuple[int, int], ...]:
    linked = {j for _, j in alignment.links}
    folded = source.casefold()
    found = []
    for run in sorted(
        [*_runs(target, alignment.target), *_beside(target, alignment.target, strange)]
    ):
        words = [alignment.target[n] for n in run]
        known = any(
            n in linked or word.text.casefold() in folded
            for n, word in zip(run, words, strict=True)
        )
        if strange & set(run) or (not known and any(_may_be_name(word) for word in words)):
            found.append((words[0].start, words[-1].end))
    return tuple(found)


def _exchanged(source: str, target: str, alignment: Alignment) -> tuple[set[int], set[int]]:
    """Names of the source and of the target, by index, that stand where the others should be.

    Both sides must have some: a name that only one side has alone may be an office or a thing that
    was translated. Those at the beginning of a sentence and in titles count too. Where one side has
    a word that may be none, such as `Apple`, the other's must be known as a name, and linked to it.
    """
    ours = _alone(alignment.source, alignment.source_alone, target)
    theirs = _alone(alignment.target, alignment.target_alone, source)
    lone = {n for n, kind in ours.items() if kind is not Alone.WORD}
    strange = {n for n, kind in theirs.items() if kind is not Alone.WORD}
    if not lone or not strange:
        lone, strange = set(), set()
    ours_inside = {n for run in _runs(source, alignment.source) for n in run} & ours.keys()
    theirs_inside = {n for run in _runs(target, alignment.target) for n in run} & theirs.keys()
    for i, j in alignment.links:
        if i in ours_inside and j in theirs_inside and Alone.NAME in (ours[i], theirs[j]):
            lone.add(i)
            strange.add(j)
    return lone, strange


def _alone(words: Sequence[Word], alone: Mapping[int, Alone], other: str) -> dict[int, Alone]:
    """The words that stand alone and out, and what they are; `Liga Inggris` is no country."""
    return {
        n: Alone.NAME if words[n].text.lower() in TRANSLATED_PLACES else kind
        for n, kind in alone.items()
        if _stands_out(words[n], other) and not (n and words[n - 1].text == "Liga")
    }


def _stands_out(word: Word, other: str) -> bool:
    return (
        _may_be_name(word)
        and not _ACRONYM.fullmatch(word.text)
        and not has_other_english_name(word.text)
        and word.text.casefold() not in other.casefold()
    )


def _beside(text: str, words: Sequence[Word], chosen: set[int]) -> list[list[int]]:
    """Runs of one for what no run of the text holds."""
    held = {n for run in _runs(text, words) for n in run}
    return [[n] for n in chosen - held]


def _may_be_name(word: Word) -> bool:
    return len(word.text) >= _SHORTEST and word.text.casefold() not in _NO_NAMES


def _title(words: Sequence[Word]) -> bool:
    return sum(word.text[0].isupper() for word in words) > _TITLE * len(words)


def _runs(text: str, words: Sequence[Word]) -> list[list[int]]:
    """Runs of capitalised words, by index; none where nearly all words have capitals."""
    if _title(words):
        return []
    capitals = [word.text[0].isupper() for word in words]
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
