"""The file of the API keys: its tables, and a connection that finds out when it is another."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# How long a request waits for a file that is locked, and for how long after that none waits, in
# seconds.
PATIENCE = 1.0
PAUSE = 2.0

# Append only: file version n has had the first n applied.
_MIGRATIONS = (
    """
    CREATE TABLE key (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        secret BLOB NOT NULL,  -- its sha256
        lane TEXT NOT NULL,
        characters_per_day INTEGER,
        requests_per_minute INTEGER,
        created INTEGER NOT NULL,  -- seconds since 1970, like `revoked`
        revoked INTEGER
    );
    CREATE UNIQUE INDEX key_name ON key (name) WHERE revoked IS NULL;
    CREATE TABLE second (
        key TEXT NOT NULL,
        second INTEGER NOT NULL,  -- since 1970
        requests INTEGER NOT NULL,
        characters INTEGER NOT NULL,
        PRIMARY KEY (key, second)
    ) WITHOUT ROWID;
    CREATE TABLE day (
        key TEXT NOT NULL,
        day INTEGER NOT NULL,  -- since 1970, UTC
        requests INTEGER NOT NULL,
        characters INTEGER NOT NULL,
        PRIMARY KEY (key, day)
    ) WITHOUT ROWID;
    """,
)


class KeyFile:
    """One connection to a file that is there, for one thread at a time; opened when it is used,
    and again after a fault or when another file is in its place."""

    def __init__(self, path: Path, *prepare: str, patience: float = PATIENCE) -> None:
        """`prepare` is executed whenever it was opened; `patience` is how many seconds a use waits
        where the file is locked."""
        self._path = path
        self._prepare = prepare
        self._patience = patience
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None
        self._busy_until = 0.0

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection]:
        """The connection, in autocommit.

        Raises what SQLite raises, and `OSError` where there is no file.
        """
        with self._lock:
            if time.monotonic() < self._busy_until:
                # Whoever waited here meanwhile would wait as long again, one after the other.
                raise sqlite3.OperationalError("database is locked")
            try:
                yield self._current()
            except (sqlite3.Error, OSError) as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                    self._busy_until = time.monotonic() + PAUSE
                self._close()
                raise

    def close(self) -> None:
        """Close it; the next use opens it again."""
        with self._lock:
            self._close()

    def _current(self) -> sqlite3.Connection:
        status = self._path.stat()
        identity = (status.st_dev, status.st_ino)
        if self._connection is None or self._opened != identity:
            self._close()
            self._connection = _open(self._path, self._patience)
            self._opened = identity
            for statement in self._prepare:
                self._connection.execute(statement)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _open(path: Path, patience: float) -> sqlite3.Connection:
    """A connection in autocommit to a file that is there and of this version."""
    connection = sqlite3.connect(
        # `mode=rw` also opens what can only be read, and makes no file.
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            # None is ever made like this: there may have been keys in it.
            raise sqlite3.DatabaseError("it is empty")
        if version > len(_MIGRATIONS):
            raise sqlite3.DatabaseError("it was written by a newer Kabar")
        if version < len(_MIGRATIONS):
            _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring a file to this version, wholly or not at all."""
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for migration in _MIGRATIONS[version:]:
            for statement in migration.split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")


def make_key_file(path: Path) -> None:
    """Put an empty ledger in place, whole from its first moment; one that is there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Its mode is 0600, and SQLite gives -wal and -shm the mode of the file.
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    os.close(descriptor)
    made = Path(name)
    try:
        connection = sqlite3.connect(made, isolation_level=None)
        try:
            _migrate(connection)
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        try:
            path.hardlink_to(made)
        except FileExistsError:
            return  # another process was first
    finally:
        made.unlink()
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def fault(path: Path, error: Exception) -> str:
    """What is wrong with the file and what to do; without its folder, for callers may read this."""
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return (
        f"{path.name} in the data folder ({reason}): give Kabar the right to read and write it and "
        f"its folder, free some space, end the program that locks it, or put a sound copy in its "
        f"place"
    )
