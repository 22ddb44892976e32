"""Daily copies of the files that must last, and their repair from these copies.

A copy lies in `copies/` beside its file. Where there is a copy, there was a file: a missing one has
vanished, and must not be replaced by an empty one.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import structlog

from service.storage.sqlite import copy_of, make_private, move_aside

log = structlog.get_logger()

DAY_SECONDS = 86_400.0


def copy_daily(paths: Iterable[Path], seconds: float = DAY_SECONDS) -> None:
    """Copy the files whose copies are older than `seconds`; log what cannot be copied."""
    for path in paths:
        copy = copy_of(path)
        try:
            if not path.exists() or (copy.exists() and _age(copy) < seconds):
                continue
            make_private(copy.parent)
            _copy(path, copy)
        except (sqlite3.Error, OSError) as error:
            log.warning("file not copied", path=str(path), detail=str(error))


def repair(path: Path) -> str | None:
    """Put the copy in the place of a vanished, empty or damaged file.

    Returns what was done, or None for a sound file. Raises `OSError` if nothing can be done.
    """
    copy = copy_of(path)
    fault = _fault(path)
    if fault is None or (fault == "is missing" and not copy.exists()):
        return None
    if not copy.exists():
        raise OSError(f"{path} {fault}, and there is no copy of it: put a backup in its place")
    if _fault(copy) is not None:
        raise OSError(f"{path} {fault}, and so is its copy {copy}: put a backup in its place")
    made = datetime.fromtimestamp(copy.stat().st_mtime, UTC)
    move_aside(path)
    _copy(copy, path)
    return (
        f"{path.name} {fault}: replaced by its copy of {made:%Y-%m-%d %H:%M UTC}; the old file is "
        f"{path.name}.damaged; start a running service again"
    )


def _age(path: Path) -> float:
    return time.time() - path.stat().st_mtime


def _fault(path: Path) -> str | None:
    """Return the fault of a file, as a predicate, or None."""
    if not path.exists():
        return "is missing"
    if not path.stat().st_size:
        return "is empty"
    try:
        with closing(_read_only(path)) as connection:
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                return "is empty"
            (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return f"is damaged ({error})"
    return None if result == "ok" else "is damaged"


def _copy(path: Path, target: Path) -> None:
    """Copy a sound file in one step, with all committed changes."""
    handle, name = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)
    os.close(handle)
    partial = Path(name)
    try:
        with closing(_read_only(path)) as source, closing(sqlite3.connect(partial)) as copy:
            source.backup(copy)
            if copy.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("the file is damaged")
        descriptor = os.open(partial, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        partial.replace(target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10)
