"""Summaries with an engine that counts its sentences and fails on some."""

import pytest
from naughty import NaughtyEngine

from models.engine import DecodingOptions
from models.summarizer import ExtractiveSummarizer
from service.article import Article
from service.documents.manuscript import Manuscript
from service.scheduling.batcher import Batcher
from service.summaries.records import BulletOptions, EnglishByKey, KnownEnglish, Summary
from service.summaries.summaries import Summaries
from service.translation.pipeline import Pipeline
from service.translation.sentences import Sentences

PAGE = """\
Banjir Rendam Empat Kecamatan Demak

Foto: Warga menunggu perahu. (Dok. BPBD)

DEMAK, WARTASENJA.com - Banjir merendam empat kecamatan Demak sejak Selasa pagi.

Sebanyak 124 rumah empat kecamatan Demak terendam banjir.

Baca Juga: Cara Menyimpan Dokumen

Pemerintah Demak membuka 23 titik pengungsian bagi korban banjir.
"""
FIRST = "Banjir merendam empat kecamatan Demak sejak Selasa pagi."
SECOND = "Sebanyak 124 rumah empat kecamatan Demak terendam banjir."
THIRD = "Pemerintah Demak membuka 23 titik pengungsian bagi korban banjir."


def summarize(
    *texts: str,
    options: BulletOptions | None = None,
    known: EnglishByKey | None = None,
    published: str | None = None,
) -> tuple[Summary, NaughtyEngine]:
    engine = NaughtyEngine()
    pipeline = Pipeline(Sentences(Batcher(engine)), DecodingOptions(beam=1))
    summaries = Summaries(ExtractiveSummarizer(), pipeline)
    articles: list[Article] = [Manuscript.from_text(text, published).read() for text in texts]
    return summaries.summarize(
        articles, options or BulletOptions(), known_english=known or {}
    ), engine


def source_texts(summary: Summary) -> list[tuple[str, ...]]:
    return [tuple(source.text for source in bullet.sources) for bullet in summary.bullets]


def bracketed(source: str) -> str:
    return " ".join(f"[{word}]" for word in source.split())


def test_every_bullet_cites_its_sentence() -> None:
    summary, _ = summarize(PAGE)
    assert [[source.id for source in bullet.sources] for bullet in summary.bullets] == [
        ["b4.1"],
        ["b5.1"],
        ["b7.1"],
    ]
    assert source_texts(summary) == [(FIRST,), (SECOND,), (THIRD,)]
    second = summary.bullets[1]
    assert second.text == second.sources[0].target == bracketed(SECOND)
    assert summary.headline == "[Banjir] [Rendam] [Empat] [Kecamatan] [Demak]"


def test_only_chosen_sentences_are_translated() -> None:
    summary, engine = summarize(PAGE, options=BulletOptions(1))
    assert len(summary.bullets) == 1
    assert len(engine.asked) == 2  # the bullet and the headline


def test_indonesian_bullets_are_not_translated() -> None:
    summary, engine = summarize(PAGE, options=BulletOptions(language="id"))
    assert [bullet.text for bullet in summary.bullets] == [FIRST, SECOND, THIRD]
    assert summary.bullets[0].sources[0].target is None
    assert summary.line == "Banjir Rendam Empat Kecamatan Demak"
    assert engine.batches == []


def test_bullets_in_both_languages() -> None:
    summary, _ = summarize(PAGE, options=BulletOptions(2, "both"))
    assert [(bullet.text, bullet.indonesian) for bullet in summary.bullets] == [
        (bracketed(bullet.sources[0].text), bullet.sources[0].text) for bullet in summary.bullets
    ]
    assert len(summary.bullets) == 2


def test_weekday_gets_its_date_from_the_publication_day() -> None:
    summary, _ = summarize(FIRST, options=BulletOptions(1, "id"), published="2025-02-19")
    (bullet,) = summary.bullets
    assert bullet.text == ("Banjir merendam empat kecamatan Demak sejak Selasa (18/2/2025) pagi.")
    assert bullet.changed == ("day",)


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (BulletOptions(7, "id", characters=61), 1),
        (BulletOptions(7, "id", characters=2 * (2 + len(THIRD)) + 1), 2),
        (BulletOptions(7, "id", words=9), 1),
        (BulletOptions(7, "id", words=18), 2),
        (BulletOptions(2, "id"), 2),
    ],
)
def test_slot_is_never_exceeded(options: BulletOptions, count: int) -> None:
    summary, _ = summarize(PAGE, options=options)
    text = "\n".join(f"- {bullet.text}" for bullet in summary.bullets)
    assert len(summary.bullets) == count
    assert options.characters is None or len(text) <= options.characters
    assert options.words is None or len(text.split()) - count <= options.words


def test_slot_without_room_is_reported() -> None:
    summary, _ = summarize(PAGE, options=BulletOptions(language="id", characters=20))
    assert (summary.bullets, summary.nothing_fits) == ((), True)


def test_failed_sentence_is_replaced() -> None:
    text = PAGE.replace("Demak sejak", "Demak RAISE sejak")
    summary, _ = summarize(text, options=BulletOptions(2))
    assert source_texts(summary) == [(SECOND,), (THIRD,)]
    (refused,) = summary.refused
    assert refused.source.text == FIRST.replace("Demak", "Demak RAISE")
    assert refused.reasons == ("failed",)


def test_failed_sentence_keeps_its_flags_where_no_other_is_left() -> None:
    summary, _ = summarize(f"{SECOND}\n\nWarga RAISE mengungsi ke balai desa.")
    assert [bullet.flags for bullet in summary.bullets] == [(), ("failed",)]
    assert summary.refused == ()


def test_english_with_unsupported_facts_is_refused() -> None:
    known = {(0, "b1.1"): KnownEnglish("A total of 9,999 houses in Semarang were flooded.", ())}
    summary, _ = summarize(f"{SECOND}\n\n{THIRD}", known=known)
    assert source_texts(summary) == [(THIRD,)]
    (refused,) = summary.refused
    assert (refused.source.id, refused.reasons) == ("b1.1", ("unsupported",))


def test_known_english_is_not_translated() -> None:
    known = {(0, "b1.1"): KnownEnglish("A total of 124 houses were flooded.", (), corrected=True)}
    summary, engine = summarize(SECOND, known=known)
    assert summary.bullets[0].text == "A total of 124 houses were flooded."
    assert (engine.asked, summary.sentences_corrected) == ([], 1)


def test_corrected_english_is_used_as_it_is() -> None:
    # It has a number that the source lacks, a weekday, and an opening that is otherwise cut.
    target = "Meanwhile, some 130 houses were flooded on Tuesday."
    known = {(0, "b1.1"): KnownEnglish(target, (), corrected=True)}
    text = SECOND.replace("banjir.", "banjir, Selasa.")
    summary, _ = summarize(text, known=known, published="2025-02-19")
    assert [(bullet.text, bullet.changed) for bullet in summary.bullets] == [(target, ())]


def test_several_articles_get_one_set_of_bullets() -> None:
    other = f"Bantuan beras tiba dari Semarang.\n\n{SECOND}"
    summary, _ = summarize(PAGE, other, options=BulletOptions(7, "id"))
    assert sorted(source_texts(summary)) == sorted(
        [("Bantuan beras tiba dari Semarang.",), (FIRST,), (SECOND,), (THIRD,)]
    )
    assert {source.article for bullet in summary.bullets for source in bullet.sources} == {0, 1}


def test_untranslatable_sentence_is_not_an_english_bullet() -> None:
    pipeline = Pipeline(Sentences(Batcher(NaughtyEngine())), DecodingOptions(beam=1))
    html = f'<p translate="no">{FIRST}</p><p>{SECOND}</p>'
    article = Manuscript.from_html(html).read()
    summary = Summaries(ExtractiveSummarizer(), pipeline).summarize([article], BulletOptions())
    assert source_texts(summary) == [(SECOND,)]


@pytest.mark.parametrize("text", ["", "ADVERTISEMENT", "***"])
def test_article_without_sentences_has_no_bullets(text: str) -> None:
    summary, _ = summarize(text)
    assert (summary.bullets, summary.nothing_fits) == ((), False)


def test_headline_alone_has_a_line() -> None:
    summary, _ = summarize("Banjir Rendam Demak\n\nDEMAK, WARTASENJA.com -\n\nADVERTISEMENT")
    assert (summary.line, summary.bullets) == ("[Banjir] [Rendam] [Demak]", ())


def test_options_are_part_of_the_signature() -> None:
    signature = summarize(PAGE, options=BulletOptions(2, "id", words=40))[0].signature
    assert [signature[name] for name in ("bullets", "language", "words")] == [2, "id", 40]
    assert "characters" not in signature
