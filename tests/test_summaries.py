import pytest
from naughty import NaughtyEngine

from models.engine import DecodingOptions
from models.summarizer import ExtractiveSummarizer
from service.batcher import Batcher
from service.documents.text import read_text
from service.pipeline import Pipeline
from service.summaries.make import Language, Summaries, Summary

PAGE = """\
Banjir Rendam Empat Kecamatan di Demak

Foto: Warga menunggu perahu. (Dok. BPBD)

DEMAK, WARTASENJA.com - Banjir merendam empat kecamatan di Demak sejak Selasa pagi.

Sebanyak 1.240 rumah di empat kecamatan itu terendam banjir.

Baca Juga: Cara Menyimpan Dokumen

Pemerintah Demak membuka 23 titik pengungsian bagi korban banjir.
"""


def summarize(
    text: str, count: int = 3, language: Language = "en"
) -> tuple[Summary, NaughtyEngine]:
    engine = NaughtyEngine()
    pipeline = Pipeline(Batcher(engine), DecodingOptions(beam=1))
    summaries = Summaries(ExtractiveSummarizer(), pipeline)
    return summaries.summarize(read_text(text), count, language), engine


def test_every_bullet_names_the_sentence_it_stands_for() -> None:
    summary, _ = summarize(PAGE)
    assert [(bullet.sources, bullet.source_text) for bullet in summary.bullets] == [
        (("b4.1",), ("Banjir merendam empat kecamatan di Demak sejak Selasa pagi.",)),
        (("b5.1",), ("Sebanyak 1.240 rumah di empat kecamatan itu terendam banjir.",)),
        (("b7.1",), ("Pemerintah Demak membuka 23 titik pengungsian bagi korban banjir.",)),
    ]
    assert summary.bullets[1].text == (
        "[Sebanyak] [1.240] [rumah] [di] [empat] [kecamatan] [itu] [terendam] [banjir.]"
    )
    assert summary.headline == "[Banjir] [Rendam] [Empat] [Kecamatan] [di] [Demak]"


def test_only_the_chosen_sentences_are_translated() -> None:
    summary, engine = summarize(PAGE, count=1)
    assert len(summary.bullets) == 1
    assert len(engine.asked) == 2  # the bullet and the headline


def test_indonesian_bullets_need_no_translation() -> None:
    summary, engine = summarize(PAGE, language="id")
    assert summary.bullets[0].text == "Banjir merendam empat kecamatan di Demak sejak Selasa pagi."
    assert summary.headline == "Banjir Rendam Empat Kecamatan di Demak"
    assert engine.batches == []


@pytest.mark.parametrize("text", ["", "ADVERTISEMENT", "***"])
def test_an_article_without_sentences_has_no_bullets(text: str) -> None:
    assert summarize(text)[0].bullets == ()


def test_what_was_asked_for_is_part_of_the_signature() -> None:
    signature = summarize(PAGE, 2, "id")[0].signature
    assert (signature["bullets"], signature["language"]) == (2, "id")
