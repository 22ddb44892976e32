"""Services under load, each in its own process."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.errors import ModelError

ROOT = Path(__file__).resolve().parent.parent.parent
KABAR = Path(sys.executable).parent / "kabar"


@dataclass(frozen=True, slots=True)
class Running:
    """A service that is ready, after `start_seconds`."""

    port: int
    start_seconds: float
    process: subprocess.Popen[str]

    @property
    def megabytes(self) -> float:
        """The resident memory of the process, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024


@contextlib.contextmanager
def kabar(data_dir: Path, *arguments: str, **settings: str) -> Iterator[Running]:
    """Run `kabar serve`. Raises `ModelError` if it fails to start."""
    environment = _environment(data_dir, **{"log_level": "warning", **settings})
    began = time.perf_counter()
    with _process([str(KABAR), "serve", "--port", "0", *arguments], environment) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if match := re.search(r"ready\. The page: http://[\d.]+:(\d+)", line):
                threading.Thread(target=process.stderr.read, daemon=True).start()
                yield Running(int(match[1]), time.perf_counter() - began, process)
                return
        raise ModelError("kabar serve ended before it was ready: run it to see why")


@contextlib.contextmanager
def baseline(name: str, data_dir: Path, **settings: str) -> Iterator[Running]:
    """Run a baseline service. Raises `ModelError` if it fails to start."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = _environment(data_dir, **settings)
    command = [sys.executable, "-m", "scripts.load.baselines", name, str(port)]
    began = time.perf_counter()
    with _process(command, environment) as process:
        assert process.stderr is not None
        threading.Thread(target=process.stderr.read, daemon=True).start()
        while True:
            if process.poll() is not None:
                raise ModelError(f"the baseline {name!r} ended with status {process.returncode}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                yield Running(port, time.perf_counter() - began, process)
                return
            time.sleep(0.1)


def _environment(data_dir: Path, **settings: str) -> dict[str, str]:
    named = {f"KABAR_{name.upper()}": value for name, value in settings.items()}
    return {**os.environ, "KABAR_DATA_DIR": str(data_dir), **named}


@contextlib.contextmanager
def _process(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command, cwd=ROOT, env=dict(environment), stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)
