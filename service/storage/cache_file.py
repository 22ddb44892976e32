"""The SQLite file of the cache: its tables and two connections."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from service.storage import sqlite
from service.storage.store import Level

# Append only: file version n has had the first n applied.
_MIGRATIONS = (
    ("CREATE TABLE sentence (key BLOB PRIMARY KEY, hypothesis TEXT NOT NULL) WITHOUT ROWID",),
    (
        "DROP TABLE IF EXISTS sentence",
        """
        CREATE TABLE entry (
            level TEXT NOT NULL,
            key BLOB NOT NULL,
            used INTEGER NOT NULL,  -- time of last use: nanoseconds since 1970
            value BLOB NOT NULL,
            PRIMARY KEY (level, key)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX entry_used ON entry (used)",
        # The number of entries, because counting a million takes a second.
        "CREATE TABLE tally (level TEXT PRIMARY KEY, entries INTEGER NOT NULL) WITHOUT ROWID",
    ),
)

# A reader waits only while another process recovers or closes the file; longer is a cache miss.
_READ_SECONDS = 0.1
# Other processes lock the file for milliseconds. A longer wait costs more than the entry saves.
WRITE_SECONDS = 2.0
# Size of the write-ahead log after its content is copied into the file.
_LOG_BYTES = 16 * 2**20
# Enough to write each page that an eviction changes only once.
_CACHE_KIBIBYTES = 16 * 1024

_FORMAT = sqlite.Format(
    _MIGRATIONS,
    (
        # A power cut may lose the last entries, but does not damage the file.
        "PRAGMA synchronous = NORMAL",
        f"PRAGMA journal_size_limit = {_LOG_BYTES}",
        f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}",
    ),
    at_creation=("PRAGMA auto_vacuum = INCREMENTAL",),
)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A reading connection, a writing connection, and the file's inode."""

    reader: sqlite3.Connection
    writer: sqlite3.Connection
    inode: int

    def close(self) -> None:
        """Close both connections and ignore faults."""
        for connection in (self.reader, self.writer):
            with contextlib.suppress(sqlite3.Error):
                connection.close()


def open_file(path: Path) -> OpenFile:
    """Open the file, or create it; the caller has locked out other processes."""
    if not path.exists():
        sqlite.create(path, _FORMAT)
    writer = sqlite.connect(path, _FORMAT, WRITE_SECONDS)
    try:
        return OpenFile(sqlite.connect(path, _FORMAT, _READ_SECONDS), writer, path.stat().st_ino)
    except BaseException:
        writer.close()
        raise


def is_damage(error: Exception) -> bool:
    """Return whether the file is damaged, or lacks a table (SQLITE_ERROR)."""
    return sqlite.is_damage(error) or sqlite.code(error) == sqlite3.SQLITE_ERROR


def used_bytes(connection: sqlite3.Connection) -> int:
    """Return the bytes in the file's pages, without free pages."""
    pages = sqlite.pragma(connection, "page_count") - sqlite.pragma(connection, "freelist_count")
    return pages * sqlite.pragma(connection, "page_size")


class DamagedTwice(sqlite3.DatabaseError):
    """A new file that is damaged, like the one before."""


def count(writer: sqlite3.Connection, level: Level, more: int) -> None:
    """Add to the number of entries of a level."""
    writer.execute(
        "INSERT INTO tally VALUES (?, ?) "
        "ON CONFLICT (level) DO UPDATE SET entries = entries + excluded.entries",
        (level, more),
    )


def delete_all(writer: sqlite3.Connection) -> int:
    """Delete all entries and free their space; return their number."""
    with sqlite.transaction(writer):
        deleted = writer.execute("DELETE FROM entry").rowcount
        writer.execute("DELETE FROM tally")
    # `execute` would free one page only: a row without columns ends it.
    writer.executescript("PRAGMA incremental_vacuum")
    return deleted
