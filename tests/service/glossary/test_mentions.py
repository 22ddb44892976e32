"""Mentions of terms, and which of them need an explanation."""

from __future__ import annotations

import pytest

from service.glossary.matcher import Matcher
from service.glossary.mentions import abbreviates, find_mentions
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
def test_acronyms_that_are_explained(sentences: list[str], explained: list[list[str]]) -> None:
    mentions = find_mentions(MATCHER, sentences, [True] * len(sentences))
    assert [[m.match.term.source for m in found if m.explain] for found in mentions] == explained


def test_headlines_explain_nothing_and_have_no_first_mention() -> None:
    mentions = find_mentions(MATCHER, ["KPK Tahan Bupati", "KPK menahan bupati."], [False, True])
    assert [[m.explain for m in found] for found in mentions] == [[False, False], [True, False]]


def test_an_acronym_that_the_source_explains_otherwise_is_no_term_anywhere() -> None:
    sentences = ["Tarif PKB naik.", "Pajak kendaraan bermotor (PKB) dibayar bupati."]
    mentions = find_mentions(MATCHER, sentences, [True, True])
    assert [[m.match.term.source for m in found] for found in mentions] == [[], ["bupati"]]


def test_an_acronym_after_its_full_name() -> None:
    [mentions] = find_mentions(MATCHER, ["Komisi Pemberantasan Korupsi (KPK) diam."], [True])
    assert [(m.shortened, m.bracketed) for m in mentions] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("acronym", "before", "expected"),
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
def test_abbreviates(acronym: str, before: str, expected: bool) -> None:
    assert abbreviates(acronym, before) is expected


def test_an_endless_sentence_has_at_most_40_mentions() -> None:
    (mentions,) = find_mentions(MATCHER, ["bupati " * 50], [True])
    assert len(mentions) == 40
