"""Single flight: equal work requested at the same time is done once.

The first caller of a key starts the work; later callers wait for the same future. The work has its
own request context, which is cancelled when the last caller leaves.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

from service.errors import Gone
from service.scheduling.events import EventLog
from service.scheduling.request import RequestContext

_Result = TypeVar("_Result")


class Flight(Generic[_Result]):
    """Work in progress, and the number of callers who wait for it."""

    def __init__(self, context: RequestContext) -> None:
        self.context = context
        self.future: Future[_Result] = Future()
        self.waiting = 0

    def run(self, work: Callable[[RequestContext], _Result]) -> None:
        """Do the work in this thread and set the future."""
        try:
            self.context.check()
            self.future.set_result(work(self.context))
        except BaseException as error:
            self.future.set_exception(error)


class Pending(Generic[_Result]):
    """One caller's wait for a flight, or for an existing result.

    `events` are those of the flight. Call `leave` at the end.
    """

    def __init__(
        self,
        future: Future[_Result],
        leave: Callable[[], None] = lambda: None,
        events: EventLog | None = None,
    ) -> None:
        self.future = future
        self.events = events or EventLog()
        self._leave = leave
        self._lock = threading.Lock()
        self._left = False

    def leave(self) -> None:
        """Stop waiting; the last caller cancels the work.

        A second call does nothing.
        """
        with self._lock:
            left, self._left = self._left, True
        if not left:
            self._leave()

    def result(self, context: RequestContext) -> _Result:
        """Wait for the result.

        Raises the errors of the work, and `Gone` or `TimedOut` if the caller's context ends first.
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


class SingleFlight(Generic[_Result]):
    """All flights, by key. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Flight[_Result]] = {}

    def join(
        self,
        key: Hashable,
        context: RequestContext,
        start: Callable[[Flight[_Result]], None],
    ) -> Pending[_Result]:
        """Join the flight of a key, or `start` a new one.

        `start` must arrange a call of `Flight.run`. Raises the errors of `start`.
        """
        with self._lock:
            flight = self._flights.get(key)
            is_new = flight is None
            if flight is None:
                flight = Flight(
                    RequestContext(context.lane, context.seconds_left, owner=context.owner)
                )
                flight.context.progress = context.progress
                self._flights[key] = flight
            else:
                flight.context.extend(context.seconds_left)
            flight.waiting += 1
        joined = flight
        pending = Pending(flight.future, lambda: self._leave(key, joined), flight.context.events)
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
        """The number of waiting callers of all flights."""
        with self._lock:
            return sum(flight.waiting for flight in self._flights.values())

    def cancel(self) -> None:
        """Cancel all work."""
        with self._lock:
            flights = list(self._flights.values())
        for flight in flights:
            flight.context.cancel()

    def _leave(self, key: Hashable, flight: Flight[_Result]) -> None:
        with self._lock:
            flight.waiting -= 1
            abandoned = not flight.waiting and not flight.future.done()
            if abandoned and self._flights.get(key) is flight:
                del self._flights[key]
        if abandoned:
            flight.context.cancel()

    def _forget(self, key: Hashable, flight: Flight[_Result]) -> None:
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]
