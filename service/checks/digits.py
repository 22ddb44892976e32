"""Figures with separators, and Roman numerals."""

from __future__ import annotations

import re
from decimal import Decimal

from service.checks.clock_times import CLOCK
from service.checks.number import Value
from service.text.lexicon.numbers import Language

_ROMAN = re.compile(r"(?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10}
# Points before a comma, which is no English figure: `2.300,000`, `17.5,00`.
MIXED = re.compile(r"\d+(?:\.\d+)+,\d+")


def read_digits(token: str, language: Language) -> set[Value]:
    """Return the values that digits with separators may have."""
    thousands, point = (".", ",") if language == "id" else (",", ".")
    values: set[Value] = set()
    if re.fullmatch(
        rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(point)}\d+)?", token
    ):
        values.add(Decimal(token.replace(thousands, "").replace(point, ".")))
    elif re.fullmatch(rf"\d+{re.escape(point)}\d+", token):
        values.add(Decimal(token.replace(point, ".")))
    elif token.isdecimal():
        values.add(Decimal(token))
    if clock := CLOCK.fullmatch(token):
        # A time without a word such as `pukul`, or a score.
        values.add(Decimal(f"{clock[1]}.{clock[2]}"))
    if not values and language == "id" and re.fullmatch(r"\d+\.\d+", token):
        # A decimal point as in English: the number of a standard, a frequency.
        values.add(Decimal(token))
    if not values and language == "en" and MIXED.fullmatch(token):
        values.add(token)  # equal to nothing
    if not values:
        # A form of neither language, such as a version or an address: the bare digits.
        values.add(Decimal(re.sub(r"\D", "", token)))
    return values


def read_roman(text: str) -> int | None:
    """Return the value of `IV`; None for another word, and for one letter alone."""
    if not _ROMAN.fullmatch(text):
        return None
    digits = [_ROMAN_DIGITS[letter] for letter in text]
    return sum(
        -digit if any(digit < later for later in digits[n + 1 :]) else digit
        for n, digit in enumerate(digits)
    )
