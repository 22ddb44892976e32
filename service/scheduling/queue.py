"""The queue in front of an engine, for the sentences of all requests.

In: segments in any order, from any thread, each request with its context. Out: the outcome of
each, by index. Sentences wait in lanes (`service.scheduling.lanes`). A sentence that several
requests ask for at once is translated once. Two subclasses feed the engine: `Batcher` makes
batches, and `Streamer` submits sentences to an engine with inflight batching.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from queue import Empty, SimpleQueue

import structlog

from models.engine import DecodingOptions, Engine
from models.errors import EngineFailed
from service import metrics
from service.errors import NotReady
from service.scheduling.admission import Throughput
from service.scheduling.lanes import Entry, Lanes, ResultQueue
from service.scheduling.request import Lane, RequestContext
from service.scheduling.translator import OnBatch, Outcome, Signature

log = structlog.get_logger()

# Source tokens of a batch, padding and beams counted: rows * beams * the longest row. Measured
# with the embedded model on two cores and 64 news sentences: 400 takes 64 s and 0.80 GB, 560
# 58 s and 0.93 GB, 800 57 s and 1.11 GB.
TOKEN_BUDGET = 400


class EngineQueue(ABC):
    """The queue of one engine."""

    def __init__(self, engine: Engine, *, token_budget: int = TOKEN_BUDGET) -> None:
        self._engine = engine
        self._lanes = Lanes(token_budget, engine.parallel_batches)
        self._changed = threading.Condition()
        self._flights: dict[tuple[str, DecodingOptions], Entry] = {}
        self._closing = False
        self.throughput = Throughput()
        self._threads = [
            threading.Thread(target=work, name=f"batch-{number}", daemon=True)
            for number, work in enumerate(self._workers())
        ]
        for thread in self._threads:
            thread.start()

    @abstractmethod
    def _workers(self) -> Sequence[Callable[[], None]]:
        """Return the loops that feed the engine, one a thread, until `_closing`."""

    @property
    def signature(self) -> Signature:
        return self._engine.signature

    @property
    def max_source_tokens(self) -> int:
        return self._engine.max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return self._engine.count_tokens(sources)

    @property
    def alive(self) -> bool:
        """Whether all threads run."""
        return self._closing or all(thread.is_alive() for thread in self._threads)

    def translate(
        self,
        sources: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        on_batch: OnBatch | None = None,
    ) -> list[Outcome]:
        """See `Translator`."""
        context.check()  # the caller may have left while the article was read
        outcomes: list[Outcome | None] = [None] * len(sources)
        results: ResultQueue = SimpleQueue()
        pending = self._join(sources, options, context, results)
        context.on_cancel(partial(results.put, None))
        try:
            while pending:
                try:
                    done = results.get(timeout=context.seconds_left)
                except Empty:
                    done = None
                if done is None:
                    context.check()
                    continue
                finished: list[tuple[int, Outcome]] = []
                for entry, outcome in done:
                    for index in pending.pop(entry, ()):
                        outcomes[index] = outcome
                        finished.append((index, outcome))
                if on_batch is not None:
                    on_batch([index for index, _ in finished], [outcome for _, outcome in finished])
        finally:
            if pending:
                self._leave(pending, results)
        return [outcome for outcome in outcomes if outcome is not None]

    def close(self) -> None:
        """Finish running batches and end; waiting callers get `EngineFailed`."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        with self._changed:
            waiting = [entry for entry in self._flights.values() if entry.waiting]
        self._answer(waiting, [EngineFailed("the service is ending")] * len(waiting))

    def _join(
        self,
        sources: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        results: ResultQueue,
    ) -> dict[Entry, list[int]]:
        """Queue new sentences, join queued ones; return entries with indexes."""
        indexes: dict[str, list[int]] = {}
        for index, source in enumerate(sources):
            indexes.setdefault(source, []).append(index)
        distinct = sorted(indexes)
        lengths = self._engine.count_tokens(distinct)
        min_budget = -(-sum(lengths) // (2 * self._engine.parallel_batches))
        entries: dict[Entry, list[int]] = {}
        with self._changed:
            if self._closing:
                raise NotReady("the service is ending: try again in a few seconds", retry_after=5)
            lane, now = context.lane, time.monotonic()
            for source, tokens in zip(distinct, lengths, strict=True):
                key = source, options
                entry = self._flights.get(key)
                if entry is None:
                    entry = Entry(source, options, tokens, lane, context.number, min_budget, now)
                    self._flights[key] = entry
                    self._lanes.add(entry)
                elif entry.waiting and lane.rank < entry.lane.rank:
                    self._lanes.promote(entry, lane)
                entry.result_queues.append(results)
                entries[entry] = indexes[source]
            self._update_depth()
            self._changed.notify_all()
        return entries

    def _leave(self, entries: dict[Entry, list[int]], results: ResultQueue) -> None:
        """Stop waiting for entries, and drop those that no other caller waits for."""
        with self._changed:
            for entry in entries:
                if results not in entry.result_queues:
                    continue
                entry.result_queues.remove(results)
                if not entry.result_queues and entry.waiting:
                    self._lanes.remove(entry)
                    del self._flights[entry.key]
                elif not entry.result_queues and entry.running is not None:
                    # The next request for this sentence starts again. If this entry is done, a
                    # new one may have its key already.
                    if self._flights.get(entry.key) is entry:
                        del self._flights[entry.key]
                    entry.running.cancel()

    def _answer(self, batch: Sequence[Entry], outcomes: Sequence[Outcome]) -> None:
        """Send the outcomes to every caller who waits for them."""
        by_caller: dict[int, tuple[ResultQueue, list[tuple[Entry, Outcome]]]] = {}
        with self._changed:
            for entry, outcome in zip(batch, outcomes, strict=True):
                self._lanes.record_done(entry.lane, time.monotonic())
                if self._flights.get(entry.key) is entry:
                    del self._flights[entry.key]
                for results in entry.result_queues:
                    by_caller.setdefault(id(results), (results, []))[1].append((entry, outcome))
        for results, done in by_caller.values():
            results.put(done)

    def _update_depth(self) -> None:
        for lane in Lane:
            metrics.QUEUE.labels(lane.value).set(self._lanes.sentences(lane))


def observe_wait(batch: Sequence[Entry]) -> None:
    """Record in the metrics how long the sentences of a batch waited."""
    now = time.monotonic()
    for entry in batch:
        metrics.QUEUE_WAIT.labels(entry.lane.value).observe(now - entry.enqueued_at)


def as_engine_failed(error: BaseException) -> EngineFailed:
    """Return an engine's error as `EngineFailed`."""
    if isinstance(error, EngineFailed):
        return error
    return EngineFailed(f"the engine failed ({safe_message(error)})")


def safe_message(error: BaseException) -> str:
    """Return the message of an `EngineFailed`, or another error's class.

    The message of another error may contain text of an article.
    """
    return error.detail if isinstance(error, EngineFailed) else type(error).__name__
