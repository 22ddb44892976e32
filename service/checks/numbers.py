"""Numbers, amounts, dates and times in a sentence.

A number is a set of values: `1,5 juta` is 1,500,000, and `pukul 14.30` is 14.30. Separators mean
the opposite in English: `1.500` is 1500 in the source, and one and a half in the target. Words
(`dua belas`, `twelve`, `ketiga`, `third`), months and weekdays are numbers too. Thus
`Selasa (18/2/2025)` and `Tuesday, February 18, 2025` agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from service.checks.clock_times import TimeReader, zone_after
from service.checks.days import english_days, eve_of, is_eve
from service.checks.digits import read_digits, read_roman
from service.checks.fractions import (
    FoundFraction,
    read_fraction,
    slash_fractions,
    vulgar_fraction,
)
from service.checks.number import Number, NumberKind, Value
from service.checks.number_words import read_number_words
from service.checks.people import is_person
from service.text.lexicon import numbers as lexicon
from service.text.lexicon.numbers import Language

_SCORE = re.compile(r"(?<![\d-])\d{1,2}[-–]\d{1,2}(?![\d-])")
_SCORE_WORDS = re.compile(
    r"\b(?:skor|menang|kalah|imbang|unggul|kemenangan|kekalahan|agregat|gol|score|won|win|lost"
    r"|draw|drew|beat|lead|led|victory|defeat|aggregate)\b",
    re.IGNORECASE,
)


def numbers(text: str, language: Language) -> list[Number]:
    """Return the numbers of a sentence, in order."""
    found = _with_shared_units(text, list(_Reader(text, language).read()))
    return _with_shares(text, found) if language == "id" else found


class _Reader(TimeReader):
    """Reads the numbers of a sentence in one pass over its tokens."""

    def __init__(self, text: str, language: Language) -> None:
        super().__init__(text, language)
        has_score = "-" in text or "–" in text
        self.scores = (
            [found.span() for found in _SCORE.finditer(text)]
            if has_score and _SCORE_WORDS.search(text)
            else []
        )
        self.slash_fractions = slash_fractions(text, language)
        for start, found in self.slash_fractions.items():
            for part in range(start, start + found.length):
                self.slash_parts.pop(part, None)

    def read(self) -> Iterator[Number]:
        index = 0
        while index < len(self.tokens):
            token = self.tokens[index]
            if read := self._fraction_at(index):
                number, used = read
            elif token.is_digits:
                number, used = self._digits_at(index)
            elif found := self._word_at(index):
                number, used = found
            else:
                index += 1
                continue
            if number.kind is NumberKind.TIME and (zone := zone_after(self.text, number.end)):
                number = replace(number, zone=zone.name)
            yield number
            index += used

    def _digits_at(self, index: int) -> tuple[Number, int]:
        """Return the number in digits at a token, and the number of its tokens."""
        token = self.tokens[index]
        values: set[Value] = set(read_digits(token.text, self.language))
        following = self.lowercase(index + 1, index + 2)
        used, end = 1, token.end
        unit = self._currency_before(index)
        if scale := self._scale(index, unit):
            values = {value * scale for value in values if isinstance(value, Decimal)}
            used, end = 2, self.tokens[index + 1].end
            if self.language == "id" and self.text.startswith("-an", end):
                used, end = 3, end + len("-an")  # 5 jt-an
        elif shared := self._shared_scale(index):
            values |= {value * shared for value in values if isinstance(value, Decimal)}
        elif following and self.language == "en" and following[0] in lexicon.UNSURE_SCALES["en"]:
            factor = lexicon.UNSURE_SCALES["en"][following[0]]
            values |= {value * factor for value in values if isinstance(value, Decimal)}
        if following and following[0] in ("s", "an"):  # 1960s, tahun 60-an
            values |= {value % 100 for value in values if isinstance(value, Decimal)}
        if self._is_time(index):
            hours = self._hours(token, index)
            return Number(hours, NumberKind.TIME, token.start, token.end, True), 1
        unit = unit or self._unit_after(index + used)
        kind = self._kind(index, unit)
        # `1 negara` may be "a country".
        firm = token.text != "1" or kind is not NumberKind.NUMBER or used > 1 or unit is not None
        part = self.slash_parts.get(token.start)
        return Number(frozenset(values), kind, token.start, end, True, unit, firm, part), used

    def _fraction_at(self, index: int) -> tuple[Number, int] | None:
        """Return the fraction at a token, and the number of its tokens."""
        token, following = self.tokens[index], self.tokens[index + 1 : index + 2]
        if found := self.slash_fractions.get(token.start):
            end = token.start + found.length
            used = sum(token.start <= other.start < end for other in self.tokens[index:])
        elif (value := self._vulgar(index)) is not None:
            found, used = FoundFraction(frozenset({value}), 1), 1
        elif token.text.isdecimal() and following and following[0].start == token.end:
            if (value := self._vulgar(index + 1)) is None:
                return None
            found, used = FoundFraction(frozenset({int(token.text) + value}), 2), 2
        elif self._spelled_time(index):
            return None
        elif token.lower == "a" and following and self._spelled_time(index + 1):
            return None  # a quarter past six
        else:
            before = self.lowercase(index - 1, index)
            found = read_fraction(self.words_from(index), self.language, "".join(before))
            if found is None:
                return None
            used = found.length
        kind = NumberKind.FRACTION
        unit = found.unit or self._unit_after(self._skip_articles(index + used))
        if unit == "percent":
            kind = NumberKind.PERCENTAGE
        elif all(isinstance(value, Decimal) or value == int(value) for value in found.values):
            kind = NumberKind.NUMBER
        end = self.tokens[index + used - 1].end
        in_digits = not token.text[0].isalpha()
        return Number(found.values, kind, token.start, end, in_digits, unit, found.firm), used

    def _vulgar(self, index: int) -> Fraction | None:
        """Return the value of `½`; inside a word it is a broken letter."""
        token = self.tokens[index]
        around = self.text[max(0, token.start - 1) : token.start] + self.text[token.end :][:1]
        return None if any(map(str.isalpha, around)) else vulgar_fraction(token.text)

    def _skip_articles(self, index: int) -> int:
        """Return the index behind the articles of `half an hour`."""
        while self.language == "en" and self.lowercase(index, index + 1) in (["of"], ["a"], ["an"]):
            index += 1
        return index

    def _kind(self, index: int, unit: str | None) -> NumberKind:
        token = self.tokens[index]
        if unit == "percent":
            return NumberKind.PERCENTAGE
        if unit in lexicon.CURRENCIES:
            return NumberKind.AMOUNT
        if token.start in self.slash_parts:
            return NumberKind.DATE
        if any(start <= token.start < end for start, end in self.scores):
            return NumberKind.SCORE
        neighbors = self.lowercase(index - 1, index) + self.lowercase(index + 1, index + 2)
        if any(self._month(word) for word in neighbors) or self._is_year(index):
            return NumberKind.DATE
        if self.language == "id" and self.lowercase(index - 1, index) == ["ke"]:
            return NumberKind.ORDINAL
        if self.language == "en" and self.lowercase(index + 1, index + 2) in (
            ["st"], ["nd"], ["rd"], ["th"]
        ):  # fmt: skip
            return NumberKind.ORDINAL
        return NumberKind.NUMBER

    def _is_year(self, index: int) -> bool:
        text = self.tokens[index].text
        return len(text) == 4 and text.isdecimal() and 1000 <= int(text) <= 2100

    def _month(self, word: str) -> int | None:
        if word in lexicon.MONTHS[self.language]:
            return lexicon.MONTHS[self.language].index(word) + 1
        if word in lexicon.MONTHS["en"]:  # `12 OCTOBER 2023` in an Indonesian text
            return lexicon.MONTHS["en"].index(word) + 1
        return lexicon.SHORT_MONTHS[self.language].get(word)

    def _currency_before(self, index: int) -> str | None:
        before = self.lowercase(index - 1, index)
        return lexicon.CURRENCY_BEFORE.get(before[0]) if before else None

    def _unit_after(self, index: int) -> str | None:
        following = self.lowercase(index, index + 2)
        if self.language == "en" and following[:1] and following[0] in ("st", "nd", "rd", "th"):
            following = []  # `the 18th century` is `abad ke-18`: the source has no unit here
        if following in (["per", "cent"], ["poin", "persen"], ["poin", "persentase"]):
            return "percent"
        return lexicon.MEASURES[self.language].get(following[0]) if following else None

    def _scale(self, index: int, currency: str | None) -> int | None:
        """Return the scale directly after the digits; `2.500 (juta)` has none."""
        if index + 1 >= len(self.tokens):
            return None
        token, following = self.tokens[index], self.tokens[index + 1]
        if self.text[token.end : following.start].strip(" -"):
            return None
        word = following.lower
        if self.language == "id" and word in lexicon.ROUGH["id"]:
            word = word.removesuffix("an")  # 10 ribuan
        scale = lexicon.SCALES[self.language].get(word)
        if scale is None and self.language == "id" and currency == "rupiah":
            return lexicon.UNSURE_SCALES["id"].get(following.lower)
        return scale

    def _shared_scale(self, index: int) -> int | None:
        """Return the scale of the next number, across joining words only."""
        following = self.lowercase(index + 1, index + 6)
        for n, word in enumerate(following[:-1]):
            if word[0].isdecimal():
                return lexicon.SCALES[self.language].get(following[n + 1])
            if word not in lexicon.JOINING and word not in lexicon.CURRENCY_BEFORE:
                return None
        return None

    def _word_at(self, index: int) -> tuple[Number, int] | None:
        """Return the number in words at a token, and the number of its tokens."""
        token = self.tokens[index]
        if time := self._spelled_time(index):
            return time
        if found := read_number_words(self.words_from(index), self.language):
            value, used = found
            end = self.tokens[index + used - 1].end
            kind = NumberKind.NUMBER
            if self.language == "id" and token.lower.startswith("ke") and used == 1:
                kind = NumberKind.ORDINAL
            unit = self._unit_after(index + used)
            if unit == "percent":
                kind = NumberKind.PERCENTAGE
            elif unit in lexicon.CURRENCIES:
                kind = NumberKind.AMOUNT
            optional = (
                value in (0, 1)
                or (used == 1 and token.lower in lexicon.NUMERALS[self.language])
                or tuple(self.lowercase(index - 1, index + 1)) in lexicon.NOT_COUNTED
            )
            values: frozenset[Value] = frozenset({value})
            return Number(values, kind, token.start, end, False, unit, not optional), used
        if (month := self._month(token.lower)) and self._is_month(index):
            values = frozenset({Decimal(month)})
            return Number(values, NumberKind.DATE, token.start, token.end, False), 1
        if days := self._weekdays(index):
            eve = self.language == "id" and is_eve(self.text, token.start, token.end)
            start = self.tokens[index - 1].start if eve else token.start
            return Number(days, NumberKind.DATE, start, token.end, False), 1
        if (rough := lexicon.ROUGH[self.language].get(token.lower)) and self._is_rough(index):
            used, scale = self._rough_scale(index)
            end = self.tokens[index + used - 1].end
            quantity: Value = f"{rough} of {scale}" if scale else rough
            return Number(frozenset({quantity}), NumberKind.ROUGH, token.start, end, False), used
        if roman := read_roman(token.text):
            return Number(
                frozenset({Decimal(roman)}),
                NumberKind.ORDINAL, token.start, token.end, False,
            ), 1  # fmt: skip
        return None

    def _is_month(self, index: int) -> bool:
        token = self.tokens[index]
        neighbors = [*self.tokens[max(0, index - 1) : index], *self.tokens[index + 1 : index + 2]]
        in_date = any(other.is_digits for other in neighbors)
        months = lexicon.MONTHS[self.language]
        if token.lower not in months or token.lower in lexicon.AMBIGUOUS_MONTHS:
            return token.text[0].isupper() and in_date
        return in_date or self.language == "en" or not is_person(self.text, token.start, token.end)

    def _weekdays(self, index: int) -> frozenset[Value]:
        """Return the days that a word may mean; none if it is no weekday."""
        token = self.tokens[index]
        day = lexicon.WEEKDAYS[self.language].get(token.lower)
        day = day or lexicon.WEEKDAYS["en"].get(token.lower)  # `MONDAY` in an Indonesian text
        if day is None:
            return frozenset()
        if self.language == "id" and is_eve(self.text, token.start, token.end):
            return eve_of(day, self.text, token.end)
        if not token.text[0].isupper() or (token.lower == "minggu" and index == 0):
            return frozenset()
        return english_days(day, self.text, token.start, token.end)

    def _is_rough(self, index: int) -> bool:
        unsure = self.language == "en" and self.tokens[index].lower in lexicon.UNSURE_ROUGH
        return not unsure or self.lowercase(index + 1, index + 2) == ["of"]

    def _rough_scale(self, index: int) -> tuple[int, str | None]:
        """Return the number of tokens of `puluhan ribu`, and its scale, if any."""
        if self.language == "id":
            following = self.lowercase(index + 1, index + 2)
            factor = lexicon.SCALES["id"].get(following[0]) if following else None
            name = lexicon.ENGLISH_SCALE.get(factor) if factor else None
            return (2, f"{name}s") if name else (1, None)
        following = self.lowercase(index + 2, index + 3)
        scale = lexicon.ROUGH["en"].get(following[0]) if following else None
        return (3, scale) if scale and self.lowercase(index + 1, index + 2) == ["of"] else (1, None)


def _with_shared_units(text: str, found: list[Number]) -> list[Number]:
    """Give a number the unit of the next one: `10 sampai 15 persen`."""
    for n in range(len(found) - 2, -1, -1):
        number, after = found[n], found[n + 1]
        if number.unit is None and after.unit is not None and number.kind is NumberKind.NUMBER:
            between = text[number.end : after.start].lower()
            words = re.findall(r"\w+|[%$€£¥]", between)
            if len(between) <= 12 and all(word in lexicon.JOINING for word in words):
                found[n] = replace(number, unit=after.unit, kind=after.kind)
    return found


def _with_shares(text: str, found: list[Number]) -> list[Number]:
    """Let `tiga dari empat` agree with *three-quarters* too."""
    for n, (over, under) in enumerate(pairwise(found)):
        if text[over.end : under.start] == " dari " and len(over.values) == len(under.values) == 1:
            (part,), (whole,) = over.values, under.values
            if isinstance(part, Decimal) and isinstance(whole, Decimal) and 1 < part < whole:
                share = Fraction(part) / Fraction(whole)
                found[n] = replace(over, values=over.values | {share})
                found[n + 1] = replace(under, values=under.values | {share})
    return found
