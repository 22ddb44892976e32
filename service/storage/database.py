"""A SQLite file for data that must last: jobs, corrections, the feed.

A committed change survives kill -9 and a power cut, because each commit syncs the write-ahead log.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import structlog

from service.errors import NotReady, ServiceError
from service.storage.sqlite import Format, Migrations, SqliteFile, advice, is_busy

log = structlog.get_logger()

# Seconds to wait for other processes that write.
_PATIENCE = 10.0


class Database:
    """One connection of a process, used by one thread at a time."""

    def __init__(
        self, path: Path, migrations: Migrations, unusable: type[ServiceError], content: str
    ) -> None:
        """Set the error of every fault, and `content` ("the jobs") for messages."""
        form = Format(migrations, ("PRAGMA synchronous = FULL",))
        self._file = SqliteFile(path, form, patience=_PATIENCE)
        self._unusable = unusable
        self._content = content
        self._closed = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield one consistent view of the data.

        Raises `unusable`, and `NotReady` after `close`.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write all changes to the disk at the end, or none.

        Raises as `reading` does.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Close the file for good."""
        self._closed = True
        self._file.close()

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        if self._closed:
            raise NotReady("the service is shutting down: try again after it restarts")
        try:
            with self._file.transaction(begin) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            log.error("file unusable", path=str(self._file.path), detail=str(error))
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> ServiceError:
        """Return the error for the caller; only the log shows the path."""
        if is_busy(error):
            return self._unusable(
                f"other processes are using the file with {self._content}: try again in a few "
                f"seconds",
                5,
            )
        return self._unusable(
            f"the file with {self._content} cannot be used, and nothing was changed; "
            f"{advice(error, self._content)}; then send the request again",
            60,
        )
