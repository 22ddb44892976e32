"""The queue for engines that translate whole batches (CTranslate2).

A free worker takes the next batch from the sentences that wait, so an idle engine never waits for
a batch to fill. A failed batch is retried sentence by sentence, so that only the faulty sentence
fails.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog

from models.engine import Hypothesis
from models.errors import EngineFailed
from service import metrics
from service.scheduling.lanes import Entry
from service.scheduling.queue import EngineQueue, as_engine_failed, observe_wait, safe_message
from service.scheduling.translator import Outcome

log = structlog.get_logger()


class Batcher(EngineQueue):
    """Makes batches within a token budget, one at a time for each worker."""

    def _workers(self) -> Sequence[Callable[[], None]]:
        return [self._work] * self._engine.parallel_batches

    def _work(self) -> None:
        while batch := self._next():
            try:
                self._translate(batch)
            except Exception as error:  # every caller needs an answer, and the loop goes on
                log.error("batch failed unexpectedly", error=type(error).__name__)
                self._answer(batch, [as_engine_failed(error)] * len(batch))

    def _next(self) -> list[Entry]:
        with self._changed:
            while not self._closing:
                if batch := self._lanes.take(time.monotonic()):
                    break
                self._changed.wait(self._lanes.hold_seconds(time.monotonic()))
            else:
                return []
            self._update_depth()
        observe_wait(batch)
        return batch

    def _translate(self, batch: list[Entry]) -> None:
        began = time.perf_counter()
        self.throughput.begin()
        try:
            outcomes = self._outcomes(batch)
        finally:
            self.throughput.end(sum(len(entry.source) for entry in batch))
        self._answer(batch, outcomes)
        metrics.batch([entry.tokens for entry in batch], outcomes, time.perf_counter() - began)

    def _outcomes(self, batch: list[Entry]) -> list[Outcome]:
        """Translate a batch; if it fails, translate each sentence alone."""
        try:
            found = self._engine.translate([entry.source for entry in batch], batch[0].options)
            if len(found) != len(batch):
                raise EngineFailed(
                    f"the engine returned {len(found)} translations for {len(batch)} sentences"
                )
            if not all(isinstance(hypothesis, Hypothesis) for hypothesis in found):
                raise EngineFailed("the engine returned a result that is not a hypothesis")
        except Exception as error:  # an engine may raise anything, and the loop goes on
            if len(batch) > 1:
                log.warning("batch failed", sentences=len(batch), error=safe_message(error))
                return [outcome for entry in batch for outcome in self._outcomes([entry])]
            log.error("sentence failed", error=safe_message(error))
            return [as_engine_failed(error)]
        return list(found)
