"""Jobs as rows of the ledger's file."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from service.errors import NotFound
from service.jobs.records import Job, JobState, WebhookState

# What is true of a job that has not ended.
OPEN = "state IN ('queued', 'running')"

_COLUMNS = (
    "number, id, owner, kind, options, total, done, failed, state, created, started, finished, "
    "characters, characters_left, webhook_url, webhook_state, webhook_reason"
)


def number_of(db: sqlite3.Connection, id: str, owner: str | None) -> int:
    """The number of the job of that id. Raises `NotFound`, also where it is another owner's."""
    row = db.execute("SELECT number FROM job WHERE id = ? AND owner IS ?", (id, owner)).fetchone()
    if row is None:
        raise NotFound(
            "there is no job of this id: jobs are kept for 30 days after their end, and only the "
            "key that made a job sees it"
        )
    return int(row[0])


def unfinished(db: sqlite3.Connection) -> int:
    """How many articles wait or run, of all jobs."""
    row = db.execute(f"SELECT total(total - done - failed) FROM job WHERE {OPEN}").fetchone()
    return int(row[0])


def read_job(db: sqlite3.Connection, number: int) -> Job:
    """The job of that number, which is there."""
    return _job_of(db.execute(f"SELECT {_COLUMNS} FROM job WHERE number = ?", (number,)).fetchone())


def read_jobs(db: sqlite3.Connection, owner: str | None, count: int) -> list[Job]:
    """An owner's last jobs, newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM job WHERE owner IS ? ORDER BY number DESC LIMIT ?", (owner, count)
    )
    return [_job_of(row) for row in rows]


def _job_of(row: tuple[Any, ...]) -> Job:
    number, id, owner, kind, options, total, done, failed, state, *times = row
    *times, url, webhook_state, reason = times
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
