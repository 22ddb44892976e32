"""The queue in front of an engine: sentences of all requests, each translated once.

In: segments in any order, from any thread, each request with its context. Out: the outcome of
each, by index. Sentences wait in lanes (`service.scheduling.lanes`). A sentence that several
requests want at once is translated once. Two subclasses feed the engine: `Batcher` makes the
batches itself, and `Streamer` hands sentences to an engine with batches of its own.
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
from service.scheduling.lanes import Entry, Inbox, Lanes
from service.scheduling.request import Lane, RequestContext
from service.scheduling.translator import OnBatch, Outcome, Signature

log = structlog.get_logger()

# Source tokens of a batch, padding and beams counted: rows * beams * the longest row. Measured
# with the embedded model on two cores and 64 news sentences: 400 takes 64 s and 0.80 GB, 560
# 58 s and 0.93 GB, 800 57 s and 1.11 GB.
TOKEN_BUDGET = 400


class EngineQueue(ABC):
    """One queue for every request, in front of one engine."""

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
        """Return the loops that feed the engine, each run by a thread until `_closing`."""

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
        """Whether all of its threads run."""
        return self._closing or all(thread.is_alive() for thread in self._threads)

    def translate(
        self,
        sources: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        on_batch: OnBatch | None = None,
    ) -> list[Outcome]:
        """See `Translator`."""
        context.check()  # a caller who left while the article was read wants nothing
        outcomes: list[Outcome | None] = [None] * len(sources)
        inbox: Inbox = SimpleQueue()
        wanted = self._join(sources, options, context, inbox)
        context.on_cancel(partial(inbox.put, None))
        try:
            while wanted:
                try:
                    done = inbox.get(timeout=context.seconds_left)
                except Empty:
                    done = None
                if done is None:
                    context.check()
                    continue
                answers: list[tuple[int, Outcome]] = []
                for entry, outcome in done:
                    for index in wanted.pop(entry, ()):
                        outcomes[index] = outcome
                        answers.append((index, outcome))
                if on_batch is not None:
                    on_batch([index for index, _ in answers], [outcome for _, outcome in answers])
        finally:
            if wanted:
                self._leave(wanted, inbox)
        return [outcome for outcome in outcomes if outcome is not None]

    def close(self) -> None:
        """End the threads once running batches are done; waiting callers get `EngineFailed`."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        left = [entry for entry in self._flights.values() if entry.waiting]
        self._answer(left, [EngineFailed("the service is ending")] * len(left))

    def _join(
        self,
        sources: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        inbox: Inbox,
    ) -> dict[Entry, list[int]]:
        """Queue what nobody waits for yet; return the entries to wait for, with their indexes."""
        places: dict[str, list[int]] = {}
        for index, source in enumerate(sources):
            places.setdefault(source, []).append(index)
        distinct = sorted(places)
        lengths = self._engine.count_tokens(distinct)
        spread = -(-sum(lengths) // (2 * self._engine.parallel_batches))
        wanted: dict[Entry, list[int]] = {}
        with self._changed:
            if self._closing:
                raise NotReady("the service is ending: try again in a few seconds", retry_after=5)
            lane, now = context.lane, time.monotonic()
            for source, tokens in zip(distinct, lengths, strict=True):
                key = source, options
                entry = self._flights.get(key)
                if entry is None:
                    entry = Entry(source, options, tokens, lane, context.number, spread, now)
                    self._flights[key] = entry
                    self._lanes.add(entry)
                elif entry.waiting and lane.rank < entry.lane.rank:
                    self._lanes.hasten(entry, lane)
                entry.inboxes.append(inbox)
                wanted[entry] = places[source]
            self._show_depth()
            self._changed.notify_all()
        return wanted

    def _leave(self, entries: dict[Entry, list[int]], inbox: Inbox) -> None:
        """Drop the sentences that only the caller of this inbox wanted."""
        with self._changed:
            for entry in entries:
                if inbox not in entry.inboxes:
                    continue
                entry.inboxes.remove(inbox)
                if not entry.inboxes and entry.waiting:
                    self._lanes.remove(entry)
                    del self._flights[entry.key]
                elif not entry.inboxes and entry.running is not None:
                    # The next request for it begins anew. It may be done already, and another
                    # may be in its place.
                    if self._flights.get(entry.key) is entry:
                        del self._flights[entry.key]
                    entry.running.cancel()

    def _answer(self, batch: Sequence[Entry], outcomes: Sequence[Outcome]) -> None:
        """Hand the outcomes to every caller who waits for them."""
        told: dict[int, tuple[Inbox, list[tuple[Entry, Outcome]]]] = {}
        with self._changed:
            for entry, outcome in zip(batch, outcomes, strict=True):
                self._lanes.served(entry.lane, time.monotonic())
                if self._flights.get(entry.key) is entry:
                    del self._flights[entry.key]
                for inbox in entry.inboxes:
                    told.setdefault(id(inbox), (inbox, []))[1].append((entry, outcome))
        for inbox, done in told.values():
            inbox.put(done)

    def _show_depth(self) -> None:
        for lane in Lane:
            metrics.QUEUE.labels(lane.value).set(self._lanes.sentences(lane))


def note_wait(batch: Sequence[Entry]) -> None:
    """Count how long the sentences of a batch waited."""
    now = time.monotonic()
    for entry in batch:
        metrics.QUEUE_WAIT.labels(entry.lane.value).observe(now - entry.since)


def failure(error: BaseException) -> EngineFailed:
    """Return an engine's error as `EngineFailed`."""
    if isinstance(error, EngineFailed):
        return error
    return EngineFailed(f"the engine failed ({shown(error)})")


def shown(error: BaseException) -> str:
    """Return the message of an `EngineFailed`, and of other errors the kind alone.

    The message of another error may hold text of an article.
    """
    return error.detail if isinstance(error, EngineFailed) else type(error).__name__
