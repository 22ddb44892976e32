"""The SQLite file of a store: opening it, bringing it to this version, moving a damaged one aside.

Everything here raises `sqlite3.Error` or `OSError`: the store makes of that what it must.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Append only: file version n has had the first n applied.
_MIGRATIONS = (
    ("CREATE TABLE sentence (key BLOB PRIMARY KEY, hypothesis TEXT NOT NULL) WITHOUT ROWID",),
    (
        "DROP TABLE IF EXISTS sentence",
        """
        CREATE TABLE entry (
            level TEXT NOT NULL,
            key BLOB NOT NULL,
            used INTEGER NOT NULL,  -- when last: nanoseconds since 1970
            value BLOB NOT NULL,
            PRIMARY KEY (level, key)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX entry_used ON entry (used)",
        # How many entries there are: counting a million takes a second.
        "CREATE TABLE tally (level TEXT PRIMARY KEY, entries INTEGER NOT NULL) WITHOUT ROWID",
    ),
)

# A reader is held up only where another process recovers or closes the file: that is a miss.
_READ_SECONDS = 0.1
# The writers of other processes hold the file for milliseconds; who waits longer has lost more
# time than the entry saves.
WRITE_SECONDS = 2.0
# The write-ahead log is cut back to this when it has been copied into the file.
_LOG_BYTES = 16 * 2**20
# So that the pages which one eviction changes are written once.
_CACHE_KIBIBYTES = 16 * 1024

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# SQLITE_ERROR: a table or column that is not there, in a file of the right version.
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A connection that reads, one that writes, and which file they have."""

    reader: sqlite3.Connection
    writer: sqlite3.Connection
    inode: int

    def close(self) -> None:
        """Close both; a fault in doing so is of no interest any more."""
        for connection in (self.reader, self.writer):
            with contextlib.suppress(sqlite3.Error):
                connection.close()


def open_file(path: Path) -> OpenFile:
    """Open the file, made or migrated where needed. Other processes must not do so meanwhile."""
    writer = _connection(path, WRITE_SECONDS)
    try:
        version = pragma(writer, "user_version")
        if version > len(_MIGRATIONS):
            raise sqlite3.DatabaseError("it was written by a newer Kabar")
        if version < len(_MIGRATIONS):
            # Takes effect where there is no table yet, or with VACUUM.
            writer.execute("PRAGMA auto_vacuum = INCREMENTAL")
        writer.execute("PRAGMA journal_mode = WAL")
        # After a power cut the last entries may be missing, never the file damaged.
        writer.execute("PRAGMA synchronous = NORMAL")
        writer.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
        writer.execute(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
        if version < len(_MIGRATIONS):
            with transaction(writer):
                for migration in _MIGRATIONS[version:]:
                    for statement in migration:
                        writer.execute(statement)
                writer.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
        if version == 1:
            # The file may have been of any size, and is empty now. It works without, too.
            with contextlib.suppress(sqlite3.Error):
                writer.execute("VACUUM")
        return OpenFile(_connection(path, _READ_SECONDS), writer, path.stat().st_ino)
    except BaseException:
        writer.close()
        raise


def move_aside(path: Path) -> None:
    """Rename the file, and what SQLite keeps beside it, to `*.damaged`."""
    # The log before the file: a log alone would be taken for the next file's.
    for suffix in ("-wal", "-shm", ""):
        target = Path(f"{path}.damaged{suffix}")
        target.unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(target)


@contextlib.contextmanager
def transaction(writer: sqlite3.Connection) -> Iterator[None]:
    """All that is written inside is kept, or nothing."""
    writer.execute("BEGIN IMMEDIATE")
    try:
        yield
        writer.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            if writer.in_transaction:
                writer.execute("ROLLBACK")
        raise


def pragma(connection: sqlite3.Connection, name: str) -> int:
    """The value of a pragma that is a number."""
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def used_bytes(connection: sqlite3.Connection) -> int:
    """What the file's pages hold, the free ones not counted."""
    pages = pragma(connection, "page_count") - pragma(connection, "freelist_count")
    return pages * pragma(connection, "page_size")


def is_busy(error: Exception) -> bool:
    """Whether the file is only held by another process at this moment."""
    return _code(error) in _BUSY


def is_damage(error: Exception) -> bool:
    """Whether the file is none of ours, or not any more."""
    return _code(error) in _DAMAGE


def _code(error: Exception) -> int:
    # Extended codes have the primary one in their lowest byte; Python's own errors have none.
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _connection(path: Path, seconds: float) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=seconds, isolation_level=None, check_same_thread=False)
