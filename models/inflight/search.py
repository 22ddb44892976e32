"""Greedy and beam search of one sentence, over ids and log-probabilities: no tensors, no text.

The search is asked for by the engine step by step: it is given the best candidates of each of
its rows, and answers which of them its rows go on with. It ends once `beam` hypotheses are
complete, as CTranslate2's and (with early stopping) transformers' do, or none goes on that is
likely enough: rows are given up that fall behind (Freitag and Al-Onaizan 2017), and those that go
on like a likelier one (Zhang et al. 2018), since they cost what the others cost and seldom win.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pruning:
    """Which rows are given up (what it costs and saves: docs/performance.md).

    `margin`: those that are further behind the best one, in summed log-probability. `alike`: those
    whose last tokens, so many, are a likelier one's, if they have told the same too, in the same
    order: the tokens of `told`, and those of `within_words` that follow one which is told.
    """

    margin: float = 1.5
    alike: int = 6
    told: frozenset[int] = frozenset()
    within_words: frozenset[int] = frozenset()


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


@dataclass(frozen=True, slots=True)
class _Row:
    """The ids so far, those of them that are told, whether the last one is, and their summed
    log-probability."""

    ids: tuple[int, ...] = ()
    told: tuple[int, ...] = ()
    telling: bool = False
    total: float = 0.0


class Search:
    """One sentence's search with at most `beam` rows, of which none is given up if `pruning` is
    None; `limit` is the most tokens it may produce."""

    def __init__(
        self,
        beam: int,
        limit: int,
        stop: frozenset[int],
        length_penalty: float = 1.0,
        pruning: Pruning | None = Pruning(),
    ) -> None:
        self.beam, self._pruning = beam, pruning
        self._limit, self._stop, self._penalty = limit, stop, length_penalty
        self._rows = [_Row()]
        self._found: list[Found] = []
        self.done = False

    @property
    def wanted(self) -> int:
        """How many candidates of each row `advance` needs: some of them may end hypotheses."""
        return 1 if self.beam == 1 else 2 * self.beam

    @property
    def rows(self) -> list[tuple[int, ...]]:
        """The ids that each row has so far."""
        return [row.ids for row in self._rows]

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
                (row.total + log_probability, number, token)
                for number, row in enumerate(self._rows)
                for token, log_probability in zip(
                    ids[number], log_probabilities[number], strict=True
                )
            ),
            key=lambda candidate: -candidate[0],
        )
        # What a row is compared with: the best of this length, and what the best that ended before
        # would have here, since a sentence that ends too soon is likelier than all of it.
        length = len(self._rows[0].ids) + 1
        found = max((found.rank(self._penalty) for found in self._found), default=-math.inf)
        bar = found * length**self._penalty
        steps: list[Step] = []
        following: list[_Row] = []
        pruning = self._pruning
        alike: set[tuple[tuple[int, ...], tuple[int, ...]]] = set()
        ranked = 0
        for total, number, token in candidates:
            if token in self._stop:
                # An end that ranks below the rows that go on is no hypothesis yet.
                if ranked < self.beam:
                    self._found.append(Found(self._rows[number].ids, total, length, True))
                    bar = max(bar, total)
            elif pruning is None or total >= bar - pruning.margin:
                row = self._after(self._rows[number], token, total)
                if pruning is not None:
                    ending = row.ids[-pruning.alike :], row.told
                    if ending in alike:
                        continue  # leaves its rank to the next
                    alike.add(ending)
                bar = max(bar, total)
                following.append(row)
                steps.append(Step(number, token))
                if len(following) == self.beam:
                    break
            ranked += 1
        if len(self._found) >= self.beam or not following:
            self.done = True
            return []
        self._rows = following
        if length >= self._limit:
            self._found += [Found(row.ids, row.total, len(row.ids), False) for row in following]
            self.done = True
            return []
        return steps

    def _after(self, row: _Row, token: int, total: float) -> _Row:
        pruning, telling = self._pruning, False
        if pruning is not None:
            telling = token in pruning.told or (row.telling and token in pruning.within_words)
        told = (*row.told, token) if telling else row.told
        return _Row((*row.ids, token), told, telling, total)

    def best(self) -> list[Found]:
        """The hypotheses that were found, at most `beam`, the best first."""
        ranked = sorted(self._found, key=lambda found: -found.rank(self._penalty))
        return ranked[: self.beam]
