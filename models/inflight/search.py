"""Greedy and beam search for one sentence, over ids and log-probabilities.

The engine drives the search step by step. It passes the best candidates of each row, and the
search returns the steps with which rows continue. It ends when `beam` hypotheses are complete, as
in CTranslate2 and (with early stopping) transformers. It also ends when no likely row is left, and
at the length limit. Pruning drops rows that fall behind (Freitag and Al-Onaizan 2017) and rows that
continue like a likelier one (Zhang et al. 2018). Every row takes the same time, and such rows
seldom win.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Pruning:
    """The rules for dropping rows (costs and gains: docs/performance.md).

    A row is dropped if its summed log-probability is more than `margin` behind the best. It is
    also dropped if its last `suffix` tokens and all its salient tokens, in order, are those of a
    likelier row. The tokens in `salient` are salient, and so are `continuations` that follow one.
    """

    margin: float = 1.5
    suffix: int = 6
    salient: frozenset[int] = frozenset()
    continuations: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TokenHypothesis:
    """A hypothesis as token ids."""

    ids: tuple[int, ...]  # without the end token
    log_probability: float  # the sum over the scored tokens
    scored: int  # tokens, the end included
    finished: bool  # false at the length limit

    def rank(self, length_penalty: float) -> float:
        """Return log-probability / length ** penalty, to compare hypotheses."""
        rank: float = self.log_probability / float(self.scored) ** length_penalty
        return rank


@dataclass(frozen=True, slots=True)
class Step:
    """The next token of a row, and the number of the row that it continues."""

    parent: int
    token: int


@dataclass(frozen=True, slots=True)
class _Row:
    """A row. `in_salient`: its last token is salient; `total`: its score."""

    ids: tuple[int, ...] = ()
    salient: tuple[int, ...] = ()
    in_salient: bool = False
    total: float = 0.0


# A possible next token: the summed log-probability after it, the number of its row, and its id.
_Candidate: TypeAlias = tuple[float, int, int]


class Search:
    """The search for one sentence, with at most `beam` rows."""

    def __init__(
        self,
        beam: int,
        limit: int,  # tokens
        stop: frozenset[int],
        length_penalty: float = 1.0,
        pruning: Pruning | None = Pruning(),  # None: drop no row
    ) -> None:
        self.beam, self._pruning = beam, pruning
        self._limit, self._stop, self._penalty = limit, stop, length_penalty
        self._rows = [_Row()]
        self._hypotheses: list[TokenHypothesis] = []
        self.done = False

    @property
    def candidate_count(self) -> int:
        """Return how many candidates of a row `advance` needs, ends included."""
        return 1 if self.beam == 1 else 2 * self.beam

    @property
    def rows(self) -> list[tuple[int, ...]]:
        """Return the ids of each row."""
        return [row.ids for row in self._rows]

    def advance(
        self, ids: Sequence[Sequence[int]], log_probabilities: Sequence[Sequence[float]]
    ) -> list[Step]:
        """Return the next step of every row, given its candidates, best first.

        The list is empty once the search is done. Raises `ValueError` for NaN.
        """
        if any(math.isnan(likeliest) for likeliest, *_ in log_probabilities):
            raise ValueError("the model's probabilities are not numbers")
        length = len(self._rows[0].ids) + 1
        steps: list[Step] = []
        rows: list[_Row] = []
        for parent, row in self._continuing(self._candidates(ids, log_probabilities), length):
            rows.append(row)
            steps.append(Step(parent, row.ids[-1]))
            if len(rows) == self.beam:
                break
        if len(self._hypotheses) >= self.beam or not rows:
            self.done = True
            return []
        self._rows = rows
        if length >= self._limit:
            self._hypotheses += [
                TokenHypothesis(row.ids, row.total, len(row.ids), False) for row in rows
            ]
            self.done = True
            return []
        return steps

    def _candidates(
        self, ids: Sequence[Sequence[int]], log_probabilities: Sequence[Sequence[float]]
    ) -> list[_Candidate]:
        """Return the candidates of all rows, the likeliest first."""
        candidates = [
            (row.total + log_probability, number, token)
            for number, row in enumerate(self._rows)
            for token, log_probability in zip(ids[number], log_probabilities[number], strict=True)
        ]
        return sorted(candidates, key=lambda candidate: -candidate[0])

    def _continuing(
        self, candidates: Sequence[_Candidate], length: int
    ) -> Iterator[tuple[int, _Row]]:
        """Yield new rows with their parents' numbers; record ended hypotheses."""
        # The margin counts from the best sum of this length. A hypothesis that ended earlier is
        # shorter, so its sum is higher: it counts with the sum of equal rank at this length.
        ranks = [found.rank(self._penalty) for found in self._hypotheses]
        best = max(ranks, default=-math.inf) * length**self._penalty
        pruning, ranked = self._pruning, 0
        endings: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
        for total, parent, token in candidates:
            if token in self._stop:
                # An end token that ranks below `beam` candidates completes no hypothesis.
                if ranked < self.beam:
                    ids = self._rows[parent].ids
                    self._hypotheses.append(TokenHypothesis(ids, total, length, True))
                    best = max(best, total)
            elif pruning is None or total >= best - pruning.margin:
                row = self._extended(self._rows[parent], token, total)
                if pruning is not None:
                    ending = row.ids[-pruning.suffix :], row.salient
                    if ending in endings:
                        continue  # the next candidate takes its rank
                    endings.add(ending)
                best = max(best, total)
                yield parent, row
            ranked += 1

    def _extended(self, row: _Row, token: int, total: float) -> _Row:
        pruning, is_salient = self._pruning, False
        if pruning is not None:
            is_salient = token in pruning.salient or (
                row.in_salient and token in pruning.continuations
            )
        salient = (*row.salient, token) if is_salient else row.salient
        return _Row((*row.ids, token), salient, is_salient, total)

    def best(self) -> list[TokenHypothesis]:
        """Return at most `beam` hypotheses, the best first."""
        ranked = sorted(self._hypotheses, key=lambda found: -found.rank(self._penalty))
        return ranked[: self.beam]
