"""The day that a weekday means: `malam Jumat` is Thursday night, `Jumat malam` Friday night."""

from __future__ import annotations

import re

from service.checks.number import Value
from service.text.lexicon.numbers import WEEKDAYS

_DAYS = tuple(WEEKDAYS["en"].values())
# Midnight and an hour at night are of the day itself: `tengah malam Minggu`, `pukul 21.00 malam`.
_EVE = re.compile(r"(?<!tengah )(?<!larut )(?<!\d )\bmalam\s+$", re.IGNORECASE)
# A part of the day behind it belongs to the day itself: `Sabtu malam Minggu pagi`.
_NO_EVE = re.compile(r"\s+(?:dini|subuh|pagi|siang|sore|petang|malam)\b")
_DATE = re.compile(r"\s*[,(]*\s*\d|\s+Agung")
_EVE_BEFORE = re.compile(r"\b(?:eve of|night before|before)\s+$", re.IGNORECASE)
_EVE_AFTER = re.compile(r"\s+eve\b|['\u2019]s eve\b", re.IGNORECASE)


def day_before(day: str) -> str:
    """Return the English name of the day before."""
    return _DAYS[_DAYS.index(day) - 1]


def is_eve(text: str, start: int, end: int) -> bool:
    """Return whether the weekday at `text[start:end]` names the night before it."""
    return bool(_EVE.search(text[:start])) and not _NO_EVE.match(text, end)


def eve_of(day: str, text: str, end: int) -> frozenset[Value]:
    """Return the day before; the day itself too if a date follows, which may be of either."""
    return frozenset({day_before(day), day} if _DATE.match(text, end) else {day_before(day)})


def english_days(day: str, text: str, start: int, end: int) -> frozenset[Value]:
    """Return the day, and the day before if English names an eve: *the night before Friday*."""
    if _EVE_BEFORE.search(text[:start]) or _EVE_AFTER.match(text, end):
        return frozenset({day, day_before(day)})
    return frozenset({day})
