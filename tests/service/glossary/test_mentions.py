"""Which mention is the first, and what the source explains itself."""

from __future__ import annotations

import pytest

from service.glossary.matcher import Matcher
from service.glossary.mentions import abbreviates, wants_of
from service.glossary.terms import Glossary, term_of

MATCHER = Matcher(
    Glossary(
        (
            term_of("KPK", "the Corruption Eradication Commission|KPK", "exact"),
            term_of("Komisi Pemberantasan Korupsi", "the Corruption Eradication Commission|KPK"),
            term_of("PKB", "the National Awakening Party|PKB", "exact"),
            term_of("NTT", "East Nusa Tenggara", "exact"),
            term_of("bupati", "regent"),
        )
    )
)


@pytest.mark.parametrize(
    ("sentences", "explained"),
    [
        (["KPK menahan bupati.", "KPK diam."], [["KPK"], []]),
        (["Bupati diam.", "Kata KPK, KPK diam."], [[], ["KPK"]]),
        (["Komisi Pemberantasan Korupsi (KPK) diam.", "KPK diam."], [[], []]),
        (["KPK (Komisi Pemberantasan Korupsi) diam.", "KPK diam."], [[], []]),
        (["Komisi Pemberantasan Korupsi diam.", "KPK diam."], [[], ["KPK"]]),
        (["Di NTT, bupati diam."], [[]]),
        (["Kader partai itu (PKB) diam."], [[]]),
        (["Pajak kendaraan bermotor (PKB) naik.", "Tarif PKB naik."], [[], []]),
    ],
)
def test_what_is_explained(sentences: list[str], explained: list[list[str]]) -> None:
    wants = wants_of(MATCHER, sentences, [True] * len(sentences))
    assert [[w.match.term.source for w in found if w.explain] for found in wants] == explained


def test_headlines_explain_nothing_and_are_no_first_mention() -> None:
    wants = wants_of(MATCHER, ["KPK Tahan Bupati", "KPK menahan bupati."], [False, True])
    assert [[w.explain for w in found] for found in wants] == [[False, False], [True, False]]


def test_what_the_source_explains_otherwise_is_not_that_term_anywhere() -> None:
    sentences = ["Tarif PKB naik.", "Pajak kendaraan bermotor (PKB) dibayar bupati."]
    found = wants_of(MATCHER, sentences, [True, True])
    assert [[w.match.term.source for w in wants] for wants in found] == [[], ["bupati"]]


def test_a_short_form_after_its_full_name() -> None:
    [wants] = wants_of(MATCHER, ["Komisi Pemberantasan Korupsi (KPK) diam."], [True])
    assert [(w.shortened, w.bracketed) for w in wants] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("short", "before", "expected"),
    [
        ("PKB", "tarif pajak kendaraan bermotor (", True),
        ("KKP", "oleh Kementerian Kelautan dan Perikanan (", True),
        ("BBNKB", "bea balik nama kendaraan bermotor (", True),
        ("PDIP", "menurut Budi Prasetya (", False),
        ("KPK", "gedung itu (", False),
        ("Polri", "Polisi Republik Indonesia (", False),
        ("KPK", "(", False),
        ("KPK", "", False),
    ],
)
def test_abbreviates(short: str, before: str, expected: bool) -> None:
    assert abbreviates(short, before) is expected


def test_of_a_sentence_without_end_only_the_first_terms_are_looked_at() -> None:
    (wants,) = wants_of(MATCHER, ["bupati " * 50], [True])
    assert len(wants) == 40
