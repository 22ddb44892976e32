"""The data folder: readable by its owner alone, without remains of killed commands."""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path

import structlog

log = structlog.get_logger()

# The names that `sqlite.create` and `copies` give to files until they are whole.
_PARTIAL = re.compile(r".+\.sqlite3\.[a-z0-9_]{8}(-wal|-shm|-journal)?")
_PARTIAL_SECONDS = 60.0


def secure(folder: Path) -> None:
    """Close an existing data folder to others, and delete old partial files.

    Databases get mode 0600, the folder 0700. A folder that cannot be changed stays as it is.
    """
    if not folder.is_dir():
        return
    try:
        _restrict(folder, 0o700)
        for place in (folder, folder / "copies"):
            for path in place.glob("*.sqlite3*"):
                _restrict(path, 0o600)
                if _PARTIAL.fullmatch(path.name) and _age(path) > _PARTIAL_SECONDS:
                    with contextlib.suppress(FileNotFoundError):
                        path.unlink()
    except OSError as error:
        log.warning("data folder not secured", path=str(folder), detail=str(error))


def _restrict(path: Path, mode: int) -> None:
    """Take away the rights of others, if the file is this user's."""
    with contextlib.suppress(FileNotFoundError):
        status = path.stat()
        if status.st_uid == os.geteuid() and status.st_mode & 0o077:
            path.chmod(mode)


def _age(path: Path) -> float:
    with contextlib.suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime
    return 0.0
