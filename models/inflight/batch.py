"""The batch in flight: the sentences that run in a decoder or wait for it."""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from models.engine import Hypothesis
from models.inflight.decoder import Candidates, Decoder
from models.inflight.schedule import Pool, Schedule
from models.inflight.sentence import Sentence

READ_TOKENS = 1_500

# Rounds without a failure after which the batch may have more rows again.
_CALM_ROUNDS = 200

_log = logging.getLogger(__name__)


class Batch:
    """The sentences of one decoder. Not safe for several threads."""

    def __init__(
        self,
        decoder: Decoder,
        prefix: Sequence[int],
        hypothesis: Callable[[Sentence], Hypothesis],
        model: str,
        *,
        max_rows: int,
        slots: int,
    ) -> None:
        """Read `prefix`, the tokens with which all prompts start."""
        self.decoder, self.max_rows = decoder, max_rows
        self._hypothesis, self._model = hypothesis, model
        self.pool = Pool(slots)
        self.prefix_slots = self.pool.take(len(prefix))
        if prefix:
            decoder.read([prefix], [self.prefix_slots])
        self.slots = self.pool.free
        self.schedule: Schedule[Sentence] = Schedule(max_rows, self.slots, READ_TOKENS)
        self.calm_rounds = 0  # since a step failed

    @property
    def is_idle(self) -> bool:
        """Return whether no sentence waits or runs."""
        return not (self.schedule.waiting or self.schedule.running)

    def add(self, sentence: Sentence) -> None:
        """Queue a sentence, or fail it if the pool is too small for it."""
        try:
            self.schedule.add(sentence)
        except ValueError as error:
            sentence.fail(f"a segment is too long for the engine's memory: {error}")

    def fail_all(self, message: str) -> None:
        """Fail every sentence that waits or runs."""
        for sentence in [*self.schedule.running, *self.schedule.waiting]:
            sentence.fail(message)

    def advance(self) -> None:
        """Read the prompts of sentences that join; if none joins, extend the rest."""
        self._drop_cancelled()
        if joining := self.schedule.admit():
            self._attempt(self._read, joining)
        else:
            self._attempt(self._step, list(self.schedule.running))

    def _drop_cancelled(self) -> None:
        for sentence in list(self.schedule.running):
            if sentence.answer.cancelled():
                self._leave(sentence)
        self.schedule.waiting = deque(s for s in self.schedule.waiting if not s.answer.cancelled())

    def _attempt(self, act: Callable[[list[Sentence]], None], group: list[Sentence]) -> None:
        """Act on a group; on failure, retry with smaller groups, down to one."""
        try:
            act(group)
        except Exception as error:  # lack of memory, or a fault
            self.calm_rounds = 0
            # Some sentences may have finished before the failure.
            self._retry([s for s in group if s in self.schedule.running], error)
            return
        self.calm_rounds += 1
        if self.calm_rounds >= _CALM_ROUNDS and self.schedule.max_rows < self.max_rows:
            self.schedule.max_rows = min(self.max_rows, 2 * self.schedule.max_rows)
            self.calm_rounds = 0

    def _retry(self, group: list[Sentence], error: Exception) -> None:
        for sentence in group:
            self._leave(sentence)
        if len(group) == 1:
            kind = type(error).__name__
            group[0].fail(f"{self._model} failed on a segment ({kind}): {error}")
        if len(group) < 2:
            return
        # Half the rows, in case memory ran out. A sentence that causes a failure is soon alone.
        beams = [sentence.options.beam for sentence in group]
        self.schedule.max_rows = max(sum(beams) // 2, *beams)
        _log.warning(
            "a step of %d sentences failed (%s: %s); continuing with at most %d rows",
            len(group),
            type(error).__name__,
            error,
            self.schedule.max_rows,
        )
        for sentence in group:
            sentence.restart()
        self.schedule.waiting.extendleft(reversed(group))

    def _read(self, group: list[Sentence]) -> None:
        before = [sentence.prefix_slots for sentence in group]
        slots = [sentence.take(self.pool, len(sentence.prompt)) for sentence in group]
        found = self.decoder.read(
            [sentence.prompt for sentence in group], slots, before, _candidates(group)
        )
        for sentence, *read in zip(group, before, slots, strict=True):
            sentence.prompt_slots = np.concatenate(read)
        self._search(group, found)

    def _step(self, group: list[Sentence]) -> None:
        for sentence in group:
            fresh = sentence.take(self.pool, len(sentence.tokens))
            sentence.produced = np.concatenate((sentence.produced, fresh[:, None]), axis=1)
        found = self.decoder.step(
            [token for sentence in group for token in sentence.tokens],
            [
                np.concatenate((sentence.prompt_slots, produced))
                for sentence in group
                for produced in sentence.produced
            ],
            _candidates(group),
        )
        self._search(group, found)

    def _search(self, group: list[Sentence], found: Candidates) -> None:
        """Advance each search, and answer the sentences that are done."""
        rows = zip(*found, strict=True)
        for sentence in group:
            # The candidates of a search do not depend on the other sentences.
            best = slice(sentence.search.candidate_count)
            own_rows = list(itertools.islice(rows, len(sentence.tokens)))
            steps = sentence.search.advance(
                [tokens[best] for tokens, _ in own_rows], [scores[best] for _, scores in own_rows]
            )
            if sentence.search.done:
                self._leave(sentence)
                sentence.succeed(self._hypothesis(sentence))
                continue
            sentence.produced = sentence.produced[[step.parent for step in steps]]
            sentence.tokens = [step.token for step in steps]

    def _leave(self, sentence: Sentence) -> None:
        sentence.release(self.pool)
        self.schedule.leave(sentence)


def _candidates(group: list[Sentence]) -> int:
    """Return the most candidates that a search of the group needs for a row."""
    return max(sentence.search.candidate_count for sentence in group)
