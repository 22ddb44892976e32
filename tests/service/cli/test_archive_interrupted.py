"""A run that is killed or interrupted, in a separate process with the real model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

# More than are in work at once.
ROWS = 120


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text(
        "".join(
            json.dumps({"id": n, "isi": f"Sebanyak {n + 21} warga desa mengungsi ke balai kota."})
            + "\n"
            for n in range(ROWS)
        )
    )
    return path


def start(rows: Path, data_dir: Path, *arguments: str) -> subprocess.Popen[bytes]:
    out = str(rows.with_name("english.jsonl"))
    kabar = str(Path(sys.executable).parent / "kabar")
    command = [kabar, "translate", str(rows), "-o", out, "--events", "--no-cache", *arguments]
    environment = {**os.environ, "KABAR_DATA_DIR": str(data_dir)}
    return subprocess.Popen(command, stderr=subprocess.PIPE, env=environment)


def finished_rows(rows: Path) -> int:
    journal = rows.with_name(".english.jsonl.journal")
    return journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0


def interrupt(rows: Path, data_dir: Path, number: signal.Signals) -> tuple[int, str]:
    """Send a signal after the first rows; return exit code and messages."""
    process = start(rows, data_dir)
    deadline = time.monotonic() + 300
    while finished_rows(rows) < 2 and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert process.poll() is None, "it was done before the signal"
    process.send_signal(number)
    _, messages = process.communicate(timeout=300)
    return process.returncode, messages.decode()


def resume(rows: Path, data_dir: Path) -> dict[str, Any]:
    """Go on, check every row, and return the last event."""
    process = start(rows, data_dir, "--resume")
    _, messages = process.communicate(timeout=300)
    assert process.returncode == 0, messages.decode()
    written = rows.with_name("english.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in written]
    assert [row["id"] for row in found] == list(range(ROWS))
    assert not any("warga" in row["isi"] for row in found)
    # The figure shows whose English it is; a few may be spelled out.
    assert sum(str(row["id"] + 21) in row["isi"] for row in found) > 0.9 * ROWS
    assert sorted(path.name for path in rows.parent.iterdir()) == ["english.jsonl", "rows.jsonl"]
    end: dict[str, Any] = json.loads(messages.decode().splitlines()[-1])
    return end


def test_kill_9(rows: Path, data_dir: Path) -> None:
    code, _ = interrupt(rows, data_dir, signal.SIGKILL)
    assert code == -signal.SIGKILL
    kept = finished_rows(rows)
    assert 2 <= kept < ROWS
    assert not rows.with_name("english.jsonl").exists()
    again = start(rows, data_dir)
    _, messages = again.communicate(timeout=300)
    assert again.returncode == 1
    assert b"go on with --resume" in messages
    assert resume(rows, data_dir)["sentences"] == ROWS - kept


def test_control_c(rows: Path, data_dir: Path) -> None:
    code, messages = interrupt(rows, data_dir, signal.SIGINT)
    assert code == 130, messages
    assert "Traceback" not in messages
    names = [json.loads(line)["event"] for line in messages.splitlines()]
    assert names[-1] == "end"
    assert "stopping" in names
    kept = finished_rows(rows)
    assert kept >= 2
    assert resume(rows, data_dir)["sentences"] == ROWS - kept
