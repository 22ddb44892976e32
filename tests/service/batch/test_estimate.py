"""The rate of a run and the time that is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.batch.estimate import Estimate, Progress
from service.batch.inputs import BatchInput
from service.documents.formats.registry import FORMATS


def item(form: str, size: int) -> BatchInput:
    return BatchInput(Path("x"), "x", FORMATS[form], size, None)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_time_left_is_right_within_a_minute_of_even_work() -> None:
    """60,000 characters at 100 a second take 600 s; files of markup have half as much text."""
    clock = Clock()
    estimate = Estimate([item("txt", 10_000)] * 3 + [item("html", 20_000)] * 3, clock)
    read = 0
    for second in range(1, 600):
        clock.now = second
        if read < 100 * second + 5_000 and read < 60_000:
            form, size = ("txt", 10_000) if (read // 10_000) % 2 == 0 else ("html", 20_000)
            estimate.read(form, size, 10_000)
            read += 10_000
        estimate.finish(100, 15)
        progress = estimate.progress(0, 6)
        if second >= 60:
            assert progress.seconds_left == pytest.approx(600 - second, rel=0.05, abs=1)
            assert progress.words_per_second == pytest.approx(15)
    assert progress.share == pytest.approx(599 / 600)


def test_there_is_no_rate_at_first_and_none_while_nothing_is_done() -> None:
    clock = Clock()
    estimate = Estimate([item("txt", 1_000)], clock)
    assert estimate.progress(0, 1) == Progress(0, 1, 0, 0.0, None, None)
    clock.now = 10
    assert estimate.progress(0, 1).seconds_left is None
    estimate.skip("txt", 1_000)
    assert estimate.progress(1, 1).share == 1.0
