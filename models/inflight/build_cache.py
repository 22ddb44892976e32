"""Compiled code in folders that are named after everything it depends on."""

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


def cached_build(
    root: Path,
    name: str,
    depends_on: object,
    sources: list[Path],
    make: Callable[[Path], None],
    progress: Progress,
) -> Path:
    """Return a build's folder, filled by `make` if it is new or damaged.

    Its name under `root` depends on the sources, the machine and `depends_on` (encoded as JSON).
    Raises a `ModelError` where the folder cannot be written, and the errors of `make`.
    """
    folder = root / f"{name}-{_key(depends_on, sources)}"
    if not _is_intact(folder):
        with locked(folder, progress):
            if not _is_intact(folder):  # another process may have made it meanwhile
                with replacing(folder) as partial:
                    make(partial)
                    write_manifest(partial, {"torch": torch.__version__})
    return folder


def _is_intact(folder: Path) -> bool:
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
    """Return the name of the C++ compiler. Raises `BuildFailed`."""
    name = os.environ.get("CXX", "c++")
    if not shutil.which(name):
        raise BuildFailed("no C++ compiler")
    return name


def run(command: list[str], **environment: str) -> None:
    """Run a compiler. Raises `BuildFailed` with its last line on an error."""
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
        errors = [line for line in lines if "error" in line.lower()] or lines
        raise BuildFailed(f"compiling failed: {errors[-1]}")
