"""Greedy and beam search of one sentence, over ids and log-probabilities: no tensors, no text.

The search is asked for by the engine step by step: it is given the best candidates of each of
its rows, and answers which of them its rows go on with. It ends once `beam` hypotheses are
complete, as CTranslate2's and (with early stopping) transformers' do, or none goes on that is
likely enough: rows are given up that fall behind (Freitag and Al-Onaizan 2017), since they cost
what the others cost and seldom win.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# How far behind the best one a row may be, in summed log-probability (what it costs and saves:
# docs/performance.md).
MARGIN = 1.5


@dataclass(frozen=True, slots=True)
class Found:
    """A hypothesis: its ids, without the token that ended it; the summed log-probability of
    `scored` tokens, the end included; whether it ended by itself."""

    ids: tuple[int, ...]
    log_probability: float
    scored: int
    finished: bool

    def rank(self, length_penalty: float) -> float:
        """What hypotheses are compared by: log-probability / length ** penalty."""
        rank: float = self.log_probability / float(self.scored) ** length_penalty
        return rank


@dataclass(frozen=True, slots=True)
class Step:
    """How one row goes on: from which row, with which token."""

    parent: int
    token: int


class Search:
    """One sentence's search with at most `beam` rows, none of which is more than `margin` behind;
    `limit` is the most tokens it may produce."""

    def __init__(
        self,
        beam: int,
        limit: int,
        stop: frozenset[int],
        length_penalty: float = 1.0,
        margin: float = MARGIN,
    ) -> None:
        self.beam, self._margin = beam, margin
        self._limit, self._stop, self._penalty = limit, stop, length_penalty
        self._rows: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
        self._found: list[Found] = []
        self.done = False

    @property
    def wanted(self) -> int:
        """How many candidates of each row `advance` needs: some of them may end hypotheses."""
        return 1 if self.beam == 1 else 2 * self.beam

    @property
    def rows(self) -> list[tuple[int, ...]]:
        """The ids that each row has so far."""
        return [ids for ids, _ in self._rows]

    def advance(
        self, ids: Sequence[Sequence[int]], log_probabilities: Sequence[Sequence[float]]
    ) -> list[Step]:
        """The next step of every row, from each row's best candidates, best first.

        There are at most `beam` steps, and none once the search is done. Raises `ValueError` where
        log-probabilities are not numbers.
        """
        if any(math.isnan(likeliest) for likeliest, *_ in log_probabilities):
            raise ValueError("the model's probabilities are not numbers")
        candidates = sorted(
            (
                (total + log_probability, row, token)
                for row, (_, total) in enumerate(self._rows)
                for token, log_probability in zip(ids[row], log_probabilities[row], strict=True)
            ),
            key=lambda candidate: -candidate[0],
        )
        # What a row is compared with: the best of this length, and what the best that ended before
        # would have here, since a sentence that ends too soon is likelier than all of it.
        length = len(self._rows[0][0]) + 1
        found = max((found.rank(self._penalty) for found in self._found), default=-math.inf)
        bar = found * length**self._penalty
        steps: list[Step] = []
        following: list[tuple[tuple[int, ...], float]] = []
        for rank, (total, row, token) in enumerate(candidates):
            before = self._rows[row][0]
            if token in self._stop:
                # An end that ranks below the rows that go on is no hypothesis yet.
                if rank < self.beam:
                    self._found.append(Found(before, total, length, True))
                    bar = max(bar, total)
            elif len(following) < self.beam and total >= bar - self._margin:
                bar = max(bar, total)
                following.append(((*before, token), total))
                steps.append(Step(row, token))
        if len(self._found) >= self.beam or not following:
            self.done = True
            return []
        self._rows = following
        if length >= self._limit:
            self._found += [Found(ids, total, len(ids), False) for ids, total in following]
            self.done = True
            return []
        return steps

    def best(self) -> list[Found]:
        """The hypotheses that were found, at most `beam`, the best first."""
        ranked = sorted(self._found, key=lambda found: -found.rank(self._penalty))
        return ranked[: self.beam]
