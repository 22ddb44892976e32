"""Who is translated now: sentences join as soon as there is room, and leave when they are done.

Knows nothing of tensors: room is counted in rows (of every step, at most one a beam) and in slots
of the decoder's pool (one a token of the prompt and of each beam). There must be room for all of a
sentence's beams when it joins, and for the slots that it may need at most, so that none runs out
later.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

Slots = npt.NDArray[np.int64]


class Sized(Protocol):
    """What the schedule has to know of a sentence."""

    @property
    def rows(self) -> int:
        """How many a step of it has, or for one that waits may have; they may change."""

    @property
    def prompt_tokens(self) -> int:
        """What has to be read before its first step."""

    @property
    def max_slots(self) -> int:
        """The slots it may come to need."""


Item = TypeVar("Item", bound=Sized)


class Pool:
    """The free slots. A slot is given to one sentence at a time."""

    def __init__(self, slots: int) -> None:
        self._free = np.arange(slots, dtype=np.int64)
        self._left = slots

    @property
    def left(self) -> int:
        """How many are free."""
        return self._left

    def take(self, count: int) -> Slots:
        """So many slots; there must be enough."""
        if count > self._left:
            raise ValueError(f"{count} slots of {self._left} left")
        self._left -= count
        return self._free[self._left : self._left + count].copy()

    def give_back(self, slots: Slots) -> None:
        self._free[self._left : self._left + len(slots)] = slots
        self._left += len(slots)


class Schedule(Generic[Item]):
    """The waiting and the running sentences.

    `max_rows` is how many rows a step may have when somebody joins (beams that come back may make
    it more), `slots` the size of the pool, and `read_tokens` how many tokens of prompts are read at
    once: those that run wait meanwhile.
    """

    def __init__(self, max_rows: int, slots: int, read_tokens: int) -> None:
        self.max_rows = max_rows
        self._slots, self._read_tokens = slots, read_tokens
        self.waiting: deque[Item] = deque()
        self.running: list[Item] = []

    def add(self, item: Item) -> None:
        """Let a sentence wait for its turn. Raises `ValueError` where it could never run."""
        if item.max_slots > self._slots:
            raise ValueError(f"{item.max_slots} slots are needed, and there are {self._slots}")
        self.waiting.append(item)

    def admit(self) -> list[Item]:
        """The sentences that join now, in the order they came; they count as running.

        Reading a few prompts takes nearly as long as reading many, so where many wait, room for
        some is waited for; a sentence that comes alone joins at once.
        """
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
        enough = self.max_rows // 8
        if self.running and len(joining) < len(self.waiting):
            joined = sum(item.rows for item in joining)
            if joined < enough and tokens < self._read_tokens // 2:
                return []
        for _ in joining:
            self.waiting.popleft()
        self.running += joining
        return joining

    def leave(self, item: Item) -> None:
        self.running.remove(item)
