"""The queue for engines with inflight batching.

It submits few more sentences than the engine computes at once, so that urgent ones do not wait
behind others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial

import structlog

from models.engine import Engine, Hypothesis, InflightBatching
from models.errors import EngineFailed
from service import metrics
from service.scheduling.batcher import Batcher
from service.scheduling.lanes import Entry
from service.scheduling.queue import (
    TOKEN_BUDGET,
    EngineQueue,
    as_engine_failed,
    observe_wait,
    safe_message,
)
from service.scheduling.translator import Outcome

log = structlog.get_logger()


class Streamer(EngineQueue):
    """Submits sentences to an engine that adds them to its running batch."""

    def __init__(self, engine: Engine, *, token_budget: int = TOKEN_BUDGET) -> None:
        assert isinstance(engine, InflightBatching)
        self._stream: InflightBatching = engine
        self._rows = 0  # submitted and not finished
        super().__init__(engine, token_budget=token_budget)

    def _workers(self) -> Sequence[Callable[[], None]]:
        return [self._feed]

    def _feed(self) -> None:
        while batch := self._next():
            observe_wait(batch)
            began = time.perf_counter()
            for entry, future in zip(batch, self._submit(batch), strict=True):
                self.throughput.begin()
                rows = self._rows_of(entry)
                future.add_done_callback(partial(self._on_done, entry, rows, began))
                with self._changed:
                    entry.running = future
                    abandoned = not entry.result_queues
                    if abandoned and self._flights.get(entry.key) is entry:
                        # The next request for it must not join what is cancelled.
                        del self._flights[entry.key]
                if abandoned:  # every caller left before the engine started it
                    future.cancel()

    def _next(self) -> list[Entry]:
        with self._changed:
            while not self._closing:
                room = self._stream.max_rows - self._rows
                if room > 0 and (batch := self._lanes.take(time.monotonic(), room)):
                    break
                self._changed.wait(self._lanes.hold_seconds(time.monotonic()))
            else:
                return []
            if batch[0].options.deterministic:
                # A deterministic sentence runs alone: wait until the engine is empty.
                while self._rows:
                    self._changed.wait()
            self._rows += sum(self._rows_of(entry) for entry in batch)
            self._update_depth()
        return batch

    def _rows_of(self, entry: Entry) -> int:
        """Return the rows that a sentence takes in the engine."""
        beam = entry.options.beam
        return max(beam, self._stream.max_rows) if entry.options.deterministic else beam

    def _submit(self, batch: Sequence[Entry]) -> list[Future[Hypothesis]]:
        """Submit a batch; a sentence that the engine refuses gets a failed future."""
        try:
            return self._stream.submit([entry.source for entry in batch], batch[0].options)
        except Exception as error:  # an engine may raise anything
            if len(batch) > 1:
                return [future for entry in batch for future in self._submit([entry])]
            failed: Future[Hypothesis] = Future()
            failed.set_exception(error)
            return [failed]

    def _on_done(self, entry: Entry, rows: int, began: float, future: Future[Hypothesis]) -> None:
        """Answer a finished sentence; called in the engine's thread."""
        outcome: Outcome
        if future.cancelled():
            outcome = EngineFailed("every caller has left")
        elif (error := future.exception()) is not None:
            log.error("sentence failed", error=safe_message(error))
            outcome = as_engine_failed(error)
        else:
            outcome = future.result()
        self.throughput.end(0 if future.cancelled() else len(entry.source))
        self._answer([entry], [outcome])
        with self._changed:
            self._rows -= rows
            self._changed.notify_all()
        if not future.cancelled():
            metrics.batch([entry.tokens], [outcome], time.perf_counter() - began)


def open_queue(engine: Engine, *, token_budget: int = TOKEN_BUDGET) -> EngineQueue:
    """Return the queue that fits the engine."""
    queue = Streamer if isinstance(engine, InflightBatching) else Batcher
    return queue(engine, token_budget=token_budget)
