import pytest

from service.errors import Busy
from service.scheduling.admission import AdmissionControl, Throughput
from service.scheduling.request import Lane


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def measured(clock: Clock, characters: int) -> Throughput:
    """Return a throughput after 600 s at this many characters a second."""
    throughput = Throughput(clock)
    for _ in range(600):
        throughput.begin()
        clock.now += 1
        throughput.end(characters)
    return throughput


def test_throughput_ignores_idle_time() -> None:
    clock = Clock()
    throughput = Throughput(clock)
    assert throughput.characters_per_second == 300  # the initial value
    throughput = measured(clock, 100)
    assert throughput.characters_per_second == pytest.approx(100, rel=0.02)
    clock.now += 10_000  # idle
    assert throughput.characters_per_second == pytest.approx(100, rel=0.02)


def test_throughput_of_parallel_batches() -> None:
    clock = Clock()
    throughput = Throughput(clock)
    for _ in range(600):
        throughput.begin()
        throughput.begin()
        clock.now += 1
        throughput.end(100)
        throughput.end(100)
    assert throughput.characters_per_second == pytest.approx(200, rel=0.02)


def test_admit_and_refuse() -> None:
    control = AdmissionControl(measured(Clock(), 100), max_wait=10)
    first = control.admit(Lane.NORMAL, 5_000)  # of any size: no work waits
    with pytest.raises(Busy, match=r"about 5\d seconds of work") as refused:
        control.admit(Lane.NORMAL, 1)
    assert refused.value.retry_after == pytest.approx(40, abs=1)
    assert refused.value.status == 429
    first.progress(9, 10)
    second = control.admit(Lane.NORMAL, 1_000)
    assert control.requests == 2
    assert control.characters == 1_500
    first.release()
    second.release()
    first.release()
    assert (control.requests, control.characters) == (0, 0)


def test_minimum_is_always_admitted() -> None:
    control = AdmissionControl(measured(Clock(), 10), max_wait=5, min_characters=3_000)
    for _ in range(6):
        control.admit(Lane.NORMAL, 500)
    with pytest.raises(Busy, match="about 30"):
        control.admit(Lane.NORMAL, 500)


def test_less_urgent_work_does_not_count() -> None:
    control = AdmissionControl(measured(Clock(), 100), max_wait=10)
    control.admit(Lane.ARCHIVE, 100_000)
    control.admit(Lane.NORMAL, 100_000)
    control.admit(Lane.BREAKING, 10)
    with pytest.raises(Busy):
        control.admit(Lane.NORMAL, 10)


def test_limit_of_requests() -> None:
    control = AdmissionControl(Throughput(Clock()), max_wait=10, max_requests=2)
    reservations = [control.admit(Lane.NORMAL, 0) for _ in range(2)]
    with pytest.raises(Busy) as refused:
        control.admit(Lane.NORMAL, 0)
    assert refused.value.retry_after == 1
    reservations[0].release()
    control.admit(Lane.NORMAL, 0)


def test_a_request_in_parts_is_admitted_as_one() -> None:
    control = AdmissionControl(Throughput(), 1.0)
    parts = control.admit_parts(Lane.NORMAL, [10_000, 20_000, 30_000])
    assert (control.requests, control.characters) == (3, 60_000)
    with pytest.raises(Busy):
        control.admit_parts(Lane.NORMAL, [1])
    parts[1].release()
    assert (control.requests, control.characters) == (2, 40_000)
    for part in parts:
        part.release()
    assert (control.requests, control.characters) == (0, 0)
