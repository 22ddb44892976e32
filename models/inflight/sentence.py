"""A sentence in the inflight engine: its prompt, its search, its slots."""

from __future__ import annotations

from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

import numpy as np

from models.engine import DecodingOptions, Hypothesis, target_token_limit
from models.errors import EngineFailed
from models.inflight.schedule import Pool, Slots
from models.inflight.search import Pruning, Search


class Sentence:
    """A sentence that waits or runs; a `Job` of the schedule."""

    def __init__(
        self,
        prompt: list[int],
        prefix_slots: Slots,
        source_tokens: int,
        options: DecodingOptions,
        stop: frozenset[int],
        pruning: Pruning,
    ) -> None:
        """`prompt` holds the tokens that follow those in `prefix_slots`."""
        self.prompt, self.prefix_slots = prompt, prefix_slots
        self.source_tokens, self.options = source_tokens, options
        self._stop, self._pruning = stop, pruning
        self.limit = target_token_limit(source_tokens)
        self.answer: Future[Hypothesis] = Future()
        self.restart()

    def restart(self) -> None:
        """Reset to the state before the prompt is read."""
        self.search = Search(
            self.options.beam,
            self.limit + 1,
            self._stop,
            self.options.length_penalty,
            None if self.options.thorough else self._pruning,
        )
        self.prompt_slots: Slots = np.zeros(0, dtype=np.int64)
        self._taken: list[Slots] = []
        # The slots and the last token of each row's output. There is one row at first.
        self.produced = np.zeros((1, 0), dtype=np.int64)
        self.tokens = [0]

    @property
    def rows(self) -> int:
        return len(self.tokens) if len(self.prompt_slots) else self.options.beam

    @property
    def prompt_tokens(self) -> int:
        return len(self.prompt)

    @property
    def max_slots(self) -> int:
        return len(self.prompt) + self.options.beam * (self.limit + 1)

    def take(self, pool: Pool, count: int) -> Slots:
        """Take slots from the pool until `release`."""
        slots = pool.take(count)
        self._taken.append(slots)
        return slots

    def release(self, pool: Pool) -> None:
        """Return all slots to the pool."""
        for slots in self._taken:
            pool.release(slots)
        self._taken = []

    def succeed(self, hypothesis: Hypothesis) -> None:
        """Answer with a hypothesis, unless the caller has cancelled."""
        with suppress(InvalidStateError):
            self.answer.set_result(hypothesis)

    def fail(self, message: str) -> None:
        """Answer with `EngineFailed`, unless the caller has cancelled."""
        with suppress(InvalidStateError):
            self.answer.set_exception(EngineFailed(message))
