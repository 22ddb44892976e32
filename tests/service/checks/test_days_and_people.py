"""Nights before a weekday, English dates, time zones, and people called like a month."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.article import FactStatus
from service.checks.compare import Comparison, pair_numbers
from service.checks.number import Value
from service.checks.numbers import numbers
from service.checks.people import people
from service.text.lexicon.numbers import Language


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("Warga ronda pada malam Jumat.", "id", {"Thursday"}),
        ("Warga ronda pada malam Jumat Kliwon.", "id", {"Thursday"}),
        ("Warga ronda pada malam minggu.", "id", {"Saturday"}),
        ("Pada malam Senin hujan turun.", "id", {"Sunday"}),
        ("Warga ronda pada Jumat malam.", "id", {"Friday"}),
        ("Hujan turun pada Minggu malam.", "id", {"Sunday"}),
        ("Batasnya tengah malam Minggu.", "id", {"Sunday"}),
        ("Residents patrol on Friday night.", "en", {"Friday"}),
        ("Residents patrol on the night before Friday.", "en", {"Thursday", "Friday"}),
        ("Residents patrol on Friday eve.", "en", {"Thursday", "Friday"}),
    ],
)
def test_weekdays(text: str, language: Language, values: set[Value]) -> None:
    (number,) = numbers(text, language)
    assert number.values == values


def test_a_date_beside_an_eve_may_be_of_either_day() -> None:
    number = numbers("Bus terguling pada malam Jumat (28/11).", "id")[0]
    assert number.values == {"Thursday", "Friday"}


def test_the_fact_shows_the_whole_eve() -> None:
    pairing = Comparison("Warga ronda pada malam Jumat.", "Residents patrol on Friday night.")
    number = pairing.numbers.source[pairing.numbers.missing[0]]
    assert pairing.source[number.start : number.end] == "malam Jumat"


@pytest.mark.parametrize(
    ("source", "target", "agree"),
    [
        ("Pukul 19.30 WITA.", "At 19:30 WITA.", True),
        ("Pukul 19.30 Wita.", "At 7:30 p.m. Central Indonesia Time.", True),
        ("Pukul 19.30 WITA.", "At 7:30 p.m.", True),
        ("Pukul 19.30 WITA.", "At 18:30 WIB.", True),
        ("Pukul 19.30 WITA.", "At 11:30 GMT.", True),
        ("Pukul 19.30 WITA.", "At 19:30 WIB.", False),
        ("Pukul 19.30 WIB.", "At 7:30 p.m. Eastern Indonesian Time.", False),
        ("12 OCTOBER 2023", "12 October 2023", True),
        ("MONDAY, 9 DECEMBER 2022", "Monday, December 9, 2022", True),
        ("9 DECEMBER 2022", "9 September 2022", False),
        ("Menurut Juli, air surut.", "According to July, the water receded.", False),
        ("Juli Oktarina tertawa.", "July Oktarina laughed.", False),
        ("Juli Oktarina tertawa.", "Juli Oktarina laughed.", True),
        ("Air surut pada Juli.", "The water receded in July.", True),
        ("Pada Juli Presiden bertolak.", "The president left in July.", True),
        ("Sejak 3 Juli Juli Oktarina sakit.", "Juli Oktarina has been ill since July 3.", True),
    ],
)
def test_agreement(source: str, target: str, agree: bool) -> None:
    pairing = pair_numbers(source, target)
    assert (not pairing.missing and not pairing.invented) is agree


def test_a_figure_with_a_point_before_a_comma_is_no_english_figure() -> None:
    (number,) = numbers("Rp2.300,000", "en")
    assert Decimal(2300000) not in number.values


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Menurut Juli, air surut.", ["Juli"]),
        ("Air surut, kata Bintang.", ["Bintang"]),
        ("Bintang mengatakan air surut.", ["Bintang"]),
        ("Ibu Mawar pulang.", ["Mawar"]),
        ("Ia melihat Bintang Timur.", []),
        ("Bintang itu bersinar pada Juli.", []),
    ],
)
def test_people(text: str, names: list[str]) -> None:
    assert [text[start:end] for start, end in people(text)] == names


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("The rain has stopped, Bintang said.", None),
        ("The rain has stopped, Star said.", FactStatus.MISSING),
    ],
)
def test_a_translated_name_is_missing(target: str, status: FactStatus | None) -> None:
    facts = Comparison("Hujan sudah berhenti, kata Bintang.", target).facts
    found = [fact.status for fact in facts if fact.kind == "name" and fact.source]
    assert (FactStatus.MISSING in found) is (status is FactStatus.MISSING)
