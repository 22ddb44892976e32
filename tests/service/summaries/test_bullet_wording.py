"""A bullet with its speaker, its day and its length put right at once."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from service.summaries.wording import Worded, invented, worded
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


def test_english() -> None:
    target = '"However, 1,240 residents fled," he told reporters on Monday.'
    assert worded(ARTICLE, 1, target, "en", TUESDAY) == Worded(
        '"However, 1,240 residents fled," Agus Nugroho said on Monday, 17 February.',
        ("day", "speaker", "shortened"),
        ("Agus Nugroho", "17 February"),
        witness=0,
    )


def test_indonesian() -> None:
    assert worded(ARTICLE, 1, ARTICLE[1][1], "id", TUESDAY) == Worded(
        '"Namun, 1.240 warga mengungsi," ujar Agus Nugroho, Senin (17/2/2025).',
        ("day", "speaker", "shortened"),
        ("Agus Nugroho", "17/2/2025"),
        witness=0,
    )


def test_the_middle_of_a_quotation_stays() -> None:
    target = "The dyke has held since Monday."
    assert worded(ARTICLE, 3, target, "en", TUESDAY) == Worded(target, unresolved=True)


def test_a_plain_sentence_stays() -> None:
    target = "Floods hit 200 houses."
    assert worded(ARTICLE, 5, target, "en", TUESDAY) == Worded(target)


def test_a_date_that_was_cut_again_is_no_change() -> None:
    article = [(1, '"Aman," kata Bupati Demak, Siti Aminah, dikutip dari Antara, Senin.')]
    assert worded(article, 0, article[0][1], "id", TUESDAY) == Worded(
        '"Aman," kata Bupati Demak, Siti Aminah.', ("shortened",)
    )


def test_without_publication_no_day_is_made() -> None:
    target = '"However, 1,240 residents fled," he said on Monday.'
    assert worded(ARTICLE, 1, target, "en").changed == ("speaker",)


def test_invented_facts_are_told_unless_they_were_added() -> None:
    source, before, after = "Air surut.", "The water fell.", "The water fell on 17 February."
    assert invented(source, before, after, ()) == ["17", "February"]
    assert invented(source, before, after, ["17 February"]) == []


_PIECES = st.sampled_from(
    "Senin |Selasa malam |kemarin |hari ini |besok |(18/2) |(31/2/2025) |18 Februari |akan |kata "
    '|Agus Nugroho|, |. |" |ujarnya |Ia menambahkan |Kepala BPBD |Menurutnya |, dikutip |Namun, '
    "|on Monday |yesterday |he said |told reporters |on Monday (17/2/2025)|last week |12 ".split(
        "|"
    )
)
_TEXTS = st.one_of(st.text(max_size=40), st.lists(_PIECES, max_size=10).map("".join))


@given(st.lists(_TEXTS, min_size=1, max_size=4), _TEXTS, st.sampled_from(["en", "id"]))
def test_any_text_is_worded_and_digits_come_from_somewhere(
    sentences: list[str], target: str, language: Language
) -> None:
    article = list(enumerate(sentences))
    text = target if language == "en" else sentences[-1]
    found = worded(article, len(article) - 1, text, language, TUESDAY, limit=20)
    known = text + sentences[-1] + "".join(found.added)
    assert {c for c in found.text if c.isdecimal()} <= {c for c in known if c.isdecimal()}
    assert (found.text == text) == (not found.changed)
