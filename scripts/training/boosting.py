"""Training of boosted regression trees on two classes, with numpy alone.

Gradient boosting of the logistic loss with second-order leaves (Friedman 2001; Chen and Guestrin
2016). Features are binned first, so that counts give the best split. The same seed gives the same
trees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.summarizer.trees import Indexes, Matrix, Trees, Vector


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. Each tree uses `share` of the rows and of the features."""

    trees: int = 120
    depth: int = 3
    rate: float = 0.08
    share: float = 0.7
    bins: int = 48
    # Against splits and leaves of few rows: a weight added to the second derivatives, and the
    # minimum of their sum in a node.
    shrinkage: float = 20.0
    min_curve: float = 5.0
    seed: int = 1


def fit(rows: Matrix, labels: Vector, recipe: Recipe) -> Trees:
    """Train trees on rows [rows, features] and labels [rows] of 0 or 1.

    Raises `ValueError` if all labels are equal.
    """
    mean = float(labels.mean())
    if not 0 < mean < 1:
        raise ValueError(f"all labels are {mean:.0f}")
    edges = [_edges(column, recipe.bins) for column in rows.T]
    binned = np.stack(
        [np.searchsorted(e, column) for e, column in zip(edges, rows.T, strict=True)], axis=1
    )
    generator = np.random.default_rng(recipe.seed)
    grown = []
    base = round(float(np.log(mean / (1 - mean))), 5)
    logits = np.full(len(rows), base)
    for _ in range(recipe.trees):
        chances = 1 / (1 + np.exp(-logits))
        seen = np.flatnonzero(generator.random(len(rows)) < recipe.share)
        allowed = np.asarray(generator.random(rows.shape[1]) < recipe.share)
        tree = _grow(
            rows, binned, edges, labels - chances, chances * (1 - chances), seen, allowed, recipe
        )
        logits += tree.leaves[0, tree.leaf(rows)[0]]
        grown.append(tree)
    return Trees(
        base,
        np.concatenate([tree.features for tree in grown]),
        np.concatenate([tree.thresholds for tree in grown]),
        np.concatenate([tree.leaves for tree in grown]),
    )


def _edges(column: Vector, bins: int) -> Vector:
    """Return the upper bounds of all bins but the last, by quantiles."""
    quantiles = np.quantile(column, np.linspace(0, 1, bins + 1)[1:-1], method="lower")
    # Rounded as in the file, so that the written trees are the trained ones.
    return np.unique(np.round(quantiles, 5)).astype(np.float64)


def _grow(
    rows: Matrix,
    binned: Indexes,
    edges: list[Vector],
    slopes: Vector,
    curves: Vector,
    seen: Indexes,
    allowed: NDArray[np.bool_],
    recipe: Recipe,
) -> Trees:
    """Grow a tree.

    `slopes` and `curves` [rows] are the loss's derivatives at each row.
    """
    nodes = 2**recipe.depth - 1
    features = np.zeros((1, nodes), dtype=np.intp)
    # A node without a split sends every row to the left.
    thresholds = np.full((1, nodes), float(np.finfo(np.float64).max))
    bounded = np.arange(recipe.bins) < np.array([len(e) for e in edges])[:, None]
    splittable = bounded & allowed[:, None]
    at = np.zeros(len(seen), dtype=np.intp)
    for depth in range(recipe.depth):
        first = 2**depth - 1
        gains = _gains(binned[seen], at - first, 2**depth, slopes[seen], curves[seen], recipe)
        gains[:, ~splittable] = 0.0
        for node, table in enumerate(gains.reshape(2**depth, -1)):
            feature, split_bin = divmod(int(table.argmax()), recipe.bins)
            if table.max() > 0:
                features[0, first + node] = feature
                thresholds[0, first + node] = edges[feature][split_bin]
        values = rows[seen, features[0, at]]
        at = 2 * at + 1 + (values > thresholds[0, at])
    slope = np.bincount(at - nodes, slopes[seen], minlength=nodes + 1)
    curve = np.bincount(at - nodes, curves[seen], minlength=nodes + 1)
    leaves = np.round(recipe.rate * slope / (curve + recipe.shrinkage), 5).astype(np.float64)
    return Trees(0.0, features, thresholds, leaves[None, :])


def _gains(
    binned: Indexes, node: Indexes, nodes: int, slopes: Vector, curves: Vector, recipe: Recipe
) -> Matrix:
    """Return the gain of each possible split, [nodes, features, bins]."""
    columns = binned.shape[1]
    cells = binned + recipe.bins * (np.arange(columns) + columns * node[:, None])
    shape = (nodes, columns, recipe.bins)

    def summed(values: Vector) -> Matrix:
        counts = np.bincount(
            cells.ravel(), np.repeat(values, columns), minlength=nodes * columns * recipe.bins
        )
        return np.asarray(counts.reshape(shape).cumsum(axis=2), dtype=np.float64)

    slope, curve = summed(slopes), summed(curves)
    other_slope, other_curve = slope[:, :, -1:] - slope, curve[:, :, -1:] - curve
    whole = slope[:, :, -1:] ** 2 / (curve[:, :, -1:] + recipe.shrinkage)
    halves = slope**2 / (curve + recipe.shrinkage) + other_slope**2 / (
        other_curve + recipe.shrinkage
    )
    enough = (curve >= recipe.min_curve) & (other_curve >= recipe.min_curve)
    return np.where(enough, halves - whole, 0.0)
