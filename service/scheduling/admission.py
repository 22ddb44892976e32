"""Admission of requests: the engine's recent speed, the work that waits, and the decision.

Everything is counted in characters of the source, which are known before anything is read, and in
constant time. Nothing here waits.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from service.errors import Busy
from service.scheduling.request import Lane

# Time constant of the average speed, in seconds of work.
_AVERAGE_SECONDS = 30.0
# The speed before anything is measured: characters a second, and the seconds it counts for.
_INITIAL_SPEED = 300.0
_INITIAL_SECONDS = 2.0

# About the text of a batch of one beam. Always admit this much: with few sentences at hand the
# engine looks a third as fast as with many, and would be kept at few.
MIN_ADMITTED_CHARS = 1_500


class Throughput:
    """The engine's recent speed: characters a second, while it works."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._running = 0
        self._at = clock()
        self._seconds = _INITIAL_SECONDS
        self._characters = _INITIAL_SPEED * _INITIAL_SECONDS

    def begin(self) -> None:
        """Count the start of a batch."""
        with self._lock:
            self._advance()
            self._running += 1

    def end(self, characters: int) -> None:
        """Count the end of a batch, and its characters."""
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
        """Add the time since the last call, if the engine worked in it."""
        now = self._clock()
        passed, self._at = now - self._at, now
        if not self._running:
            return
        decay = math.exp(-passed / _AVERAGE_SECONDS)
        self._seconds = self._seconds * decay + passed
        self._characters *= decay


class Reservation:
    """The share of an admitted request in the work that waits. Give it back with `release`."""

    def __init__(self, control: AdmissionControl, lane: Lane, characters: int) -> None:
        self._control, self._lane = control, lane
        self._characters = self._left = characters
        self._requests = 1
        self._lock = threading.Lock()

    def progress(self, done: int, total: int) -> None:
        """Give back the share of the sentences that are done."""
        with self._lock:
            left = min(self._left, self._characters * (total - done) // max(1, total))
            done_now, self._left = self._left - left, left
        self._control.release(self._lane, done_now)

    def release(self) -> None:
        """Give back the rest; a second call does nothing."""
        with self._lock:
            left, self._left, requests, self._requests = self._left, 0, self._requests, 0
        self._control.release(self._lane, left, requests)


class AdmissionControl:
    """Admits a request while the work before it takes at most `longest_wait` seconds.

    While less than `min_characters` wait, it admits in any case.
    """

    def __init__(
        self,
        throughput: Throughput,
        longest_wait: float,
        min_characters: int = 0,
        max_requests: int = 512,
    ) -> None:
        self._throughput, self._longest_wait = throughput, longest_wait
        self._min_characters, self._max_requests = min_characters, max_requests
        self._lock = threading.Lock()
        self._characters = dict.fromkeys(Lane, 0)
        self._requests = dict.fromkeys(Lane, 0)

    def enter(self, lane: Lane, characters: int) -> Reservation:
        """Admit a request of any size. Raises `Busy`."""
        with self._lock:
            ahead = [other for other in Lane if other.rank <= lane.rank]
            waiting = sum(self._characters[other] for other in ahead)
            seconds = waiting / self._throughput.characters_per_second
            full = self._requests[lane] >= self._max_requests
            little = seconds <= self._longest_wait or waiting < self._min_characters
            if little and not full:
                self._characters[lane] += characters
                self._requests[lane] += 1
                return Reservation(self, lane, characters)
        retry_after = max(1, math.ceil(seconds if full else seconds - self._longest_wait))
        raise Busy(
            f"about {seconds:.0f} seconds of work are waiting before this: try again in "
            f"{retry_after} seconds",
            retry_after=retry_after,
        )

    def release(self, lane: Lane, characters: int, requests: int = 0) -> None:
        """Give back a part of a reservation."""
        with self._lock:
            self._characters[lane] -= characters
            self._requests[lane] -= requests

    @property
    def requests(self) -> int:
        """The number of admitted requests that are not done."""
        with self._lock:
            return sum(self._requests.values())

    @property
    def characters(self) -> int:
        """The number of admitted characters that are not done."""
        with self._lock:
            return sum(self._characters.values())
