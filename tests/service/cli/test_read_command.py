"""The command `kabar read`, without a model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commanding import CommandLine
from naughty import NaughtyEngine


@pytest.fixture
def kabar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(NaughtyEngine(), monkeypatch, capsys)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "banjir.txt"
    path.write_text(
        "Senin, 6 Juli 2026\n\nBanjir Surut di Demak\n\nWarga pulang ke rumah. Air\u00ad surut.",
        encoding="utf-8",
    )
    return path


def test_the_structure_as_text(kabar: CommandLine, page: Path) -> None:
    done = kabar("read", str(page))
    assert done.code == 0
    assert done.stdout == (
        "furniture   Senin, 6 Juli 2026\n"
        "headline    Banjir Surut di Demak\n"
        "paragraph   Warga pulang ke rumah.\n"
        "            Air surut.\n"
    )
    assert done.stderr == f"kabar: {page}: repairs: 1\n"


def test_the_structure_as_json(kabar: CommandLine, page: Path) -> None:
    reading = json.loads(kabar("read", str(page), "--format", "json").stdout)
    assert reading["headline"] == "Banjir Surut di Demak"
    assert [line["source"] for line in reading["furniture"]] == ["Senin, 6 Juli 2026"]


def test_several_files(kabar: CommandLine, page: Path) -> None:
    feed = page.with_name("umpan.txt")
    feed.write_text("<rss><channel></channel></rss>", encoding="utf-8")
    done = kabar("read", str(feed), str(page), "--format", "json")
    assert done.code == 3
    assert json.loads(done.stdout)["path"] == str(page)
    assert f"kabar: {feed}: The input is a feed, not an article: " in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["tidak-ada.txt"], 2, "there is no file or folder tidak-ada.txt"),
        (["--format", "html", "."], 2, "--format html is not valid: choose text or json"),
    ],
)
def test_bad_commands(arguments: list[str], code: int, message: str, kabar: CommandLine) -> None:
    done = kabar("read", *arguments)
    assert done.code == code
    assert message in done.stderr
