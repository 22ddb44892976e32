"""Expectation maximization of the word alignment, in both directions.

The model is IBM Model 2 with a diagonal prior, a null word, and a sparse Dirichlet prior on the
table: Dyer, Chahuneau and Smith 2013, "A Simple, Fast, and Effective Reparameterization of IBM
Model 2". In rounds of agreement, a link counts by the product of both directions' posteriors
(Liang, Taskar and Klein 2006, "Alignment by Agreement").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scripts.training.cells import Block, Cells

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int32]

# The step and the bounds of the tension, as in fast_align.
_STEP, _MIN_TENSION, _MAX_TENSION = 20.0, 0.1, 14.0
_SMOOTH_NULL = 0.01


class Direction:
    """Probabilities of a language's words, given the other's, and counts.

    `table` has p(word | condition) for every cell, `null` p(word | null word) for every class, and
    `tension` is that of the diagonal prior.
    """

    def __init__(self, conditions: Ints, sizes: tuple[int, int], tension: float) -> None:
        """Take conditions by cell, and numbers of conditions and words."""
        self._conditions, (self._size, words) = conditions, sizes
        self.table: Floats = np.full(len(conditions), 1 / words, np.float32)
        self.null: Floats = np.full(words, 1 / words, np.float32)
        self.tension = tension
        self.clear()

    def clear(self) -> None:
        """Reset the counts of a round."""
        self.counts: Doubles = np.zeros(len(self.table))
        self.null_counts: Doubles = np.zeros(len(self.null))
        self.slope = self.words = 0.0

    def posterior(
        self, block: Block, words: Ints, axis: int, null: float
    ) -> tuple[Floats, Doubles]:
        """Return p(link | word) [pairs, m, n], and log2 of p(word).

        `axis` is the conditions' axis in the block. `null` is the null word's share of the prior.
        """
        distance = _distance(*block.cells.shape[1:])
        prior = np.exp(np.float32(-self.tension) * distance)
        prior *= np.float32(1 - null) / prior.sum(axis=axis, keepdims=True)
        joint = self.table[block.cells] * prior
        total = joint.sum(axis=axis + 1) + np.float32(null) * self.null[words]
        linked: Floats = joint / np.expand_dims(total, axis + 1)
        self._add_slope(linked, prior, distance)
        return linked, np.log2(total, dtype=np.float64)

    def _add_slope(self, linked: Floats, prior: Floats, distance: Floats) -> None:
        """Add the slope of the likelihood: expected less observed distance."""
        by_position = linked.sum(axis=0, dtype=np.float64)
        expected = float((prior * distance).sum() / prior.sum())
        self.slope += expected * float(by_position.sum()) - float((by_position * distance).sum())

    def count(self, block: Block, words: Ints, axis: int, linked: Floats) -> None:
        """Add the links of a block, and the probability that words have none."""
        np.add.at(self.counts, block.cells.ravel(), linked.ravel())
        np.add.at(self.null_counts, words.ravel(), 1 - linked.sum(axis=axis + 1).ravel())
        self.words += words.size

    def learn(self, prior: Doubles) -> None:
        """Update tables and tension; `prior` has the Dirichlet weight by cell."""
        scale = np.exp(digamma(self._by_condition(self.counts) + self._by_condition(prior)))
        self.table = (np.exp(digamma(self.counts + prior)) / scale[self._conditions]).astype(
            np.float32
        )
        null = np.maximum(self.null_counts, 0) + _SMOOTH_NULL
        self.null = (null / null.sum()).astype(np.float32)
        step = _STEP * self.slope / self.words
        self.tension = min(max(self.tension + step, _MIN_TENSION), _MAX_TENSION)

    def shares(self) -> Doubles:
        """Return each cell's share of the counts of its condition."""
        totals = np.maximum(self._by_condition(self.counts), 1e-9)
        shares: Doubles = self.counts / totals[self._conditions]
        return shares

    def _by_condition(self, weights: Doubles) -> Doubles:
        totals = np.bincount(self._conditions, weights=weights, minlength=self._size)
        return totals.astype(np.float64)


class Model:
    """Both directions of the alignment model.

    `forward` predicts the target from the source, `backward` the reverse.
    """

    def __init__(self, cells: Cells, prior: Doubles, null: float, tension: float) -> None:
        """Take the prior by cell, and the null word's share on positions."""
        sizes = len(cells.source.uses), len(cells.target.uses)
        self.forward = Direction(cells.rows, sizes, tension)
        self.backward = Direction(cells.columns, (sizes[1], sizes[0]), tension)
        self._blocks, self._prior, self._null = cells.blocks, prior, null

    def round(self, agreeing: bool) -> float:
        """Count and learn once; return the bits per target word before it."""
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
    """Return the distance of each position from the diagonal, 0 to 1, [m, n]."""
    rows = (np.arange(m, dtype=np.float32) + np.float32(0.5)) / np.float32(m)
    columns = (np.arange(n, dtype=np.float32) + np.float32(0.5)) / np.float32(n)
    distance: Floats = np.abs(rows[:, None] - columns)
    return distance


def digamma(x: Doubles) -> Doubles:
    """Return ψ(x) for x > 0, to about 1e-8.

    Six recurrence steps, then the asymptotic series.
    """
    result = np.zeros_like(x)
    x = x.copy()
    for _ in range(6):
        result -= 1 / x
        x += 1
    square = 1 / (x * x)
    return result + np.log(x) - 0.5 / x - square * (1 / 12 - square * (1 / 120 - square / 252))
