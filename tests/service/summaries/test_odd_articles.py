"""Articles that are none, or odd ones: sensible bullets or a clear word."""

import time

import pytest
from naughty import NaughtyEngine

from models.engine import DecodingOptions
from models.summarizer import ExtractiveSummarizer
from service.documents.manuscript import Manuscript
from service.results.answers import SummaryOut
from service.scheduling.batcher import Batcher
from service.summaries.make import Summaries, Wishes
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


def summarize(text: str, wishes: Wishes | None = None) -> tuple[SummaryOut, NaughtyEngine]:
    engine = NaughtyEngine()
    pipeline = Pipeline(Sentences(Batcher(engine)), DecodingOptions(beam=1))
    article = Manuscript.from_text(text, "2025-02-19").read()
    summary = Summaries(ExtractiveSummarizer(), pipeline).summarize([article], wishes or Wishes())
    return SummaryOut.of(summary, "0" * 64), engine


def test_one_sentence() -> None:
    made, _ = summarize("Warga mengungsi ke balai desa.", Wishes(7, "id"))
    assert [bullet.text for bullet in made.bullets] == ["Warga mengungsi ke balai desa."]
    assert made.report.warnings == []


@pytest.mark.parametrize("text", ["", " \n\n ", "ADVERTISEMENT\n\nBaca Juga: Cara Menanam Padi"])
def test_nothing_to_summarize(text: str) -> None:
    made, _ = summarize(text)
    assert (made.bullets, made.line, made.text) == ([], None, "")
    assert made.report.warnings == ["the article has no sentence to make a bullet of"]


@pytest.mark.parametrize(
    ("text", "among"),
    [
        (RESULTS, "Persida 2-1 Gelora"),
        (RECIPE, "Rebus ayam sampai empuk."),
        (LIVE, "Air mulai surut pada dua desa."),
    ],
)
def test_lists_recipes_and_live_blogs(text: str, among: str) -> None:
    made, _ = summarize(text, Wishes(7, "id"))
    assert any(among in bullet.text for bullet in made.bullets)
    assert len({bullet.text for bullet in made.bullets}) == len(made.bullets)
    assert made.headline == text.partition("\n")[0]


def test_english_stays_as_it_is() -> None:
    made, engine = summarize(ENGLISH)
    assert engine.asked == []
    assert made.line == "Floods hit four districts"
    assert [bullet.text for bullet in made.bullets] == [
        "Floods hit four districts in Demak on Tuesday morning, the disaster agency said.",
        "More than a thousand people left their homes, and schools stayed closed for two days.",
    ]


def test_three_hundred_sentences() -> None:
    text = "\n\n".join(
        f"Warga desa nomor {n} mengungsi ke balai {n % 17} sejak hujan deras." for n in range(300)
    )
    began = time.perf_counter()
    made, engine = summarize(text, Wishes(7))
    assert time.perf_counter() - began < 5
    assert len(made.bullets) == 7
    # Reworded tries of a doubtful sentence are not counted.
    assert len({source for source in engine.asked if source in text}) <= 12


def test_more_bullets_than_sentences_give_what_there_is() -> None:
    made, _ = summarize("Air surut. Warga pulang.", Wishes(7, "id"))
    assert [bullet.text for bullet in made.bullets] == ["Air surut.", "Warga pulang."]
