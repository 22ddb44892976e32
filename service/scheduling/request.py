"""What one caller asks for: how urgent it is, until when it is wanted, and whether it still is."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from enum import StrEnum

from service.errors import Gone, TimedOut


class Lane(StrEnum):
    """How urgent work is; the first comes before the others."""

    BREAKING = "breaking"
    NORMAL = "normal"
    ARCHIVE = "archive"

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return list(Lane).index(self)


_numbers = itertools.count()


class RequestContext:
    """Handed down with a caller's work. Whoever works for it asks `check` now and then, or
    registers with `on_cancel` to be told. Who came first has the lower `number`. Safe to use from
    several threads."""

    def __init__(
        self,
        lane: Lane = Lane.NORMAL,
        seconds: float | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """`seconds` from now the work is of no use any more; None: it always is. `progress` is
        told (sentences done, all sentences)."""
        self.number = next(_numbers)
        self.lane = lane
        self.progress = progress
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._lock = threading.Lock()
        self._cancelled = False
        self._told: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    @property
    def seconds_left(self) -> float | None:
        """Until the deadline, 0 at the least; None where there is none."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def extend(self, seconds: float) -> None:
        """Somebody else wants the same work, for so many seconds from now."""
        if self._deadline is not None:
            self._deadline = max(self._deadline, time.monotonic() + seconds)

    def cancel(self) -> None:
        """The caller has gone. More than once does no harm."""
        with self._lock:
            if self._cancelled:
                return
            self._cancelled = True
            told, self._told = self._told, []
        for tell in told:
            tell()

    def on_cancel(self, tell: Callable[[], None]) -> None:
        """Call `tell` when the caller goes, or at once where it has gone already."""
        with self._lock:
            if not self._cancelled:
                self._told.append(tell)
                return
        tell()

    def check(self) -> None:
        """Raises `Gone` or `TimedOut` where the work is not wanted any more."""
        if self._cancelled:
            raise Gone("the caller has gone")
        if self.seconds_left == 0:
            raise TimedOut(
                "the time for this request is over; what was translated is kept, so that the "
                "same request goes on from there: send it again"
            )
