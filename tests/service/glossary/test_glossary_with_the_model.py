"""The newsroom's glossary with the embedded model and the aligner."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.ctranslate.engine import CTranslateCausal
from models.engine import DecodingOptions
from service.cli.main import app
from service.documents.manuscript import Manuscript
from service.glossary.apply import link_words
from service.glossary.registry import GlossaryRegistry
from service.scheduling.batcher import Batcher
from service.translation.pipeline import Pipeline
from service.translation.sentences import Sentences


@pytest.fixture
def pipeline(exact_engine: CTranslateCausal) -> Pipeline:
    return Pipeline(Sentences(Batcher(exact_engine)), DecodingOptions(beam=1), link_words)


def test_an_article(pipeline: Pipeline, tmp_path: Path) -> None:
    article = Manuscript.from_fields(
        "BMKG Ingatkan Hujan Lebat di NTT",
        [
            "BMKG menyatakan hujan lebat akan turun di NTT hingga Jumat.",
            "Bupati Sikka menemui Menko PMK di Jakarta untuk membahas banjir.",
            "Menurut BMKG, angin kencang juga akan melanda Jatim.",
        ],
    ).read()
    made = pipeline.translate(article, glossary=GlossaryRegistry(tmp_path).choose(None))
    headline, first, second, third = (block.target for block in made.article.blocks)
    assert "BMKG" in headline
    assert "(BMKG)" not in headline
    assert "Meteorology, Climatology and Geophysics Agency (BMKG)" in first
    assert "East Nusa Tenggara" in first
    assert "regent" in second.lower()
    assert "Coordinating Minister for Human Development and Culture" in second
    assert "BMKG" in third
    assert "(BMKG)" not in third
    assert "East Java" in third
    uses = [use for b in made.article.blocks for s in b.sentences for use in s.terms]
    assert [use.source for use in uses] == [
        "BMKG", "NTT", "BMKG", "NTT", "Bupati", "Menko PMK", "BMKG", "Jatim",
    ]  # fmt: skip
    assert all(use.applied for use in uses)


@pytest.mark.parametrize(
    "title", ["The Silent River", "Walking Home Alone", "Second Skin", "Night Market Stories"]
)
def test_english_titles_come_through(pipeline: Pipeline, title: str) -> None:
    source = f'Menurut Ratna, pameran "{title}" dibuka untuk umum hingga Minggu.'
    (result,) = pipeline.translate_sentences([source])
    assert f'"{title}"' in result.target


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["list"], "ships with Kabar"),
        (["check", "article.txt"], "East Nusa Tenggara"),
        (["check", "article.txt", "--glossary", "none"], "contains none of 0 terms"),
        (["add", "terms.csv"], "terms: added 1 terms; they apply from now on"),
        (["check", "terms.csv"], "terms.csv: 1 terms, no errors"),
    ],
)
def test_the_command(
    arguments: list[str], shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "article.txt").write_text("Hujan turun di NTT.")
    (tmp_path / "terms.csv").write_text("source,target\nrawa gambut,peat swamp\n")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["glossary", *arguments])
    assert (done.exit_code, done.exception) == (0, None)
    assert shown in done.output
