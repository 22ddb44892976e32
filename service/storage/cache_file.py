"""The SQLite file of the cache: its tables and its two connections."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from service.storage import sqlite

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

_FORMAT = sqlite.Format(
    _MIGRATIONS,
    (
        # After a power cut the last entries may be missing, but the file is whole.
        "PRAGMA synchronous = NORMAL",
        f"PRAGMA journal_size_limit = {_LOG_BYTES}",
        f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}",
    ),
    at_creation=("PRAGMA auto_vacuum = INCREMENTAL",),
)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A connection that reads, one that writes, and the file's inode."""

    reader: sqlite3.Connection
    writer: sqlite3.Connection
    inode: int

    def close(self) -> None:
        """Close both; a fault in doing so does not matter any more."""
        for connection in (self.reader, self.writer):
            with contextlib.suppress(sqlite3.Error):
                connection.close()


def open_file(path: Path) -> OpenFile:
    """Open the file, made where there is none. Other processes must not do so meanwhile."""
    if not path.exists():
        sqlite.create(path, _FORMAT)
    writer = sqlite.connect(path, _FORMAT, WRITE_SECONDS)
    try:
        return OpenFile(sqlite.connect(path, _FORMAT, _READ_SECONDS), writer, path.stat().st_ino)
    except BaseException:
        writer.close()
        raise


def is_damage(error: Exception) -> bool:
    """Return whether the file is unusable; a table that is missing counts (SQLITE_ERROR)."""
    return sqlite.is_damage(error) or sqlite.code(error) == sqlite3.SQLITE_ERROR


def used_bytes(connection: sqlite3.Connection) -> int:
    """Return the bytes of the file's pages, free ones left out."""
    pages = sqlite.pragma(connection, "page_count") - sqlite.pragma(connection, "freelist_count")
    return pages * sqlite.pragma(connection, "page_size")
