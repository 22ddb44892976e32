"""Single flight: equal work that is wanted at the same time is done once.

The first caller of a key starts the work; later callers wait for the same future. The work has a
request context of its own, which ends when the last caller has left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

from service.errors import Gone
from service.scheduling.request import RequestContext

_Made = TypeVar("_Made")


class Flight(Generic[_Made]):
    """Work that is being done, and the number of callers who wait for it."""

    def __init__(self, context: RequestContext) -> None:
        self.context = context
        self.future: Future[_Made] = Future()
        self.waiting = 0

    def run(self, work: Callable[[RequestContext], _Made]) -> None:
        """Do the work in this thread and set the future."""
        try:
            self.context.check()
            self.future.set_result(work(self.context))
        except BaseException as error:
            self.future.set_exception(error)


class Pending(Generic[_Made]):
    """One caller's share in a flight, or a result that was there. Leave it when done with it."""

    def __init__(self, future: Future[_Made], leave: Callable[[], None] = lambda: None) -> None:
        self.future = future
        self._leave = leave
        self._lock = threading.Lock()
        self._left = False

    def leave(self) -> None:
        """Stop waiting; the work ends with its last caller. More than once does no harm."""
        with self._lock:
            left, self._left = self._left, True
        if not left:
            self._leave()

    def result(self, context: RequestContext) -> _Made:
        """Wait for the result, as long as the request is wanted.

        Raises as the work does, and `Gone` or `TimedOut` as the context does.
        """
        finished = threading.Event()
        self.future.add_done_callback(lambda _: finished.set())
        context.on_cancel(finished.set)
        try:
            finished.wait(context.seconds_left)
            if not self.future.done():
                context.check()
                raise Gone("the caller has gone")
            return self.future.result()
        finally:
            self.leave()


class SingleFlight(Generic[_Made]):
    """All flights, by key. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Flight[_Made]] = {}

    def join(
        self,
        key: Hashable,
        context: RequestContext,
        start: Callable[[Flight[_Made]], None],
    ) -> Pending[_Made]:
        """Join the flight of a key; where there is none, `start` one.

        `start` has to see to it that `Flight.run` is called. Raises as `start` does.
        """
        with self._lock:
            flight = self._flights.get(key)
            is_new = flight is None
            if flight is None:
                flight = Flight(RequestContext(context.lane, context.seconds_left))
                flight.context.progress = context.progress
                self._flights[key] = flight
            else:
                flight.context.extend(context.seconds_left)
            flight.waiting += 1
        joined = flight
        pending = Pending(flight.future, lambda: self._leave(key, joined))
        if is_new:
            joined.future.add_done_callback(lambda _: self._forget(key, joined))
            context.on_cancel(pending.leave)
            try:
                start(joined)
            except BaseException as error:
                joined.future.set_exception(error)
                raise
        else:
            context.on_cancel(pending.leave)
        return pending

    @property
    def waiting(self) -> int:
        """The number of callers who wait, for all flights."""
        with self._lock:
            return sum(flight.waiting for flight in self._flights.values())

    def cancel(self) -> None:
        """Tell all work to stop."""
        with self._lock:
            flights = list(self._flights.values())
        for flight in flights:
            flight.context.cancel()

    def _leave(self, key: Hashable, flight: Flight[_Made]) -> None:
        with self._lock:
            flight.waiting -= 1
            unwanted = not flight.waiting and not flight.future.done()
            if unwanted and self._flights.get(key) is flight:
                del self._flights[key]
        if unwanted:
            flight.context.cancel()

    def _forget(self, key: Hashable, flight: Flight[_Made]) -> None:
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]
