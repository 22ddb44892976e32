"""The tables of the job file, and their migrations."""

from __future__ import annotations

from pathlib import Path

from service.errors import ServiceError
from service.storage.database import Database

# Append only: file version n has had the first n applied.
_MIGRATIONS = (
    (
        """
        CREATE TABLE job (
            number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of creation
            id TEXT NOT NULL UNIQUE,
            owner TEXT,  -- id of the API key
            kind TEXT NOT NULL,
            options TEXT NOT NULL,  -- JSON
            total INTEGER NOT NULL,
            done INTEGER NOT NULL DEFAULT 0,
            failed INTEGER NOT NULL DEFAULT 0,
            state TEXT NOT NULL DEFAULT 'queued',  -- queued, running, done, cancelled
            created REAL NOT NULL,
            started REAL,
            finished REAL,
            characters INTEGER NOT NULL,
            characters_left INTEGER NOT NULL,  -- of articles without an outcome
            idempotency TEXT,
            body_sha256 BLOB,
            webhook_url TEXT,
            webhook_secret TEXT,
            webhook_state TEXT,  -- waiting, delivered, given up
            webhook_reason TEXT,  -- why the last try failed
            webhook_tries INTEGER NOT NULL DEFAULT 0,  -- that failed
            webhook_due REAL  -- set when the job ends
        )
        """,
        "CREATE INDEX job_state ON job (state, finished)",
        "CREATE INDEX job_owner ON job (owner, number)",
        # Requests without a key have NULL, and a unique index allows NULL several times.
        """
        CREATE UNIQUE INDEX job_idempotency ON job (ifnull(owner, ''), idempotency)
        WHERE idempotency IS NOT NULL
        """,
        """
        CREATE INDEX job_webhook ON job (webhook_due)
        WHERE webhook_state = 'waiting' AND webhook_due IS NOT NULL
        """,
        """
        CREATE TABLE item (
            job INTEGER NOT NULL,
            number INTEGER NOT NULL,  -- from 0
            source BLOB,  -- JSON; NULL once it is not needed
            characters INTEGER NOT NULL,
            tries INTEGER NOT NULL DEFAULT 0,  -- that failed, by the article's own fault
            outcome TEXT,  -- done, failed
            result BLOB,  -- JSON
            began REAL,
            ended REAL,
            PRIMARY KEY (job, number)
        )
        """,
        "CREATE INDEX item_open ON item (job, number) WHERE outcome IS NULL",
        "CREATE INDEX item_ended ON item (ended) WHERE outcome = 'done'",
    ),
    (
        # 1: beside others; 2: alone. A process that ends leaves it so.
        "ALTER TABLE item ADD COLUMN at_work INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX item_at_work ON item (job, number) WHERE at_work > 0 AND outcome IS NULL",
    ),
)


class JobsUnusable(ServiceError):
    """A failure to read or write the file of the jobs; nothing was accepted."""

    slug = "jobs-unusable"
    title = "Jobs cannot be stored at the moment"
    status = 503


def open_jobs(path: Path) -> Database:
    """Return the file of the jobs, which is opened at first use."""
    return Database(path, _MIGRATIONS, JobsUnusable, "the jobs")
