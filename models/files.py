"""Writing model folders so that a crash, a full disk or a second process does no harm."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path

from models.errors import ModelCorrupt

MANIFEST = "manifest.json"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_disk_full(error: OSError) -> bool:
    """Whether an error means that no more could be written: disk, quota or size limit."""
    return error.errno in _FULL


def sha256_of(path: Path) -> str:
    """The sha256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Have what was written to a file or a folder reach the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_manifest(folder: Path, about: dict[str, str]) -> None:
    """Record `about` and the sha256 of every file in the folder, and flush all to the disk."""
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
    """What `write_manifest` recorded. Raises `ModelCorrupt`."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if not isinstance(manifest["files"], dict):
            raise TypeError("files is not an object")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelCorrupt(
            f"the model in {folder} has no readable {MANIFEST} ({error}): "
            f"`kabar models build --force` makes it anew"
        ) from error
    return manifest  # type: ignore[no-any-return]


def verify_manifest(folder: Path) -> int:
    """Compare every file with the manifest; the number compared. Raises `ModelCorrupt`."""
    listed: dict[str, str] = read_manifest(folder)["files"]  # type: ignore[assignment]
    for name, expected in listed.items():
        path = folder / name
        if not path.is_file():
            raise ModelCorrupt(
                f"{path} is missing: `kabar models build --force` makes the model anew"
            )
        if sha256_of(path) != expected:
            raise ModelCorrupt(
                f"{path} is damaged (its sha256 is not {expected}): "
                f"`kabar models build --force` makes the model anew"
            )
    return len(listed)


def manifest_hash(folder: Path) -> str:
    """One hash for the content of the model: sha256 over its files' names and hashes."""
    listed: dict[str, str] = read_manifest(folder)["files"]  # type: ignore[assignment]
    text = "\n".join(f"{name} {digest}" for name, digest in sorted(listed.items()))
    return hashlib.sha256(text.encode()).hexdigest()
