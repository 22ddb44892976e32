"""Counts of faults, and the separation by confidence."""

from __future__ import annotations

import pytest

from scripts.quality.confidence import separation
from scripts.quality.faults import count_faults
from scripts.quality.sets import TestSet


@pytest.mark.parametrize(
    ("scores", "bad", "area"),
    [
        ([0.1, 0.2, 0.8, 0.9], [True, True, False, False], 1.0),
        ([0.9, 0.8, 0.2, 0.1], [True, True, False, False], 0.0),
        ([0.1, 0.3, 0.2, 0.4], [True, True, False, False], 0.75),
        ([0.5, 0.5], [True, False], 0.5),
        ([0.1, 0.9], [False, False], 0.5),
        ([], [], 0.5),
    ],
)
def test_separation(scores: list[float], bad: list[bool], area: float) -> None:
    assert separation(scores, bad) == area


def test_faults_are_counted_by_line() -> None:
    test = TestSet(
        "toy",
        ["Ada 5 rumah.", "Tujuh belas orang.", '"Aman," kata dia.', "Air surut."],
        ["There are 5 houses.", "Seventeen people.", '"Safe," he said.', "The water recedes."],
        {},
    )
    row = count_faults(
        "ours", test, ["There are 6 houses.", "Seven people.", "Safe, he said.", "Water."]
    )
    assert (row.digit_lines, row.lost, row.invented) == (1, 1, 1)
    assert (row.words, row.quotations, row.short, row.loops) == (1, 1, 1, 0)
