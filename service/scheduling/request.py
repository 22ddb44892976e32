"""The context of a request: lane, deadline, progress, cancellation."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from enum import StrEnum

from service.errors import Gone, TimedOut
from service.scheduling.events import EventLog

TIMED_OUT = (
    "the time for this request is over; finished sentences are kept: send the same request again "
    "to continue from there"
)


class Lane(StrEnum):
    """The urgency of work, most urgent first."""

    BREAKING = "breaking"
    NORMAL = "normal"
    ARCHIVE = "archive"

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return list(Lane).index(self)


_numbers = itertools.count()


class RequestContext:
    """The context that a request's work gets. Thread-safe.

    Long work calls `check` from time to time, or registers a callback with `on_cancel`. An earlier
    request has a lower `number`. `events` are what the work has to tell before its end.
    """

    def __init__(
        self,
        lane: Lane = Lane.NORMAL,
        seconds: float | None = None,
        progress: Callable[[int, int], None] | None = None,
        owner: str = "",
    ) -> None:
        """Set the deadline to `seconds` from now (None: no deadline).

        `progress` is called with the numbers of finished and of all sentences. Only requests of the
        same `owner` share results and cached sentences.
        """
        self.owner = owner
        self.number = next(_numbers)
        self.lane = lane
        self.progress = progress
        self.events = EventLog()
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._lock = threading.Lock()
        self._cancelled = False
        self._callbacks: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the deadline, at least 0; None without one."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def extend(self, seconds: float | None) -> None:
        """Move the deadline to `seconds` from now if later; None removes it."""
        if seconds is None:
            self._deadline = None
        elif self._deadline is not None:
            self._deadline = max(self._deadline, time.monotonic() + seconds)

    def cancel(self) -> None:
        """End the request and call every callback; a second call does nothing."""
        with self._lock:
            if self._cancelled:
                return
            self._cancelled = True
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def on_cancel(self, callback: Callable[[], None]) -> None:
        """Call `callback` when the request is cancelled, or now if it is."""
        with self._lock:
            if not self._cancelled:
                self._callbacks.append(callback)
                return
        callback()

    def check(self) -> None:
        """Raise `Gone` if cancelled, and `TimedOut` after the deadline."""
        if self._cancelled:
            raise Gone("the caller has gone")
        if self.seconds_left == 0:
            raise TimedOut(TIMED_OUT)
