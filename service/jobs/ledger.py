"""The jobs and what became of their articles, in one SQLite file.

A job that `create` gave back is on the disk, and so is a result that `record` took: both survive
kill -9 and a power cut. An article has one result, the first. Safe to use from several threads
and processes; which process works the jobs off is the runner's business.
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

from service.errors import Busy, Conflict, InvalidRequest, TooLarge
from service.jobs.records import (
    Delivery,
    Idempotency,
    Item,
    Job,
    JobState,
    Outcome,
    Result,
    Webhook,
    WebhookState,
)
from service.jobs.rows import OPEN, number_of, read_job, read_jobs, unfinished
from service.jobs.storage import open_jobs
from service.jobs.turns import Turns, Waiting, characters_before

_END = "webhook_due = CASE WHEN webhook_url IS NOT NULL THEN :now END, finished = :now"

# The speed is that of this many articles that were done last.
_RECENT = 50
# Jobs that are removed in one go, so that others can write in between.
_PURGED_AT_ONCE = 20


class JobStore:
    """Opened when it is first used. Every method may raise `JobsUnusable`, and `NotReady`
    after `close`."""

    def __init__(
        self, path: Path, now: Callable[[], float] = time.time, *, max_unfinished: int = 20_000
    ) -> None:
        """At most `max_unfinished` articles wait or run, of all jobs together."""
        self.path = path
        self.now = now
        self._max_unfinished = max_unfinished
        self._file = open_jobs(path)
        self._turns = Turns()

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
        """The job, and whether it is new rather than that of an equal request before.

        Raises `Conflict` where the key came with another body, `Busy`, `TooLarge` or
        `InvalidRequest`; after any error there is no job.
        """
        if not items:
            raise InvalidRequest("the job has no articles: send at least one")
        if len(items) > self._max_unfinished:
            raise TooLarge(
                f"the job has {len(items)} articles and at most {self._max_unfinished} may wait: "
                f"send it in parts"
            )
        key, body_sha256 = (
            (idempotency.key, idempotency.body_sha256) if idempotency else (None, None)
        )
        with self._file.writing() as db:
            if (before := _made_before(db, owner, idempotency)) is not None:
                return before, False
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
                    key,
                    body_sha256,
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

    def foresee(
        self, owner: str | None, articles: int, idempotency: Idempotency | None
    ) -> Job | None:
        """The job of an equal request before, or None where there is room for a new one.

        Raises `Conflict` or `Busy`, as `create` would.
        """
        with self._file.reading() as db:
            before = _made_before(db, owner, idempotency)
            if before is None:
                self._check_room(db, articles)
            return before

    def find(self, id: str, owner: str | None) -> Job:
        """The job of that id. Raises `NotFound`, also where it is another owner's."""
        with self._file.reading() as db:
            return read_job(db, number_of(db, id, owner))

    def jobs(self, owner: str | None) -> list[Job]:
        """An owner's last 100 jobs, newest first."""
        with self._file.reading() as db:
            return read_jobs(db, owner, 100)

    def cancel(self, id: str, owner: str | None) -> Job:
        """End a job; the results that are there stay. One that has ended is left as it is.

        Raises `NotFound`.
        """
        with self._file.writing() as db:
            number = number_of(db, id, owner)
            ended = db.execute(
                f"UPDATE job SET state = 'cancelled', {_END} WHERE number = :number AND {OPEN}",
                {"now": self.now(), "number": number},
            ).rowcount
            if ended:
                db.execute("UPDATE item SET source = NULL WHERE job = ?", (number,))
            return read_job(db, number)

    def results(self, id: str, start: int, count: int) -> list[Result]:
        """The results from article `start` on, at most `count`, up to the first that is missing.

        Of a cancelled job no more will come: there what is missing is passed over.
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
        aside: Collection[tuple[int, int]] = (),
    ) -> list[Item]:
        """At most `count` articles to work on next, none of them `running` or set `aside`.

        Both are keys of items; see `service.jobs.turns` for who comes first. Within a job the
        articles come in order. The jobs become running.
        """
        if not self.unfinished():
            return []
        excluded = {*running, *aside}
        excluded_of = Counter(job for job, _ in excluded)
        items: list[Item] = []
        with self._file.writing() as db:
            waiting = [
                replace(job, articles=job.articles - excluded_of[job.job]) for job in _waiting(db)
            ]
            owner_of = {job.job: job.owner for job in waiting}
            in_work = Counter(owner_of[job] for job, _ in running if job in owner_of)
            ready = [job for job in waiting if job.articles > 0]
            for number, wanted in Counter(self._turns.take(ready, count, in_work)).items():
                db.execute(
                    "UPDATE job SET state = 'running', started = ? "
                    "WHERE number = ? AND state = 'queued'",
                    (self.now(), number),
                )
                job = read_job(db, number)
                rows = db.execute(
                    "SELECT number FROM item WHERE job = ? AND outcome IS NULL "
                    "ORDER BY number LIMIT ?",
                    (number, wanted + excluded_of[number]),
                ).fetchall()
                places = [place for (place,) in rows if (number, place) not in excluded]
                for place in places[:wanted]:
                    source, tries = db.execute(
                        "UPDATE item SET tries = tries + 1 WHERE job = ? AND number = ? "
                        "RETURNING source, tries - 1",
                        (number, place),
                    ).fetchone()
                    items.append(Item(number, job.id, job.kind, job.options, place, source, tries))
        return items

    def give_back(self, job: int, number: int) -> None:
        """An article that was handed out was not worked on, through no fault of its own."""
        with self._file.writing() as db:
            db.execute(
                "UPDATE item SET tries = tries - 1 WHERE job = ? AND number = ?", (job, number)
            )

    def record(
        self, job: int, number: int, outcome: Outcome, result: bytes, began: float | None = None
    ) -> bool:
        """Keep the result of an article, JSON; whether it was taken: the first one stands, and
        a job that has ended takes none. With the last one the job is done.

        `began` is when the work on it began; without it the speed is not measured.
        """
        now = self.now()
        with self._file.writing() as db:
            (opened,) = db.execute(
                f"SELECT count(*) FROM job WHERE number = ? AND {OPEN}", (job,)
            ).fetchone()
            if not opened:
                return False
            taken = db.execute(
                "UPDATE item SET outcome = ?, result = ?, source = NULL, began = ?, ended = ? "
                "WHERE job = ? AND number = ? AND outcome IS NULL",
                (outcome, result, began, now, job, number),
            ).rowcount
            if not taken:
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
        """Those of some jobs, by number, that need no more work, or are not there any more."""
        with self._file.reading() as db:
            return {
                job
                for job in jobs
                if not db.execute(
                    f"SELECT count(*) FROM job WHERE number = ? AND {OPEN}", (job,)
                ).fetchone()[0]
            }

    def position(self, job: Job) -> int:
        """How many unfinished jobs were created before it; 0 for one that has ended."""
        with self._file.reading() as db:
            (count,) = db.execute(
                f"SELECT count(*) FROM job WHERE {OPEN} AND number < :number AND EXISTS "
                f"(SELECT 1 FROM job WHERE number = :number AND {OPEN})",
                {"number": job.number},
            ).fetchone()
        return int(count)

    def characters_before(self, job: Job) -> int:
        """About how many characters of other jobs are worked before this one is done."""
        with self._file.reading() as db:
            waiting = {waiting.job: waiting for waiting in _waiting(db)}
        this = waiting.pop(job.number, None)
        return 0 if this is None else characters_before(this, list(waiting.values()))

    def speed(self) -> float | None:
        """Characters per second of the articles done last, while any was in work; None where
        nothing was measured."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT characters, began, ended FROM item WHERE outcome = 'done' "
                "ORDER BY ended DESC LIMIT ?",
                (_RECENT,),
            ).fetchall()
        timed = [(began, ended, count) for count, began, ended in rows if began is not None]
        busy = 0.0
        until = 0.0
        for began, ended, _ in sorted(timed):
            busy += max(0.0, ended - max(began, until))
            until = max(until, ended)
        return sum(count for _, _, count in timed) / busy if busy > 0 else None

    def counts(self) -> dict[JobState, int]:
        """How many jobs are in each state."""
        with self._file.reading() as db:
            found = dict(db.execute("SELECT state, count(*) FROM job GROUP BY state").fetchall())
        return {state: found.get(state, 0) for state in JobState}

    def unfinished(self) -> int:
        """How many articles wait or run."""
        with self._file.reading() as db:
            return unfinished(db)

    def purge(self, older_than_seconds: float) -> int:
        """Remove jobs that ended longer ago, unless their call-back is still to be made.

        Gives back how many there were.
        """
        removed = 0
        while True:
            with self._file.writing() as db:
                numbers = db.execute(
                    "SELECT number FROM job WHERE state IN ('done', 'cancelled') "
                    "AND finished < ? AND webhook_state IS NOT 'waiting' LIMIT ?",
                    (self.now() - older_than_seconds, _PURGED_AT_ONCE),
                ).fetchall()
                db.executemany("DELETE FROM item WHERE job = ?", numbers)
                db.executemany("DELETE FROM job WHERE number = ?", numbers)
            removed += len(numbers)
            if len(numbers) < _PURGED_AT_ONCE:
                return removed

    def deliveries(self, count: int) -> list[Delivery]:
        """Call-backs that are due, longest first, at most `count`."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT number, id, state, total, done, failed, webhook_url, webhook_secret, "
                "webhook_tries FROM job WHERE webhook_state = 'waiting' "
                "AND webhook_due IS NOT NULL AND webhook_due <= ? ORDER BY webhook_due LIMIT ?",
                (self.now(), count),
            ).fetchall()
        return [
            Delivery(number, id, JobState(state), total, done, failed, Webhook(url, secret), tries)
            for number, id, state, total, done, failed, url, secret, tries in rows
        ]

    def delivered(self, job: int) -> None:
        """The call-back of a job, by number, was taken."""
        with self._file.writing() as db:
            db.execute(
                "UPDATE job SET webhook_state = 'delivered', webhook_reason = NULL, "
                "webhook_secret = NULL WHERE number = ?",
                (job,),
            )

    def not_delivered(self, job: int, reason: str, again_in: float | None) -> None:
        """The call-back of a job, by number, failed; the next try is in `again_in` seconds,
        None: it is given up."""
        with self._file.writing() as db:
            db.execute(
                "UPDATE job SET webhook_state = ?, webhook_reason = ?, webhook_due = ?, "
                "webhook_tries = webhook_tries + 1, "
                "webhook_secret = iif(?, NULL, webhook_secret) WHERE number = ?",
                (
                    WebhookState.GIVEN_UP if again_in is None else WebhookState.WAITING,
                    reason,
                    None if again_in is None else self.now() + again_in,
                    again_in is None,
                    job,
                ),
            )

    def close(self) -> None:
        """Close the file for good."""
        self._file.close()

    def _check_room(self, db: sqlite3.Connection, articles: int) -> None:
        waiting = unfinished(db)
        if waiting + articles > self._max_unfinished:
            raise Busy(
                f"{waiting} articles of jobs are waiting already and at most "
                f"{self._max_unfinished} may: send the job again later, or in smaller parts",
                60,
            )


def _made_before(
    db: sqlite3.Connection, owner: str | None, idempotency: Idempotency | None
) -> Job | None:
    if idempotency is None:
        return None
    before = db.execute(
        "SELECT number, body_sha256 FROM job "
        "WHERE ifnull(owner, '') = ifnull(?, '') AND idempotency = ?",
        (owner, idempotency.key),
    ).fetchone()
    if before is None:
        return None
    if before[1] != idempotency.body_sha256:
        raise Conflict(
            "this Idempotency-Key came before with another body: use a new key for another job, "
            "or send the same body again"
        )
    return read_job(db, before[0])


def _waiting(db: sqlite3.Connection) -> list[Waiting]:
    """The jobs that have not ended; each has an article left."""
    rows = db.execute(
        f"SELECT number, owner, total - done - failed, characters_left FROM job WHERE {OPEN}"
    )
    return [Waiting(*row) for row in rows]
