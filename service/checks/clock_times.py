"""Times of the day: `pukul 14.30`, `jam tujuh malam`, `half past six`.

A time is a `Number` whose values are hours.minutes on a 24-hour clock. It has two values if the
text says neither a.m. nor p.m.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from service.checks.number import Number, NumberKind, Value
from service.checks.number_words import read_number_words
from service.text.lexicon import numbers as lexicon
from service.text.lexicon.numbers import Language

_VULGAR = "¼½¾⅐-⅞"
_TOKEN = re.compile(rf"\d+(?:[.,:]\d+)*|[{_VULGAR}]|[^\W\d_{_VULGAR}]+|[%$€£¥°]")
SLASH_DATE = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?(?![\d/])")
_HOUR = re.compile(r"\d{1,2}")
CLOCK = re.compile(r"(\d{1,2})[.:](\d{2})")
_MILITARY = re.compile(r"(\d{2})(\d{2})")
_AM_PM = re.compile(r"\s?(a|p)\.?m\b\.?", re.IGNORECASE)
_ZONE = re.compile(
    rf"(?:\s?[ap]\.?m\b\.?)?[\s,(]*\b(?P<zone>{'|'.join(lexicon.ZONE_OFFSETS)}"
    rf"|(?P<part>{'|'.join(lexicon.ENGLISH_ZONES)}) indonesian? (?:standard )?time)\b",
    re.IGNORECASE,
)
_MAX_WORDS = 20  # in a spelled-out number


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a sign, or digits with their separators."""

    text: str
    lower: str
    start: int
    end: int

    @property
    def is_digits(self) -> bool:
        return self.text[0].isdecimal()


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone (`WIB`) at `text[start:end]`."""

    name: str
    start: int
    end: int


def zone_after(text: str, end: int) -> Zone | None:
    """Return the zone directly behind a time that ends at `end`."""
    found = _ZONE.match(text, end)
    if found is None:
        return None
    part = found["part"]
    name = lexicon.ENGLISH_ZONES[part.lower()] if part else found["zone"].upper()
    return Zone(name, *found.span("zone"))


class TimeReader:
    """Reads the times among the tokens of a sentence."""

    def __init__(self, text: str, language: Language) -> None:
        self.text, self.language = text, language
        self.tokens = [
            Token(found.group(), found.group().lower(), found.start(), found.end())
            for found in _TOKEN.finditer(text)
        ]
        # Parts of dates with slashes: 0 to 2, by offset.
        self.slash_parts = {
            found.start(part + 1): part
            for found in (SLASH_DATE.finditer(text) if "/" in text else ())
            for part in range(3)
            if found[part + 1]
        }

    def lowercase(self, start: int, end: int) -> list[str]:
        """Return tokens `start` to `end` in lower case."""
        return [token.lower for token in self.tokens[max(0, start) : end]]

    def words_from(self, index: int) -> list[str]:
        """Return the words from a token to the next mark, apart from hyphens."""
        words, end = [], self.tokens[index].start
        for token in self.tokens[index : index + _MAX_WORDS]:
            if self.text[end : token.start].strip(" -\u00a0"):
                break
            words.append(token.lower)
            end = token.end
        return words

    def _is_time(self, index: int) -> bool:
        """Return whether the digits are a time of the day."""
        token = self.tokens[index]
        if token.start in self.slash_parts:
            return False
        clock = self._clock(index)
        hour = clock[1] if clock else token.text
        if not _HOUR.fullmatch(hour) or int(hour) > 24 or (clock and int(clock[2]) > 59):
            return False
        if self.language == "en":
            return bool(clock and ":" in token.text) or bool(_AM_PM.match(self.text, token.end))
        before, after = self.lowercase(index - 1, index), self.lowercase(index + 1, index + 2)
        if before and before[0] in lexicon.HOUR_WORDS:
            return True
        if after and after[0] in lexicon.ZONES:
            return True
        return bool(clock) and ":" in token.text

    def _clock(self, index: int) -> re.Match[str] | None:
        """Match hours and minutes, in English also `1200 GMT`."""
        text = self.tokens[index].text
        if clock := CLOCK.fullmatch(text):
            return clock
        if self.language == "en" and lexicon.ZONES.intersection(
            self.lowercase(index + 1, index + 2)
        ):
            return _MILITARY.fullmatch(text)
        return None

    def _hours(self, token: Token, index: int) -> frozenset[Value]:
        """Return the values of a time in digits."""
        clock = self._clock(index)
        hour, minute = (int(clock[1]), clock[2]) if clock else (int(token.text), "00")
        hours = {hour}
        if self.language == "en":
            if suffix := _AM_PM.match(self.text, token.end):
                hours = {hour % 12 + (12 if suffix[1].lower() == "p" else 0)}
        elif any(
            hour in lexicon.AFTERNOON.get(word, ()) for word in self.lowercase(index + 1, index + 2)
        ):
            hours = {hour, hour + 12}
        return _time_values(hours, minute)

    def _spelled_time(self, index: int) -> tuple[Number, int] | None:
        """Read a time in words, and return the number of its tokens too.

        Examples: `jam tujuh malam`, `pukul setengah tujuh` (half past six), `quarter past six`.
        """
        found = self._indonesian_time(index) if self.language == "id" else self._english_time(index)
        if found is None:
            return None
        hours, minute, used = found
        start, end = self.tokens[index].start, self.tokens[index + used - 1].end
        values = _time_values(hours, f"{minute:02}")
        return Number(values, NumberKind.TIME, start, end, False), used

    def _indonesian_time(self, index: int) -> tuple[set[int], int, int] | None:
        """Return hours, minutes and the number of tokens, or None.

        `dua jam lima menit` is no time.
        """
        if index == 0 or self.tokens[index - 1].lower not in lexicon.HOUR_WORDS:
            return None
        before = self.tokens[index - 2] if index > 1 else None
        if before and (before.is_digits or read_number_words([before.lower], "id")):
            return None
        words = self.words_from(index)
        half = words[0] == "setengah"
        found = _hour(words[half:], "id") if half else read_number_words(words, "id")
        if found is None or found[0] != int(found[0]) or not 1 <= found[0] <= 24:
            return None
        hour, used, minute = int(found[0]), found[1] + half, 0
        if half:
            hour, minute = hour - 1, 30
        elif len(words) > used + 1 and words[used] in ("lewat", "lebih", "kurang"):
            minutes = (Decimal(15), 1) if words[used + 1] == "seperempat" else None
            if minutes := minutes or read_number_words(words[used + 1 :], "id"):
                minute = int(minutes[0]) % 60
                if words[used] == "kurang" and minute:
                    hour, minute = hour - 1, 60 - minute
                used += 1 + minutes[1]
                used += words[used : used + 1] == ["menit"]
        if words[used : used + 1] in (["menit"], ["detik"]):
            return None
        morning = words[used : used + 1] in (["pagi"], ["dini"], ["subuh"])
        return {hour} if morning or hour > 12 else {hour, hour + 12}, minute, used

    def _english_time(self, index: int) -> tuple[set[int], int, int] | None:
        """Return hours (a.m. and p.m.), minutes and the number of tokens.

        An example is `half past six`.
        """
        if self.tokens[index].lower not in ("half", "quarter"):
            return None
        words = self.words_from(index)[:3]
        minutes = {("half", "past"): 30, ("quarter", "past"): 15, ("quarter", "to"): 45}
        minute = minutes.get((words[0], words[1])) if len(words) == 3 else None
        hour = _hour(words[2:], "en") if minute else None
        if minute is None or hour is None or not 1 <= hour[0] <= 12:
            return None
        morning = int(hour[0]) - (words[1] == "to")
        return {morning, morning + 12}, minute, 3


def _hour(words: Sequence[str], language: Language) -> tuple[Decimal, int] | None:
    """Return the hour at the first word, in words or digits: `setengah 12`."""
    if words and _HOUR.fullmatch(words[0]):
        return Decimal(words[0]), 1
    return read_number_words(words, language) if words else None


def _time_values(hours: set[int], minute: str) -> frozenset[Value]:
    """Return times of the day as hours.minutes."""
    values: set[Value] = {Decimal(f"{hour % 24}.{minute}") for hour in hours}
    if minute == "00" and 0 in {hour % 24 for hour in hours}:
        values.add(Decimal(12))  # midnight
    return frozenset(values)
