"""The lanes of waiting sentences, and the choice of the next batch.

This module has no threads and no clock: the queue holds a lock around it and passes the time. A
batch comes from one lane and has one set of decoding options. It holds sentences of similar length
around one of the oldest request. So there is little padding, and no request is passed over.
"""

from __future__ import annotations

import heapq
import itertools
from bisect import bisect_left, insort
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TypeAlias

from models.engine import DecodingOptions, Hypothesis
from service.scheduling.request import Lane
from service.scheduling.translator import Outcome

# The finished sentences of one caller; None: the request is cancelled.
ResultQueue: TypeAlias = "SimpleQueue[list[tuple[Entry, Outcome]] | None]"

# A less urgent lane gets one of this many batches, so that archive work does not starve. Breaking
# news gives way only to a lane that has waited this many seconds.
LANE_SHARE = 8
MAX_LANE_WAIT_SECONDS = 30.0
# After a batch of breaking news no other work starts for this long: the article is checked, and
# its doubtful sentences come back and would have to wait for that work.
HOLD_SECONDS = 0.2

# The load is light up to this many batches a worker. Sentences that arrive within this many seconds
# count as simultaneous.
_LIGHT_LOAD_BATCHES = 2
_SIMULTANEOUS_SECONDS = 0.5


@dataclass(eq=False, slots=True)
class Entry:
    """A sentence in the queue.

    `tokens` is its length, `request` the number of the request that brought it, and `enqueued_at`
    a time in seconds. `min_budget` is the number of tokens of a batch with which that request
    keeps all workers busy.
    """

    source: str
    options: DecodingOptions
    tokens: int
    lane: Lane
    request: int
    min_budget: int
    enqueued_at: float
    result_queues: list[ResultQueue] = field(default_factory=list)
    waiting: bool = True
    running: Future[Hypothesis] | None = None  # in an engine with inflight batching

    @property
    def key(self) -> tuple[str, DecodingOptions]:
        return self.source, self.options


class _LaneQueue:
    """The sentences of one lane."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._count = itertools.count()
        # Oldest request first, also for sentences that come back; in a request the longest first,
        # so that no long one is left alone at the end. Removed entries are skipped when they come
        # up.
        self._oldest: list[tuple[int, int, int, Entry]] = []
        self._by_length: dict[DecodingOptions, list[tuple[int, int, Entry]]] = {}
        self.sentences = 0
        self.tokens = 0
        self.waiting_since = 0.0  # the last batch, or the first sentence
        self.skipped_batches = 0  # batches of more urgent lanes since then

    def add(self, entry: Entry) -> None:
        number = next(self._count)
        heapq.heappush(self._oldest, (entry.request, -entry.tokens, number, entry))
        insort(self._by_length.setdefault(entry.options, []), (entry.tokens, number, entry))
        self.sentences += 1
        self.tokens += entry.tokens

    def remove(self, entry: Entry) -> None:
        at = self._index(entry)
        self._pop(entry.options, at, at + 1)

    def oldest(self) -> Entry | None:
        while self._oldest:
            entry = self._oldest[0][3]
            # A promoted entry waits too, but in another lane.
            if entry.waiting and entry.lane is self._lane:
                return entry
            heapq.heappop(self._oldest)
        return None

    def longest(self, oldest: Entry) -> Entry:
        """Return the longest sentence with the options and time of `oldest`."""
        until = oldest.enqueued_at + _SIMULTANEOUS_SECONDS
        rows = reversed(self._by_length[oldest.options])
        return next(entry for _, _, entry in rows if entry.enqueued_at <= until)

    def pop_around(self, anchor: Entry, budget: int) -> list[Entry]:
        """Pop `anchor` and others of similar length.

        It stops before rows * longest exceeds the budget.
        """
        rows = self._by_length[anchor.options]
        first = self._index(anchor)
        end = first + 1
        longest = anchor.tokens
        while not anchor.options.deterministic:
            count = end - first + 1
            shorter = rows[first - 1][0] if first > 0 else None
            longer = rows[end][0] if end < len(rows) else None
            if shorter is not None and count * longest > budget:
                shorter = None
            if longer is not None and count * longer > budget:
                longer = None
            if shorter is None and longer is None:
                break
            if longer is None or (
                shorter is not None and anchor.tokens - shorter <= longer - anchor.tokens
            ):
                first -= 1
            else:
                longest = longer
                end += 1
        return self._pop(anchor.options, first, end)

    def pop_rows(self, max_rows: int) -> Iterator[Entry]:
        """Pop the oldest sentences with equal options, up to `max_rows` beams."""
        options = None
        while max_rows > 0 and (entry := self.oldest()) is not None:
            if options not in (None, entry.options):
                return
            options = entry.options
            self.remove(entry)
            max_rows -= entry.options.beam
            yield entry
            if options.deterministic:
                return

    def _index(self, entry: Entry) -> int:
        rows = self._by_length[entry.options]
        at = bisect_left(rows, (entry.tokens,))
        while rows[at][2] is not entry:
            at += 1
        return at

    def _pop(self, options: DecodingOptions, first: int, end: int) -> list[Entry]:
        rows = self._by_length[options]
        entries = [entry for _, _, entry in rows[first:end]]
        del rows[first:end]
        if not rows:
            del self._by_length[options]
        for entry in entries:
            entry.waiting = False
            self.sentences -= 1
            self.tokens -= entry.tokens
        return entries


class Lanes:
    """All sentences that wait. Not thread-safe."""

    def __init__(self, budget: int, workers: int) -> None:
        """Set the `budget`, in source tokens, and the number of batches at once.

        Padding and beams count as tokens.
        """
        self._budget, self._workers = budget, workers
        self._lanes = {lane: _LaneQueue(lane) for lane in Lane}
        self._hold_until = 0.0

    def __len__(self) -> int:
        return sum(queue.sentences for queue in self._lanes.values())

    def sentences(self, lane: Lane) -> int:
        """Return the number of sentences that wait in a lane."""
        return self._lanes[lane].sentences

    def add(self, entry: Entry) -> None:
        queue = self._lanes[entry.lane]
        if not queue.sentences:
            queue.waiting_since, queue.skipped_batches = entry.enqueued_at, 0
        queue.add(entry)

    def remove(self, entry: Entry) -> None:
        self._lanes[entry.lane].remove(entry)

    def promote(self, entry: Entry, lane: Lane) -> None:
        """Move a waiting sentence to a more urgent lane."""
        self.remove(entry)
        entry.lane, entry.waiting = lane, True
        self.add(entry)

    def record_done(self, lane: Lane, now: float) -> None:
        """Hold other work back after a sentence of breaking news."""
        if lane is Lane.BREAKING:
            self._hold_until = now + HOLD_SECONDS

    def hold_seconds(self, now: float) -> float | None:
        """Return the seconds until other work may start; None: it may now."""
        return self._hold_until - now if now < self._hold_until else None

    def take(self, now: float, max_rows: int | None = None) -> list[Entry]:
        """Pop the next batch; it is empty if nothing may start now.

        `max_rows` is for an engine with inflight batching, to which length does not matter.
        """
        lane = self._next_lane(now)
        if lane is None:
            return []
        queue = self._lanes[lane]
        queue.waiting_since, queue.skipped_batches = now, 0
        for other in Lane:
            if other.rank > lane.rank:
                self._lanes[other].skipped_batches += 1
        if max_rows is not None:
            return list(queue.pop_rows(max_rows))
        anchor = queue.oldest()
        assert anchor is not None
        if queue.tokens * anchor.options.beam <= _LIGHT_LOAD_BATCHES * self._workers * self._budget:
            # Everything is done soon. Take the longest first, so that it is not left alone at the
            # end; but none that came later, or short sentences would starve.
            anchor = queue.longest(anchor)
        return queue.pop_around(anchor, self._batch_tokens(queue, anchor))

    def _batch_tokens(self, queue: _LaneQueue, anchor: Entry) -> int:
        """Return the tokens of a batch: the budget, or less for short work.

        Short work is distributed over all workers.
        """
        budget = self._budget // anchor.options.beam
        if self._workers == 1:
            return budget
        return min(budget, max(anchor.min_budget, -(-queue.tokens // self._workers)))

    def _next_lane(self, now: float) -> Lane | None:
        """Return the lane of the next batch, or None if all wait or are empty."""
        lanes = [lane for lane in Lane if self._lanes[lane].sentences]
        if not lanes:
            return None
        urgent = lanes[0] is Lane.BREAKING or self.hold_seconds(now) is not None
        for lane in reversed(lanes[1:]):
            queue = self._lanes[lane]
            if now - queue.waiting_since >= MAX_LANE_WAIT_SECONDS:
                return lane
            if not urgent and queue.skipped_batches >= LANE_SHARE - 1:
                return lane
        if lanes[0] is not Lane.BREAKING and urgent:
            return None
        return lanes[0]
