"""The schedule: sentences join when there is room, and leave when done.

It knows no tensors. It counts the rows of a step, at most one for each beam. It also counts the
slots of the decoder's pool, one for each token of the prompt and of each beam. A sentence joins
only if there is room for all its beams and all slots it may need, so the pool never runs out.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

Slots = npt.NDArray[np.int64]


class Job(Protocol):
    """The sizes of a sentence that the schedule uses."""

    @property
    def rows(self) -> int:
        """Return its rows in the next step; while it waits, its maximum."""

    @property
    def prompt_tokens(self) -> int:
        """Return how many tokens must be read before its first step."""

    @property
    def max_slots(self) -> int:
        """Return how many slots it may need."""


Item = TypeVar("Item", bound=Job)


class Pool:
    """The free slots. A slot belongs to one sentence at a time."""

    def __init__(self, slots: int) -> None:
        self._slots = np.arange(slots, dtype=np.int64)
        self._free = slots

    @property
    def free(self) -> int:
        """Return the number of free slots."""
        return self._free

    def take(self, count: int) -> Slots:
        """Take `count` slots. Raises `ValueError` if fewer are free."""
        if count > self._free:
            raise ValueError(f"{count} slots of {self._free} left")
        self._free -= count
        return self._slots[self._free : self._free + count].copy()

    def release(self, slots: Slots) -> None:
        self._slots[self._free : self._free + len(slots)] = slots
        self._free += len(slots)


class Schedule(Generic[Item]):
    """The waiting and the running sentences.

    `max_rows` limits the rows of a step when a sentence joins. After pruning, a search may grow
    again, and the rows may exceed it.
    `slots` is the size of the pool. `read_tokens` limits the prompt tokens that are read at once,
    while the running sentences wait.
    """

    def __init__(self, max_rows: int, slots: int, read_tokens: int) -> None:
        self.max_rows = max_rows
        self._slots, self._read_tokens = slots, read_tokens
        self.waiting: deque[Item] = deque()
        self.running: list[Item] = []

    def add(self, item: Item) -> None:
        """Queue a sentence. Raises `ValueError` if the pool is too small for it."""
        if item.max_slots > self._slots:
            raise ValueError(f"{item.max_slots} slots are needed, and there are {self._slots}")
        self.waiting.append(item)

    def admit(self) -> list[Item]:
        """Return the sentences that join now, in order of arrival.

        They are running from then on. Reading a few prompts takes nearly as long as reading many.
        So while others run and not all waiting ones fit, none joins until several fit.
        """
        joining = self._fitting()
        if self.running and len(joining) < len(self.waiting):
            rows = sum(item.rows for item in joining)
            tokens = sum(item.prompt_tokens for item in joining)
            if rows < self.max_rows // 8 and tokens < self._read_tokens // 2:
                return []
        for _ in joining:
            self.waiting.popleft()
        self.running += joining
        return joining

    def _fitting(self) -> list[Item]:
        """Return the waiting sentences, in order, until one does not fit."""
        rows = self.max_rows - sum(item.rows for item in self.running)
        slots = self._slots - sum(item.max_slots for item in self.running)
        joining: list[Item] = []
        tokens = 0
        for item in self.waiting:
            fits = item.rows <= rows and item.max_slots <= slots
            if not fits and (self.running or joining):
                break
            if joining and tokens + item.prompt_tokens > self._read_tokens:
                break
            joining.append(item)
            rows, slots = rows - item.rows, slots - item.max_slots
            tokens += item.prompt_tokens
        return joining

    def leave(self, item: Item) -> None:
        self.running.remove(item)
