"""The work that is read ahead of the engine: enough to keep it busy, and no more.

Work is counted in characters of the source, and falls as sentences are finished.
"""

from __future__ import annotations

import threading

# Several times what the engine computes at once (32 sentences of 4 beams, some 5,000 characters),
# so that reading, checking and writing never leave it idle.
MAX_CHARACTERS = 60_000
# Characters that are done and wait for an earlier row of their file.
MAX_WAITING_CHARACTERS = 2_000_000


class Window:
    """Counts the units in work. Thread-safe."""

    def __init__(self, max_units: int, max_characters: int = MAX_CHARACTERS) -> None:
        self._max_units, self._max_characters = max_units, max_characters
        self._lock = threading.Lock()
        self._characters = self._waiting = 0
        self.units = 0

    @property
    def has_room(self) -> bool:
        """Whether another unit may begin; it may be of any size."""
        with self._lock:
            return (
                self.units < self._max_units
                and self._characters < self._max_characters
                and self._waiting < MAX_WAITING_CHARACTERS
            )

    def begin(self, characters: int) -> Share:
        """Count a unit that begins."""
        with self._lock:
            self.units += 1
            self._characters += characters
        return Share(self, characters)

    def change(self, characters: int, waiting: int = 0, units: int = 0) -> None:
        """Add to the counts."""
        with self._lock:
            self._characters += characters
            self._waiting += waiting
            self.units += units


class Share:
    """The part of one unit: in work, then waiting to be written."""

    def __init__(self, window: Window, characters: int) -> None:
        self._window, self._size, self._left = window, characters, characters
        self._lock = threading.Lock()

    def progress(self, done: int, total: int) -> int:
        """Release the share of the finished sentences; return its characters."""
        with self._lock:
            left = min(self._left, self._size * (total - done) // max(1, total))
            finished, self._left = self._left - left, left
        self._window.change(-finished)
        return finished

    def finish(self) -> int:
        """The unit is done and waits; return the characters that were left."""
        with self._lock:
            left, self._left = self._left, 0
        self._window.change(-left, waiting=self._size, units=-1)
        return left

    def release(self) -> None:
        """The unit is written."""
        self._window.change(0, waiting=-self._size)
