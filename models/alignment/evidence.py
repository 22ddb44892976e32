"""The evidence that two words correspond, without their places."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from models.alignment.lexicon import MAX_CODE, UNKNOWN, Lexicon, Side, decode_table, key_of
from models.alignment.likeness import ALIKE, letters, likeness
from models.alignment.words import Word

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# The probability of words that the table does not pair.
_UNPAIRED = np.float32(1e-5)
# The probability of equal names or numbers, and of similar words.
_SAME = np.float32(0.9)
_SIMILAR = np.float32(0.3)
# A word is compared by spelling if its likeliest counterpart is less likely than this.
_WEAK = np.float32(0.02)
# A word counts as a name if it is the same in both languages with this probability.
_MIN_NAME = np.float32(0.2)
# How many weak words it is compared with before its place, and after.
_NEAR = 12
_MONTHS = dict(
    enumerate(
        "january february march april may june july august september october november "
        "december".split(),
        start=1,
    )
)


class Unmatched(Enum):
    """A capitalized word without a counterpart."""

    NAME = auto()  # written alike in both languages
    UNKNOWN = auto()
    WORD = auto()  # any other known word


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for m source words and n target words."""

    forward: Floats  # [m, n], p(target word | source word)
    backward: Floats  # [m, n], p(source word | target word)
    source_null: Floats  # [m], p(source word | null word)
    target_null: Floats  # [n], p(target word | null word)
    source_missing: Floats  # [m], the probability of no counterpart
    source_unmatched: dict[int, Unmatched]  # words without a known or similarly spelled counterpart
    target_unmatched: dict[int, Unmatched]


class EvidenceFinder:
    """A function from two sentences to their evidence in a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._probabilities = decode_table()
        self._probabilities[MAX_CODE] = _UNPAIRED

    def __call__(self, source: Sequence[Word], target: Sequence[Word]) -> Evidence:
        """Return the evidence for one word or more on each side."""
        lexicon = self._lexicon
        source_keys = [key_of(word.text) for word in source]
        target_keys = [key_of(word.text) for word in target]
        rows, columns = _classes(lexicon.source, source_keys), _classes(lexicon.target, target_keys)
        forward, backward = self._table(rows, columns)
        self._add_spelling(source, source_keys, target_keys, forward, backward)
        likely = np.maximum(forward, backward)
        # Datelines teach one direction of the table that `Jakarta` is `said`. So a word without a
        # capital can match a name only if both directions say so.
        capitals = _capitals(source)[:, None] & _capitals(target)
        named = np.where(capitals, likely, np.minimum(forward, backward))
        new_source, new_target = rows == UNKNOWN, columns == UNKNOWN
        return Evidence(
            forward,
            backward,
            np.where(new_source, _UNPAIRED, lexicon.source.null[rows]),
            np.where(new_target, _UNPAIRED, lexicon.target.null[columns]),
            np.where(new_source, np.float32(0), lexicon.missing[rows]),
            self._unmatched(source, rows, likely.max(axis=1), named.max(axis=1), is_source=True),
            self._unmatched(
                target, columns, likely.max(axis=0), named.max(axis=0), is_source=False
            ),
        )

    def _table(self, rows: Ints, columns: Ints) -> tuple[Floats, Floats]:
        """Return both directions' probabilities of classes, from the table."""
        lexicon = self._lexicon
        cells = rows[:, None] * lexicon.width + columns
        places = np.searchsorted(lexicon.pairs, cells)
        np.minimum(places, len(lexicon.pairs) - 1, out=places)
        known = (rows != UNKNOWN)[:, None] & (columns != UNKNOWN)
        known &= lexicon.pairs[places] == cells
        return (
            np.where(known, self._probabilities[lexicon.forward[places]], _UNPAIRED),
            np.where(known, self._probabilities[lexicon.backward[places]], _UNPAIRED),
        )

    def _unmatched(
        self,
        words: Sequence[Word],
        classes: Ints,
        likeliest: Floats,  # probability of the best counterpart
        named: Floats,  # the same, if the word is a name
        *,
        is_source: bool,
    ) -> dict[int, Unmatched]:
        """Return the capitalized words without a counterpart."""
        unmatched = {}
        for n in np.flatnonzero(named < _WEAK).tolist():
            if not words[n].text[0].isupper():
                continue
            if classes[n] == UNKNOWN:
                unmatched[n] = Unmatched.UNKNOWN
            elif self._is_name(key_of(words[n].text), int(classes[n]), is_source):
                unmatched[n] = Unmatched.NAME
            elif likeliest[n] < _WEAK:
                unmatched[n] = Unmatched.WORD
        return unmatched

    def _is_name(self, key: str, number: int, is_source: bool) -> bool:
        """Return whether a word is the same in the other language."""
        lexicon = self._lexicon
        same = (lexicon.target if is_source else lexicon.source).find(key)
        if same == UNKNOWN:
            return False
        row, column = (number, same) if is_source else (same, number)
        cell = row * lexicon.width + column
        place = int(np.searchsorted(lexicon.pairs, cell))
        if place == len(lexicon.pairs) or lexicon.pairs[place] != cell:
            return False
        table = lexicon.forward if is_source else lexicon.backward
        return bool(self._probabilities[table[place]] >= _MIN_NAME)

    def _add_spelling(
        self,
        source: Sequence[Word],
        source_keys: Sequence[str],
        target_keys: Sequence[str],
        forward: Floats,
        backward: Floats,
    ) -> None:
        """Raise the probabilities of equal words, similar words and equal numbers."""
        places: dict[str, list[int]] = {}
        for j, key in enumerate(target_keys):
            places.setdefault(key, []).append(j)
        weak = np.minimum(forward, backward)
        weak_rows = weak.max(axis=1) < _WEAK
        weak_columns = np.flatnonzero(weak.max(axis=0) < _WEAK).tolist()
        for i, key in enumerate(source_keys):
            is_number = key[0].isdecimal()
            same = places.get(key)
            if same is not None:
                # `air` means water, so a word in lower case must have no other counterpart.
                if is_number or weak_rows[i] or source[i].text[0].isupper():
                    forward[i, same] = backward[i, same] = _SAME
            elif is_number:
                for part in _parts(source[i].text):
                    for j in places.get(part, ()):
                        forward[i, j] = backward[i, j] = _SIMILAR
            elif weak_rows[i] and letters(key):
                at = bisect_left(weak_columns, i * len(target_keys) // len(source_keys))
                for j in weak_columns[max(0, at - _NEAR) : at + _NEAR]:
                    if likeness(key, target_keys[j]) >= ALIKE:
                        forward[i, j] = backward[i, j] = _SIMILAR


def _classes(side: Side, keys: Sequence[str]) -> Ints:
    return np.array([side.find(key) for key in keys], np.int64)


def _capitals(words: Sequence[Word]) -> NDArray[np.bool_]:
    return np.array([word.text[0].isupper() for word in words], np.bool_)


def _parts(number: str) -> list[str]:
    """Return keys of English words for a date, or a number such as 10.00."""
    if "/" in number:
        parts = [key_of(part) for part in number.split("/")]
        month = parts[1]
        return [*parts, _MONTHS[int(month)]] if len(month) < 3 and int(month) in _MONTHS else parts
    digits = key_of(number)
    return [digits.rstrip("0") or "0"] if digits.endswith("0") else []
