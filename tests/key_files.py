"""Files of API keys for tests: a clock, damage, and processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from paths import REPOSITORY

from service.errors import LimitReached
from service.storage.key_records import Key
from service.storage.keys import Keys

# 2025-02-18 22:10:00.5 UTC: 6,599.5 seconds before midnight.
TUESDAY = 1_739_916_600.5


class Clock:
    """Seconds since 1970, set by the test."""

    def __init__(self, seconds: float = TUESDAY) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def refused(keys: Keys, key: Key, characters: int = 1) -> tuple[int | None, str]:
    with pytest.raises(LimitReached) as caught:
        keys.charge(key, characters)
    return caught.value.retry_after, caught.value.detail


def garbage(path: Path) -> None:
    path.write_bytes(b"this is not a database" * 400)


def start(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}
