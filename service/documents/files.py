"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from service.errors import CannotWrite

_PARTIAL = ".partial"


def write_bytes(path: Path, fill: Callable[[IO[bytes]], object]) -> None:
    """Write a file with `fill`, whole or not at all. Raises `CannotWrite`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            with path.open("wb") as file:  # a device or a pipe: /dev/stdout
                fill(file)
            return
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_PARTIAL, dir=path.parent)
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                fill(file)
            partial.chmod(0o666 & ~_umask())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(f"{path} cannot be written: {error.strerror or error}") from error


def remove_partial(path: Path) -> None:
    """Remove what a killed process left of this file."""
    for stale in path.parent.glob(f".{_literal(path.name)}.*{_PARTIAL}"):
        stale.unlink(missing_ok=True)


def _literal(name: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
