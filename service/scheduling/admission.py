"""Admission control: refuses a request if too much work is waiting.

Work is counted in characters of the source, which are known before the text is read. Every method
takes constant time and never waits.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence

from service.errors import Busy
from service.scheduling.request import Lane

# Time constant of the average speed, in seconds of work.
_AVERAGE_SECONDS = 30.0
# The assumed speed before the first measurement, in characters a second, and its weight in
# seconds.
_INITIAL_SPEED = 300.0
_INITIAL_SECONDS = 2.0

# About the text of a batch of one beam. Always admit this much: a small batch makes the engine look
# three times slower than it is, and a low limit would keep batches small.
MIN_ADMITTED_CHARS = 1_500


class Throughput:
    """The engine's recent speed while it works, in characters a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._running = 0
        self._at = clock()
        self._seconds = _INITIAL_SECONDS
        self._characters = _INITIAL_SPEED * _INITIAL_SECONDS

    def begin(self) -> None:
        """Record the start of a batch."""
        with self._lock:
            self._advance()
            self._running += 1

    def end(self, characters: int) -> None:
        """Record the end of a batch and its characters."""
        with self._lock:
            self._advance()
            self._running -= 1
            self._characters += characters

    @property
    def characters_per_second(self) -> float:
        with self._lock:
            self._advance()
            return max(1.0, self._characters / self._seconds)

    def _advance(self) -> None:
        """Add the time since the last call, if the engine was working."""
        now = self._clock()
        elapsed, self._at = now - self._at, now
        if not self._running:
            return
        decay = math.exp(-elapsed / _AVERAGE_SECONDS)
        self._seconds = self._seconds * decay + elapsed
        self._characters *= decay


class Reservation:
    """The work of one admitted request. End it with `release`."""

    def __init__(self, control: AdmissionControl, lane: Lane, characters: int) -> None:
        self._control, self._lane = control, lane
        self._characters = self._remaining = characters
        self._requests = 1
        self._lock = threading.Lock()

    def progress(self, done: int, total: int) -> None:
        """Release the share of the finished sentences."""
        with self._lock:
            remaining = min(self._remaining, self._characters * (total - done) // max(1, total))
            finished, self._remaining = self._remaining - remaining, remaining
        self._control.release(self._lane, finished)

    def release(self) -> None:
        """Release the rest; a second call does nothing."""
        with self._lock:
            remaining, self._remaining = self._remaining, 0
            requests, self._requests = self._requests, 0
        self._control.release(self._lane, remaining, requests)


class AdmissionControl:
    """Admits a request if the work before it takes at most `max_wait` seconds.

    If fewer than `min_characters` wait, it admits every request.
    """

    def __init__(
        self,
        throughput: Throughput,
        max_wait: float,
        min_characters: int = 0,
        max_requests: int = 512,
    ) -> None:
        self._throughput, self._max_wait = throughput, max_wait
        self._min_characters, self._max_requests = min_characters, max_requests
        self._lock = threading.Lock()
        self._characters = dict.fromkeys(Lane, 0)
        self._requests = dict.fromkeys(Lane, 0)

    def admit(self, lane: Lane, characters: int) -> Reservation:
        """Admit a request, of any size. Raises `Busy`."""
        return self.admit_parts(lane, [characters])[0]

    def admit_parts(self, lane: Lane, parts: Sequence[int]) -> list[Reservation]:
        """Admit a request in parts, as one; return a reservation for each part.

        `parts` are their characters. Raises `Busy`.
        """
        with self._lock:
            ahead = [other for other in Lane if other.rank <= lane.rank]
            waiting = sum(self._characters[other] for other in ahead)
            seconds = waiting / self._throughput.characters_per_second
            full = self._requests[lane] >= self._max_requests
            short = seconds <= self._max_wait or waiting < self._min_characters
            if short and not full:
                self._characters[lane] += sum(parts)
                self._requests[lane] += len(parts)
                return [Reservation(self, lane, characters) for characters in parts]
        retry_after = max(1, math.ceil(seconds if full else seconds - self._max_wait))
        raise Busy(
            f"about {seconds:.0f} seconds of work are waiting before this request: try again in "
            f"{retry_after} seconds",
            retry_after=retry_after,
        )

    def release(self, lane: Lane, characters: int, requests: int = 0) -> None:
        """Release a part of a reservation."""
        with self._lock:
            self._characters[lane] -= characters
            self._requests[lane] -= requests

    @property
    def requests(self) -> int:
        """The number of admitted, unfinished requests."""
        with self._lock:
            return sum(self._requests.values())

    @property
    def characters(self) -> int:
        """The number of admitted, unfinished characters."""
        with self._lock:
            return sum(self._characters.values())
