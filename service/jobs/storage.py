"""The file of the jobs: one SQLite database that is opened when it is first needed.

What was committed survives kill -9 and a power cut: the write-ahead log is synced at each commit.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import structlog

from service.errors import NotReady, ServiceError

log = structlog.get_logger()

# How long to wait for other processes that write, in seconds.
_PATIENCE = 10

_FREE_SPACE = "the disk is full: free some space"
_NO_PERMISSION = "it cannot be written: set KABAR_DATA_DIR to a folder that Kabar may write to"

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
        # A unique index takes each NULL for another value; requests without a key have NULL.
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
            source BLOB,  -- JSON; gone once it is not needed any more
            characters INTEGER NOT NULL,
            tries INTEGER NOT NULL DEFAULT 0,  -- that were begun and did not end well
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
)


class LedgerUnusable(ServiceError):
    """The file of the jobs cannot be read or written; nothing was promised."""

    slug = "jobs-unusable"
    title = "Jobs cannot be kept at the moment"
    status = 503


class JobFile:
    """One connection that threads take turns with; any number of processes have theirs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view for all that is read. Raises `LedgerUnusable`."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All that is written, or nothing; on the disk when this ends. Raises `LedgerUnusable`."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Close the file for good."""
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._closed:
                raise NotReady("the service is ending: try again when it is back")
            try:
                if self._connection is None:
                    self._connection = self._open()
                self._connection.execute(begin)
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                finally:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
            except (sqlite3.Error, OSError) as error:
                log.error("jobs file", path=str(self._path), detail=str(error))
                raise _fault(error) from error

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            # Before SQLite makes it with the mode that the umask allows; its other files follow.
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL, 0o600))
        connection = sqlite3.connect(
            self._path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        try:
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous = FULL")
            if _version(connection) != len(_MIGRATIONS):
                _migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    # SQLite does not wait for others in this one statement.
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not _busy(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    version = _version(connection)
    if version > len(_MIGRATIONS):
        raise sqlite3.DatabaseError("it was written by a newer Kabar")
    for migration in _MIGRATIONS[version:]:
        for statement in migration:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _code(error: Exception) -> int:
    """SQLite's primary result code; 0 where the error is not SQLite's own."""
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _busy(error: Exception) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _fault(error: Exception) -> LedgerUnusable:
    """What to do about a failure of the file; its path is for the log alone."""
    if _busy(error):
        return LedgerUnusable(
            "other processes keep the file of the jobs busy: try again in a few seconds", 5
        )
    no_space = isinstance(error, OSError) and error.errno == errno.ENOSPC
    match _code(error):
        case sqlite3.SQLITE_FULL:
            advice = _FREE_SPACE
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            advice = (
                "the file is damaged: move it away, which loses the jobs in it, or restore it "
                "from a backup"
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            advice = _NO_PERMISSION
        case sqlite3.SQLITE_IOERR:
            advice = f"the disk failed ({error}): see that it has space and is in order"
        case _ if isinstance(error, OSError):
            advice = _FREE_SPACE if no_space else _NO_PERMISSION
        case _:
            advice = f"{error}: the log of the service names the file"
    return LedgerUnusable(
        f"the file of the jobs cannot be used, so that nothing was changed; {advice}, and send "
        f"the request again",
        60,
    )
