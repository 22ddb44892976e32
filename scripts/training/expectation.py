"""Expectation and maximisation of the word alignment, both directions at once.

The model is IBM Model 2 with a prior on the diagonal and a null word, as in Dyer, Chahuneau and
Smith 2013, "A Simple, Fast, and Effective Reparameterization of IBM Model 2", with its sparse
Dirichlet prior on the table. In rounds of agreement a link counts as much as both directions
believe in it (Liang, Taskar and Klein 2006, "Alignment by Agreement").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scripts.training.cells import Block, Cells

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int32]

# How fast the tension follows its slope, and its bounds, as in fast_align.
_STEP, _LEAST_TENSION, _MAX_TENSION = 20.0, 0.1, 14.0
_SMOOTH_NULL = 0.01


class Direction:
    """p(told word | given word) for every cell, p(told word | the null word), and the tension of
    the prior; and what a round counts of them. `given` and `told` are classes by cell."""

    def __init__(self, given: Ints, sizes: tuple[int, int], tension: float) -> None:
        """`sizes`: how many classes there are of the given language and of the told one."""
        self._given, (self._size, told) = given, sizes
        self.table: Floats = np.full(len(given), 1 / told, np.float32)
        self.null: Floats = np.full(told, 1 / told, np.float32)
        self.tension = tension
        self.clear()

    def clear(self) -> None:
        """Before a round."""
        self.counts: Doubles = np.zeros(len(self.table))
        self.null_counts: Doubles = np.zeros(len(self.null))
        self.slope = self.words = 0.0

    def posterior(self, block: Block, told: Ints, axis: int, null: float) -> tuple[Floats, Doubles]:
        """p(link | told word) [pairs, m, n], and the logarithms to base 2 of p(told word). `axis`
        is that of the given language in the block."""
        distance = _distance(*block.cells.shape[1:])
        prior = np.exp(np.float32(-self.tension) * distance)
        prior *= np.float32(1 - null) / prior.sum(axis=axis, keepdims=True)
        joint = self.table[block.cells] * prior
        total = joint.sum(axis=axis + 1) + np.float32(null) * self.null[told]
        linked: Floats = joint / np.expand_dims(total, axis + 1)
        self._watch(linked, prior, distance)
        return linked, np.log2(total, dtype=np.float64)

    def _watch(self, linked: Floats, prior: Floats, distance: Floats) -> None:
        """How the likelihood grows with the tension: expected less observed distance."""
        by_place = linked.sum(axis=0, dtype=np.float64)
        expected = float((prior * distance).sum() / prior.sum())
        self.slope += expected * float(by_place.sum()) - float((by_place * distance).sum())

    def count(self, block: Block, told: Ints, axis: int, linked: Floats) -> None:
        """Add up the links of a block, and what has none."""
        np.add.at(self.counts, block.cells.ravel(), linked.ravel())
        np.add.at(self.null_counts, told.ravel(), 1 - linked.sum(axis=axis + 1).ravel())
        self.words += told.size

    def learn(self, prior: Doubles) -> None:
        """New tables from the counts, under Dirichlet priors of this weight by cell."""
        scale = np.exp(digamma(self._by_given(self.counts) + self._by_given(prior)))
        self.table = (np.exp(digamma(self.counts + prior)) / scale[self._given]).astype(np.float32)
        null = np.maximum(self.null_counts, 0) + _SMOOTH_NULL
        self.null = (null / null.sum()).astype(np.float32)
        step = _STEP * self.slope / self.words
        self.tension = min(max(self.tension + step, _LEAST_TENSION), _MAX_TENSION)

    def shares(self) -> Doubles:
        """Of what was counted for the given word, how much each cell has."""
        shares: Doubles = self.counts / np.maximum(self._by_given(self.counts), 1e-9)[self._given]
        return shares

    def _by_given(self, weights: Doubles) -> Doubles:
        totals = np.bincount(self._given, weights=weights, minlength=self._size)
        return totals.astype(np.float64)


class Model:
    """Both directions: `forward` tells the target, given the source, `backward` the source."""

    def __init__(self, cells: Cells, prior: Doubles, null: float, tension: float) -> None:
        """`prior` is by cell; `null` is the null word's share of the prior on places."""
        sizes = len(cells.source.uses), len(cells.target.uses)
        self.forward = Direction(cells.rows, sizes, tension)
        self.backward = Direction(cells.columns, (sizes[1], sizes[0]), tension)
        self._blocks, self._prior, self._null = cells.blocks, prior, null

    def round(self, agreeing: bool) -> float:
        """Count and learn once; returns the bits that a target word took before."""
        bits = 0.0
        self.forward.clear()
        self.backward.clear()
        for block in self._blocks:
            ahead, logarithms = self.forward.posterior(block, block.target, 0, self._null)
            behind, _ = self.backward.posterior(block, block.source, 1, self._null)
            bits -= float(logarithms.sum())
            if agreeing:
                ahead = behind = ahead * behind
            self.forward.count(block, block.target, 0, ahead)
            self.backward.count(block, block.source, 1, behind)
        self.forward.learn(self._prior)
        self.backward.learn(self._prior)
        return bits / self.forward.words


def _distance(m: int, n: int) -> Floats:
    """How far from the diagonal each place is, 0 to 1: [m, n]."""
    rows = (np.arange(m, dtype=np.float32) + np.float32(0.5)) / np.float32(m)
    columns = (np.arange(n, dtype=np.float32) + np.float32(0.5)) / np.float32(n)
    distance: Floats = np.abs(rows[:, None] - columns)
    return distance


def digamma(x: Doubles) -> Doubles:
    """ψ(x) for x > 0, to about 1e-8: six steps up by recurrence, then the asymptotic series."""
    result = np.zeros_like(x)
    x = x.copy()
    for _ in range(6):
        result -= 1 / x
        x += 1
    square = 1 / (x * x)
    return result + np.log(x) - 0.5 / x - square * (1 / 12 - square * (1 / 120 - square / 252))
