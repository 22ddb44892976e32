"""Whose article is worked on next, so that no job blocks the others.

Owners take turns: the next article is of the owner with the fewest running, of several the one
who has waited longest for a turn. Within an owner, turns go alternately to its oldest job and to
the one with the fewest characters left. So jobs of similar size are worked in order of creation,
a small one does not wait for a huge one, and the oldest gets on whatever comes after it. All jobs
without an owner count as one owner's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job with articles that could be worked on now."""

    job: int
    owner: str | None
    articles: int  # at least 1
    characters_left: int


class Turns:
    """Remembers who had the last turns, in this process; a new one starts with the oldest job."""

    def __init__(self) -> None:
        self._turn = 0
        self._served: dict[str | None, int] = {}
        self._oldest_had_it: dict[str | None, bool] = {}

    def take(
        self, waiting: Iterable[Waiting], count: int, running: Mapping[str | None, int]
    ) -> list[int]:
        """The jobs of the next articles, at most `count`; a job as often as it has articles.

        `running` counts the articles that each owner has in work already.
        """
        left: dict[str | None, dict[int, Waiting]] = {}
        articles: dict[int, int] = {}
        for each in waiting:
            left.setdefault(each.owner, {})[each.job] = each
            articles[each.job] = each.articles
        in_work = dict(running)
        taken: list[int] = []
        while left and len(taken) < count:
            owner = min(
                left,
                key=lambda owner: (
                    in_work.get(owner, 0),
                    self._served.get(owner, 0),
                    min(left[owner]),
                ),
            )
            job = self._job_of(owner, left[owner])
            taken.append(job)
            in_work[owner] = in_work.get(owner, 0) + 1
            self._turn += 1
            self._served[owner] = self._turn
            articles[job] -= 1
            if not articles[job]:
                del left[owner][job]
            if not left[owner]:
                del left[owner]
        return taken

    def _job_of(self, owner: str | None, jobs: Mapping[int, Waiting]) -> int:
        shortest = self._oldest_had_it.get(owner, False)
        self._oldest_had_it[owner] = not shortest
        if not shortest:
            return min(jobs)
        return min(jobs, key=lambda job: (jobs[job].characters_left, job))


def characters_before(job: Waiting, others: Sequence[Waiting]) -> int:
    """About how many characters of `others` are worked before the last of `job`."""
    own = _worked_at_end(job, [job, *(other for other in others if other.owner == job.owner)])
    of_owner: Counter[str | None] = Counter()
    for other in others:
        if other.owner != job.owner:
            of_owner[other.owner] += other.characters_left
    return own - job.characters_left + sum(min(left, own) for left in of_owner.values())


def _worked_at_end(job: Waiting, jobs: Sequence[Waiting]) -> int:
    """How many characters of an owner's jobs are worked when one of them is done."""
    left = {each.job: each.characters_left for each in jobs}
    by_age = sorted(left, reverse=True)
    by_size = sorted(left, key=lambda number: (left[number], number), reverse=True)
    worked = 0
    while job.job in left:
        while by_age[-1] not in left:
            by_age.pop()
        while by_size[-1] not in left:
            by_size.pop()
        oldest, shortest = by_age[-1], by_size[-1]
        if left[oldest] <= left[shortest]:
            worked += left.pop(oldest)
        else:
            # Both get every other turn until the shortest is done.
            left[oldest] -= left[shortest]
            worked += 2 * left.pop(shortest)
    return worked
