"""Cells and expectation maximization on pairs counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.training.cells import build_cells, spelling_likeness
from scripts.training.expectation import Model, digamma

PAIRS = [(["kapal", "besar"], ["big", "ship"]), (["kapal"], ["ship"])]


def test_cells() -> None:
    cells = build_cells(PAIRS, own_class=1)
    assert cells.source.words == ["besar", "kapal"]
    assert cells.target.words == ["big", "ship"]
    assert cells.source.uses.tolist() == [1, 2]
    # The codes of besar-big, besar-ship, kapal-big and kapal-ship, with two target classes.
    assert cells.codes.tolist() == [0, 1, 2, 3]
    shapes = [block.cells.tolist() for block in cells.blocks]
    assert shapes == [[[[3]]], [[[2, 3], [0, 1]]]]
    assert (cells.rows.tolist(), cells.columns.tolist()) == ([0, 0, 1, 1], [0, 1, 0, 1])


def test_likeness_of_spelling() -> None:
    cells = build_cells([(["rusia", "5"], ["russia", "5", "rust"])], own_class=1)
    pairs = {
        (cells.source.words[row], cells.target.words[column]): value
        for row, column, value in zip(
            cells.rows, cells.columns, spelling_likeness(cells), strict=True
        )
        if value
    }
    assert pairs == {("rusia", "russia"): 1.0, ("5", "5"): 1.0}


def test_the_first_round_counts_by_position_alone() -> None:
    """Uniform tables: near positions have the prior e^0, far ones e^-2."""
    cells = build_cells([(["a", "b"], ["c", "d"])], own_class=1)
    model = Model(cells, np.full(4, 0.01), null=0.2, tension=4.0)
    bits = model.round(agreeing=False)
    near = 1 / (1 + np.exp(-2))
    # The prior is 0.8 for the words and 0.2 for the null word, and every p is 1/2.
    assert bits == pytest.approx(1.0)
    expected = [0.8 * near, 0.8 * (1 - near), 0.8 * (1 - near), 0.8 * near]
    assert model.forward.counts.tolist() == pytest.approx(expected)
    assert model.backward.counts.tolist() == pytest.approx(expected)
    assert model.forward.null_counts.tolist() == pytest.approx([0.2, 0.2])
    # The tension stays, because the observed distance is the expected one.
    assert model.forward.tension == pytest.approx(4.0)


def test_in_agreement_both_count_the_product() -> None:
    cells = build_cells([(["a", "b"], ["c", "d"])], own_class=1)
    model = Model(cells, np.full(4, 0.01), null=0.2, tension=4.0)
    model.round(agreeing=True)
    near = 1 / (1 + np.exp(-2))
    expected = [(0.8 * near) ** 2, (0.8 * (1 - near)) ** 2]
    assert model.forward.counts.tolist() == pytest.approx([*expected, *expected[::-1]])
    assert model.forward.counts.tolist() == model.backward.counts.tolist()
    assert model.forward.null_counts.tolist() == pytest.approx([1 - sum(expected)] * 2)


def test_shares_sum_to_one_for_each_condition() -> None:
    cells = build_cells(PAIRS, own_class=1)
    model = Model(cells, np.full(4, 0.01), null=0.2, tension=1.0)
    model.round(agreeing=False)
    shares = model.forward.shares()
    assert shares[:2].sum() == pytest.approx(1)
    assert shares[2:].sum() == pytest.approx(1)
    shares = model.backward.shares()
    assert shares[[0, 2]].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("x", "expected"),
    [(1.0, -0.5772156649), (0.01, -100.5608854579), (10.0, 2.2517525891), (0.5, -1.9635100260)],
)
def test_digamma(x: float, expected: float) -> None:
    assert digamma(np.array([x]))[0] == pytest.approx(expected, abs=1e-8)
