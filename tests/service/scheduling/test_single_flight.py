"""Equal work is done once, until its last caller leaves."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.errors import Busy, Gone, TimedOut
from service.scheduling.request import Lane, RequestContext
from service.scheduling.single_flight import Flight, SingleFlight


class Work:
    """Work that runs in its own thread until it is released."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor()
        self.release = threading.Event()
        self.started: list[RequestContext] = []

    def start(self, flight: Flight[str]) -> None:
        self.pool.submit(flight.run, self._do)

    def _do(self, context: RequestContext) -> str:
        self.started.append(context)
        context.on_cancel(self.release.set)
        assert self.release.wait(5)
        context.check()
        return "done"


def test_second_caller_joins() -> None:
    flights: SingleFlight[str] = SingleFlight()
    work = Work()
    contexts = RequestContext(), RequestContext()
    pending = [flights.join("key", context, work.start) for context in contexts]
    assert flights.waiting == 2
    work.release.set()
    assert [one.result(context) for one, context in zip(pending, contexts, strict=True)] == [
        "done",
        "done",
    ]
    assert len(work.started) == 1
    assert flights.waiting == 0


def test_work_survives_the_first_caller() -> None:
    flights: SingleFlight[str] = SingleFlight()
    work = Work()
    first, second = RequestContext(), RequestContext()
    one = flights.join("key", first, work.start)
    other = flights.join("key", second, work.start)
    first.cancel()
    with pytest.raises(Gone):
        one.result(first)
    assert flights.waiting == 1
    work.release.set()
    assert other.result(second) == "done"


def test_abandoned_work_is_cancelled() -> None:
    flights: SingleFlight[str] = SingleFlight()
    work = Work()
    context = RequestContext()
    pending = flights.join("key", context, work.start)
    context.cancel()
    with pytest.raises(Gone):
        pending.future.result(5)
    # The key is free at once.
    work.release.clear()
    again = RequestContext()
    fresh = flights.join("key", again, work.start)
    work.release.set()
    assert fresh.result(again) == "done"


def test_each_caller_has_its_own_deadline() -> None:
    flights: SingleFlight[str] = SingleFlight()
    work = Work()
    patient, hurried = RequestContext(), RequestContext(seconds=0.05)
    one = flights.join("key", patient, work.start)
    with pytest.raises(TimedOut):
        flights.join("key", hurried, work.start).result(hurried)
    work.release.set()
    assert one.result(patient) == "done"


def test_work_has_the_latest_deadline() -> None:
    flights: SingleFlight[str] = SingleFlight()
    work = Work()
    hurried, patient = RequestContext(seconds=5), RequestContext(Lane.ARCHIVE)
    flights.join("key", hurried, work.start)
    pending = flights.join("key", patient, work.start)
    work.release.set()
    assert pending.result(patient) == "done"
    assert work.started[0].seconds_left is None


def test_failed_start_frees_the_key() -> None:
    flights: SingleFlight[str] = SingleFlight()

    def refuse(flight: Flight[str]) -> None:
        raise Busy("too much is waiting", retry_after=3)

    with pytest.raises(Busy):
        flights.join("key", RequestContext(), refuse)
    assert flights.waiting == 0
    context = RequestContext()
    assert (
        flights.join("key", context, lambda flight: flight.run(lambda _: "now")).result(context)
        == "now"
    )
