"""Numbers, amounts, dates and times in a sentence, with what they may stand for and where they are.

A number is a set of values: `1,5 juta` is 1,500,000, and `pukul 14.30` is 14.30 o'clock. English
written with Indonesian separators has another value: `1.500` is 1500 in the source and one and a
half in the target. Words count too (`dua belas`, `twelve`, `ketiga`, `third`), and so do months
and weekdays, so that `Selasa (18/2/2025)` and `Tuesday, February 18, 2025` agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from service.checks.spelling import spelt
from service.text.lexicon import numbers as lexicon
from service.text.lexicon.numbers import Language

# A number, or the English name of a weekday or of a rough quantity.
Value = Decimal | str


class NumberKind(StrEnum):
    """What a number is said of."""

    NUMBER = "number"
    AMOUNT = "amount"
    PERCENTAGE = "percentage"
    DATE = "date"
    TIME = "time"
    SCORE = "score"
    ORDINAL = "ordinal"
    ROUGH = "rough"


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `text[start:end]`, its scale (`juta`) included and its unit left out.

    `values` are all that it may stand for; `in_digits` is false for words. `unit` is the English
    name of what it counts, where that is a measure or a currency. What is not `firm` (`satu`,
    `sebuah`, `both`) can answer for a number of the other language, but need not be answered.
    `part` is the place in a date with slashes: 7/12 is not 12/7.
    """

    values: frozenset[Value]
    kind: NumberKind
    start: int
    end: int
    in_digits: bool
    unit: str | None = None
    firm: bool = True
    part: int | None = None

    def agrees(self, other: Number) -> bool:
        """Whether both may be the same value of the same unit. A measure may be left out where
        the other language has another word for it, but not the percent."""
        if not self.values & other.values:
            return False
        if None not in (self.part, other.part) and self.part != other.part:
            return False
        units = {self.unit, other.unit}
        return len(units) == 1 or (None in units and "percent" not in units)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    lower: str
    start: int
    end: int

    @property
    def is_digits(self) -> bool:
        return self.text[0].isdecimal()


_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+|[%$€£¥°]")
SLASH_DATE = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?(?![\d/])")
_SCORE = re.compile(r"(?<![\d-])\d{1,2}[-–]\d{1,2}(?![\d-])")
_SCORE_WORDS = re.compile(
    r"\b(?:skor|menang|kalah|imbang|unggul|kemenangan|kekalahan|agregat|gol|score|won|win|lost"
    r"|draw|drew|beat|lead|led|victory|defeat|aggregate)\b",
    re.IGNORECASE,
)
_HOUR = re.compile(r"\d{1,2}")
_CLOCK = re.compile(r"(\d{1,2})[.:](\d{2})")
_MILITARY = re.compile(r"(\d{2})(\d{2})")
_ROMAN = re.compile(r"(?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10}
_LONGEST = 20  # words of a number
_HALF_DAY = re.compile(r"\s?(a|p)\.?m\b\.?", re.IGNORECASE)


def numbers(text: str, language: Language) -> list[Number]:
    """Every number of a sentence, in order."""
    return _with_shared_units(text, list(_Reader(text, language).read()))


class _Reader:
    """Goes once through the tokens of a sentence."""

    def __init__(self, text: str, language: Language) -> None:
        self.text, self.language = text, language
        self.tokens = [
            _Token(found.group(), found.group().lower(), found.start(), found.end())
            for found in _TOKEN.finditer(text)
        ]
        # Where the parts of dates with slashes begin: day, month, year.
        self.slash_parts = {
            found.start(part + 1): part
            for found in (SLASH_DATE.finditer(text) if "/" in text else ())
            for part in range(3)
            if found[part + 1]
        }
        has_score = "-" in text or "–" in text
        self.scores = (
            [found.span() for found in _SCORE.finditer(text)]
            if has_score and _SCORE_WORDS.search(text)
            else []
        )

    def lower(self, start: int, end: int) -> list[str]:
        return [token.lower for token in self.tokens[max(0, start) : end]]

    def run(self, place: int) -> list[str]:
        """The words from there on between which stand only blanks and hyphens."""
        words, end = [], self.tokens[place].start
        for token in self.tokens[place : place + _LONGEST]:
            if self.text[end : token.start].strip(" -\u00a0"):
                break
            words.append(token.lower)
            end = token.end
        return words

    def read(self) -> Iterator[Number]:
        place = 0
        while place < len(self.tokens):
            token = self.tokens[place]
            if token.is_digits:
                number, used = self._digits_at(place)
            elif found := self._word_at(place):
                number, used = found
            else:
                place += 1
                continue
            yield number
            place += used

    def _digits_at(self, place: int) -> tuple[Number, int]:
        """The number in digits at a token, and how many tokens it takes."""
        token = self.tokens[place]
        values: set[Value] = set(_read_digits(token.text, self.language))
        following = self.lower(place + 1, place + 2)
        used, end = 1, token.end
        unit = self._currency_before(place)
        if scale := self._scale(place, unit):
            values = {value * scale for value in values if isinstance(value, Decimal)}
            used, end = 2, self.tokens[place + 1].end
        elif shared := self._shared_scale(place):
            values |= {value * shared for value in values if isinstance(value, Decimal)}
        elif following and self.language == "en" and following[0] in lexicon.UNSURE_SCALES["en"]:
            factor = lexicon.UNSURE_SCALES["en"][following[0]]
            values |= {value * factor for value in values if isinstance(value, Decimal)}
        if following and following[0] in ("s", "an"):  # 1960s, tahun 60-an
            values |= {value % 100 for value in values if isinstance(value, Decimal)}
        if self._is_time(place):
            hours = self._hours(token, place)
            return Number(hours, NumberKind.TIME, token.start, token.end, True), 1
        unit = unit or self._unit_after(place + used)
        kind = self._kind(place, unit)
        # `1 negara` is a country.
        firm = token.text != "1" or kind is not NumberKind.NUMBER or used > 1 or unit is not None
        part = self.slash_parts.get(token.start)
        return Number(frozenset(values), kind, token.start, end, True, unit, firm, part), used

    def _kind(self, place: int, unit: str | None) -> NumberKind:
        token = self.tokens[place]
        if unit == "percent":
            return NumberKind.PERCENTAGE
        if unit in lexicon.CURRENCIES:
            return NumberKind.AMOUNT
        if token.start in self.slash_parts:
            return NumberKind.DATE
        if any(start <= token.start < end for start, end in self.scores):
            return NumberKind.SCORE
        beside = self.lower(place - 1, place) + self.lower(place + 1, place + 2)
        if any(self._month(word) for word in beside) or self._is_year(place):
            return NumberKind.DATE
        if self.language == "id" and self.lower(place - 1, place) == ["ke"]:
            return NumberKind.ORDINAL
        if self.language == "en" and self.lower(place + 1, place + 2) in (
            ["st"], ["nd"], ["rd"], ["th"]
        ):  # fmt: skip
            return NumberKind.ORDINAL
        return NumberKind.NUMBER

    def _is_year(self, place: int) -> bool:
        text = self.tokens[place].text
        return len(text) == 4 and text.isdecimal() and 1000 <= int(text) <= 2100

    def _month(self, word: str) -> int | None:
        if word in lexicon.MONTHS[self.language]:
            return lexicon.MONTHS[self.language].index(word) + 1
        return lexicon.SHORT_MONTHS[self.language].get(word)

    def _currency_before(self, place: int) -> str | None:
        before = self.lower(place - 1, place)
        return lexicon.CURRENCY_BEFORE.get(before[0]) if before else None

    def _unit_after(self, place: int) -> str | None:
        following = self.lower(place, place + 2)
        if self.language == "en" and following[:1] and following[0] in ("st", "nd", "rd", "th"):
            following = []  # the 18th century is named by its ordinal alone in the source
        if len(following) == 2 and following == ["per", "cent"]:
            return "percent"
        return lexicon.MEASURES[self.language].get(following[0]) if following else None

    def _scale(self, place: int, currency: str | None) -> int | None:
        """The scale right behind the digits: of `2.500 (juta)` there is none."""
        if place + 1 >= len(self.tokens):
            return None
        token, following = self.tokens[place], self.tokens[place + 1]
        if self.text[token.end : following.start].strip(" -"):
            return None
        word = following.lower
        if self.language == "id" and word in lexicon.ROUGH["id"]:
            word = word.removesuffix("an")  # 10 ribuan
        scale = lexicon.SCALES[self.language].get(word)
        if scale is None and self.language == "id" and currency == "rupiah":
            return lexicon.UNSURE_SCALES["id"].get(following.lower)
        return scale

    def _shared_scale(self, place: int) -> int | None:
        """The scale of the next number, where only joining words stand before it."""
        following = self.lower(place + 1, place + 6)
        for n, word in enumerate(following[:-1]):
            if word[0].isdecimal():
                return lexicon.SCALES[self.language].get(following[n + 1])
            if word not in lexicon.JOINING and word not in lexicon.CURRENCY_BEFORE:
                return None
        return None

    def _is_time(self, place: int) -> bool:
        """Whether the digits are a time of the day."""
        token = self.tokens[place]
        if token.start in self.slash_parts:
            return False
        clock = self._clock(place)
        hour = clock[1] if clock else token.text
        if not _HOUR.fullmatch(hour) or int(hour) > 24 or (clock and int(clock[2]) > 59):
            return False
        if self.language == "en":
            return bool(clock and ":" in token.text) or bool(_HALF_DAY.match(self.text, token.end))
        before, after = self.lower(place - 1, place), self.lower(place + 1, place + 2)
        if before and before[0] in lexicon.HOUR_WORDS:
            return True
        if after and after[0] in lexicon.ZONES:
            return True
        return bool(clock) and ":" in token.text

    def _clock(self, place: int) -> re.Match[str] | None:
        """Hours and minutes, also as English writes them before a zone: `1200 GMT`."""
        text = self.tokens[place].text
        if clock := _CLOCK.fullmatch(text):
            return clock
        if self.language == "en" and lexicon.ZONES.intersection(self.lower(place + 1, place + 2)):
            return _MILITARY.fullmatch(text)
        return None

    def _hours(self, token: _Token, place: int) -> frozenset[Value]:
        """A time as hours.minutes on a clock of 24 hours."""
        clock = self._clock(place)
        hour, minute = (int(clock[1]), clock[2]) if clock else (int(token.text), "00")
        hours = {hour}
        if self.language == "en":
            if half := _HALF_DAY.match(self.text, token.end):
                hours = {hour % 12 + (12 if half[1].lower() == "p" else 0)}
        elif any(
            hour in lexicon.AFTERNOON.get(word, ()) for word in self.lower(place + 1, place + 2)
        ):
            hours = {hour, hour + 12}
        return _o_clock(hours, minute)

    def _spoken_time(self, place: int) -> tuple[Number, int] | None:
        """`jam tujuh malam`, `pukul setengah tujuh` (half past six); `quarter past six`."""
        found = self._indonesian_time(place) if self.language == "id" else self._past(place)
        if found is None:
            return None
        hours, minute, used = found
        start, end = self.tokens[place].start, self.tokens[place + used - 1].end
        return Number(_o_clock(hours, f"{minute:02}"), NumberKind.TIME, start, end, False), used

    def _indonesian_time(self, place: int) -> tuple[set[int], int, int] | None:
        """Hours, minutes, and the words they take; of `dua jam lima menit` there are none."""
        if place == 0 or self.tokens[place - 1].lower not in lexicon.HOUR_WORDS:
            return None
        before = self.tokens[place - 2] if place > 1 else None
        if before and (before.is_digits or spelt([before.lower], "id")):
            return None
        words = self.run(place)
        half = words[0] == "setengah"
        found = spelt(words[half:], "id") if len(words) > half else None
        if found is None or found[0] != int(found[0]) or not 1 <= found[0] <= 24:
            return None
        hour, used, minute = int(found[0]), found[1] + half, 0
        if half:
            hour, minute = hour - 1, 30
        elif len(words) > used + 1 and words[used] in ("lewat", "lebih", "kurang"):
            more = (Decimal(15), 1) if words[used + 1] == "seperempat" else None
            if more := more or spelt(words[used + 1 :], "id"):
                minute = int(more[0]) % 60
                if words[used] == "kurang" and minute:
                    hour, minute = hour - 1, 60 - minute
                used += 1 + more[1]
                used += words[used : used + 1] == ["menit"]
        if words[used : used + 1] in (["menit"], ["detik"]):
            return None
        morning = words[used : used + 1] in (["pagi"], ["dini"], ["subuh"])
        return {hour} if morning or hour > 12 else {hour, hour + 12}, minute, used

    def _past(self, place: int) -> tuple[set[int], int, int] | None:
        """The English way: `half past six`, `quarter to seven`, of whichever half of the day."""
        if self.tokens[place].lower not in ("half", "quarter"):
            return None
        words = self.run(place)[:3]
        minutes = {("half", "past"): 30, ("quarter", "past"): 15, ("quarter", "to"): 45}
        minute = minutes.get((words[0], words[1])) if len(words) == 3 else None
        hour = spelt(words[2:], "en") if minute else None
        if minute is None or hour is None or not 1 <= hour[0] <= 12:
            return None
        first = int(hour[0]) - (words[1] == "to")
        return {first, first + 12}, minute, 3

    def _word_at(self, place: int) -> tuple[Number, int] | None:
        token = self.tokens[place]
        if time := self._spoken_time(place):
            return time
        if found := spelt(self.run(place), self.language):
            value, used = found
            end = self.tokens[place + used - 1].end
            kind = NumberKind.NUMBER
            if self.language == "id" and token.lower.startswith("ke") and used == 1:
                kind = NumberKind.ORDINAL
            unit = self._unit_after(place + used)
            if unit == "percent":
                kind = NumberKind.PERCENTAGE
            elif unit in lexicon.CURRENCIES:
                kind = NumberKind.AMOUNT
            loose = (
                value in (0, 1)
                or (used == 1 and token.lower in lexicon.NUMERALS[self.language])
                or tuple(self.lower(place - 1, place + 1)) in lexicon.NOT_COUNTED
            )
            return Number(frozenset({value}), kind, token.start, end, False, unit, not loose), used
        if (month := self._month(token.lower)) and self._is_month(place):
            values: frozenset[Value] = frozenset({Decimal(month)})
            return Number(values, NumberKind.DATE, token.start, token.end, False), 1
        if (day := lexicon.WEEKDAYS[self.language].get(token.lower)) and self._is_weekday(place):
            return Number(frozenset({day}), NumberKind.DATE, token.start, token.end, False), 1
        if (rough := lexicon.ROUGH[self.language].get(token.lower)) and self._is_rough(place):
            used, scale = self._rough_scale(place)
            end = self.tokens[place + used - 1].end
            quantity: Value = f"{rough} of {scale}" if scale else rough
            return Number(frozenset({quantity}), NumberKind.ROUGH, token.start, end, False), used
        if _ROMAN.fullmatch(token.text):
            return Number(
                frozenset({Decimal(_roman(token.text))}),
                NumberKind.ORDINAL, token.start, token.end, False,
            ), 1  # fmt: skip
        return None

    def _is_month(self, place: int) -> bool:
        token = self.tokens[place]
        ambiguous = token.lower in lexicon.AMBIGUOUS_MONTHS
        if not ambiguous and token.lower not in lexicon.SHORT_MONTHS[self.language]:
            return True
        beside = [*self.tokens[max(0, place - 1) : place], *self.tokens[place + 1 : place + 2]]
        return token.text[0].isupper() and any(other.is_digits for other in beside)

    def _is_weekday(self, place: int) -> bool:
        token = self.tokens[place]
        if not token.text[0].isupper():
            return False
        return token.lower != "minggu" or place > 0

    def _is_rough(self, place: int) -> bool:
        unsure = self.language == "en" and self.tokens[place].lower in lexicon.UNSURE_ROUGH
        return not unsure or self.lower(place + 1, place + 2) == ["of"]

    def _rough_scale(self, place: int) -> tuple[int, str | None]:
        """The tokens of `puluhan ribu` and `tens of thousands`, and what it is tens of."""
        if self.language == "id":
            following = self.lower(place + 1, place + 2)
            factor = lexicon.SCALES["id"].get(following[0]) if following else None
            name = lexicon.ENGLISH_SCALE.get(factor) if factor else None
            return (2, f"{name}s") if name else (1, None)
        following = self.lower(place + 2, place + 3)
        scale = lexicon.ROUGH["en"].get(following[0]) if following else None
        return (3, scale) if scale and self.lower(place + 1, place + 2) == ["of"] else (1, None)


def _o_clock(hours: set[int], minute: str) -> frozenset[Value]:
    """Times of the day as hours.minutes."""
    values: set[Value] = {Decimal(f"{hour % 24}.{minute}") for hour in hours}
    if minute == "00" and 0 in {hour % 24 for hour in hours}:
        values.add(Decimal(12))  # midnight
    return frozenset(values)


def _read_digits(token: str, language: Language) -> set[Decimal]:
    """What a group of digits with separators may stand for."""
    thousands, point = (".", ",") if language == "id" else (",", ".")
    values: set[Decimal] = set()
    if re.fullmatch(
        rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(point)}\d+)?", token
    ):
        values.add(Decimal(token.replace(thousands, "").replace(point, ".")))
    elif re.fullmatch(rf"\d+{re.escape(point)}\d+", token):
        values.add(Decimal(token.replace(point, ".")))
    elif token.isdecimal():
        values.add(Decimal(token))
    if clock := _CLOCK.fullmatch(token):
        # A time without a word that says so, or a result.
        values.add(Decimal(f"{clock[1]}.{clock[2]}"))
    if not values and language == "id" and re.fullmatch(r"\d+\.\d+", token):
        # Sources also write a point where English does: a standard's number, a frequency.
        values.add(Decimal(token))
    if not values:
        # Neither language writes it so: the bare digits, as in a version or an address.
        values.add(Decimal(re.sub(r"\D", "", token)))
    return values


def _with_shared_units(text: str, found: list[Number]) -> list[Number]:
    """`10 sampai 15 persen` is 10 percent as well."""
    for n in range(len(found) - 2, -1, -1):
        number, after = found[n], found[n + 1]
        if number.unit is None and after.unit is not None and number.kind is NumberKind.NUMBER:
            between = text[number.end : after.start].lower()
            words = re.findall(r"\w+|[%$€£¥]", between)
            if len(between) <= 12 and all(word in lexicon.JOINING for word in words):
                found[n] = replace(number, unit=after.unit, kind=after.kind)
    return found


def _roman(text: str) -> int:
    digits = [_ROMAN_DIGITS[letter] for letter in text]
    return sum(
        -digit if any(digit < later for later in digits[n + 1 :]) else digit
        for n, digit in enumerate(digits)
    )
