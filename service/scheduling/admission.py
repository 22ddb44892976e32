"""How fast sentences are translated, how much waits, and who is let in.

All of it is counted in characters of the source, which are known before anything is read, and in
constant time. Nothing here waits.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from service.errors import Busy
from service.scheduling.request import Lane

# What is measured now counts for so many seconds of work.
_MEMORY_SECONDS = 30.0
# Until something has been measured: characters a second.
_GUESS = 300.0
_GUESS_SECONDS = 2.0

# About what a batch of one beam holds. So much is let in however slow the engine was: with
# few sentences at hand it is a third as fast as with many, and a door that went by that would
# keep it so.
MIN_ADMITTED_CHARS = 1_500


class Throughput:
    """Characters a second while the engine works, lately."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._running = 0
        self._at = clock()
        self._seconds = _GUESS_SECONDS
        self._characters = _GUESS * _GUESS_SECONDS

    def begin(self) -> None:
        """A batch begins."""
        with self._lock:
            self._advance()
            self._running += 1

    def end(self, characters: int) -> None:
        """A batch of so many characters is done."""
        with self._lock:
            self._advance()
            self._running -= 1
            self._characters += characters

    @property
    def characters_a_second(self) -> float:
        with self._lock:
            self._advance()
            return max(1.0, self._characters / self._seconds)

    def _advance(self) -> None:
        """Let the time since the last call count, if somebody worked in it."""
        now = self._clock()
        passed, self._at = now - self._at, now
        if not self._running:
            return
        kept = math.exp(-passed / _MEMORY_SECONDS)
        self._seconds = self._seconds * kept + passed
        self._characters *= kept


class Reservation:
    """The place of a request that was let in. Give it back with `leave`."""

    def __init__(self, door: AdmissionControl, lane: Lane, characters: int) -> None:
        self._door, self._lane = door, lane
        self._characters = self._left = characters
        self._requests = 1
        self._lock = threading.Lock()

    def progress(self, done: int, total: int) -> None:
        """So many of its sentences are done."""
        with self._lock:
            left = min(self._left, self._characters * (total - done) // max(1, total))
            done_now, self._left = self._left - left, left
        self._door.release(self._lane, done_now)

    def leave(self) -> None:
        """Everything is done, or not wanted any more; more than once does no harm."""
        with self._lock:
            left, self._left, requests, self._requests = self._left, 0, self._requests, 0
        self._door.release(self._lane, left, requests)


class AdmissionControl:
    """Lets requests in while what waits before them takes at most `longest_wait` seconds, or is
    less than the `min_characters` characters that keep the engine busy."""

    def __init__(
        self,
        throughput: Throughput,
        longest_wait: float,
        min_characters: int = 0,
        max_requests: int = 512,
    ) -> None:
        self._throughput, self._longest_wait = throughput, longest_wait
        self._fills, self._max = min_characters, max_requests
        self._lock = threading.Lock()
        self._characters = dict.fromkeys(Lane, 0)
        self._requests = dict.fromkeys(Lane, 0)

    def enter(self, lane: Lane, characters: int) -> Reservation:
        """A place for so many characters, whatever they are. Raises `Busy`."""
        with self._lock:
            before = [other for other in Lane if other.rank <= lane.rank]
            wait = sum(self._characters[other] for other in before)
            seconds = wait / self._throughput.characters_a_second
            full = self._requests[lane] >= self._max
            little = seconds <= self._longest_wait or wait < self._fills
            if little and not full:
                self._characters[lane] += characters
                self._requests[lane] += 1
                return Reservation(self, lane, characters)
        again = max(1, math.ceil(seconds if full else seconds - self._longest_wait))
        raise Busy(
            f"about {seconds:.0f} seconds of work are waiting before this: try again in "
            f"{again} seconds",
            retry_after=again,
        )

    def release(self, lane: Lane, characters: int, requests: int = 0) -> None:
        """Called by a place."""
        with self._lock:
            self._characters[lane] -= characters
            self._requests[lane] -= requests

    @property
    def requests(self) -> int:
        """How many are inside."""
        with self._lock:
            return sum(self._requests.values())

    @property
    def characters(self) -> int:
        """How many characters were let in and are not done."""
        with self._lock:
            return sum(self._characters.values())
