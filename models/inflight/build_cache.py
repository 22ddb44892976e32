"""Compiled code, kept in folders that are named after all that it depends on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import torch

from models.errors import BuildFailed, ModelCorrupt
from models.files import locked, replacing, verify_manifest, write_manifest
from models.store import Progress


def kept(
    root: Path,
    name: str,
    depends_on: object,
    sources: list[Path],
    make: Callable[[Path], None],
    progress: Progress,
) -> Path:
    """The folder under `root` that `make` has filled for these sources on this machine, or fills
    now. `depends_on` is anything that JSON can tell.

    Raises a `ModelError` where the folder cannot be written, and what `make` raises.
    """
    folder = root / f"{name}-{_key(depends_on, sources)}"
    if not _is_whole(folder):
        with locked(folder, progress):
            if not _is_whole(folder):  # nobody has made it meanwhile
                with replacing(folder) as partial:
                    make(partial)
                    write_manifest(partial, {"torch": torch.__version__})
    return folder


def _is_whole(folder: Path) -> bool:
    try:
        return verify_manifest(folder) > 0
    except ModelCorrupt:
        return False


def _key(depends_on: object, sources: list[Path]) -> str:
    machine = [torch.__version__, dict(torch.cpu.get_capabilities())]
    hashed = hashlib.sha256(json.dumps([depends_on, machine], sort_keys=True).encode())
    for source in sources:
        hashed.update(source.read_bytes())
    return hashed.hexdigest()[:12]


def compiler() -> str:
    """The C++ compiler. Raises `BuildFailed`."""
    name = os.environ.get("CXX", "c++")
    if not shutil.which(name):
        raise BuildFailed("no C++ compiler")
    return name


def run(command: list[str], **environment: str) -> None:
    """Raises `BuildFailed` with the last line of what it said that names an error, or the last."""
    done = subprocess.run(
        command,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        told = [line for line in lines if "error" in line.lower()] or lines
        raise BuildFailed(f"it was not compiled: {told[-1]}")
