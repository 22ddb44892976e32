"""The glossary that ships."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import service.glossary.registry
from service.glossary.apply import TranslatedSentence, apply_glossary
from service.glossary.matcher import matcher_of
from service.glossary.registry import GlossaryRegistry

NEWSROOM = GlossaryRegistry(Path("nowhere")).get("newsroom")


def test_size_and_terms() -> None:
    assert len(NEWSROOM.terms) >= 900
    for term in NEWSROOM.terms:
        for text in (term.source, *term.targets):
            assert re.fullmatch(r"[\w '&(),./:-]+", text), text
        assert term.note, term.source


def test_every_term_matches_itself() -> None:
    matcher = matcher_of(NEWSROOM)
    for term in NEWSROOM.terms:
        sentence = f"Menurut {term.source} kemarin."
        assert [match.term for match in matcher.find(sentence)] == [term], sentence


@pytest.mark.parametrize(
    ("source", "english"),
    [
        ("DPR", "the House of Representatives (DPR)"),
        ("DPD", "the Regional Representative Council (DPD)"),
        ("MPR", "the People's Consultative Assembly (MPR)"),
        ("MK", "the Constitutional Court (MK)"),
        ("MA", "the Supreme Court (MA)"),
        ("KPK", "the Corruption Eradication Commission (KPK)"),
        ("Polri", "the National Police"),
        ("TNI", "the Indonesian Military (TNI)"),
        ("BMKG", "the Meteorology, Climatology and Geophysics Agency (BMKG)"),
        ("BNPB", "the National Disaster Mitigation Agency (BNPB)"),
        ("Basarnas", "the National Search and Rescue Agency (Basarnas)"),
        ("OJK", "the Financial Services Authority (OJK)"),
        ("KPU", "the General Elections Commission (KPU)"),
        ("Bawaslu", "the Elections Supervisory Agency (Bawaslu)"),
        ("Komnas HAM", "the National Commission on Human Rights (Komnas HAM)"),
        ("MUI", "the Indonesian Ulema Council (MUI)"),
        ("PDI-P", "the Indonesian Democratic Party of Struggle (PDI-P)"),
        ("KUHP", "the Criminal Code (KUHP)"),
        ("IHSG", "the Jakarta Composite Index (IHSG)"),
        ("APBN", "the state budget"),
        ("BUMN", "state-owned enterprise"),
        ("BBM", "fuel"),
        ("PPN", "value-added tax"),
        ("Kemenkes", "the Health Ministry"),
        ("Kemlu", "the Foreign Ministry"),
        ("Komdigi", "the Communications and Digital Affairs Ministry"),
        ("Kemendikdasmen", "the Primary and Secondary Education Ministry"),
        ("Menko PMK", "Coordinating Minister for Human Development and Culture"),
        ("Jabar", "West Java"),
        ("NTT", "East Nusa Tenggara"),
        ("Papua Pegunungan", "Highland Papua"),
        ("Laut Natuna Utara", "the North Natuna Sea"),
        ("Pancasila", "Pancasila"),
        ("WIB", "WIB"),
        ("AS", "the United States"),
    ],
)
def test_english_of_an_international_newsroom(source: str, english: str) -> None:
    [applied] = apply_glossary(
        NEWSROOM, [TranslatedSentence(f"Dari {source}.", f"That is of {source}.")]
    )
    assert applied.target == f"That is of {english}."
    assert [use.applied for use in applied.uses] == [True]


@pytest.mark.parametrize(
    "sentence",
    [
        "Siswa MAN 1 Kotabaru naik pangkat.",
        "Ma Ling tiba as roda patah.",
        "Maju terus, kata Bima.",
    ],
)
def test_words_that_are_no_terms(sentence: str) -> None:
    assert matcher_of(NEWSROOM).find(sentence) == []


def test_it_ships_with_the_package() -> None:
    assert service.glossary.registry._SHIPPED.is_file()
