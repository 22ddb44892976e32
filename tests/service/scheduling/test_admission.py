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
    """A pace after 600 seconds of so many characters a second."""
    throughput = Throughput(clock)
    for _ in range(600):
        throughput.begin()
        clock.now += 1
        throughput.end(characters)
    return throughput


def test_the_pace_is_that_of_the_time_in_which_somebody_worked() -> None:
    clock = Clock()
    throughput = Throughput(clock)
    assert throughput.characters_per_second == 300  # a guess
    throughput = measured(clock, 100)
    assert throughput.characters_per_second == pytest.approx(100, rel=0.02)
    clock.now += 10_000  # idle
    assert throughput.characters_per_second == pytest.approx(100, rel=0.02)


def test_two_batches_at_once_count_their_time_once() -> None:
    clock = Clock()
    throughput = Throughput(clock)
    for _ in range(600):
        throughput.begin()
        throughput.begin()
        clock.now += 1
        throughput.end(100)
        throughput.end(100)
    assert throughput.characters_per_second == pytest.approx(200, rel=0.02)


def test_it_lets_in_while_what_waits_is_little_and_says_when_to_come_back() -> None:
    door = AdmissionControl(measured(Clock(), 100), longest_wait=10)
    first = door.enter(Lane.NORMAL, 5_000)  # however large: nothing was before it
    with pytest.raises(Busy, match=r"about 5\d seconds of work") as refused:
        door.enter(Lane.NORMAL, 1)
    assert refused.value.retry_after == pytest.approx(40, abs=1)
    assert refused.value.status == 429
    first.progress(9, 10)
    second = door.enter(Lane.NORMAL, 1_000)
    assert door.requests == 2
    assert door.characters == 1_500
    first.release()
    second.release()
    first.release()
    assert (door.requests, door.characters) == (0, 0)


def test_what_keeps_the_engine_busy_is_let_in_however_slow_it_was() -> None:
    door = AdmissionControl(measured(Clock(), 10), longest_wait=5, min_characters=3_000)
    for _ in range(6):
        door.enter(Lane.NORMAL, 500)
    with pytest.raises(Busy, match="about 30"):
        door.enter(Lane.NORMAL, 500)


def test_only_what_is_as_urgent_counts() -> None:
    door = AdmissionControl(measured(Clock(), 100), longest_wait=10)
    door.enter(Lane.ARCHIVE, 100_000)
    door.enter(Lane.NORMAL, 100_000)
    door.enter(Lane.BREAKING, 10)
    with pytest.raises(Busy):
        door.enter(Lane.NORMAL, 10)


def test_tiny_requests_have_a_limit_too() -> None:
    door = AdmissionControl(Throughput(Clock()), longest_wait=10, max_requests=2)
    places = [door.enter(Lane.NORMAL, 0) for _ in range(2)]
    with pytest.raises(Busy) as refused:
        door.enter(Lane.NORMAL, 0)
    assert refused.value.retry_after == 1
    places[0].release()
    door.enter(Lane.NORMAL, 0)
