"""Turns any number of segments into batches of similar length under a token budget.

In: segments in any order. Out: a hypothesis for each, by index. How batches are made depends on
the set of segments and not on their order, so that equal requests give equal batches; equal
segments are translated once.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from models.engine import DecodingOptions, Engine, Hypothesis
from models.errors import EngineFailed
from service.translator import OnBatch, Signature

# Source tokens of a batch, padding and beams counted: rows * beams * the longest row.
TOKEN_BUDGET = 4096


class Batcher:
    """The engine, behind batches."""

    def __init__(self, engine: Engine, *, token_budget: int = TOKEN_BUDGET) -> None:
        self._engine = engine
        self._budget = token_budget
        # One batch at a time: two would share the cores and both be late.
        self._turn = threading.Lock()

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
        distinct = sorted(set(sources))
        lengths = self._engine.count_tokens(distinct)
        order = sorted(range(len(distinct)), key=lambda place: lengths[place])
        answers: dict[str, Hypothesis] = {}
        for batch in plan([lengths[place] for place in order], self._budget // options.beam):
            rows = [distinct[order[place]] for place in batch]
            with self._turn:
                hypotheses = self._engine.translate(rows, options)
            if len(hypotheses) != len(rows):
                raise EngineFailed(
                    f"the engine gave {len(hypotheses)} translations for {len(rows)} sentences"
                )
            answers.update(zip(rows, hypotheses, strict=True))
            if on_batch is not None:
                on_batch(rows, hypotheses)
        return [answers[source] for source in sources], [False] * len(sources)


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
