"""The service as benchmarks run it."""

from __future__ import annotations

from pathlib import Path

import httpx2

from scripts.load.processes import kabar


def test_a_setting_overrides_the_default_of_benchmarks(data_dir: Path) -> None:
    # `log_level` has such a default.
    with kabar(data_dir, log_level="error", engine="ctranslate2") as running:
        answer = httpx2.get(f"http://127.0.0.1:{running.port}/healthz", timeout=10)
        assert answer.status_code == 200
        assert running.megabytes > 100
    assert running.process.poll() is not None
