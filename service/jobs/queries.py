"""Queries of the job tables; each takes the connection of a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

from service.errors import Conflict, NotFound
from service.jobs.records import Idempotency, Item, Job, JobState, WebhookState
from service.jobs.scheduler import WaitingJob

# SQL condition for a job that has not ended.
OPEN = "state IN ('queued', 'running')"

# Values of `item.at_work`.
BESIDE_OTHERS, ALONE = 1, 2

_COLUMNS = (
    "number, id, owner, kind, options, total, done, failed, state, created, started, finished, "
    "characters, characters_left, webhook_url, webhook_state, webhook_reason"
)


def number_of(db: sqlite3.Connection, id: str, owner: str | None) -> int:
    """Return the number of an owner's job. Raises `NotFound`."""
    row = db.execute("SELECT number FROM job WHERE id = ? AND owner IS ?", (id, owner)).fetchone()
    if row is None:
        raise NotFound(
            "there is no job with this id: jobs are kept for 30 days after their end, and only "
            "the API key that created a job can see it"
        )
    return int(row[0])


def is_open(db: sqlite3.Connection, number: int) -> bool:
    """Return whether a job exists and has not ended."""
    query = f"SELECT count(*) FROM job WHERE number = ? AND {OPEN}"
    return bool(db.execute(query, (number,)).fetchone()[0])


def count_unfinished(db: sqlite3.Connection) -> int:
    """Return the number of articles that wait or run, of all jobs."""
    row = db.execute(f"SELECT total(total - done - failed) FROM job WHERE {OPEN}").fetchone()
    return int(row[0])


def waiting_jobs(db: sqlite3.Connection) -> list[WaitingJob]:
    """Return the jobs that have not ended; each has an article left."""
    rows = db.execute(
        f"SELECT number, owner, total - done - failed, characters_left FROM job WHERE {OPEN}"
    )
    return [WaitingJob(*row) for row in rows]


def remove_jobs(db: sqlite3.Connection, numbers: Sequence[tuple[int]]) -> None:
    """Remove jobs with their articles and results."""
    db.executemany("DELETE FROM item WHERE job = ?", numbers)
    db.executemany("DELETE FROM job WHERE number = ?", numbers)


def read_job(db: sqlite3.Connection, number: int) -> Job:
    """Return the job of a number that exists."""
    return _job(db.execute(f"SELECT {_COLUMNS} FROM job WHERE number = ?", (number,)).fetchone())


def read_jobs(db: sqlite3.Connection, owner: str | None, count: int) -> list[Job]:
    """Return an owner's last jobs, the newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM job WHERE owner IS ? ORDER BY number DESC LIMIT ?", (owner, count)
    )
    return [_job(row) for row in rows]


def repeated_job(
    db: sqlite3.Connection, owner: str | None, idempotency: Idempotency | None
) -> Job | None:
    """Return the job of an equal earlier request, or None.

    An equal request has the same key and body. Raises `Conflict` if the key came with another body.
    """
    if idempotency is None:
        return None
    row = db.execute(
        "SELECT number, body_sha256 FROM job "
        "WHERE ifnull(owner, '') = ifnull(?, '') AND idempotency = ?",
        (owner, idempotency.key),
    ).fetchone()
    if row is None:
        return None
    number, body_sha256 = row
    if body_sha256 != idempotency.body_sha256:
        raise Conflict(
            "this Idempotency-Key was used with another body: use a new key for another job, or "
            "send the same body again"
        )
    return read_job(db, number)


def begin_items(
    db: sqlite3.Connection,
    number: int,
    count: int,
    excluded: Collection[int],
    now: float,
) -> list[Item]:
    """Return the first articles of a job to work on beside others.

    `excluded` are numbers of articles to leave out. A queued job becomes running at `now`.
    """
    db.execute(
        "UPDATE job SET state = 'running', started = ? WHERE number = ? AND state = 'queued'",
        (now, number),
    )
    job = read_job(db, number)
    rows = db.execute(
        "SELECT number FROM item WHERE job = ? AND outcome IS NULL ORDER BY number LIMIT ?",
        (number, count + len(excluded)),
    ).fetchall()
    places = [place for (place,) in rows if place not in excluded][:count]
    return [_begin(db, job, place, BESIDE_OTHERS) for place in places]


def begin_alone(db: sqlite3.Connection, number: int, place: int) -> Item | None:
    """Return an article to work on alone, or None if it or its job has ended."""
    if not is_open(db, number):
        return None
    row = db.execute(
        "SELECT 1 FROM item WHERE job = ? AND number = ? AND outcome IS NULL", (number, place)
    ).fetchone()
    return None if row is None else _begin(db, read_job(db, number), place, ALONE)


def speed_of_last(db: sqlite3.Connection, articles: int) -> float | None:
    """Return characters per second of the last articles that were done, or None."""
    rows = db.execute(
        "SELECT began, ended, characters FROM item WHERE outcome = 'done' "
        "ORDER BY ended DESC LIMIT ?",
        (articles,),
    )
    timed = sorted(row for row in rows if row[0] is not None)
    busy = until = 0.0
    for started, ended, _ in timed:
        busy += max(0.0, ended - max(started, until))
        until = max(until, ended)
    return sum(count for _, _, count in timed) / busy if busy > 0 else None


def take_back(db: sqlite3.Connection, number: int, place: int, failed: bool) -> None:
    """End the work on an article without an outcome; `failed` counts the try."""
    db.execute(
        "UPDATE item SET at_work = 0, tries = tries + ? WHERE job = ? AND number = ?",
        (failed, number, place),
    )


def take_back_all(db: sqlite3.Connection) -> list[tuple[int, int, int]]:
    """Do the same for what an ended process left; return job, number and tries of each.

    The try of an article that was worked on alone counts.
    """
    rows = db.execute(
        "UPDATE item SET tries = tries + (at_work = ?), at_work = 0 "
        "WHERE at_work > 0 AND outcome IS NULL RETURNING job, number, tries",
        (ALONE,),
    )
    return sorted(rows.fetchall())


def _begin(db: sqlite3.Connection, job: Job, place: int, at_work: int) -> Item:
    source, tries = db.execute(
        "UPDATE item SET at_work = ? WHERE job = ? AND number = ? RETURNING source, tries",
        (at_work, job.number, place),
    ).fetchone()
    return Item(job.number, job.id, job.kind, job.options, place, source, tries)


def _job(row: tuple[Any, ...]) -> Job:
    number, id, owner, kind, options, total, done, failed, state, *rest = row
    *times, url, webhook_state, reason = rest
    created, started, finished, characters, left = times
    return Job(
        number=number,
        id=id,
        owner=owner,
        kind=kind,
        options=json.loads(options),
        total=total,
        done=done,
        failed=failed,
        state=JobState(state),
        created=created,
        started=started,
        finished=finished,
        characters=characters,
        characters_left=left,
        webhook_url=url,
        webhook_state=WebhookState(webhook_state) if webhook_state else None,
        webhook_reason=reason,
    )
