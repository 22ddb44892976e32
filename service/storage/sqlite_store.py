"""A store in one SQLite file of limited size, with LRU eviction.

Reading and writing have separate connections: in WAL mode a reader waits for no writer, of this
process or another. The time of an entry's last use is held in memory until the next `put`.
"""

from __future__ import annotations

import math
import sqlite3
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog
from filelock import FileLock

from service.storage.cache_file import (
    WRITE_SECONDS,
    DamagedTwice,
    OpenFile,
    count,
    delete_all,
    is_damage,
    open_file,
    used_bytes,
)
from service.storage.sqlite import (
    advice,
    is_busy,
    make_private,
    move_aside,
    pragma,
    transaction,
)
from service.storage.store import Level, StoreStats

log = structlog.get_logger()

# Older versions of SQLite allow 999 variables in a statement.
_KEYS_PER_QUERY = 500
# Time before a retry, if the file cannot be opened or the disk is full.
_RETRY_SECONDS = 30.0
# Times of use in memory. At the first number they are written even without a `put`. Above the
# second, which is reached only if writing fails, the oldest are dropped.
_FLUSH_TOUCHED = 5_000
_MAX_TOUCHED = 20_000
_EVICTION_CHUNK = 2_000  # entries
_MAX_FREED = 5_000  # pages in one `put`: after a lower limit it takes several
# Size after an eviction, as a share of the limit.
_EVICT_TO_PERCENT = 90
# Maximum time in which one `put` evicts: while the file is over the limit, and below it. The next
# `put` goes on: a tenth of a gigabyte takes half a minute.
_EVICT_SECONDS_OVER = 2.0
_EVICT_SECONDS = 0.2


class SQLiteStore:
    """The `Store` in a file. A damaged file is renamed once, to `*.damaged`."""

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self._limit = limit_bytes
        # Locks. Code that needs both acquires `_writing` first.
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._file: OpenFile | None = None
        self._closed = False
        self._moved_aside = False
        self._next_open = 0.0
        self._next_write = 0.0
        self._touched: dict[tuple[Level, bytes], int] = {}
        self._last_use = 0
        self._evicting = False
        self._evictions = 0
        self._problem: str | None = None
        self._open()

    @property
    def problem(self) -> str | None:
        return self._problem

    def get(self, level: Level, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        self._open()
        with self._reading:
            if (file := self._file) is None:
                return found
            failure: sqlite3.Error | None = None
            try:
                for at in range(0, len(keys), _KEYS_PER_QUERY):
                    part = keys[at : at + _KEYS_PER_QUERY]
                    marks = ",".join("?" * len(part))
                    rows = file.reader.execute(
                        f"SELECT key, value FROM entry WHERE level = ? AND key IN ({marks})",
                        (level, *part),
                    )
                    found.update(rows.fetchall())
            except sqlite3.Error as error:
                failure = error
            else:
                self._touch(level, found)
            flush = len(self._touched) >= _FLUSH_TOUCHED
        if failure is not None:
            self._handle(file, failure)
            return {}
        if flush:
            self._write_touched(seconds=0)
        return found

    def put(self, level: Level, entries: Mapping[bytes, bytes]) -> None:
        """Add values, except those over half of the limit; the first value stays."""
        rows = [(key, value) for key, value in entries.items() if len(value) <= self._limit // 2]
        self._open()
        if rows:
            self._write(level, rows, WRITE_SECONDS)

    def stats(self) -> StoreStats | None:
        self._open()
        with self._reading:
            if (file := self._file) is None:
                return None
            try:
                counts = dict(file.reader.execute("SELECT level, entries FROM tally").fetchall())
                used = used_bytes(file.reader)
            except sqlite3.Error as error:
                failure = error
            else:
                entries = {level: counts.get(level, 0) for level in Level}
                return StoreStats(entries, used, self._evictions)
        self._handle(file, failure)
        return None

    def clear(self) -> int | None:
        self._open()
        with self._writing:
            if (file := self._file) is None:
                return None
            try:
                return delete_all(file.writer)
            except sqlite3.Error as error:
                failure = error
        self._handle(file, failure, writing=True)
        return None

    def close(self) -> None:
        self._write_touched(WRITE_SECONDS)
        with self._writing, self._reading:
            self._closed = True
            if self._file is not None:
                self._file.close()
                self._file = None

    def _touch(self, level: Level, keys: Mapping[bytes, bytes]) -> None:
        """Set the time of use of entries to now; the caller holds `_reading`."""
        now = self._now()
        for key in keys:
            # Removed first, so that the dict is in order of use.
            self._touched.pop((level, key), None)
            self._touched[level, key] = now
        while len(self._touched) > _MAX_TOUCHED:
            del self._touched[next(iter(self._touched))]

    def _now(self) -> int:
        """Return increasing nanoseconds since 1970; the caller holds `_reading`."""
        self._last_use = max(self._last_use + 1, time.time_ns())
        return self._last_use

    def _write_touched(self, seconds: float) -> None:
        """Write the times of use without a `put`; wait at most `seconds`."""
        if self._touched:
            self._write(None, [], seconds)

    def _write(self, level: Level | None, rows: list[tuple[bytes, bytes]], seconds: float) -> None:
        """Write new entries, and the times of use of others."""
        if time.monotonic() < self._next_write:
            return
        if not self._writing.acquire(timeout=seconds):
            if rows:
                log.info("cache busy", detail="another thread is writing")
            return
        try:
            if (file := self._file) is None:
                return
            try:
                file.writer.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
                with transaction(file.writer):
                    now = self._take_touched(file.writer)
                    done = file.writer.executemany(
                        "INSERT OR IGNORE INTO entry (level, key, used, value) VALUES (?, ?, ?, ?)",
                        [(level, key, now, value) for key, value in rows],
                    )
                    if level is not None:
                        count(file.writer, level, done.rowcount)
                if rows:
                    self._evict(file.writer)
            except sqlite3.Error as error:
                failure = error
            else:
                self._report_recovery()
                return
        finally:
            self._writing.release()
        self._handle(file, failure, writing=True)

    def _take_touched(self, writer: sqlite3.Connection) -> int:
        """Write the times of use, and return the current one.

        If the transaction fails, the times are lost: the eviction order is less exact, but no
        entry is lost.
        """
        with self._reading:
            touched, self._touched = self._touched, {}
            now = self._now()
        writer.executemany(
            "UPDATE entry SET used = max(used, ?) WHERE level = ? AND key = ?",
            [(used, level, key) for (level, key), used in touched.items()],
        )
        return now

    def _evict(self, writer: sqlite3.Connection) -> None:
        """Above the limit, delete the least recently used entries, free pages."""
        used = used_bytes(writer)
        self._evicting = self._evicting or used > self._limit
        goal = self._limit * _EVICT_TO_PERCENT // 100
        began = time.monotonic()
        while self._evicting:
            allowed = _EVICT_SECONDS if used <= self._limit else _EVICT_SECONDS_OVER
            if time.monotonic() - began > allowed:
                break
            # Other processes may write between two chunks.
            self._evicting = used > goal and self._evict_oldest(writer, used - goal) > 0
            used = used_bytes(writer)
        over = pragma(writer, "page_count") - self._limit // pragma(writer, "page_size")
        if over > 0:
            # `execute` would free one page only: a row without columns ends it.
            writer.executescript(f"PRAGMA incremental_vacuum({min(over, _MAX_FREED)})")

    def _evict_oldest(self, writer: sqlite3.Connection, excess: int) -> int:
        """Delete a chunk of about `excess` bytes; return the number of entries."""
        with transaction(writer):
            oldest = []
            for level, key, size in writer.execute(
                "SELECT level, key, length(value) FROM entry ORDER BY used LIMIT ?",
                (_EVICTION_CHUNK,),
            ).fetchall():
                if excess <= 0:
                    break
                oldest.append((level, key))
                # A high estimate, so that too few are deleted, not too many: a row over about
                # 1000 bytes uses whole pages, and pages are not full.
                excess -= size + len(key) + 200 + (4096 if size > 900 else 0)
            # In the order of the file, each page changes only once.
            oldest.sort()
            writer.executemany("DELETE FROM entry WHERE level = ? AND key = ?", oldest)
            levels = [level for level, _ in oldest]
            for level in Level:
                count(writer, level, -levels.count(level))
        self._evictions += len(oldest)
        return len(oldest)

    def _open(self) -> None:
        """Open the file, unless it is open or was tried a short time ago."""
        if self._file is not None or self._closed or time.monotonic() < self._next_open:
            return
        with self._writing, self._reading:
            if self._file is None and not self._closed and time.monotonic() >= self._next_open:
                self._open_now()

    def _open_now(self, damaged: OpenFile | None = None) -> None:
        """Open the file, and first rename `damaged` if it is still there.

        The caller holds both locks.
        """
        try:
            make_private(self._path.parent)
            # Only one process at a time creates a file or renames a damaged one.
            with FileLock(f"{self._path}.lock", timeout=WRITE_SECONDS):
                if damaged is not None and self._path.stat().st_ino == damaged.inode:
                    self._move_aside()
                try:
                    self._file = open_file(self._path)
                except sqlite3.Error as error:
                    if not is_damage(error):
                        raise
                    self._move_aside()
                    self._file = open_file(self._path)
        # NotImplementedError: the file system has no locks.
        except (sqlite3.Error, OSError, NotImplementedError) as error:
            twice = isinstance(error, DamagedTwice)
            self._go_without_file(error, math.inf if twice else _RETRY_SECONDS)
        else:
            self._next_write = 0.0
            self._report_recovery()

    def _go_without_file(self, error: Exception, seconds: float) -> None:
        """Close the file for some time; the caller holds both locks."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._next_open = time.monotonic() + seconds
        self._report(
            f"the cache {self._path} cannot be used, and Kabar goes on without it: no work is "
            f"lost, but every sentence is translated again; {advice(error, 'the cache')}"
        )

    def _move_aside(self) -> None:
        if self._moved_aside:
            raise DamagedTwice("it was damaged twice: check the disk, then start Kabar again")
        move_aside(self._path)
        self._moved_aside = True
        log.warning(
            "cache damaged",
            detail=f"the cache {self._path} was damaged and is now {self._path}.damaged, which "
            f"may be deleted; Kabar uses an empty one, and sentences are translated again",
        )

    def _handle(self, file: OpenFile, error: sqlite3.Error, *, writing: bool = False) -> None:
        """Handle a fault; the caller holds no lock."""
        if is_busy(error):
            log.info("cache busy", detail=str(error))
        elif writing and not is_damage(error):
            self._next_write = time.monotonic() + _RETRY_SECONDS
            self._report(
                f"the cache {self._path} takes nothing new; its entries are still used, and Kabar "
                f"tries to write again every 30 s; {advice(error, 'the cache')}"
            )
        else:
            with self._writing, self._reading:
                if self._file is not file:
                    return  # another thread has handled it
                if not is_damage(error):
                    self._go_without_file(error, _RETRY_SECONDS)
                    return
                file.close()
                self._file = None
                self._touched.clear()
                self._open_now(file)

    def _report(self, problem: str) -> None:
        if problem != self._problem:
            log.warning("cache unusable", detail=problem)
        self._problem = problem

    def _report_recovery(self) -> None:
        if self._problem is not None:
            log.info("cache usable again", detail=f"the cache {self._path} is in use")
        self._problem = None
