"""Fair scheduling of jobs, so that no job blocks the others.

The next article is of the owner with the fewest running articles, or of the one among them whose
last turn is longest ago. The turns of an owner alternate between its oldest job and the one with
the fewest characters left. So jobs of similar size run in order of creation, a small job does not
wait for a huge one, and the oldest always advances. Jobs without an owner count as one owner's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """A job with articles that are ready to run."""

    job: int
    owner: str | None
    articles: int  # at least 1
    characters_left: int


class FairScheduler:
    """The turns of owners and jobs in this process.

    A new scheduler begins with the oldest job.
    """

    def __init__(self) -> None:
        self._turn = 0
        self._last_turn: dict[str | None, int] = {}
        self._last_was_oldest: dict[str | None, bool] = {}

    def pick(
        self, waiting: Iterable[WaitingJob], count: int, running: Mapping[str | None, int]
    ) -> list[int]:
        """Return the jobs of the next articles, at most `count`.

        A job is there once for each of its articles. `running` counts the running articles of each
        owner.
        """
        left: dict[str | None, dict[int, WaitingJob]] = {}
        articles: dict[int, int] = {}
        for job in waiting:
            left.setdefault(job.owner, {})[job.job] = job
            articles[job.job] = job.articles
        running_of = dict(running)
        picked: list[int] = []
        while left and len(picked) < count:
            owner = min(
                left,
                key=lambda owner: (
                    running_of.get(owner, 0),
                    self._last_turn.get(owner, 0),
                    min(left[owner]),
                ),
            )
            number = self._pick_job(owner, left[owner])
            picked.append(number)
            running_of[owner] = running_of.get(owner, 0) + 1
            self._turn += 1
            self._last_turn[owner] = self._turn
            articles[number] -= 1
            if not articles[number]:
                del left[owner][number]
            if not left[owner]:
                del left[owner]
        return picked

    def _pick_job(self, owner: str | None, jobs: Mapping[int, WaitingJob]) -> int:
        shortest = self._last_was_oldest.get(owner, False)
        self._last_was_oldest[owner] = not shortest
        if not shortest:
            return min(jobs)
        return min(jobs, key=lambda number: (jobs[number].characters_left, number))


def characters_ahead(job: WaitingJob, others: Sequence[WaitingJob]) -> int:
    """Estimate the characters of `others` that run before the last of `job`."""
    own = _done_at_end(job, [job, *(other for other in others if other.owner == job.owner)])
    of_owner: Counter[str | None] = Counter()
    for other in others:
        if other.owner != job.owner:
            of_owner[other.owner] += other.characters_left
    return own - job.characters_left + sum(min(left, own) for left in of_owner.values())


def _done_at_end(job: WaitingJob, jobs: Sequence[WaitingJob]) -> int:
    """Return the characters of an owner's jobs done at the end of one."""
    left = {each.job: each.characters_left for each in jobs}
    by_age = sorted(left, reverse=True)
    by_size = sorted(left, key=lambda number: (left[number], number), reverse=True)
    done = 0
    while job.job in left:
        while by_age[-1] not in left:
            by_age.pop()
        while by_size[-1] not in left:
            by_size.pop()
        oldest, shortest = by_age[-1], by_size[-1]
        if left[oldest] <= left[shortest]:
            done += left.pop(oldest)
        else:
            # Both get every other turn until the shortest is done.
            left[oldest] -= left[shortest]
            done += 2 * left.pop(shortest)
    return done
