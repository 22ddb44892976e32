"""Which sentences are translated for training, and that a run goes on where it was stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from models.embedded.adapter import adapter_path
from scripts import translate_corpus
from scripts.translate_corpus import app, choose

RUNNER = CliRunner()
ENGLISH = [
    "The president arrived in Surabaya on Tuesday.",
    "The  President arrived in Surabaya, on Tuesday!",  # the same words
    "Too short.",
    "“Rice prices rose five percent,” he said.",
    "It is known from another corpus already.",
    "word " * 51,
]


class Shouting:
    """A translator that gives every sentence back in capitals, and does not end short ones."""

    device = torch.device("cpu")

    def translate(self, sources: list[str]) -> list[str]:
        return [source.upper() if len(source) > 42 else "" for source in sources]


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


@pytest.mark.parametrize(
    ("from_english", "ours", "theirs"), [(True, "en", "id"), (False, "id", "en")]
)
def test_a_corpus_is_made_and_gone_on_with(
    from_english: bool, ours: str, theirs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translate_corpus, "load", lambda path: (Shouting(), from_english))
    text = tmp_path / "mono"
    text.write_text("\n".join(ENGLISH) + "\n", encoding="utf-8")
    chosen = choose(text, [])

    def run(lines: int) -> tuple[list[str], list[str]]:
        arguments = [str(adapter_path()), str(text), str(tmp_path / "made"), "--lines", str(lines)]
        made = RUNNER.invoke(app, arguments)
        assert made.exit_code == 0, made.output
        sides = [(tmp_path / f"made.{language}").read_text() for language in (ours, theirs)]
        sources, targets = ([*side.split("\n")[:-1]] for side in sides)
        return sources, targets

    assert run(1)[0] == chosen[:1]
    # Killed between the two files: what one has more is made again.
    with (tmp_path / "made.en").open("a") as file:
        file.write("Half of a pair.\n")
    sources, targets = run(3)
    assert sources == chosen
    # What did not end keeps its line.
    assert sorted(targets) == ["", "", "THE PRESIDENT ARRIVED IN SURABAYA ON TUESDAY."]


def test_files_that_are_not_there_are_said(tmp_path: Path) -> None:
    for adapter, text, said in (
        (adapter_path(), tmp_path / "no.en", "no.en: No such file or directory"),
        (tmp_path / "no.safetensors", Path(__file__), "no.safetensors cannot be read"),
    ):
        made = RUNNER.invoke(app, [str(adapter), str(text), str(tmp_path / "x")])
        assert made.exit_code == 1
        assert said in made.output
        assert "Traceback" not in made.output
