"""Turns any number of segments into batches of similar length under a token budget.

In: segments in any order. Out: a hypothesis for each, by index. How batches are made depends on
the set of segments and not on their order, so that equal requests give equal batches; equal
segments are translated once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ThreadPoolExecutor,
    as_completed,
    wait,
)
from itertools import islice

from models.engine import DecodingOptions, Engine, Hypothesis, InflightBatching
from models.errors import EngineFailed
from service.translator import OnBatch, Signature

# Source tokens of a batch, padding and beams counted: rows * beams * the longest row. Measured
# with the embedded model on two cores and 64 news sentences: 400 takes 64 s and 0.80 GB, 560
# 58 s and 0.93 GB, 800 57 s and 1.11 GB.
TOKEN_BUDGET = 400


class Batcher:
    """The engine, behind batches. Requests take turns, batch by batch."""

    def __init__(self, engine: Engine, *, token_budget: int = TOKEN_BUDGET) -> None:
        self._engine = engine
        self._budget = token_budget
        self._workers = ThreadPoolExecutor(engine.parallel_batches, thread_name_prefix="batch")

    @property
    def signature(self) -> Signature:
        return self._engine.signature

    @property
    def max_source_tokens(self) -> int:
        return self._engine.max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return self._engine.count_tokens(sources)

    def translate(
        self, sources: Sequence[str], options: DecodingOptions, on_batch: OnBatch | None = None
    ) -> tuple[list[Hypothesis], list[bool]]:
        """See `Translator`; nothing is known before. Raises `EngineFailed`."""
        answers: dict[str, Hypothesis] = {}
        if isinstance(self._engine, InflightBatching):
            done = _submitted(self._engine, sorted(set(sources)), options)
        else:
            done = self._run(self._batches(set(sources), options.beam), options)
        for rows, hypotheses in done:
            answers.update(zip(rows, hypotheses, strict=True))
            if on_batch is not None:
                on_batch(rows, hypotheses)
        return [answers[source] for source in sources], [False] * len(sources)

    def close(self) -> None:
        """End the threads, once the batches that run are done."""
        self._workers.shutdown()

    def _batches(self, distinct: set[str], beam: int) -> list[list[str]]:
        """The batches for some segments, longest first, so that none is left alone at the end."""
        texts = sorted(distinct)
        lengths = self._engine.count_tokens(texts)
        order = sorted(range(len(texts)), key=lambda place: lengths[place])
        ascending = [lengths[place] for place in order]
        budget = self._budget // beam
        if (workers := self._engine.parallel_batches) > 1:
            # A short article is spread over all workers rather than put into one full batch.
            budget = min(budget, -(-sum(ascending) // (2 * workers)))
        ranges = plan(ascending, budget)
        return [[texts[order[at]] for at in batch] for batch in reversed(ranges)]

    def _run(
        self, batches: Sequence[list[str]], options: DecodingOptions
    ) -> Iterator[tuple[list[str], list[Hypothesis]]]:
        """Each batch with its hypotheses, as they come.

        No more batches are handed over than can run, so that another request's come in between.
        """
        waiting = iter(batches)
        running: dict[Future[list[Hypothesis]], list[str]] = {}

        def hand_over(count: int) -> None:
            for rows in islice(waiting, count):
                running[self._workers.submit(self._engine.translate, rows, options)] = rows

        hand_over(self._engine.parallel_batches)
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                rows = running.pop(future)
                hypotheses = future.result()
                if len(hypotheses) != len(rows):
                    raise EngineFailed(
                        f"the engine gave {len(hypotheses)} translations for {len(rows)} sentences"
                    )
                hand_over(1)
                yield rows, hypotheses


def _submitted(
    engine: InflightBatching, rows: list[str], options: DecodingOptions
) -> Iterator[tuple[list[str], list[Hypothesis]]]:
    """Each segment with its hypothesis, as they come; what is not needed any more is ended."""
    futures = dict(zip(engine.submit(rows, options), rows, strict=True))
    try:
        for future in as_completed(futures):
            yield [futures[future]], [future.result()]
    finally:
        for future in futures:
            future.cancel()


def plan(lengths: Sequence[int], budget: int) -> list[range]:
    """Cut rows of ascending length into batches of at most `budget` tokens, padding counted.

    A row that alone is over the budget makes a batch of its own.
    """
    batches = []
    start = 0
    for end in range(1, len(lengths) + 1):
        if end == len(lengths) or (end + 1 - start) * lengths[end] > budget:
            batches.append(range(start, end))
            start = end
    return batches
