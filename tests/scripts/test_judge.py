"""Sheets for readers, and the figures of their marks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from paths import SAMPLE
from typer.testing import CliRunner

from scripts.judge import app
from scripts.quality.reading import (
    Item,
    Label,
    Output,
    ReadingError,
    difference,
    load_labels,
    read_labels,
    save_labels,
    sentence_id,
    shuffled,
    table,
    write_sheet,
)

ITEMS = [
    Item(
        sentence_id(source),
        source,
        {
            "before": Output(f"Old {source}", 0.5, ("number",)),
            "after": Output(f"New {source}", None, ()),
        },
    )
    for source in ("Air surut.", "Warga pulang.", "Jalan dibuka.")
]


def fill(folder: Path, marks: dict[str, str]) -> None:
    """Mark each output by its system, as the key tells."""
    systems = [line.split("\t")[3] for line in (folder / "key.tsv").read_text().splitlines()[1:]]
    lines = (folder / "marks.tsv").read_text().splitlines()
    filled = [
        "\t".join([*line.split("\t")[:2], marks[system], "a note"])
        for line, system in zip(lines[1:], systems, strict=True)
    ]
    (folder / "marks.tsv").write_text("\n".join([lines[0], *filled]) + "\n")


def test_the_sheet_hides_the_systems(tmp_path: Path) -> None:
    write_sheet(ITEMS, tmp_path, seed=1)
    page = (tmp_path / "sheet.md").read_text()
    assert "## 1\n\nAir surut.\n" in page
    assert "before" not in page + (tmp_path / "marks.tsv").read_text()
    orders = {tuple(shuffled(("before", "after"), number, 1)) for number in range(20)}
    assert orders == {("before", "after"), ("after", "before")}


def test_marks_find_their_systems_and_are_kept_without_text(tmp_path: Path) -> None:
    write_sheet(ITEMS, tmp_path, seed=1)
    fill(tmp_path, {"before": "major", "after": "Fine "})
    labels = read_labels(tmp_path)
    assert {(label.system, label.mark) for label in labels} == {
        ("before", "major"), ("after", "fine"),
    }  # fmt: skip
    save_labels(labels, tmp_path / "kept.tsv")
    assert "surut" not in (tmp_path / "kept.tsv").read_text()
    assert sorted(load_labels(tmp_path / "kept.tsv"), key=repr) == sorted(labels, key=repr)


def test_a_missing_mark_is_named(tmp_path: Path) -> None:
    write_sheet(ITEMS, tmp_path, seed=1)
    with pytest.raises(ReadingError, match="sentence 1, output 1 has the mark ''"):
        read_labels(tmp_path)
    fill(tmp_path, {"before": "bad", "after": "fine"})
    with pytest.raises(ReadingError, match="has the mark 'bad': write one of major, minor, fine"):
        read_labels(tmp_path)


def test_the_table_has_rates_and_intervals() -> None:
    labels = [Label(str(n), "a", "major" if n < 10 else "fine", None) for n in range(100)]
    labels += [Label(str(n), "b", "minor" if n < 50 else "fine", None) for n in range(100)]
    lines = table(labels).splitlines()
    assert lines[2] == "| a | 100 | 10.0 | 5 to 16 | 0.0 | 90.0 |"
    assert lines[3] == "| b | 100 | 0.0 | 0 to 0 | 50.0 | 50.0 |"
    assert difference(labels, "a", "b") == (
        "b has 10.0 majors per 100 fewer than a (95 %: 5.0 to 16.0; 100 sentences)"
    )
    with pytest.raises(ReadingError, match="no sentence has a mark of both a and c"):
        difference(labels, "a", "c")


@pytest.mark.model
def test_articles_become_a_sheet_and_a_table(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KABAR_DATA_DIR", str(data_dir))
    title, _, text = SAMPLE.read_text(encoding="utf-8").partition("\n")
    raw = tmp_path / "raw.jsonl"
    raw.write_text(json.dumps({"title": title, "text": text}) + "\n")
    runner = CliRunner()
    arguments = ["sheet", str(raw), str(tmp_path / "out"), "--sentences", "4"]
    arguments += ["--system", "four=", "--system", "one=--beam 1"]
    done = runner.invoke(app, arguments)
    assert done.exit_code == 0, done.output
    page = (tmp_path / "out/sheet.md").read_text()
    assert page.count("## ") == 4
    fill(tmp_path / "out", {"four": "fine", "one": "minor"})
    done = runner.invoke(
        app,
        [
            "table",
            str(tmp_path / "out"),
            "--compare",
            "one,four",
            "--keep",
            str(tmp_path / "kept.tsv"),
        ],
    )
    assert "| four | 4 | 0.0 | 0 to 0 | 0.0 | 100.0 |" in done.output
    assert "four has 0.0 majors per 100 fewer than one" in done.output
    assert runner.invoke(app, ["table", str(tmp_path / "kept.tsv")]).output.splitlines()[2:] == [
        "| four | 4 | 0.0 | 0 to 0 | 0.0 | 100.0 |",
        "| one | 4 | 0.0 | 0 to 0 | 100.0 | 0.0 |",
    ]


@pytest.mark.parametrize("content", ["nothing", '{"title": "a"}', "[1]"])
def test_articles_that_cannot_be_read(tmp_path: Path, content: str) -> None:
    raw = tmp_path / "raw.jsonl"
    raw.write_text(content + "\n")
    done = CliRunner().invoke(app, ["sheet", str(raw), str(tmp_path), "--system", "a="])
    assert done.exit_code == 1
    assert "a line has no `title` and `text`" in done.output
