"""The queue for engines that translate one batch at a time, such as CTranslate2.

Whenever a worker is free, the next batch is made of the sentences that wait then, so an idle
engine never waits for a batch to fill. A batch that fails is tried again sentence by sentence, so
that a sentence the engine cannot do fails alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog

from models.engine import Hypothesis
from models.errors import EngineFailed
from service import metrics
from service.scheduling.lanes import Entry
from service.scheduling.queue import EngineQueue, failure, note_wait, shown
from service.scheduling.translator import Outcome

log = structlog.get_logger()


class Batcher(EngineQueue):
    """Makes batches under a token budget, one for each of the engine's workers at a time."""

    def _workers(self) -> Sequence[Callable[[], None]]:
        return [self._work] * self._engine.parallel_batches

    def _work(self) -> None:
        while batch := self._next():
            try:
                self._translate(batch)
            except Exception as error:  # nobody may wait for ever, and the loop goes on
                log.error("batch failed unexpectedly", error=type(error).__name__)
                self._answer(batch, [failure(error)] * len(batch))

    def _next(self) -> list[Entry]:
        with self._changed:
            while not self._closing:
                if batch := self._lanes.take(time.monotonic()):
                    break
                self._changed.wait(self._lanes.held(time.monotonic()))
            else:
                return []
            self._show_depth()
        note_wait(batch)
        return batch

    def _translate(self, batch: list[Entry]) -> None:
        began = time.perf_counter()
        self.throughput.begin()
        try:
            outcomes = self._outcomes(batch)
        finally:
            self.throughput.end(sum(len(entry.source) for entry in batch))
        self._answer(batch, outcomes)
        metrics.batch(batch, outcomes, time.perf_counter() - began)

    def _outcomes(self, batch: list[Entry]) -> list[Outcome]:
        """Return the engine's answer to a batch; where it fails, to each sentence alone."""
        try:
            found = self._engine.translate([entry.source for entry in batch], batch[0].options)
            if len(found) != len(batch):
                raise EngineFailed(
                    f"the engine gave {len(found)} translations for {len(batch)} sentences"
                )
            if not all(isinstance(hypothesis, Hypothesis) for hypothesis in found):
                raise EngineFailed("the engine gave something that is no translation")
        except Exception as error:  # an engine may raise anything, and the loop goes on
            if len(batch) > 1:
                log.warning("batch failed", sentences=len(batch), error=shown(error))
                return [outcome for entry in batch for outcome in self._outcomes([entry])]
            log.error("sentence failed", error=shown(error))
            return [failure(error)]
        return list(found)
