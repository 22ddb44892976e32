"""English terms: their forms and their insertion."""

from __future__ import annotations

import time

import pytest

from service.glossary.english import indefinite, occurrences, plural, replace_span


@pytest.mark.parametrize(
    ("text", "form", "found"),
    [
        ("The regent spoke.", "regent", ["regent"]),
        ("Two Regents spoke.", "regent", ["Regents"]),
        ("The regent's car", "regent", ["regent"]),
        ("A regency", "regent", []),
        ("Two regencies", "regency", ["regencies"]),
        ("the police chiefs of two cities", "police chief", ["police chiefs"]),
        ("two attorneys general", "attorney general", ["attorneys general"]),
        ("the Secretary-General", "Secretary General", ["Secretary-General"]),
        ("a layoff", "layoffs", ["layoff"]),
        ("two spokesmen", "spokesman", ["spokesmen"]),
        ("the Ministry of Tourism and Culture", "Ministry of Tourism and Culture", None),
        ("Education, Culture, and Research", "Education, Culture and Research", None),
        ("Education, Culture and Research", "Education, Culture, and Research", None),
        ("the house is old", "House", []),
        ("several SOEs", "SOE", ["SOEs"]),
        ("soe", "SOE", []),
    ],
)
def test_occurrences(text: str, form: str, found: list[str] | None) -> None:
    expected = [text.removeprefix("the ")] if found is None else found
    assert [text[slice(*span)] for span in occurrences(text, form)] == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("regent", "regents"),
        ("regency", "regencies"),
        ("chief of police", "chiefs of police"),
        ("attorney general", "attorneys general"),
        ("spokesman", "spokesmen"),
        ("layoffs", "layoffs"),
        ("speech", "speeches"),
        ("holiday", "holidays"),
    ],
)
def test_plural(phrase: str, expected: str) -> None:
    assert plural(phrase) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("regent", "a"),
        ("acting governor", "an"),
        ("university", "a"),
        ("unmanned aircraft", "an"),
        ("European", "a"),
        ("hour", "an"),
        ("one-time payment", "a"),
        ("MSME", "an"),
        ("UN official", "a"),
        ("US citizen", "a"),
        ("NATO base", "a"),
        ("DPRD member", "a"),
    ],
)
def test_indefinite(phrase: str, expected: str) -> None:
    assert indefinite(phrase) == expected


@pytest.mark.parametrize(
    ("text", "old", "phrase", "the", "expected"),
    [
        ("She met a bupati.", "bupati", "acting regent", False, "She met an acting regent."),
        ("She met an aktor.", "aktor", "regent", False, "She met a regent."),
        ("Bupati spoke.", "Bupati", "regent", False, "Regent spoke."),
        ('"Bupati spoke."', "Bupati", "regent", False, '"Regent spoke."'),
        ("KPK said so.", "KPK", "Commission", True, "The Commission said so."),
        ("Then KPK arrested him.", "KPK", "Commission", True, "Then Commission arrested him."),
        ("On Monday, KPK arrested him.", "KPK", "Commission", True,
         "On Monday, the Commission arrested him."),
        ("He was held by KPK.", "KPK", "Commission", True, "He was held by the Commission."),
        ("the KPK said", "KPK", "Commission", True, "the Commission said"),
        ("the KPK said", "the KPK", "Commission", True, "the Commission said"),
        ("a KPK said", "KPK", "Commission", True, "the Commission said"),
        ("its KPK said", "KPK", "Commission", True, "its Commission said"),
        ("Jakarta's KPK said", "KPK", "Commission", True, "Jakarta's Commission said"),
        ("by KPK chief Budi", "KPK", "Commission", True, "by Commission chief Budi"),
        ("anti-KPK.", "KPK", "Commission", True, "anti-Commission."),
        ("former KPK", "KPK", "Commission", True, "former Commission"),
    ],
)  # fmt: skip
def test_replace_span(text: str, old: str, phrase: str, the: bool, expected: str) -> None:
    start = text.index(old)
    result, (begin, end) = replace_span(text, (start, start + len(old)), phrase, takes_the=the)
    assert result == expected
    assert result[begin:end].lower() == phrase.lower()


def test_long_texts_take_linear_time() -> None:
    began = time.perf_counter()
    text = "a" * 5_000_000
    assert replace_span(text + " KPK", (5_000_001, 5_000_004), "x", takes_the=True)[0].endswith(
        " x"
    )
    assert occurrences(text, "police chief") == []
    assert time.perf_counter() - began < 10
