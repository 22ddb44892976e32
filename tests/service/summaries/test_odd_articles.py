"""Odd articles: sensible bullets, or a clear warning."""

import time

import pytest
from naughty import NaughtyEngine

from models.engine import DecodingOptions
from models.summarizer import ExtractiveSummarizer
from service.documents.manuscript import Manuscript
from service.results.summary_answers import SummaryOut
from service.scheduling.batcher import Batcher
from service.summaries.records import BulletOptions
from service.summaries.summaries import Summaries
from service.translation.pipeline import Pipeline
from service.translation.sentences import Sentences

RESULTS = """\
Hasil Pertandingan Liga Kampung, Minggu

Persida 2-1 Gelora
Bintang Timur 0-0 Putra Laut
Harimau 3-3 Elang Jaya
"""
RECIPE = """\
Resep Soto Ayam Sederhana

Bahan:

- 500 gram ayam
- 2 batang serai

Cara membuat:

1. Rebus ayam sampai empuk.
2. Tumis bumbu halus sampai harum.
"""
LIVE = """\
Laporan Langsung: Banjir Demak

10.30 WIB
Air mulai surut pada dua desa.

09.15 WIB
Petugas BPBD tiba membawa perahu karet.

08.00 WIB
Warga mulai mengungsi ke balai desa.
"""
ENGLISH = """\
Floods hit four districts

Floods hit four districts in Demak on Tuesday morning, the disaster agency said.

More than a thousand people left their homes, and schools stayed closed for two days.
"""


def summarize(text: str, options: BulletOptions | None = None) -> tuple[SummaryOut, NaughtyEngine]:
    engine = NaughtyEngine()
    pipeline = Pipeline(Sentences(Batcher(engine)), DecodingOptions(beam=1))
    article = Manuscript.from_text(text, "2025-02-19").read()
    summary = Summaries(ExtractiveSummarizer(), pipeline).summarize(
        [article], options or BulletOptions()
    )
    return SummaryOut.of(summary, "0" * 64), engine


def test_article_of_one_sentence() -> None:
    result, _ = summarize("Warga mengungsi ke balai desa.", BulletOptions(7, "id"))
    assert [bullet.text for bullet in result.bullets] == ["Warga mengungsi ke balai desa."]
    assert result.report.warnings == []


@pytest.mark.parametrize("text", ["", " \n\n ", "ADVERTISEMENT\n\nBaca Juga: Cara Menanam Padi"])
def test_article_without_sentences_gets_a_warning(text: str) -> None:
    result, _ = summarize(text)
    assert (result.bullets, result.line, result.text) == ([], None, "")
    assert result.report.warnings == ["the article has no sentence to make a bullet of"]


@pytest.mark.parametrize(
    ("text", "among"),
    [
        (RESULTS, "Persida 2-1 Gelora"),
        (RECIPE, "Rebus ayam sampai empuk."),
        (LIVE, "Air mulai surut pada dua desa."),
    ],
)
def test_lists_recipes_and_live_blogs(text: str, among: str) -> None:
    result, _ = summarize(text, BulletOptions(7, "id"))
    assert any(among in bullet.text for bullet in result.bullets)
    assert len({bullet.text for bullet in result.bullets}) == len(result.bullets)
    assert result.headline == text.partition("\n")[0]


def test_english_article_is_not_translated() -> None:
    result, engine = summarize(ENGLISH)
    assert engine.asked == []
    assert result.line == "Floods hit four districts"
    assert [bullet.text for bullet in result.bullets] == [
        "Floods hit four districts in Demak on Tuesday morning, the disaster agency said.",
        "More than a thousand people left their homes, and schools stayed closed for two days.",
    ]


def test_long_article_is_fast() -> None:
    text = "\n\n".join(
        f"Warga desa nomor {n} mengungsi ke balai {n % 17} sejak hujan deras." for n in range(300)
    )
    began = time.perf_counter()
    result, engine = summarize(text, BulletOptions(7))
    assert time.perf_counter() - began < 5
    assert len(result.bullets) == 7
    # Retries of a doubtful sentence are not counted.
    assert len({source for source in engine.asked if source in text}) <= 12


def test_more_bullets_than_sentences_give_all_sentences() -> None:
    result, _ = summarize("Air surut. Warga pulang.", BulletOptions(7, "id"))
    assert [bullet.text for bullet in result.bullets] == ["Air surut.", "Warga pulang."]
