"""`kabar cache`: the size of the cache, and its deletion."""

from __future__ import annotations

from pathlib import Path

import pytest
from commanding import CommandLine
from converting import Bracketing


def test_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kabar = CommandLine(Bracketing(), monkeypatch, capsys)
    (tmp_path / "a.txt").write_text("Air surut. Warga pulang.")
    assert kabar("translate", str(tmp_path / "a.txt")).code == 0
    shown = kabar("cache", "stats").stdout.splitlines()
    assert [line.split()[:2] for line in shown[:2]] == [["sentences", "2"], ["results", "1"]]
    assert "MB of 1,024 MB" in shown[2]
    assert kabar("cache", "clear").stdout == "3 entries deleted\n"
    assert kabar("cache", "stats").stdout.splitlines()[0].split() == ["sentences", "0"]


def test_a_cache_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kabar = CommandLine(Bracketing(), monkeypatch, capsys)
    (tmp_path / "cache.sqlite3").mkdir()
    done = kabar("cache", "stats", "--data-dir", str(tmp_path))
    assert done.code == 3
    assert "cannot be used" in done.stderr
    assert kabar("cache", "clear", "--data-dir", str(tmp_path)).code == 5
