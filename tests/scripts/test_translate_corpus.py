"""Choice of sentences to translate for training, and continued runs."""

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


class CapitalsTranslator:
    """A translator into capitals that does not end short sentences."""

    device = torch.device("cpu")

    def translate(self, sources: list[str]) -> list[str]:
        return [source.upper() if len(source) > 42 else "" for source in sources]


def test_sentences_are_chosen_once_in_the_same_order(tmp_path: Path) -> None:
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
    ("from_english", "source_language", "target_language"),
    [(True, "en", "id"), (False, "id", "en")],
)
def test_a_stopped_run_is_continued(
    from_english: bool,
    source_language: str,
    target_language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(translate_corpus, "load", lambda path: (CapitalsTranslator(), from_english))
    text = tmp_path / "mono"
    text.write_text("\n".join(ENGLISH) + "\n", encoding="utf-8")
    chosen = choose(text, [])

    def run(lines: int) -> tuple[list[str], list[str]]:
        arguments = [str(adapter_path()), str(text), str(tmp_path / "made"), "--lines", str(lines)]
        made = RUNNER.invoke(app, arguments)
        assert made.exit_code == 0, made.output
        sides = [
            (tmp_path / f"made.{language}").read_text()
            for language in (source_language, target_language)
        ]
        sources, targets = ([*side.split("\n")[:-1]] for side in sides)
        return sources, targets

    assert run(1)[0] == chosen[:1]
    # As if killed between the two files: the extra line is cut off.
    with (tmp_path / "made.en").open("a") as file:
        file.write("Half of a pair.\n")
    sources, targets = run(3)
    assert sources == chosen
    # A hypothesis that did not end is an empty line.
    assert sorted(targets) == ["", "", "THE PRESIDENT ARRIVED IN SURABAYA ON TUESDAY."]


def test_missing_files_are_named(tmp_path: Path) -> None:
    for adapter, text, message in (
        (adapter_path(), tmp_path / "no.en", "no.en: No such file or directory"),
        (tmp_path / "no.safetensors", Path(__file__), "no.safetensors cannot be read"),
    ):
        made = RUNNER.invoke(app, [str(adapter), str(text), str(tmp_path / "x")])
        assert made.exit_code == 1
        assert message in made.output
        assert "Traceback" not in made.output
