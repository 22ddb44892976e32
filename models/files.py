"""Model folders that survive crashes, full disks and parallel processes."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from models.errors import BuildFailed, ModelCorrupt, NoSpace

MANIFEST = "manifest.json"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_disk_full(error: OSError) -> bool:
    """Return whether a full disk, a quota or a size limit stopped the writing."""
    return error.errno in _FULL


def writable_by_others(path: Path) -> str | None:
    """Return why another user could change a file or folder, or None.

    Such a user owns the path or a folder above it, or may write to one of them. Root, root's group
    and the group of this process are trusted. On many systems, every user has a group of their own.
    """
    if not hasattr(os, "getuid"):  # this system has no such owners
        return None
    resolved = path.resolve()
    for place in (resolved, *resolved.parents):
        about = place.stat()
        if about.st_uid not in (0, os.getuid()):
            return f"{place} belongs to another user (id {about.st_uid})"
        if place != resolved and about.st_mode & stat.S_ISVTX:
            continue  # as in /tmp: only the owner of a file may replace it
        if about.st_mode & stat.S_IWOTH:
            return f"every user may write to {place}"
        if about.st_mode & stat.S_IWGRP and about.st_gid not in (0, os.getgid()):
            return f"another group (id {about.st_gid}) may write to {place}"
    return None


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Flush a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_manifest(folder: Path, about: dict[str, str]) -> None:
    """Write `about` and the sha256 of every file, and flush all to the disk."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        **about,
        "files": {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths},
    }
    target = folder / MANIFEST
    target.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    for path in (*paths, target, folder):
        flush(path)


def read_manifest(folder: Path) -> dict[str, object]:
    """Read a folder's manifest. Raises `ModelCorrupt`."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if not isinstance(manifest["files"], dict):
            raise TypeError("files is not an object")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelCorrupt(
            f"the model in {folder} has no readable {MANIFEST} ({error}): "
            f"rebuild it with `kabar models build --force`"
        ) from error
    return manifest  # type: ignore[no-any-return]


def verify_manifest(folder: Path) -> int:
    """Check every file's sha256; return their number. Raises `ModelCorrupt`."""
    listed: dict[str, str] = read_manifest(folder)["files"]  # type: ignore[assignment]
    rebuild = "rebuild the model with `kabar models build --force`"
    for name, expected in listed.items():
        path = folder / name
        if not path.is_file():
            raise ModelCorrupt(f"{path} is missing: {rebuild}")
        if sha256_of(path) != expected:
            raise ModelCorrupt(f"{path} is damaged (its sha256 is not {expected}): {rebuild}")
    return len(listed)


def manifest_hash(folder: Path) -> str:
    """Return one hash for a model: sha256 over its files' names and hashes."""
    listed: dict[str, str] = read_manifest(folder)["files"]  # type: ignore[assignment]
    text = "\n".join(f"{name} {digest}" for name, digest in sorted(listed.items()))
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def locked(folder: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """Lock a folder, so that one process at a time makes it.

    `progress` reports a wait. Raises `NoSpace` or `BuildFailed` if the lock cannot be made.
    """
    from filelock import FileLock, Timeout

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(str(folder.parent / f"{folder.name}.lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress("waiting for another process, which is making this")
            lock.acquire()
    except OSError as error:
        if is_disk_full(error):
            raise NoSpace(
                f"there is no space for models under {folder.parent} ({error}): free some, or set "
                f"KABAR_DATA_DIR to a folder on another disk"
            ) from error
        raise BuildFailed(
            f"cannot write to {folder.parent} ({error}): set KABAR_DATA_DIR to a folder you "
            f"can write to"
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that replaces `folder` if the block succeeds.

    If writing fails, removes the new folder and raises `NoSpace` or `BuildFailed`.
    """
    for stale in folder.parent.glob(f"{folder.name}.partial-*"):
        shutil.rmtree(stale, ignore_errors=True)
    partial = folder.parent / f"{folder.name}.partial-{os.getpid()}"
    try:
        partial.mkdir()
        yield partial
        if folder.exists():
            old = folder.parent / f"{partial.name}.old"
            folder.rename(old)
            partial.rename(folder)
            shutil.rmtree(old, ignore_errors=True)
        else:
            partial.rename(folder)
        flush(folder.parent)
    except OSError as error:
        if is_disk_full(error):
            raise NoSpace(
                f"the disk of {folder.parent} filled up, and the partial files were removed: free "
                f"some space, or set KABAR_DATA_DIR to a folder on another disk"
            ) from error
        raise BuildFailed(f"cannot write the model to {folder}: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
