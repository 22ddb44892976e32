"""An engine in its own process, as the benchmark sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.errors import ModelError

ROOT = Path(__file__).resolve().parent.parent.parent


class EngineProcess:
    """A process of `scripts.bench.worker`."""

    def __init__(self, name: str) -> None:
        """Start the worker and load its engine. Raises `ModelError`."""
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scripts.bench.worker", name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.load_seconds: float = self._read()["load"]

    def translate(
        self, sentences: Sequence[str], beam: int, batch: int, *, guarded: bool = False
    ) -> dict[str, Any]:
        """Translate sentences and return the measurements. Raises `ModelError`.

        `seconds` is the whole time, `first` the time to the first sentence. `products` is the
        share of matrix products in it, or None. `peak` is in MB. `tokens` and `texts` are of the
        targets. `scripts.bench.worker.translate` explains `batch` and `guarded`.
        """
        assert self._process.stdin is not None
        request = {
            "sentences": list(sentences), "beam": beam, "batch": batch, "guarded": guarded,
        }  # fmt: skip
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            raise ModelError(f"the engine process {self.name!r} ended with status {status}")
        answer: dict[str, Any] = json.loads(line)
        return answer
