"""All requests' sentences, in batches, on one engine.

In: segments in any order, from any thread, each request with a ticket. Out: what became of each,
by index. Sentences wait in lanes (`service.scheduling.lanes`); whenever the engine is free, the next batch is
made of those that wait then, so an idle engine never waits for a batch to fill. A sentence that
several requests want at once is translated once. A batch that fails is tried again sentence by
sentence, so that a sentence the engine cannot do fails alone.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue

import structlog

from models.engine import DecodingOptions, Engine, Hypothesis, InflightBatching
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

# Finished sentences that are remembered until a cache has surely kept them.
_REMEMBERED = 2048


class Batcher:
    """The engine, behind one queue for everybody."""

    def __init__(
        self, engine: Engine, *, token_budget: int = TOKEN_BUDGET, remember: bool = False
    ) -> None:
        """`remember`: a sentence that was done a moment ago is not done again."""
        self._engine = engine
        self._lanes = Lanes(token_budget, engine.parallel_batches)
        self._changed = threading.Condition()
        self._flights: dict[tuple[str, DecodingOptions], Entry] = {}
        self._recent: OrderedDict[tuple[str, DecodingOptions], Hypothesis] = OrderedDict()
        self._remembered = _REMEMBERED if remember else 0
        self._closing = False
        self._rows = 0  # that an engine with batches of its own has been handed
        self.throughput = Throughput()
        work, count = (
            (self._hand_over, 1)
            if isinstance(engine, InflightBatching)
            else (self._work, engine.parallel_batches)
        )
        self._threads = [
            threading.Thread(target=work, name=f"batch-{number}", daemon=True)
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def signature(self) -> Signature:
        return self._engine.signature

    @property
    def max_source_tokens(self) -> int:
        return self._engine.max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return self._engine.count_tokens(sources)

    def translate(
        self,
        sources: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        on_batch: OnBatch | None = None,
    ) -> tuple[list[Outcome], list[bool]]:
        """See `Translator`."""
        context.check()  # who went while the article was read asks for nothing
        inbox: Inbox = SimpleQueue()
        answers, known, wanted = self._join(sorted(set(sources)), options, context, inbox)
        if on_batch is not None and known:
            on_batch(list(answers), list(answers.values()))
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
                for entry, outcome in done:
                    wanted.discard(entry)
                    answers[entry.source] = outcome
                if on_batch is not None:
                    on_batch([entry.source for entry, _ in done], [outcome for _, outcome in done])
        finally:
            if wanted:
                self._part(wanted, inbox)
        return [answers[source] for source in sources], [source in known for source in sources]

    def close(self) -> None:
        """End the threads, once the batches that run are done. Who waits is told."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        left = [entry for entry in self._flights.values() if entry.waiting]
        self._answer(left, [EngineFailed("the service is ending")] * len(left))

    def _join(
        self,
        distinct: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        inbox: Inbox,
    ) -> tuple[dict[str, Outcome], set[str], set[Entry]]:
        """What is known, which that is, and the entries that the rest waits for."""
        lengths = self._engine.count_tokens(distinct)
        spread = -(-sum(lengths) // (2 * self._engine.parallel_batches))
        answers: dict[str, Outcome] = {}
        wanted: set[Entry] = set()
        with self._changed:
            if self._closing:
                raise NotReady("the service is ending: try again in a few seconds", retry_after=5)
            lane, now = context.lane, time.monotonic()
            for source, tokens in zip(distinct, lengths, strict=True):
                key = source, options
                if (hypothesis := self._recent.get(key)) is not None:
                    answers[source] = hypothesis
                    continue
                entry = self._flights.get(key)
                if entry is None:
                    entry = Entry(source, options, tokens, lane, context.number, spread, now)
                    self._flights[key] = entry
                    self._lanes.add(entry)
                elif entry.waiting and lane.rank < entry.lane.rank:
                    self._lanes.hasten(entry, lane)
                entry.inboxes.append(inbox)
                wanted.add(entry)
            self._show_depth()
            self._changed.notify_all()
        return answers, set(answers), wanted

    def _part(self, entries: set[Entry], inbox: Inbox) -> None:
        """A request goes; what nobody else wants needs no translating."""
        with self._changed:
            for entry in entries:
                if inbox not in entry.inboxes:
                    continue
                entry.inboxes.remove(inbox)
                if not entry.inboxes and entry.waiting:
                    self._lanes.remove(entry)
                    del self._flights[entry.key]
                elif not entry.inboxes and entry.running is not None:
                    # Who wants it from now on begins anew. It may be done already, and another
                    # may be on its way in its place.
                    if self._flights.get(entry.key) is entry:
                        del self._flights[entry.key]
                    entry.running.cancel()

    def _show_depth(self) -> None:
        for lane in Lane:
            metrics.QUEUE.labels(lane.value).set(self._lanes.sentences(lane))

    @property
    def alive(self) -> bool:
        """Whether all of its threads run."""
        return self._closing or all(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        """One of the threads that translate batches."""
        while batch := self._next():
            try:
                self._translate(batch)
            except Exception as error:  # nobody may wait for ever, and the loop goes on
                log.error("batch failed unexpectedly", error=type(error).__name__)
                self._answer(batch, [_failure(error)] * len(batch))

    def _next(self) -> list[Entry]:
        with self._changed:
            while not self._closing:
                if batch := self._lanes.take(time.monotonic()):
                    break
                self._changed.wait(self._lanes.held(time.monotonic()))
            else:
                return []
            self._show_depth()
        _note_wait(batch)
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
        """The engine's answer to a batch, or where it fails, to each of its sentences alone."""
        try:
            found = self._engine.translate([entry.source for entry in batch], batch[0].options)
            if len(found) != len(batch):
                raise EngineFailed(
                    f"the engine gave {len(found)} translations for {len(batch)} sentences"
                )
            if not all(isinstance(hypothesis, Hypothesis) for hypothesis in found):
                raise EngineFailed("the engine gave something that is no translation")
        except Exception as error:  # engines raise whatever they like, and the loop goes on
            if len(batch) > 1:
                log.warning("batch failed", sentences=len(batch), error=_shown(error))
                return [outcome for entry in batch for outcome in self._outcomes([entry])]
            log.error("sentence failed", error=_shown(error))
            return [_failure(error)]
        return list(found)

    def _answer(self, batch: Sequence[Entry], outcomes: Sequence[Outcome]) -> None:
        """Tell everybody who waits for these."""
        told: dict[int, tuple[Inbox, list[tuple[Entry, Outcome]]]] = {}
        with self._changed:
            for entry, outcome in zip(batch, outcomes, strict=True):
                self._lanes.served(entry.lane, time.monotonic())
                if self._flights.get(entry.key) is entry:
                    del self._flights[entry.key]
                if isinstance(outcome, Hypothesis):
                    self._recent[entry.key] = outcome
                for inbox in entry.inboxes:
                    told.setdefault(id(inbox), (inbox, []))[1].append((entry, outcome))
            while len(self._recent) > self._remembered:
                self._recent.popitem(last=False)
        for inbox, done in told.values():
            inbox.put(done)

    def _hand_over(self) -> None:
        """The thread that feeds an engine with batches of its own: never much more than it
        computes at once, so that urgent sentences need not wait behind others."""
        engine = self._engine
        assert isinstance(engine, InflightBatching)
        while True:
            with self._changed:
                batch: list[Entry] = []
                while not batch:
                    if self._closing:
                        return
                    if (room := engine.max_rows - self._rows) > 0:
                        batch = self._lanes.take(time.monotonic(), room)
                    if not batch:
                        self._changed.wait(self._lanes.held(time.monotonic()))
                if batch[0].options.deterministic:
                    # Alone: nobody runs beside it, and it leaves no room for others.
                    while self._rows:
                        self._changed.wait()
                self._rows += sum(self._rows_of(entry, engine) for entry in batch)
                self._show_depth()
            _note_wait(batch)
            began = time.perf_counter()
            futures = _submitted(engine, batch)
            for entry, future in zip(batch, futures, strict=True):
                self.throughput.begin()
                rows = self._rows_of(entry, engine)
                future.add_done_callback(partial(self._arrived, entry, rows, began))
                with self._changed:
                    entry.running = future
                    unwanted = not entry.inboxes
                if unwanted:  # everybody went before it could be told
                    future.cancel()

    @staticmethod
    def _rows_of(entry: Entry, engine: InflightBatching) -> int:
        """The room that a sentence takes in an engine with batches of its own."""
        beam = entry.options.beam
        return max(beam, engine.max_rows) if entry.options.deterministic else beam

    def _arrived(self, entry: Entry, rows: int, began: float, future: Future[Hypothesis]) -> None:
        """A sentence is done, in the engine's thread."""
        outcome: Outcome
        if future.cancelled():
            outcome = EngineFailed("nobody waits for it any more")
        elif (error := future.exception()) is not None:
            log.error("sentence failed", error=_shown(error))
            outcome = _failure(error)
        else:
            outcome = future.result()
        self.throughput.end(0 if future.cancelled() else len(entry.source))
        self._answer([entry], [outcome])
        with self._changed:
            self._rows -= rows
            self._changed.notify_all()
        if not future.cancelled():
            metrics.batch([entry], [outcome], time.perf_counter() - began)


def _submitted(engine: InflightBatching, batch: Sequence[Entry]) -> list[Future[Hypothesis]]:
    """The futures of a batch, of which those that the engine refuses have failed."""
    try:
        return engine.submit([entry.source for entry in batch], batch[0].options)
    except Exception as error:  # engines raise whatever they like
        if len(batch) > 1:
            return [future for entry in batch for future in _submitted(engine, [entry])]
        failed: Future[Hypothesis] = Future()
        failed.set_exception(error)
        return [failed]


def _note_wait(batch: Sequence[Entry]) -> None:
    now = time.monotonic()
    for entry in batch:
        metrics.QUEUE_WAIT.labels(entry.lane.value).observe(now - entry.since)


def _failure(error: BaseException) -> EngineFailed:
    if isinstance(error, EngineFailed):
        return error
    return EngineFailed(f"the engine failed ({_shown(error)})")


def _shown(error: BaseException) -> str:
    """What engines say of themselves; of other errors the kind alone, since their message may
    hold text of an article."""
    return error.detail if isinstance(error, EngineFailed) else type(error).__name__
