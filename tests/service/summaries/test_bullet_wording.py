"""Wordings with the speaker named, the day dated and the text shortened."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from service.summaries.wording import Wording, invented_facts, standalone_wording
from service.text.lexicon.numbers import Language

TUESDAY = date(2025, 2, 18)
ARTICLE = [
    (1, "Kepala BPBD Demak, Agus Nugroho, mengatakan air mulai surut."),
    (2, '"Namun, 1.240 warga mengungsi," ujarnya kepada wartawan, Senin.'),
    (3, '"Kami siaga.'),
    (3, "Tanggul kokoh sejak Senin."),
    (3, 'Warga aman," kata Agus.'),
    (4, "Banjir merendam 200 rumah."),
]


def test_english_wording() -> None:
    target = '"However, 1,240 residents fled," he told reporters on Monday.'
    assert standalone_wording(ARTICLE, 1, target, "en", TUESDAY) == Wording(
        '"However, 1,240 residents fled," Agus Nugroho said on Monday, 17 February.',
        ("day", "speaker", "shortened"),
        ("Agus Nugroho", "17 February"),
        name_index=0,
    )


def test_indonesian_wording() -> None:
    assert standalone_wording(ARTICLE, 1, ARTICLE[1][1], "id", TUESDAY) == Wording(
        '"Namun, 1.240 warga mengungsi," ujar Agus Nugroho, Senin (17/2/2025).',
        ("day", "speaker", "shortened"),
        ("Agus Nugroho", "17/2/2025"),
        name_index=0,
    )


def test_middle_of_a_quotation_stays() -> None:
    target = "The dyke has held since Monday."
    assert standalone_wording(ARTICLE, 3, target, "en", TUESDAY) == Wording(target, unresolved=True)


def test_plain_sentence_stays() -> None:
    target = "Floods hit 200 houses."
    assert standalone_wording(ARTICLE, 5, target, "en", TUESDAY) == Wording(target)


def test_date_that_is_cut_again_is_not_a_change() -> None:
    article = [(1, '"Aman," kata Bupati Demak, Siti Aminah, dikutip dari Antara, Senin.')]
    assert standalone_wording(article, 0, article[0][1], "id", TUESDAY) == Wording(
        '"Aman," kata Bupati Demak, Siti Aminah.', ("shortened",)
    )


def test_day_stays_without_a_publication_day() -> None:
    target = '"However, 1,240 residents fled," he said on Monday.'
    assert standalone_wording(ARTICLE, 1, target, "en").changed == ("speaker",)


def test_invented_facts_are_those_that_were_not_added() -> None:
    source, before, after = "Air surut.", "The water fell.", "The water fell on 17 February."
    assert invented_facts(source, before, after, ()) == ["17", "February"]
    assert invented_facts(source, before, after, ["17 February"]) == []


_PIECES = st.sampled_from(
    "Senin |Selasa malam |kemarin |hari ini |besok |(18/2) |(31/2/2025) |18 Februari |akan |kata "
    '|Agus Nugroho|, |. |" |ujarnya |Ia menambahkan |Kepala BPBD |Menurutnya |, dikutip |Namun, '
    "|on Monday |yesterday |he said |told reporters |on Monday (17/2/2025)|last week |12 ".split(
        "|"
    )
)
_TEXTS = st.one_of(st.text(max_size=40), st.lists(_PIECES, max_size=10).map("".join))


@given(st.lists(_TEXTS, min_size=1, max_size=4), _TEXTS, st.sampled_from(["en", "id"]))
def test_any_text_has_a_wording_without_new_digits(
    sentences: list[str], target: str, language: Language
) -> None:
    article = list(enumerate(sentences))
    text = target if language == "en" else sentences[-1]
    found = standalone_wording(article, len(article) - 1, text, language, TUESDAY, limit=20)
    known = text + sentences[-1] + "".join(found.added)
    assert {c for c in found.text if c.isdecimal()} <= {c for c in known if c.isdecimal()}
    assert (found.text == text) == (not found.changed)
