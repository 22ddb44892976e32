"""The rate of a run and the time that is left.

The text of files that are not read yet is estimated from their sizes. The ratio of characters to
bytes is measured for each format as soon as one file of it has been read.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from service.batch.inputs import BatchInput

# Characters a byte before any file of the format is read; zipped formats hold fonts and images.
_INITIAL_RATIOS = {
    "txt": 1.0, "html": 0.4, "parquet": 1.5, "docx": 0.2, "odt": 0.2, "pptx": 0.02, "pdf": 0.05,
}  # fmt: skip
_INITIAL_RATIO = 0.7
# Seconds of the past that count for the rate, and before which there is none.
_RECENT_SECONDS = 60.0
_MIN_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of a run. `words_per_second` and `seconds_left` are None at the beginning."""

    files_done: int
    files: int
    words: int
    share: float
    words_per_second: float | None
    seconds_left: float | None


class Estimate:
    """Counts text that is read and finished. Thread-safe."""

    def __init__(
        self, inputs: Iterable[BatchInput], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._unread: Counter[str] = Counter()
        for item in inputs:
            self._unread[item.format.name] += item.size
        self._read_bytes: Counter[str] = Counter()
        self._read_characters: Counter[str] = Counter()
        self._pending = self._done = self._words = 0
        self._began = clock()
        self._recent: deque[tuple[float, int, int]] = deque([(self._began, 0, 0)])

    def read(self, form: str, size: int, characters: int) -> None:
        """Count a part of a file that was read: its bytes and its characters."""
        with self._lock:
            self._unread[form] -= size
            self._read_bytes[form] += size
            self._read_characters[form] += characters
            self._pending += characters

    def skip(self, form: str, size: int) -> None:
        """Count a part of a file that needs no work."""
        with self._lock:
            self._unread[form] -= size

    def finish(self, characters: int, words: int = 0) -> None:
        """Count text that was read before and is finished now."""
        with self._lock:
            self._pending -= characters
            self._done += characters
            self._words += words

    def progress(self, files_done: int, files: int) -> Progress:
        """Return the state now; call it about every second."""
        with self._lock:
            return self._progress(files_done, files, self._words)

    def _progress(self, files_done: int, files: int, words: int) -> Progress:
        now = self._clock()
        self._recent.append((now, self._done, words))
        while len(self._recent) > 2 and now - self._recent[1][0] >= _RECENT_SECONDS:
            self._recent.popleft()
        left = self._pending + sum(
            max(0, size) * self._ratio(form) for form, size in self._unread.items()
        )
        share = self._done / (self._done + left) if self._done + left else 1.0
        then, done, words_then = self._recent[0]
        seconds = now - then
        if now - self._began < _MIN_SECONDS or seconds <= 0 or self._done == done:
            return Progress(files_done, files, words, share, None, None)
        rate = (self._done - done) / seconds
        return Progress(
            files_done, files, words, share, (words - words_then) / seconds, left / rate
        )

    def _ratio(self, form: str) -> float:
        if self._read_bytes[form] >= 1_000:
            return self._read_characters[form] / self._read_bytes[form]
        return _INITIAL_RATIOS.get(form, _INITIAL_RATIO)
