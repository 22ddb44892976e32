"""A file for data that must not be lost: jobs, corrections, the feed.

A committed change survives kill -9 and a power cut: the write-ahead log is synced at each commit.
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
    """One connection that threads take turns with; every process has its own."""

    def __init__(
        self, path: Path, migrations: Migrations, unusable: type[ServiceError], content: str
    ) -> None:
        """`unusable` is raised for every fault of the file; `content` ("the jobs") names what is
        in it, for messages."""
        form = Format(migrations, ("PRAGMA synchronous = FULL",))
        self._file = SqliteFile(path, form, patience=_PATIENCE)
        self._unusable = unusable
        self._content = content
        self._closed = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield one consistent view. Raises `unusable`, and `NotReady` after `close`."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Keep all that is written, on the disk when this ends, or nothing. Raises as `reading`
        does."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def close(self) -> None:
        """Close the file for good."""
        self._closed = True
        self._file.close()

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        if self._closed:
            raise NotReady("the service is ending: try again when it is back")
        try:
            with self._file.transaction(begin) as connection:
                yield connection
        except (sqlite3.Error, OSError) as error:
            log.error("a file cannot be used", path=str(self._file.path), detail=str(error))
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> ServiceError:
        """Return the error for the caller; the path of the file is for the log alone."""
        if is_busy(error):
            return self._unusable(
                f"other processes keep the file of {self._content} busy: try again in a few "
                f"seconds",
                5,
            )
        return self._unusable(
            f"the file of {self._content} cannot be used, so that nothing was changed; "
            f"{advice(error, self._content)}, and send the request again",
            60,
        )
