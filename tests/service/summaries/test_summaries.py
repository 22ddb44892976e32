"""Summaries around an engine that counts what it is asked: which sentences, and what is done where
one of them fails."""

import pytest
from naughty import NaughtyEngine

from models.engine import DecodingOptions
from models.summarizer import ExtractiveSummarizer
from service.article import Article
from service.documents.manuscript import Manuscript
from service.scheduling.batcher import Batcher
from service.summaries.make import Given, Known, Summaries, Summary, Wishes
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
    wishes: Wishes | None = None,
    known: Known | None = None,
    published: str | None = None,
) -> tuple[Summary, NaughtyEngine]:
    engine = NaughtyEngine()
    pipeline = Pipeline(Sentences(Batcher(engine)), DecodingOptions(beam=1))
    summaries = Summaries(ExtractiveSummarizer(), pipeline)
    articles: list[Article] = [Manuscript.from_text(text, published).read() for text in texts]
    return summaries.summarize(articles, wishes or Wishes(), known=known or {}), engine


def said(summary: Summary) -> list[tuple[str, ...]]:
    return [tuple(source.text for source in bullet.sources) for bullet in summary.bullets]


def bracketed(source: str) -> str:
    return " ".join(f"[{word}]" for word in source.split())


def test_every_bullet_names_the_sentence_it_stands_for() -> None:
    summary, _ = summarize(PAGE)
    assert [[source.id for source in bullet.sources] for bullet in summary.bullets] == [
        ["b4.1"],
        ["b5.1"],
        ["b7.1"],
    ]
    assert said(summary) == [(FIRST,), (SECOND,), (THIRD,)]
    second = summary.bullets[1]
    assert second.text == second.sources[0].target == bracketed(SECOND)
    assert summary.headline == "[Banjir] [Rendam] [Empat] [Kecamatan] [Demak]"


def test_only_the_chosen_sentences_are_translated() -> None:
    summary, engine = summarize(PAGE, wishes=Wishes(1))
    assert len(summary.bullets) == 1
    assert len(engine.asked) == 2  # the bullet and the headline


def test_indonesian_bullets_need_no_translation() -> None:
    summary, engine = summarize(PAGE, wishes=Wishes(language="id"))
    assert [bullet.text for bullet in summary.bullets] == [FIRST, SECOND, THIRD]
    assert summary.bullets[0].sources[0].target is None
    assert summary.line == "Banjir Rendam Empat Kecamatan Demak"
    assert engine.batches == []


def test_both_languages_at_once() -> None:
    summary, _ = summarize(PAGE, wishes=Wishes(2, "both"))
    assert [(bullet.text, bullet.indonesian) for bullet in summary.bullets] == [
        (bracketed(bullet.sources[0].text), bullet.sources[0].text) for bullet in summary.bullets
    ]
    assert len(summary.bullets) == 2


def test_a_weekday_has_its_date_where_the_articles_is_known() -> None:
    summary, _ = summarize(FIRST, wishes=Wishes(1, "id"), published="2025-02-19")
    (bullet,) = summary.bullets
    assert bullet.text == ("Banjir merendam empat kecamatan Demak sejak Selasa (18/2/2025) pagi.")
    assert bullet.changed == ("day",)


@pytest.mark.parametrize(
    ("wishes", "count"),
    [
        (Wishes(7, "id", characters=61), 1),
        (Wishes(7, "id", characters=2 * (2 + len(THIRD)) + 1), 2),
        (Wishes(7, "id", words=9), 1),
        (Wishes(7, "id", words=18), 2),
        (Wishes(2, "id"), 2),
    ],
)
def test_a_slot_is_never_exceeded(wishes: Wishes, count: int) -> None:
    summary, _ = summarize(PAGE, wishes=wishes)
    text = "\n".join(f"- {bullet.text}" for bullet in summary.bullets)
    assert len(summary.bullets) == count
    assert wishes.characters is None or len(text) <= wishes.characters
    assert wishes.words is None or len(text.split()) - count <= wishes.words


def test_where_nothing_fits_it_is_said() -> None:
    summary, _ = summarize(PAGE, wishes=Wishes(language="id", characters=20))
    assert (summary.bullets, summary.crowded) == ((), True)


def test_what_the_engine_fails_on_gives_its_place_to_another() -> None:
    text = PAGE.replace("Demak sejak", "Demak RAISE sejak")
    summary, _ = summarize(text, wishes=Wishes(2))
    assert said(summary) == [(SECOND,), (THIRD,)]
    (refused,) = summary.refused
    assert refused.source.text == FIRST.replace("Demak", "Demak RAISE")
    assert refused.reasons == ("failed",)


def test_where_there_is_no_other_it_comes_with_its_flags() -> None:
    summary, _ = summarize(f"{SECOND}\n\nWarga RAISE mengungsi ke balai desa.")
    assert [bullet.flags for bullet in summary.bullets] == [(), ("failed",)]
    assert summary.refused == ()


def test_english_that_says_what_the_source_does_not_is_never_a_bullet() -> None:
    known = {(0, "b1.1"): Given("A total of 9,999 houses in Semarang were flooded.", ())}
    summary, _ = summarize(f"{SECOND}\n\n{THIRD}", known=known)
    assert said(summary) == [(THIRD,)]
    (refused,) = summary.refused
    assert (refused.source.id, refused.reasons) == ("b1.1", ("unsupported",))


def test_what_is_known_is_not_translated() -> None:
    known = {(0, "b1.1"): Given("A total of 124 houses were flooded.", (), corrected=True)}
    summary, engine = summarize(SECOND, known=known)
    assert summary.bullets[0].text == "A total of 124 houses were flooded."
    assert (engine.asked, summary.sentences_corrected) == ([], 1)


def test_an_editors_english_is_taken_as_it_is() -> None:
    # With a number that the source has not, a weekday, and an opening that else were cut.
    target = "Meanwhile, some 130 houses were flooded on Tuesday."
    known = {(0, "b1.1"): Given(target, (), corrected=True)}
    text = SECOND.replace("banjir.", "banjir, Selasa.")
    summary, _ = summarize(text, known=known, published="2025-02-19")
    assert [(bullet.text, bullet.changed) for bullet in summary.bullets] == [(target, ())]


def test_several_articles_have_one_set_of_bullets() -> None:
    other = f"Bantuan beras tiba dari Semarang.\n\n{SECOND}"
    summary, _ = summarize(PAGE, other, wishes=Wishes(7, "id"))
    assert sorted(said(summary)) == sorted(
        [("Bantuan beras tiba dari Semarang.",), (FIRST,), (SECOND,), (THIRD,)]
    )
    assert {source.article for bullet in summary.bullets for source in bullet.sources} == {0, 1}


def test_what_must_not_be_translated_is_no_english_bullet() -> None:
    pipeline = Pipeline(Sentences(Batcher(NaughtyEngine())), DecodingOptions(beam=1))
    html = f'<p translate="no">{FIRST}</p><p>{SECOND}</p>'
    article = Manuscript.from_html(html).read()
    made = Summaries(ExtractiveSummarizer(), pipeline).summarize([article], Wishes())
    assert said(made) == [(SECOND,)]


@pytest.mark.parametrize("text", ["", "ADVERTISEMENT", "***"])
def test_an_article_without_sentences_has_no_bullets(text: str) -> None:
    summary, _ = summarize(text)
    assert (summary.bullets, summary.crowded) == ((), False)


def test_a_headline_alone() -> None:
    summary, _ = summarize("Banjir Rendam Demak\n\nDEMAK, WARTASENJA.com -\n\nADVERTISEMENT")
    assert (summary.line, summary.bullets) == ("[Banjir] [Rendam] [Demak]", ())


def test_what_was_asked_for_is_part_of_the_signature() -> None:
    signature = summarize(PAGE, wishes=Wishes(2, "id", words=40))[0].signature
    assert [signature[name] for name in ("bullets", "language", "words")] == [2, "id", 40]
    assert "characters" not in signature
