"""Small ensembles: prediction, training and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.summarizer.extractive import WEIGHTS, packaged_trees
from models.summarizer.features import FEATURES
from models.summarizer.trees import Trees, read_trees, write_trees
from scripts.training.boosting import Recipe, fit

if TYPE_CHECKING:
    from pathlib import Path

# x > 1, then y > 5 on the left and y > 7 on the right.
TREE = Trees(
    0.0, np.array([[0, 1, 1]]), np.array([[1.0, 5.0, 7.0]]), np.array([[-1.0, 0.0, 1.0, 2.0]])
)


def test_a_row_falls_into_one_leaf() -> None:
    rows = np.array([[1.0, 5.0], [1.0, 5.1], [1.1, 7.0], [2.0, 8.0]])
    assert TREE.leaf(rows).tolist() == [[0, 1, 2, 3]]
    chances = [1 / (1 + np.exp(-x)) for x in (-1, 0, 1, 2)]
    assert TREE.probabilities(rows) == pytest.approx(chances)


def test_a_rule_of_two_features_is_learned() -> None:
    generator = np.random.default_rng(5)
    rows = generator.random((2000, 4))
    labels = ((rows[:, 0] > 0.5) & (rows[:, 2] < 0.4)).astype(np.float64)
    trees = fit(rows, labels, Recipe(trees=40, depth=2, rate=0.3))
    fresh = generator.random((500, 4))
    true = (fresh[:, 0] > 0.5) & (fresh[:, 2] < 0.4)
    assert ((trees.probabilities(fresh) > 0.5) == true).mean() > 0.97


def test_the_seed_decides_what_is_learned() -> None:
    generator = np.random.default_rng(5)
    rows = generator.random((300, 3))
    labels = (rows[:, 0] + generator.random(300) > 1).astype(np.float64)
    one, same, other = (fit(rows, labels, Recipe(trees=5, seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.leaves, same.leaves)
    assert not np.array_equal(one.leaves, other.leaves)


def test_a_constant_feature_is_not_split() -> None:
    rows = np.stack([np.ones(200), np.arange(200.0)], axis=1)
    labels = (rows[:, 1] >= 100).astype(np.float64)
    trees = fit(rows, labels, Recipe(trees=3, depth=1, share=1.0))
    assert trees.features.ravel().tolist() == [1, 1, 1]


@pytest.mark.parametrize("label", [0, 1])
def test_equal_labels_are_refused(label: int) -> None:
    with pytest.raises(ValueError, match=f"all labels are {label}"):
        fit(np.zeros((3, 1)), np.full(3, float(label)), Recipe())


def test_a_written_file_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    write_trees(path, TREE, ["x", "y"])
    again = read_trees(path, ["x", "y"])
    rows = np.array([[1.0, 5.0], [1.0, 5.1], [1.1, 7.0], [2.0, 8.0]])
    assert np.array_equal(again.probabilities(rows), TREE.probabilities(rows))
    with pytest.raises(ValueError, match="trained on other features"):
        read_trees(path, ["y", "x"])


def test_the_packaged_file_is_small_and_fits_the_features() -> None:
    assert WEIGHTS.stat().st_size < 200_000
    assert packaged_trees().features.max() < len(FEATURES)
