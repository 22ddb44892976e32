"""Numbers in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.checks.number import NumberKind
from service.checks.number_words import read_number_words
from service.checks.numbers import numbers
from service.text.lexicon.numbers import Language


@pytest.mark.parametrize(
    ("text", "value", "used"),
    [
        ("limabelas orang", "15", 1),
        ("duapuluh lima siswa", "25", 2),
        ("seratus duapuluh rumah", "120", 2),
        ("tigaratus ribu rupiah", "300000", 2),
        ("dua setengah jam", "2.5", 2),
        ("satu setengah juta", "1500000", 3),
        ("setengah juta orang", "500000", 2),
        ("setengah jam", "0.5", 1),
        ("lima koma dua persen", "5.2", 3),
        ("nol koma nol lima persen", "0.05", 4),
        ("tiga koma tujuh puluh lima persen", "3.75", 5),
        ("satu koma lima juta dolar", "1500000", 4),
        ("lima koma dan", "5", 1),
        ("seratusan orang", "100", 1),
        ("dua puluhan orang", "20", 2),
        ("tiga ratusan ribu", "300000", 3),
        ("kedua belas", "12", 2),
        ("keduapuluh", "20", 1),
        ("kedua puluh lima", "25", 3),
        ("kedua orang itu", "2", 1),
        ("dua tiga hari", "2", 1),  # two or three
        ("dua nol", "2", 1),
        ("dua ribu sembilan belas", "2019", 4),
        (
            "seratus dua puluh tiga juta empat ratus lima puluh enam ribu tujuh ratus delapan "
            "puluh sembilan",
            "123456789",
            16,
        ),
    ],
)
def test_indonesian(text: str, value: str, used: int) -> None:
    assert read_number_words(text.split(), "id") == (Decimal(value), used)


@pytest.mark.parametrize(
    ("text", "value", "used"),
    [
        ("two and a half hours", "2.5", 4),
        ("one and a half million", "1500000", 5),
        ("a million and a half", "1500000", 5),
        ("half a million people", "500000", 3),
        ("half million", "500000", 2),
        ("five point two percent", "5.2", 3),
        ("one point", "1", 1),
        ("six thirty", "6", 1),
        ("twenty five", "25", 2),
        ("twenty twelve", "20", 1),
        ("one hundred and two", "102", 4),
        ("one hundred twenty five thousand three hundred", "125300", 7),
        ("twenty first", "21", 2),
    ],
)
def test_english(text: str, value: str, used: int) -> None:
    assert read_number_words(text.split(), "en") == (Decimal(value), used)


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    "text", ["air", "koma lima", "puluh", "ratusan", "and a half", "point two"]
)
def test_no_number(text: str, language: Language) -> None:
    assert read_number_words(text.split(), language) is None


@pytest.mark.parametrize(
    ("text", "language", "hours"),
    [
        ("pukul setengah tujuh malam", "id", ["6.30", "18.30"]),
        ("jam setengah tujuh pagi", "id", ["6.30"]),
        ("pukul tujuh lewat lima belas menit", "id", ["7.15", "19.15"]),
        ("jam tujuh kurang seperempat", "id", ["6.45", "18.45"]),
        ("jam tujuh malam", "id", ["7.00", "19.00"]),
        ("jam dua belas siang", "id", ["0.00", "12.00"]),
        ("half past six", "en", ["6.30", "18.30"]),
        ("quarter to seven", "en", ["6.45", "18.45"]),
    ],
)
def test_times(text: str, language: Language, hours: list[str]) -> None:
    (number,) = numbers(text, language)
    assert number.kind is NumberKind.TIME
    assert number.values == frozenset(map(Decimal, hours))


@pytest.mark.parametrize("text", ["dua jam lima menit", "tujuh jam", "jam setengah", "2 jam lima"])
def test_no_time(text: str) -> None:
    assert NumberKind.TIME not in {number.kind for number in numbers(text, "id")}


@pytest.mark.parametrize(
    ("text", "language", "written"),
    [
        ("At one point, one man fell.", "en", ["one", "one"]),
        ("Seratus, dua puluh di antaranya anak.", "id", ["Seratus", "dua puluh"]),
        ("Dua-dua puluh lima.", "id", ["Dua", "dua puluh lima"]),
    ],
)
def test_a_number_ends_at_a_comma(text: str, language: Language, written: list[str]) -> None:
    assert [text[number.start : number.end] for number in numbers(text, language)] == written
