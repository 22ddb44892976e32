"""The store of jobs, their articles and their results, one SQLite file.

A job that `create` returned is on the disk, and so is a result that `record` accepted. Both
survive kill -9 and a power cut. An article has one result, the first. Safe for use from several
threads and processes; the runner decides which process runs the jobs.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from service.errors import Busy, InvalidRequest, TooLarge
from service.jobs.deliveries import Deliveries
from service.jobs.queries import (
    OPEN,
    begin_alone,
    begin_items,
    count_unfinished,
    is_open,
    number_of,
    read_job,
    read_jobs,
    remove_jobs,
    repeated_job,
    speed_of_last,
    take_back,
    take_back_all,
    waiting_jobs,
)
from service.jobs.records import (
    Idempotency,
    Item,
    Job,
    JobState,
    Outcome,
    Result,
    Webhook,
    WebhookState,
)
from service.jobs.scheduler import FairScheduler, characters_ahead
from service.jobs.tables import open_jobs

# SQL assignments that end a job, and make its webhook call due.
_END = "webhook_due = CASE WHEN webhook_url IS NOT NULL THEN :now END, finished = :now"

# The speed is measured over this many articles, those that were done last.
_RECENT = 50
# Jobs to remove per transaction, so that others can write in between.
_PURGE_BATCH = 20


class JobStore:
    """The jobs of all owners, in a file that is opened at first use.

    Every method may raise `JobsUnusable`, and `NotReady` after `close`.
    """

    def __init__(
        self, path: Path, now: Callable[[], float] = time.time, *, max_unfinished: int = 20_000
    ) -> None:
        """At most `max_unfinished` articles wait or run, of all jobs together."""
        self.path = path
        self.now = now
        self._max_unfinished = max_unfinished
        self._file = open_jobs(path)
        self._scheduler = FairScheduler()
        self.deliveries = Deliveries(self._file, now)

    def create(
        self,
        owner: str | None,
        kind: str,
        options: Mapping[str, Any],
        items: Sequence[bytes],
        characters: Sequence[int],
        webhook: Webhook | None = None,
        idempotency: Idempotency | None = None,
    ) -> tuple[Job, bool]:
        """Create a job, and return it and whether it is new.

        An equal request again returns its earlier job. Raises `Conflict` if the key came with
        another body, `Busy`, `TooLarge` or `InvalidRequest`. After an error there is no job.
        """
        if not items:
            raise InvalidRequest("the job has no articles: send at least one")
        if len(items) > self._max_unfinished:
            raise TooLarge(
                f"the job has {len(items)} articles, but at most {self._max_unfinished} may wait: "
                f"send it in parts"
            )
        with self._file.writing() as db:
            if (earlier := repeated_job(db, owner, idempotency)) is not None:
                return earlier, False
            self._check_room(db, len(items))
            number = db.execute(
                "INSERT INTO job (id, owner, kind, options, total, created, characters, "
                "characters_left, idempotency, body_sha256, webhook_url, webhook_secret, "
                "webhook_state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    f"job_{secrets.token_hex(12)}",
                    owner,
                    kind,
                    json.dumps(dict(options)),
                    len(items),
                    self.now(),
                    sum(characters),
                    sum(characters),
                    idempotency.key if idempotency else None,
                    idempotency.body_sha256 if idempotency else None,
                    webhook.url if webhook else None,
                    webhook.secret if webhook else None,
                    WebhookState.WAITING if webhook else None,
                ),
            ).lastrowid
            assert number is not None
            db.executemany(
                "INSERT INTO item (job, number, source, characters) VALUES (?, ?, ?, ?)",
                [
                    (number, place, source, count)
                    for place, (source, count) in enumerate(zip(items, characters, strict=True))
                ],
            )
            return read_job(db, number), True

    def precheck(
        self, owner: str | None, articles: int, idempotency: Idempotency | None
    ) -> Job | None:
        """Return the job of an equal earlier request, or None.

        None means that there is room for a new one. Raises `Conflict` or `Busy`, as `create` would.
        """
        with self._file.reading() as db:
            earlier = repeated_job(db, owner, idempotency)
            if earlier is None:
                self._check_room(db, articles)
            return earlier

    def find(self, id: str, owner: str | None) -> Job:
        """Return an owner's job. Raises `NotFound`."""
        with self._file.reading() as db:
            return read_job(db, number_of(db, id, owner))

    def jobs(self, owner: str | None) -> list[Job]:
        """Return an owner's last 100 jobs, the newest first."""
        with self._file.reading() as db:
            return read_jobs(db, owner, 100)

    def cancel(self, id: str, owner: str | None) -> Job:
        """End a job and keep its results; a job that has ended does not change.

        Raises `NotFound`.
        """
        with self._file.writing() as db:
            number = number_of(db, id, owner)
            cancelled = db.execute(
                f"UPDATE job SET state = 'cancelled', {_END} WHERE number = :number AND {OPEN}",
                {"now": self.now(), "number": number},
            ).rowcount
            if cancelled:
                db.execute("UPDATE item SET source = NULL WHERE job = ?", (number,))
            return read_job(db, number)

    def remove(self, id: str, owner: str | None) -> None:
        """Remove a job and its results. Raises `NotFound`."""
        with self._file.writing() as db:
            remove_jobs(db, [(number_of(db, id, owner),)])

    def results(self, id: str, start: int, count: int) -> list[Result]:
        """Return results from article `start` on, at most `count`.

        They end before the first missing one; a cancelled job skips it.
        """
        with self._file.reading() as db:
            job = db.execute("SELECT number, state FROM job WHERE id = ?", (id,)).fetchone()
            if job is None:
                return []
            number, state = job
            missing = None
            if state != JobState.CANCELLED:
                (missing,) = db.execute(
                    "SELECT min(number) FROM item "
                    "WHERE job = ? AND outcome IS NULL AND number >= ?",
                    (number, start),
                ).fetchone()
            rows = db.execute(
                "SELECT number, outcome, result FROM item "
                "WHERE job = ? AND number >= ? AND number < ? AND outcome IS NOT NULL "
                "ORDER BY number LIMIT ?",
                (number, start, 2**62 if missing is None else missing, count),
            ).fetchall()
        return [Result(place, Outcome(outcome), body) for place, outcome, body in rows]

    def next_items(
        self,
        count: int,
        running: Collection[tuple[int, int]] = (),
        deferred: Collection[tuple[int, int]] = (),
    ) -> list[Item]:
        """Return at most `count` articles to work on next.

        Their jobs become running. `running` and `deferred` are keys of items to leave out.
        `service.jobs.scheduler` chooses the jobs. Within a job the articles come in order.
        """
        if not self.unfinished():
            return []
        excluded = {*running, *deferred}
        excluded_of = Counter(job for job, _ in excluded)
        with self._file.writing() as db:
            waiting = [
                replace(job, articles=job.articles - excluded_of[job.job])
                for job in waiting_jobs(db)
            ]
            owner_of = {job.job: job.owner for job in waiting}
            running_of = Counter(owner_of[job] for job, _ in running if job in owner_of)
            ready = [job for job in waiting if job.articles > 0]
            picked = Counter(self._scheduler.pick(ready, count, running_of))
            return [
                item
                for number, wanted in picked.items()
                for item in begin_items(
                    db, number, wanted, {n for job, n in excluded if job == number}, self.now()
                )
            ]

    def next_alone(self, job: int, number: int) -> Item | None:
        """Return an article to work on while no other is, or None if it has ended."""
        with self._file.writing() as db:
            return begin_alone(db, job, number)

    def requeue(self, job: int, number: int, *, failed: bool = False) -> None:
        """Take back an article to work on it again; `failed` counts this try."""
        with self._file.writing() as db:
            take_back(db, job, number, failed)

    def recover(self) -> list[tuple[int, int, int]]:
        """Take back what an ended process was working on: job, number and tries of each.

        One of them may have ended it; one that was worked on alone did, and the try counts. Only
        the process that runs the jobs may call this, before it begins.
        """
        with self._file.writing() as db:
            return take_back_all(db)

    def record(
        self, job: int, number: int, outcome: Outcome, result: bytes, started: float | None = None
    ) -> bool:
        """Store the result of an article, and return whether it was accepted.

        Only the first result of an article is, and none after the end of its job. The last one ends
        the job. `result` is JSON. Without `started` it does not count for the speed.
        """
        now = self.now()
        with self._file.writing() as db:
            if not is_open(db, job):
                return False
            accepted = db.execute(
                "UPDATE item SET outcome = ?, result = ?, source = NULL, began = ?, ended = ? "
                "WHERE job = ? AND number = ? AND outcome IS NULL",
                (outcome, result, started, now, job, number),
            ).rowcount
            if not accepted:
                return False
            db.execute(
                "UPDATE job SET done = done + ?, failed = failed + ?, "
                "characters_left = characters_left - "
                "(SELECT characters FROM item WHERE job = ? AND number = ?) WHERE number = ?",
                (outcome is Outcome.DONE, outcome is Outcome.FAILED, job, number, job),
            )
            db.execute(
                f"UPDATE job SET state = 'done', {_END} "
                "WHERE number = :number AND done + failed = total",
                {"now": now, "number": job},
            )
        return True

    def ended(self, jobs: Collection[int]) -> set[int]:
        """Return the numbers of those jobs that have ended or are gone."""
        with self._file.reading() as db:
            return {job for job in jobs if not is_open(db, job)}

    def position(self, job: Job) -> int:
        """Return the number of unfinished older jobs; 0 for a job that has ended."""
        with self._file.reading() as db:
            (count,) = db.execute(
                f"SELECT count(*) FROM job WHERE {OPEN} AND number < :number AND EXISTS "
                f"(SELECT 1 FROM job WHERE number = :number AND {OPEN})",
                {"number": job.number},
            ).fetchone()
        return int(count)

    def characters_ahead(self, job: Job) -> int:
        """Estimate the characters of other jobs that run before its end."""
        with self._file.reading() as db:
            waiting = {waiting.job: waiting for waiting in waiting_jobs(db)}
        this = waiting.pop(job.number, None)
        return 0 if this is None else characters_ahead(this, list(waiting.values()))

    def speed(self) -> float | None:
        """Return the recent speed in characters per second of running time, or None."""
        with self._file.reading() as db:
            return speed_of_last(db, _RECENT)

    def counts(self) -> dict[JobState, int]:
        """Return the number of jobs in each state."""
        with self._file.reading() as db:
            found = dict(db.execute("SELECT state, count(*) FROM job GROUP BY state").fetchall())
        return {state: found.get(state, 0) for state in JobState}

    def unfinished(self) -> int:
        """Return the number of articles that wait or run."""
        with self._file.reading() as db:
            return count_unfinished(db)

    def purge(self, older_than_seconds: float) -> int:
        """Remove jobs that ended longer ago and need no webhook call; return their number."""
        removed = 0
        while True:
            with self._file.writing() as db:
                numbers = db.execute(
                    "SELECT number FROM job WHERE state IN ('done', 'cancelled') "
                    "AND finished < ? AND webhook_state IS NOT 'waiting' LIMIT ?",
                    (self.now() - older_than_seconds, _PURGE_BATCH),
                ).fetchall()
                remove_jobs(db, numbers)
            removed += len(numbers)
            if len(numbers) < _PURGE_BATCH:
                return removed

    def close(self) -> None:
        """Close the file for good."""
        self._file.close()

    def _check_room(self, db: sqlite3.Connection, articles: int) -> None:
        waiting = count_unfinished(db)
        if waiting + articles > self._max_unfinished:
            raise Busy(
                f"{waiting} articles of jobs are waiting, and at most {self._max_unfinished} may: "
                f"send the job again later, or in smaller parts",
                60,
            )
