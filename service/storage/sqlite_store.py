"""A store in one SQLite file, bounded in bytes; what was used longest ago goes first.

Reading and writing have a connection each: in WAL mode a reader waits for no writer, of this
process or another. When an entry was read is noted in memory and written with the next `put`.
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
    OpenFile,
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

# SQLite's limit on variables in one statement was 999 for years.
_KEYS_AT_ONCE = 500
# For how long a file that cannot be opened, or a disk that is full, is left alone.
_REST_SECONDS = 30.0
# Times of use in memory: written also without a `put` from the first number on; the oldest are
# forgotten from the second on, where they cannot be written.
_TOUCHED_ENOUGH = 5_000
_TOUCHED_TOO_MANY = 20_000
_EVICTED_AT_ONCE = 2_000
_FREED_AT_ONCE = 5_000  # pages; those of a lowered limit take several puts
# What an eviction leaves, of the limit.
_KEPT_PERCENT = 90
# For how long one `put` may evict: while the file is over the limit, and below it. The rest is
# left to the next one: a tenth of a gigabyte takes half a minute.
_EVICT_SECONDS_OVER = 2.0
_EVICT_SECONDS = 0.2


class SQLiteStore:
    """See `Store`. A file that is damaged is moved aside once, to `*.damaged`."""

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self._limit = limit_bytes
        # Where both are needed, `_writing` is taken first.
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._file: OpenFile | None = None
        self._closed = False
        self._moved_aside = False
        self._open_again = 0.0
        self._write_again = 0.0
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
                for at in range(0, len(keys), _KEYS_AT_ONCE):
                    part = keys[at : at + _KEYS_AT_ONCE]
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
            many = len(self._touched) >= _TOUCHED_ENOUGH
        if failure is not None:
            self._failed(file, failure)
            return {}
        if many:
            self._write_touched(seconds=0)
        return found

    def put(self, level: Level, entries: Mapping[bytes, bytes]) -> None:
        """See `Store`. A value over half of the limit is not kept."""
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
        self._failed(file, failure)
        return None

    def close(self) -> None:
        self._write_touched(WRITE_SECONDS)
        with self._writing, self._reading:
            self._closed = True
            if self._file is not None:
                self._file.close()
                self._file = None

    def _touch(self, level: Level, keys: Mapping[bytes, bytes]) -> None:
        """Note that entries were used just now; with `_reading` held."""
        now = self._now()
        for key in keys:
            # Put in anew, so that the oldest stand first.
            self._touched.pop((level, key), None)
            self._touched[level, key] = now
        while len(self._touched) > _TOUCHED_TOO_MANY:
            del self._touched[next(iter(self._touched))]

    def _now(self) -> int:
        """Nanoseconds since 1970, later each time; with `_reading` held."""
        self._last_use = max(self._last_use + 1, time.time_ns())
        return self._last_use

    def _write_touched(self, seconds: float) -> None:
        """Write the times of use without a `put`, where the file is free in so many seconds."""
        if self._touched:
            self._write(None, [], seconds)

    def _write(self, level: Level | None, rows: list[tuple[bytes, bytes]], seconds: float) -> None:
        """Write entries, and the times of use of others."""
        if time.monotonic() < self._write_again:
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
                        _count(file.writer, level, done.rowcount)
                if rows:
                    self._evict(file.writer)
            except sqlite3.Error as error:
                failure = error
            else:
                self._works()
                return
        finally:
            self._writing.release()
        self._failed(file, failure, writing=True)

    def _take_touched(self, writer: sqlite3.Connection) -> int:
        """Write the times of use, and give the one that it is now.

        If the transaction fails, they are forgotten: that costs a little order, no entry.
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
        """When over the limit, delete what was used longest ago, and give the disk its pages."""
        used = used_bytes(writer)
        self._evicting = self._evicting or used > self._limit
        goal = self._limit * _KEPT_PERCENT // 100
        began = time.monotonic()
        while self._evicting:
            allowed = _EVICT_SECONDS if used <= self._limit else _EVICT_SECONDS_OVER
            if time.monotonic() - began > allowed:
                break
            # Others may write between two chunks.
            self._evicting = used > goal and self._evict_oldest(writer, used - goal) > 0
            used = used_bytes(writer)
        over = pragma(writer, "page_count") - self._limit // pragma(writer, "page_size")
        if over > 0:
            # `execute` would give back one page: it takes a row without columns for the end.
            writer.executescript(f"PRAGMA incremental_vacuum({min(over, _FREED_AT_ONCE)})")

    def _evict_oldest(self, writer: sqlite3.Connection, excess: int) -> int:
        """Delete a chunk, not much more than `excess` bytes; how many entries these were."""
        with transaction(writer):
            going = []
            for level, key, size in writer.execute(
                "SELECT level, key, length(value) FROM entry ORDER BY used LIMIT ?",
                (_EVICTED_AT_ONCE,),
            ).fetchall():
                if excess <= 0:
                    break
                going.append((level, key))
                # Rather too much, so that not too many go: rows over about 1000 bytes have
                # whole pages of their own, and pages are not full.
                excess -= size + len(key) + 200 + (4096 if size > 900 else 0)
            # In the order of the file every page is changed once.
            going.sort()
            writer.executemany("DELETE FROM entry WHERE level = ? AND key = ?", going)
            levels = [level for level, _ in going]
            for level in Level:
                _count(writer, level, -levels.count(level))
        self._evictions += len(going)
        return len(going)

    def _open(self) -> None:
        """Open the file where it is not open, and its turn to be tried has come."""
        if self._file is not None or self._closed or time.monotonic() < self._open_again:
            return
        with self._writing, self._reading:
            if self._file is None and not self._closed and time.monotonic() >= self._open_again:
                self._open_now()

    def _open_now(self, damaged: OpenFile | None = None) -> None:
        """With both locks held. `damaged` was found so, and is moved aside if it is still there."""
        try:
            make_private(self._path.parent)
            # Of several processes only one makes a new file, or moves a damaged one aside.
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
        # NotImplementedError: the file system knows no locks.
        except (sqlite3.Error, OSError, NotImplementedError) as error:
            self._not_open(error, math.inf if isinstance(error, _DamagedTwice) else _REST_SECONDS)
        else:
            self._write_again = 0.0
            self._works()

    def _not_open(self, error: Exception, seconds: float) -> None:
        """Go on without the file; with both locks held."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._open_again = time.monotonic() + seconds
        self._fails(
            f"the cache {self._path} cannot be used, and Kabar is going on without it: no work is "
            f"lost, but every sentence is translated again; {advice(error, 'the cache')}"
        )

    def _move_aside(self) -> None:
        if self._moved_aside:
            raise _DamagedTwice("it was damaged twice: look at the disk, then start Kabar again")
        move_aside(self._path)
        self._moved_aside = True
        log.warning(
            "cache damaged",
            detail=f"the cache {self._path} was damaged and is now {self._path}.damaged, which "
            f"may be deleted; an empty one is in use, and sentences are translated again",
        )

    def _failed(self, file: OpenFile, error: sqlite3.Error, *, writing: bool = False) -> None:
        """See to a fault; with no lock held."""
        if is_busy(error):
            log.info("cache busy", detail=str(error))
        elif writing and not is_damage(error):
            self._write_again = time.monotonic() + _REST_SECONDS
            self._fails(
                f"the cache {self._path} takes nothing new; entries in it are still used, and "
                f"writing is tried again every 30 s; {advice(error, 'the cache')}"
            )
        else:
            with self._writing, self._reading:
                if self._file is not file:
                    return  # another thread has seen to it
                if not is_damage(error):
                    self._not_open(error, _REST_SECONDS)
                    return
                file.close()
                self._file = None
                self._touched.clear()
                self._open_now(file)

    def _fails(self, problem: str) -> None:
        if problem != self._problem:
            log.warning("cache unusable", detail=problem)
        self._problem = problem

    def _works(self) -> None:
        if self._problem is not None:
            log.info("cache usable again", detail=f"the cache {self._path} is in use")
        self._problem = None


class _DamagedTwice(sqlite3.DatabaseError):
    """A new file was damaged as the one before."""


def _count(writer: sqlite3.Connection, level: Level, more: int) -> None:
    writer.execute(
        "INSERT INTO tally VALUES (?, ?) "
        "ON CONFLICT (level) DO UPDATE SET entries = entries + excluded.entries",
        (level, more),
    )
