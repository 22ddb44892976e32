"""Sentences that wait for the engine, in lanes, and the batches that are made of them.

No threads and no clock of its own: `service.scheduling.batcher` keeps a lock around it and says what time it
is. Batches come from one lane and have one set of decoding options; they hold sentences of similar
length around one of the request that came first, so that little is padded and nobody passed over.
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

# Told of sentences that are done; None: the caller has gone.
Inbox: TypeAlias = "SimpleQueue[list[tuple[Entry, Outcome]] | None]"

# A less urgent lane is given one batch after so many of the lanes before it, so that archive work
# does not starve; behind breaking news, which nothing may hold up, only once in so many seconds.
SHARE = 8
PATIENCE_SECONDS = 30.0
# After a batch of breaking news nothing else is begun for so long: its article is looked at, and
# what was doubtful in it comes back, which would have to wait for the batch that began meanwhile.
LINGER_SECONDS = 0.2

# So many batches a worker count as little work, and so many seconds as the same time.
_LITTLE = 2
_TOGETHER_SECONDS = 0.5


@dataclass(eq=False, slots=True)
class Entry:
    """One sentence on its way. `tokens` is its length, `context` the number of the request that
    brought it, `spread` the tokens of a batch at which that request fills all workers."""

    source: str
    options: DecodingOptions
    tokens: int
    lane: Lane
    context: int
    spread: int
    since: float
    inboxes: list[Inbox] = field(default_factory=list)
    waiting: bool = True
    running: Future[Hypothesis] | None = None  # in an engine with batches of its own

    @property
    def key(self) -> tuple[str, DecodingOptions]:
        return self.source, self.options


class _Waiting:
    """The sentences of one lane."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._count = itertools.count()
        # By whose request came first, also with what was doubtful and comes back, and the longest
        # sentence of a request first, so that none is left alone at the end. Who has left is
        # passed over when it comes up.
        self._oldest: list[tuple[int, int, int, Entry]] = []
        self._by_length: dict[DecodingOptions, list[tuple[int, int, Entry]]] = {}
        self.sentences = 0
        self.tokens = 0
        self.since = 0.0  # when it was last served, or began to wait
        self.passed = 0  # batches of lanes before it since then

    def add(self, entry: Entry) -> None:
        number = next(self._count)
        heapq.heappush(self._oldest, (entry.context, -entry.tokens, number, entry))
        insort(self._by_length.setdefault(entry.options, []), (entry.tokens, number, entry))
        self.sentences += 1
        self.tokens += entry.tokens

    def remove(self, entry: Entry) -> None:
        rows = self._by_length[entry.options]
        at = bisect_left(rows, (entry.tokens,))
        while rows[at][2] is not entry:
            at += 1
        self._taken(entry.options, at, at + 1)

    def oldest(self) -> Entry | None:
        while self._oldest:
            entry = self._oldest[0][3]
            # One that was hastened waits too, but elsewhere.
            if entry.waiting and entry.lane is self._lane:
                return entry
            heapq.heappop(self._oldest)
        return None

    def longest(self, oldest: Entry) -> Entry:
        """The longest of those who came with `oldest`, or hardly later, with the same options."""
        until = oldest.since + _TOGETHER_SECONDS
        rows = reversed(self._by_length[oldest.options])
        return next(entry for _, _, entry in rows if entry.since <= until)

    def around(self, anchor: Entry, budget: int) -> list[Entry]:
        """The batch with `anchor`: its neighbours in length, while rows * longest <= budget."""
        rows = self._by_length[anchor.options]
        first = bisect_left(rows, (anchor.tokens,))
        while rows[first][2] is not anchor:
            first += 1
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
        return self._taken(anchor.options, first, end)

    def _taken(self, options: DecodingOptions, first: int, end: int) -> list[Entry]:
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
    """All sentences that wait. Not for several threads."""

    def __init__(self, budget: int, workers: int) -> None:
        """`budget`: source tokens of a batch, padding and beams counted; `workers`: how many
        batches are computed at once."""
        self._budget, self._workers = budget, workers
        self._lanes = {lane: _Waiting(lane) for lane in Lane}
        self._held_until = 0.0

    def __len__(self) -> int:
        return sum(waiting.sentences for waiting in self._lanes.values())

    def sentences(self, lane: Lane) -> int:
        """How many wait in a lane."""
        return self._lanes[lane].sentences

    def add(self, entry: Entry) -> None:
        waiting = self._lanes[entry.lane]
        if not waiting.sentences:
            waiting.since, waiting.passed = entry.since, 0
        waiting.add(entry)

    def remove(self, entry: Entry) -> None:
        """Somebody who waits goes."""
        self._lanes[entry.lane].remove(entry)

    def hasten(self, entry: Entry, lane: Lane) -> None:
        """A more urgent request wants a sentence that waits already."""
        self.remove(entry)
        entry.lane, entry.waiting = lane, True
        self.add(entry)

    def served(self, lane: Lane, now: float) -> None:
        """A batch of that lane is done."""
        if lane is Lane.BREAKING:
            self._held_until = now + LINGER_SECONDS

    def held(self, now: float) -> float | None:
        """Seconds after which those that wait may be taken; None where nothing holds them."""
        return self._held_until - now if now < self._held_until else None

    def take(self, now: float, most: int | None = None) -> list[Entry]:
        """The next batch, or nothing where nobody waits or those that do are held.

        `most` limits its rows, for an engine that batches by itself: then length does not count.
        """
        lane = self._next_lane(now)
        if lane is None:
            return []
        waiting = self._lanes[lane]
        waiting.since, waiting.passed = now, 0
        for other in Lane:
            if other.rank > lane.rank:
                self._lanes[other].passed += 1
        anchor = waiting.oldest()
        assert anchor is not None
        if most is None:
            if waiting.tokens * anchor.options.beam <= _LITTLE * self._workers * self._budget:
                # All are done soon: the longest first, so that none is left alone at the end. But
                # no longer one that came later, or short ones would wait for ever.
                anchor = waiting.longest(anchor)
            return waiting.around(anchor, self._tokens(waiting, anchor))
        return list(self._first(waiting, most))

    def _first(self, waiting: _Waiting, most: int) -> Iterator[Entry]:
        options = None
        while most > 0 and (entry := waiting.oldest()) is not None:
            if options not in (None, entry.options):
                return
            options = entry.options
            waiting.remove(entry)
            most -= entry.options.beam
            yield entry
            if options.deterministic:
                return

    def _tokens(self, waiting: _Waiting, anchor: Entry) -> int:
        """What a batch may hold: the budget, or less where little waits, so that a short article
        is spread over all workers rather than put into one full batch."""
        budget = self._budget // anchor.options.beam
        if self._workers == 1:
            return budget
        return min(budget, max(anchor.spread, -(-waiting.tokens // self._workers)))

    def _next_lane(self, now: float) -> Lane | None:
        there = [lane for lane in Lane if self._lanes[lane].sentences]
        if not there:
            return None
        urgent = there[0] is Lane.BREAKING or self.held(now) is not None
        for lane in reversed(there[1:]):
            waiting = self._lanes[lane]
            if now - waiting.since >= PATIENCE_SECONDS:
                return lane
            if not urgent and waiting.passed >= SHARE - 1:
                return lane
        if there[0] is not Lane.BREAKING and urgent:
            return None
        return there[0]
