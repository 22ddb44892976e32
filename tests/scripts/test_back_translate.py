"""Which sentences are translated back, and that a run goes on where it was stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.embedded.adapter import adapter_path
from scripts.back_translate import app, choose

RUNNER = CliRunner()
ENGLISH = [
    "The president arrived in Surabaya on Tuesday.",
    "The  President arrived in Surabaya, on Tuesday!",  # the same words
    "Too short.",
    "“Rice prices rose five percent,” he said.",
    "It is known from another corpus already.",
    "word " * 41,
]


def test_sentences_are_chosen_once_in_an_order_that_stays(tmp_path: Path) -> None:
    text, beside = tmp_path / "mono.en", tmp_path / "known.en"
    text.write_text("\n".join(ENGLISH) + "\n", encoding="utf-8")
    beside.write_text("It is known, from another corpus already\n")
    chosen = choose(text, [beside])
    assert sorted(chosen) == [
        '"Rice prices rose five percent," he said.',
        "The president arrived in Surabaya on Tuesday.",
    ]
    assert choose(text, [beside]) == chosen


def test_a_corpus_is_made_and_gone_on_with(
    tmp_path: Path, embedded_folder: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KABAR_DATA_DIR", str(data_dir))
    text = tmp_path / "mono.en"
    text.write_text("\n".join(ENGLISH) + "\n", encoding="utf-8")
    chosen = choose(text, [])

    def run(lines: int) -> tuple[list[str], list[str]]:
        made = RUNNER.invoke(
            app,
            [str(adapter_path()), str(text), str(tmp_path / "made"), "--lines", str(lines),
             "--engine", "ctranslate2"],
        )  # fmt: skip
        assert made.exit_code == 0, made.output
        sides = [(tmp_path / f"made.{language}").read_text() for language in ("id", "en")]
        sources, targets = ([*side.split("\n")[:-1]] for side in sides)
        assert len(sources) == len(targets)
        return sources, targets

    first, targets = run(1)
    assert targets == chosen[:1]
    # Killed between the two files: what one has more is made again.
    with (tmp_path / "made.en").open("a") as file:
        file.write("Half of a pair.\n")
    sources, targets = run(3)
    assert targets == chosen[:3]
    assert sources[0] == first[0]
    assert all(sources)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    made = RUNNER.invoke(app, [str(adapter_path()), str(tmp_path / "no.en"), str(tmp_path / "x")])
    assert made.exit_code == 1
    assert "no.en: No such file or directory" in made.output
    assert "Traceback" not in made.output
