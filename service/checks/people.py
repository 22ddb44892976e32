"""People whose name is an ordinary word or a month: `Menurut Juli`, `Bintang Pratama`.

A name is told by the words beside it: a title, a verb of saying, or a second name.
"""

from __future__ import annotations

import re

from service.text.lexicon import numbers, reporting
from service.text.lexicon.given_names import GIVEN_NAMES, NOT_BEFORE_NAME, TITLES

_ROOTS = "|".join((*reporting.ROOTS, *reporting.FURTHER_ROOTS))
_BEFORE = re.compile(rf"\b(?:{'|'.join(TITLES)}|menurut|{_ROOTS}) $", re.IGNORECASE)
_SAYING = re.compile(rf" (?:juga )?(?:{'|'.join(reporting.VERBS)})\b")
_AGE = re.compile(r" \(\d{1,2}\)|, \d{1,2} tahun\b")
_SECOND_NAME = re.compile(r" ([A-Z][a-z]+)\b")
_LAST_WORD = re.compile(r"([^\W\d_]+) $")
_NAME = re.compile(rf"\b(?:{'|'.join(name.capitalize() for name in GIVEN_NAMES)})\b")
_MAX_CAPITALS = 0.6
_MONTHS_AND_DAYS = frozenset({
    *numbers.MONTHS["id"], *numbers.SHORT_MONTHS["id"], *numbers.WEEKDAYS["id"], "tahun", "ini",
})  # fmt: skip


def is_person(text: str, start: int, end: int) -> bool:
    """Return whether the capitalized word at `text[start:end]` is the name of a person."""
    before = text[:start]
    if not text[start].isupper() or text[start:end].isupper():
        return False
    if _BEFORE.search(before) or _SAYING.match(text, end) or _AGE.match(text, end):
        return True
    second, last = _SECOND_NAME.match(text, end), _LAST_WORD.search(before)
    if second is None or second[1].lower() in _MONTHS_AND_DAYS or _is_title(text):
        return False
    return last is None or not (last[1].lower() in NOT_BEFORE_NAME or last[1][0].isupper())


def people(text: str) -> list[tuple[int, int]]:
    """Return the spans of given names that are ordinary words too."""
    return [
        found.span()
        for found in _NAME.finditer(text)
        if _BEFORE.search(text[: found.start()])
        or _SAYING.match(text, found.end())
        or (found[0].lower() in numbers.MONTHS["id"] and is_person(text, *found.span()))
    ]


def _is_title(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text)
    return sum(word[0].isupper() for word in words) > _MAX_CAPITALS * len(words) and len(words) > 3
