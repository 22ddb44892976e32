"""Sentence pairs as numbers: classes of words, and cells of two classes.

A cell is a pair of classes that occurs in a pair of sentences. Training counts by cell. Pairs with
the same two lengths are one block, and are computed together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.alignment.likeness import ALIKE, likeness, spelling
from models.alignment.stems import english, indonesian

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]
Ints = NDArray[np.int32]

# The keys of the words of a source and its target, by `lexicon.key_of`.
Keys = tuple[list[str], list[str]]

# Cells with repetitions in memory at once, approximately.
_CELLS_AT_ONCE = 8_000_000


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The sorted words of one language, the class of each, and uses by class."""

    words: list[str]
    classes: list[int]
    uses: Doubles

    def heads(self) -> list[str]:
        """Return the shortest word of every class."""
        heads = [""] * len(self.uses)
        for word, number in zip(self.words, self.classes, strict=True):
            if not heads[number] or len(word) < len(heads[number]):
                heads[number] = word
        return heads


@dataclass(frozen=True, slots=True)
class Block:
    """Pairs of the same two lengths: classes [pairs, m] and [pairs, n].

    `cells` [pairs, m, n] are indexes into the table of cells.
    """

    source: Ints
    target: Ints
    cells: Ints


@dataclass(frozen=True, slots=True)
class Cells:
    """The pairs as training needs them.

    `codes` are the distinct cells, ascending: source class · number of target classes + target
    class.
    """

    source: Vocabulary
    target: Vocabulary
    codes: Longs
    blocks: list[Block]

    @property
    def rows(self) -> Ints:
        """The source class of each cell."""
        return (self.codes // len(self.target.uses)).astype(np.int32)

    @property
    def columns(self) -> Ints:
        """The target class of each cell."""
        return (self.codes % len(self.target.uses)).astype(np.int32)


def build_cells(pairs: Sequence[Keys], own_class: int) -> Cells:
    """Build the cells of one or more pairs without empty sides."""
    source = _vocabulary([keys for keys, _ in pairs], indonesian, own_class)
    target = _vocabulary([keys for _, keys in pairs], english, own_class)
    arrays = _arrays(pairs, source, target)
    width = len(target.uses)
    codes = np.empty(0, np.int64)
    for part in _parts(arrays):
        found = np.concatenate([_codes(left, right, width).ravel() for left, right in part])
        codes = np.union1d(codes, found)
    blocks = [
        Block(left, right, np.searchsorted(codes, _codes(left, right, width)).astype(np.int32))
        for left, right in arrays
    ]
    return Cells(source, target, codes, blocks)


def spelling_likeness(cells: Cells) -> Doubles:
    """Return the likeness in spelling of each cell's words.

    It is 0, or from `ALIKE` to 1.
    """
    sources, targets = cells.source.heads(), cells.target.heads()
    starts = np.unique([_start(word) for word in (*sources, *targets)], return_inverse=True)[1]
    same = starts[: len(sources)][cells.rows] == starts[len(sources) :][cells.columns]
    result = np.zeros(len(cells.codes))
    for index in np.flatnonzero(same).tolist():
        row, column = divmod(int(cells.codes[index]), len(targets))
        source, target = sources[row], targets[column]
        value = 1.0 if source == target else likeness(source, target)
        result[index] = value if value >= ALIKE else 0.0
    return result


def _start(word: str) -> str:
    """Return what two words must share to be compared."""
    return word if word[0].isdecimal() else spelling(word)[:3]


def _vocabulary(
    sentences: Sequence[Sequence[str]], forms: Callable[[str], list[str]], own_class: int
) -> Vocabulary:
    """Make classes of words.

    A word with fewer than `own_class` uses joins its nearest form with at least as many. Every
    other word is a class.
    """
    uses = Counter(key for sentence in sentences for key in sentence)
    heads = {key: key for key in uses}
    for key, count in uses.items():
        if count < own_class:
            heads[key] = next((form for form in forms(key) if uses[form] >= own_class), key)
    words = sorted(uses)
    order = {head: index for index, head in enumerate(sorted(set(heads.values())))}
    classes = [order[heads[key]] for key in words]
    by_class = np.zeros(len(order))
    np.add.at(by_class, classes, [uses[key] for key in words])
    return Vocabulary(words, classes, by_class)


def _arrays(
    pairs: Sequence[Keys], source: Vocabulary, target: Vocabulary
) -> list[tuple[Ints, Ints]]:
    """Return classes [pairs, m] and [pairs, n] for every m and n."""
    source_classes = dict(zip(source.words, source.classes, strict=True))
    target_classes = dict(zip(target.words, target.classes, strict=True))
    groups: dict[tuple[int, int], list[Keys]] = defaultdict(list)
    for left, right in pairs:
        groups[len(left), len(right)].append((left, right))
    return [
        (
            np.array([[source_classes[key] for key in left] for left, _ in group], np.int32),
            np.array([[target_classes[key] for key in right] for _, right in group], np.int32),
        )
        for _, group in sorted(groups.items())
    ]


def _codes(source: Ints, target: Ints, width: int) -> Longs:
    codes: Longs = source.astype(np.int64)[:, :, None] * width + target[:, None, :]
    return codes


def _parts(arrays: Sequence[tuple[Ints, Ints]]) -> Iterator[list[tuple[Ints, Ints]]]:
    """Split the arrays into parts of about `_CELLS_AT_ONCE` cells."""
    part: list[tuple[Ints, Ints]] = []
    size = 0
    for source, target in arrays:
        part.append((source, target))
        size += source.size * target.shape[1]
        if size >= _CELLS_AT_ONCE:
            yield part
            part, size = [], 0
    if part:
        yield part
