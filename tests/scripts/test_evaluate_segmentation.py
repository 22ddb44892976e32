"""Scores on gold boundaries that are few enough to count by hand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from scripts.evaluate_segmentation import InputError, Item, Score, app, read_gold, score

if TYPE_CHECKING:
    from pathlib import Path

GOLD = """# a file

# titles
Dr. Sari datang. ‖ Ia diam.
# invisible
Usai.‖Hujan\\nreda.\\u200b ‖ Panas.
"""
ITEMS = [
    Item("titles", "Dr. Sari datang. Ia diam.", ("Dr. Sari datang.", "Ia diam.")),
    Item("invisible", "Usai.Hujan\nreda.\u200b Panas.", ("Usai.", "Hujan\nreda.\u200b", "Panas.")),
]


@pytest.fixture
def only_kabar(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sentencex", "pysbd", "blingfire"):
        monkeypatch.setitem(sys.modules, name, None)


def test_gold_boundaries_are_read() -> None:
    items = read_gold(GOLD.splitlines(keepends=True))
    assert items == ITEMS
    assert [item.boundaries for item in items] == [{14}, {5, 15}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file has no text"),
        ("# only a heading\n", "the file has no text"),
        ("Satu. ‖ Dua.\nSatu. ‖ ‖ Dua.\n", "line 2: a bar ‖ has no text"),
        ("‖ Satu.\n", "line 1: a bar ‖ has no text"),
    ],
)
def test_other_formats_are_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_gold(text.splitlines(keepends=True))


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        # In `Dr. Sari datang. Ia diam.`
        ([16, 25], Score(1, 0, 0)),
        ([17, 25], Score(1, 0, 0)),  # white space on the other side
        ([25], Score(0, 1, 0)),
        ([3, 25], Score(0, 1, 1)),
        ([3, 16, 25], Score(1, 0, 1)),
    ],
)
def test_boundaries_are_counted(ends: list[int], expected: Score) -> None:
    assert score(ITEMS[:1], lambda text: [(0, end) for end in ends]) == expected


def test_shares() -> None:
    counts = Score(right=6, missed=2, invented=4)
    assert (counts.precision, counts.recall, counts.f1, counts.share) == (0.6, 0.75, 2 / 3, 0.5)
    assert (Score(0, 0, 0).precision, Score(0, 0, 0).share) == (0.0, 0.0)


@pytest.mark.usefixtures("only_kabar")
def test_the_table_and_the_picture(tmp_path: Path) -> None:
    gold = tmp_path / "toy.txt"
    # `Xyz.` is no known title.
    gold.write_text(GOLD + "Xyz. Sari datang. ‖ Ia diam.\n", encoding="utf-8")
    picture = tmp_path / "toy.png"
    run = CliRunner().invoke(app, [str(gold), "--errors", "--picture", str(picture)])
    assert run.exit_code == 0
    lines = run.output.splitlines()
    assert lines[0] == "## toy.txt, 3 texts, 4 boundaries"
    assert "| Kabar | 4 | 0 | 1 | 80.0 | 100.0 | 88.9 | 80.0 |" in lines
    assert "- `Xyz.` `Sari datang.` `Ia diam.`" in lines
    assert lines[-1] == "blingfire is not installed and left out: pip install blingfire"
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("only_kabar")
@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "No such file"), (b"", "the file has no text"), (b"\xff", "can't decode byte 0xff")],
)
def test_an_unreadable_file_ends_the_command(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    gold = tmp_path / "toy.txt"
    if content is not None:
        gold.write_bytes(content)
    run = CliRunner().invoke(app, [str(gold)])
    assert run.exit_code == 2
    assert f"evaluate_segmentation: {gold}: " in run.output
    assert message in run.output
