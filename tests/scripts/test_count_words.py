from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from scripts.count_words import FREQUENCIES, WRITTEN, app, counted, table


def test_the_most_frequent_first_and_none_that_occurs_once(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("Air surut, air bersih.\tThe water recedes.\n")
    (tmp_path / "b.tsv").write_text("Anak-anak di tepi air\tx\nDi hulu, anak-anak mandi\tx\n")
    assert table(counted(tmp_path)) == "air 3\nanak-anak 2\ndi 2\n"


def test_the_shipped_table_is_of_the_written_pairs(tmp_path: Path) -> None:
    made = tmp_path / "made.txt"
    found = CliRunner().invoke(app, ["-o", str(made)])
    assert found.exit_code == 0
    assert made.read_text() == FREQUENCIES.read_text(), "run `python scripts/count_words.py`"
    assert counted(WRITTEN)["gempa"] > 50
