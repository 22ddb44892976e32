"""Sentences of articles: each once, without spaces around marks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scripts.news_sentences import app, tidy


@pytest.mark.parametrize(
    ("text", "tidied"),
    [
        ("Ia tiba Rabu (10 / 5) sore.", "Ia tiba Rabu (10/5) sore."),
        ("Ia menang 21 - 13.", "Ia menang 21-13."),
        ("Lewat reli - reli panjang.", "Lewat reli-reli panjang."),
        ("SEMARANG - Warga mengungsi.", "SEMARANG - Warga mengungsi."),
        ('" Kami siap, " ujarnya.', '"Kami siap," ujarnya.'),
        ("“ Kami siap, ” ujarnya.", "“Kami siap,” ujarnya."),
        ("Solo, Kabar - - Warga mengungsi.", "Solo, Kabar - Warga mengungsi."),
    ],
)
def test_spaces_around_marks_are_removed(text: str, tidied: str) -> None:
    assert tidy(text) == tidied


def test_each_sentence_is_written_once(tmp_path: Path) -> None:
    articles = tmp_path / "articles.jsonl"
    rows = ["Warga mengungsi. Air naik.\nHujan reda.", "Air naik. Jalan ditutup."]
    articles.write_text("".join(json.dumps({"article": row}) + "\n" for row in rows))
    made = CliRunner().invoke(app, [str(articles), str(tmp_path / "out.id")])
    assert made.exit_code == 0
    assert (tmp_path / "out.id").read_text() == (
        "Warga mengungsi.\nAir naik.\nHujan reda.\nJalan ditutup.\n"
    )


@pytest.mark.parametrize("content", ['{"title": "x"}', "no JSON", "[1]"])
def test_a_line_without_an_article_is_named(content: str, tmp_path: Path) -> None:
    articles = tmp_path / "articles.jsonl"
    articles.write_text(content)
    made = CliRunner().invoke(app, [str(articles), str(tmp_path / "out.id")])
    assert made.exit_code == 1
    assert made.output.startswith(f"news_sentences: {articles}, line 1: ")
