"""Boosted regression trees: a trained ensemble and its file.

Trees are full and have the same depth. A node leads to the right if a feature is above a threshold.
The nodes below node i are 2 i + 1 and 2 i + 2, and the last ones are the leaves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Indexes = NDArray[np.intp]
Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trees:
    """An ensemble of trees."""

    base: float  # to which the leaves are added
    features: Indexes  # [trees, nodes]
    thresholds: Matrix  # [trees, nodes]
    leaves: Matrix  # [trees, nodes + 1]

    def leaf(self, rows: Matrix) -> Indexes:
        """Return the leaf [trees, rows] of rows [rows, features] in each tree."""
        trees, nodes = self.features.shape
        tree, row = np.arange(trees)[:, None], np.arange(len(rows))
        at = np.zeros((trees, len(rows)), dtype=np.intp)
        for _ in range((nodes + 1).bit_length() - 1):
            at = 2 * at + 1 + (rows[row, self.features[tree, at]] > self.thresholds[tree, at])
        return np.asarray(at - nodes, dtype=np.intp)

    def probabilities(self, rows: Matrix) -> Vector:
        """Return the sum of all trees as a probability, [rows]."""
        leaf = self.leaf(rows)
        logits = self.base + np.take_along_axis(self.leaves, leaf, axis=1).sum(axis=0)
        return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float64)


def read_trees(path: Path, names: Sequence[str]) -> Trees:
    """Read an ensemble. Raises `ValueError` if its features are not `names`."""
    fields = json.loads(path.read_text(encoding="utf-8"))
    if fields["names"] != list(names):
        raise ValueError(f"{path}: trained on other features; train it again")
    return Trees(
        float(fields["base"]),
        np.array(fields["features"], dtype=np.intp),
        np.array(fields["thresholds"], dtype=np.float64),
        np.array(fields["leaves"], dtype=np.float64),
    )


def write_trees(path: Path, trees: Trees, names: Sequence[str]) -> None:
    """Write a file for `read_trees`, one line per tree, with exact thresholds."""
    lines = [f'{{"names": {json.dumps(list(names))},', f'"base": {trees.base},']
    for name in ("features", "thresholds", "leaves"):
        rows = ",\n".join(json.dumps(row) for row in getattr(trees, name).tolist())
        lines.append(f'"{name}": [\n{rows}\n]' + ("}" if name == "leaves" else ","))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
