"""How likely each word of one sentence is for each word of the other, place set aside."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from models.alignment.lexicon import LEAST, UNKNOWN, Lexicon, Side, decoded, key_of
from models.alignment.likeness import ALIKE, letters, likeness
from models.alignment.words import Word

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# What words have that the table does not pair.
APART = np.float32(1e-5)
# What words have that are one name or number, or much alike.
SAME = np.float32(0.9)
ALMOST = np.float32(0.3)
# A word whose likeliest counterpart is less likely than this may be alike to another.
_WEAK = np.float32(0.02)
# A word stays as it is in the other language where it does so with this probability.
_STAYS = np.float32(0.2)
# It is compared with so many weak ones before its own place, and after.
_NEAR = 12
_MONTHS = dict(
    enumerate(
        "january february march april may june july august september october november "
        "december".split(),
        start=1,
    )
)


class Alone(Enum):
    """What a capitalised word is for which the other side has nothing: a `NAME` is written alike in
    both languages, and any other known word is a `WORD`."""

    NAME = auto()
    UNKNOWN = auto()
    WORD = auto()


@dataclass(frozen=True, slots=True)
class Evidence:
    """p(target word | source word) and p(source word | target word), both [m, n]; each word's
    probability under the null word, [m] and [n]; that a source word has no counterpart, [m]; and
    which words are alone, by index: capitalised, where the other side has nothing that they are
    known to stand for or are spelt like."""

    ahead: Floats
    behind: Floats
    source_null: Floats
    target_null: Floats
    source_missing: Floats
    source_alone: dict[int, Alone]
    target_alone: dict[int, Alone]


class Witness:
    """Gives evidence out of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._decoded = decoded()
        self._decoded[LEAST] = APART

    def __call__(self, source: Sequence[Word], target: Sequence[Word]) -> Evidence:
        """Of at least one word on either side."""
        lexicon = self._lexicon
        ours, theirs = [key_of(w.text) for w in source], [key_of(w.text) for w in target]
        rows, columns = _classes(lexicon.source, ours), _classes(lexicon.target, theirs)
        cells = rows[:, None] * lexicon.width + columns
        places = np.searchsorted(lexicon.pairs, cells)
        np.minimum(places, len(lexicon.pairs) - 1, out=places)
        strange, foreign = rows == UNKNOWN, columns == UNKNOWN
        known = (lexicon.pairs[places] == cells) & ~strange[:, None] & ~foreign
        ahead = np.where(known, self._decoded[lexicon.forward[places]], APART)
        behind = np.where(known, self._decoded[lexicon.backward[places]], APART)
        self._names(source, ours, theirs, ahead, behind)
        likely = np.maximum(ahead, behind)
        # Datelines teach that `Jakarta` is `said`, and only one direction of the table does: what
        # has no capital stands for a name where both say so.
        large = _capitals(source)[:, None] & _capitals(target)
        named = np.where(large, likely, np.minimum(ahead, behind))
        return Evidence(
            ahead,
            behind,
            np.where(strange, APART, lexicon.source.null[rows]),
            np.where(foreign, APART, lexicon.target.null[columns]),
            np.where(strange, np.float32(0), lexicon.missing[rows]),
            self._alone(source, rows, likely.max(axis=1), named.max(axis=1), ahead=True),
            self._alone(target, columns, likely.max(axis=0), named.max(axis=0), ahead=False),
        )

    def _alone(
        self,
        words: Sequence[Word],
        classes: Ints,
        likeliest: Floats,
        named: Floats,
        *,
        ahead: bool,
    ) -> dict[int, Alone]:
        """What the capitalised words are for which the other side has nothing: `likeliest` and
        `named` are the probabilities of the best that it has, the latter if the word is a name."""
        alone = {}
        for n in np.flatnonzero(named < _WEAK).tolist():
            if not words[n].text[0].isupper():
                continue
            if classes[n] == UNKNOWN:
                alone[n] = Alone.UNKNOWN
            elif self._stays(key_of(words[n].text), int(classes[n]), ahead):
                alone[n] = Alone.NAME
            elif likeliest[n] < _WEAK:
                alone[n] = Alone.WORD
        return alone

    def _stays(self, key: str, number: int, ahead: bool) -> bool:
        lexicon = self._lexicon
        same = (lexicon.target if ahead else lexicon.source).find(key)
        if same == UNKNOWN:
            return False
        row, column = (number, same) if ahead else (same, number)
        cell = row * lexicon.width + column
        place = int(np.searchsorted(lexicon.pairs, cell))
        if place == len(lexicon.pairs) or lexicon.pairs[place] != cell:
            return False
        table = lexicon.forward if ahead else lexicon.backward
        return bool(self._decoded[table[place]] >= _STAYS)

    def _names(
        self,
        source: Sequence[Word],
        ours: Sequence[str],
        theirs: Sequence[str],
        ahead: Floats,
        behind: Floats,
    ) -> None:
        """Raise what the table need not know: the same, almost the same, and equal numbers."""
        where: dict[str, list[int]] = {}
        for j, key in enumerate(theirs):
            where.setdefault(key, []).append(j)
        weak = np.minimum(ahead, behind)
        weak_rows = weak.max(axis=1) < _WEAK
        weak_columns = np.flatnonzero(weak.max(axis=0) < _WEAK).tolist()
        for i, key in enumerate(ours):
            number = key[0].isdecimal()
            same = where.get(key)
            if same is not None:
                # `air` is water, unless it stands for nothing else.
                if number or weak_rows[i] or source[i].text[0].isupper():
                    ahead[i, same] = behind[i, same] = SAME
            elif number:
                for part in _parts(source[i].text):
                    for j in where.get(part, ()):
                        ahead[i, j] = behind[i, j] = ALMOST
            elif weak_rows[i] and letters(key):
                at = bisect_left(weak_columns, i * len(theirs) // len(ours))
                for j in weak_columns[max(0, at - _NEAR) : at + _NEAR]:
                    if likeness(key, theirs[j]) >= ALIKE:
                        ahead[i, j] = behind[i, j] = ALMOST


def _classes(side: Side, keys: Sequence[str]) -> Ints:
    return np.array([side.find(key) for key in keys], np.int64)


def _capitals(words: Sequence[Word]) -> NDArray[np.bool_]:
    return np.array([word.text[0].isupper() for word in words], np.bool_)


def _parts(number: str) -> list[str]:
    """Keys of the words that a date or a round number may be written with in English:
    `18/2/2025`, `10.00`."""
    if "/" in number:
        parts = [key_of(part) for part in number.split("/")]
        month = parts[1]
        return [*parts, _MONTHS[int(month)]] if len(month) < 3 and int(month) in _MONTHS else parts
    digits = key_of(number)
    return [digits.rstrip("0") or "0"] if digits.endswith("0") else []
