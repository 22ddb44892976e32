"""Matches of terms in a sentence."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.glossary.matcher import Matcher, matcher_of
from service.glossary.terms import Glossary, term_of

GLOSSARY = Glossary(
    (
        term_of("bupati", "regent"),
        term_of("wakil bupati", "deputy regent"),
        term_of("Kota", "* city"),
        term_of("Wali Kota", "mayor"),
        term_of("Kapolri", "National Police chief"),
        term_of("Polri", "the National Police"),
        term_of("TNI", "the Indonesian Military|TNI", "exact"),
        term_of("KPK", "the Corruption Eradication Commission|KPK", "exact"),
        term_of("MA", "the Supreme Court|MA", "exact"),
        term_of("AS", "the United States|US", "exact"),
        term_of("PDI-P", "the Indonesian Democratic Party of Struggle|PDI-P", "exact"),
        term_of("Bintang", "Bintang", "exact"),
        term_of("bintang", "star"),
        term_of("e-KTP", "electronic identity card"),
        term_of("KTP", "identity card", "exact"),
        term_of("Kementerian Pendidikan Tinggi, Sains, dan Teknologi", "the Science Ministry"),
    )
)
MATCHER = Matcher(GLOSSARY)


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("Menurut bupati, air surut.", [("bupati", "regent", False)]),
        ("Bupati tiba.", [("Bupati", "regent", False)]),
        ("BUPATI SLEMAN DITAHAN KPK", [("BUPATI", "regent", False), ("KPK", None, False)]),
        ("Kata bupatinya, aman.", [("bupatinya", "regent", False)]),
        ("Ia Kapolri-nya.", [("Kapolri-nya", "National Police chief", False)]),
        ("KPK-lah yang menahan.", [("KPK-lah", None, False)]),
        ("KPKlah yang menahan.", [("KPKlah", None, False)]),
        ("Bupati-bupati hadir.", [("Bupati-bupati", "regent", True)]),
        ("Para bupati hadir.", [("bupati", "regent", True)]),
        ("Sebanyak 12 bupati hadir.", [("bupati", "regent", True)]),
        ("Pada 2025 bupati hadir.", [("bupati", "regent", False)]),
        ("Wakil Bupati pergi.", [("Wakil Bupati", "deputy regent", False)]),
        ("Wakil\nBupati pergi.", [("Wakil\nBupati", "deputy regent", False)]),
        ("wali kota dan kota", [("wali kota", "mayor", False), ("kota", "city", False)]),
        ("TNI-Polri siaga.", [("TNI", None, False), ("Polri", None, False)]),
        ("TNI/Polri siaga.", [("TNI", None, False), ("Polri", None, False)]),
        ("Hubungan AS-Iran memburuk.", [("AS", None, False)]),
        ("PDI-P menolak.", [("PDI-P", None, False)]),
        ("Bintang menatap bintang.", [("Bintang", "Bintang", False), ("bintang", "star", False)]),
        ("Bawa e-KTP dan KTP.", [("e-KTP", None, False), ("KTP", None, False)]),
        ("Ia selesai.KPK membantah.", [("KPK", None, False)]),
        (
            "Kementerian Pendidikan Tinggi, Sains, dan Teknologi hadir.",
            [("Kementerian Pendidikan Tinggi, Sains, dan Teknologi", None, False)],
        ),
    ],
)
def test_finds(sentence: str, found: list[tuple[str, str | None, bool]]) -> None:
    matches = MATCHER.find(sentence)
    assert [(sentence[m.start : m.end], m.plural) for m in matches] == [(f[0], f[2]) for f in found]
    for match, (_, english, _) in zip(matches, found, strict=True):
        assert english is None or match.term.preferred == english


@pytest.mark.parametrize(
    "sentence",
    [
        "Siswa MAN 1 Kotabaru menang.",
        "Ma tidak datang, as roda patah, tni kecil.",
        "Laman kpk.go.id, surel a@KPK, dan tagar #KPK.",
        "Tipe MA-1 dan U-AS.",
        "Ia warga Ma'arif, bukan AS'ad.",
        "wakilbupati, bupatian, sebupati",
        "KPK_lama",
        "",
        "...",
    ],
)
def test_finds_nothing_inside_other_names(sentence: str) -> None:
    assert MATCHER.find(sentence) == []


def test_equal_glossaries_are_compiled_once() -> None:
    one, two = Glossary((term_of("a", "b"),)), Glossary((term_of("a", "b"),))
    assert matcher_of(one) is matcher_of(two)


def _seconds(matcher: Matcher, text: str) -> float:
    began = time.thread_time()
    matcher.find(text)
    return time.thread_time() - began


def test_twenty_thousand_terms_against_an_article() -> None:
    words = [f"kata{n}" for n in range(400)]
    many = [f"{words[n % 400]} {words[n // 400]} istilah" for n in range(20_000)]
    matcher = Matcher(Glossary(tuple(term_of(source, "term") for source in many)))
    article = " ".join(words[n * 7 % 400] for n in range(600))
    assert min(_seconds(matcher, article) for _ in range(9)) < 0.005


@pytest.mark.parametrize(
    "text",
    ["bupati" * 1_600_000, "bupati-" * 100_000, "bupati " * 100_000, "nya" * 1_000_000],
    ids=["a word of 10 MB", "hyphens", "matches", "enclitics"],
)
def test_long_texts_take_linear_time(text: str) -> None:
    assert _seconds(MATCHER, text) < 10


_PIECES = st.sampled_from(
    ["bupati", "Wakil Bupati", "KPK", "nya", "-", " ", ".", "kota", "MA", "1", "@", "Ü", "\n", "'"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=20).map("".join))
def test_matches_are_whole_words_in_order(text: str) -> None:
    end = 0
    for match in MATCHER.find(text):
        assert end <= match.start < match.end <= len(text)
        assert not text[match.start - 1 : match.start].isalnum() or match.start == 0
        assert not text[match.end : match.end + 1].isalnum()
        end = match.end
