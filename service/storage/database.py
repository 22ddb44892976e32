"""One SQLite file for what must not be lost: opened when first needed, migrated, and told apart in
its faults.

What was committed survives kill -9 and a power cut: the write-ahead log is synced at each commit.
(The cache, which may be lost, has `service.storage.sqlite_file`.)
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog

from service.errors import NotReady, ServiceError

log = structlog.get_logger()

# How long to wait for other processes that write, in seconds.
_PATIENCE = 10

_FREE_SPACE = "the disk is full: free some space"
_NO_PERMISSION = "it cannot be written: set KABAR_DATA_DIR to a folder that Kabar may write to"


class Database:
    """One connection that threads take turns with; any number of processes have theirs."""

    def __init__(
        self,
        path: Path,
        migrations: Sequence[Sequence[str]],
        unusable: type[ServiceError],
        holds: str,
    ) -> None:
        """`migrations` are appended to only: file version n has had the first n applied.
        `unusable` is raised for every fault of the file, and `holds` (`the jobs`) names what is
        in it, for messages."""
        self._path = path
        self._migrations = migrations
        self._unusable = unusable
        self._holds = holds
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view for all that is read. Raises `unusable`."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All that is written, or nothing; on the disk when this ends. Raises `unusable`."""
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
                log.error("a file cannot be used", path=str(self._path), detail=str(error))
                raise self._fault(error) from error

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
            if _version(connection) != len(self._migrations):
                self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        version = _version(connection)
        if version > len(self._migrations):
            raise sqlite3.DatabaseError("it was written by a newer Kabar")
        for migration in self._migrations[version:]:
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(self._migrations)}")
        connection.execute("COMMIT")

    def _fault(self, error: Exception) -> ServiceError:
        """What to do about a failure of the file; its path is for the log alone."""
        if _busy(error):
            return self._unusable(
                f"other processes keep the file of {self._holds} busy: try again in a few seconds",
                5,
            )
        no_space = isinstance(error, OSError) and error.errno == errno.ENOSPC
        match _code(error):
            case sqlite3.SQLITE_FULL:
                advice = _FREE_SPACE
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                advice = (
                    f"the file is damaged: move it away, which loses {self._holds} in it, or "
                    f"restore it from a backup"
                )
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
                advice = _NO_PERMISSION
            case sqlite3.SQLITE_IOERR:
                advice = f"the disk failed ({error}): see that it has space and is in order"
            case _ if isinstance(error, OSError):
                advice = _FREE_SPACE if no_space else _NO_PERMISSION
            case _:
                advice = f"{error}: the log of the service names the file"
        return self._unusable(
            f"the file of {self._holds} cannot be used, so that nothing was changed; {advice}, and "
            f"send the request again",
            60,
        )


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


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _code(error: Exception) -> int:
    """SQLite's primary result code; 0 where the error is not SQLite's own."""
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def _busy(error: Exception) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
