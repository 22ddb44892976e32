"""Numbers lost and invented: which values a source has that its translation lacks, and back.

Every number in a text is a set of values it may stand for: `1,5 juta` is 1.5 and 1,500,000,
`pukul 14.30` is 14.30 and 2.30. English with Indonesian separators is no match: `1.500` is 1500
in the source and one and a half in the target. Words count as numbers (`dua belas`, `twelve`,
`ketiga`, `third`), and so do months, so that `(18/2/2025)` and `February 18, 2025` agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

Language = Literal["id", "en"]
Values = frozenset[Decimal]

_UNITS = {
    "id": "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas".split(),
    "en": (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen"
    ).split(),
}
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ENGLISH_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fifth": 5,
    "eighth": 8,
    "ninth": 9,
    "twelfth": 12,
    "half": 2,
    "quarter": 4,
    "quarters": 4,
    "thirds": 3,
    "both": 2,
    "pair": 2,
    "twice": 2,
    "once": 1,
    "twins": 2,
    "dozen": 12,
    "dozens": 12,
    "single": 1,
    "double": 2,
    "triple": 3,
    "noon": 12,
    "midnight": 12,
}
_INDONESIAN_WORDS = {
    "pertama": 1,
    "kedua": 2,
    "ganda": 2,
    "sepasang": 2,
    "seorang": 1,
    "sebuah": 1,
    "seekor": 1,
    "setengah": 2,
    "separuh": 2,
    "seperempat": 4,
    "sepertiga": 3,
    "tunggal": 1,
    "selusin": 12,
    "lusin": 12,
    "sejuta": 10**6,
    "semiliar": 10**9,
    "setriliun": 10**12,
}
_SCALES = {
    "id": {"ratus": 100, "ribu": 10**3, "juta": 10**6, "miliar": 10**9, "milyar": 10**9,
           "triliun": 10**12, "trilyun": 10**12},
    "en": {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9,
           "trillion": 10**12, "bn": 10**9, "mn": 10**6},
}  # fmt: skip
# Millions or metres, thousands or nothing.
_UNSURE_SCALES = {"m": 10**6, "k": 10**3}
# What may stand between two numbers that share a scale: `10 to 15 million`.
_JOINING = frozenset("dan atau hingga sampai sampai dengan to and or rp us usd".split())
# Months that are other words too, unless a number is beside them.
_AMBIGUOUS_MONTHS = frozenset({"may", "march", "mei", "maret"})
_HOUR_WORDS = frozenset({"pukul", "jam"})
_ZONES = frozenset({"wib", "wita", "wit"})
_MONTHS = {
    "id": "januari februari maret april mei juni juli agustus september oktober november "
    "desember".split(),
    "en": "january february march april may june july august september october november "
    "december".split(),
}

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+")


def lost_and_invented(source: str, hypothesis: str) -> tuple[list[str], list[str]]:
    """Numbers written in digits in the Indonesian source that the English lacks, and numbers
    written in digits in the English that the source lacks, as they are written."""
    ours, theirs = list(_numbers(source, "id")), list(_numbers(hypothesis, "en"))
    lost = [written for values, written in ours if written and not _found(values, theirs)]
    invented = [written for values, written in theirs if written and not _found(values, ours)]
    return lost, invented


def _found(values: Values, among: Sequence[tuple[Values, str]]) -> bool:
    return any(values & others for others, _ in among)


def _numbers(text: str, language: Language) -> Iterator[tuple[Values, str]]:
    """Every number, with its text where it is written in digits (empty: in words)."""
    tokens = [found.group() for found in _TOKEN.finditer(text)]
    lower = [token.lower() for token in tokens]
    place = 0
    while place < len(tokens):
        token, beside = tokens[place], lower[place + 1 : place + 2]
        if token[0].isdigit():
            values = _digits(token, language)
            scale = _SCALES[language].get(beside[0]) if beside else None
            if scale:
                values = {value * scale for value in values}
                place += 1
            elif shared := _shared_scale(lower[place + 1 : place + 5], language):
                values |= {value * shared for value in values}
            elif beside and language == "en" and beside[0] in _UNSURE_SCALES:
                values |= {value * _UNSURE_SCALES[beside[0]] for value in values}
            if beside and beside[0] in ("s", "an"):  # 1960s, tahun 60-an
                values |= {value % 100 for value in values}
            if _is_hour(token, lower[max(0, place - 1) : place], beside):
                values |= {value - 12 for value in values if 13 <= value < 24}
            yield frozenset(values), token
        elif words := _words(lower[place : place + 8], language):
            value, used = words
            yield frozenset({Decimal(value)}), ""
            place += used - 1
        elif lower[place] in _MONTHS[language] and _is_month(tokens, place):
            yield frozenset({Decimal(_MONTHS[language].index(lower[place]) + 1)}), ""
        place += 1


def _shared_scale(following: Sequence[str], language: Language) -> int | None:
    """The scale of the next number, where only joining words stand before it."""
    for place, token in enumerate(following[:-1]):
        if token[0].isdigit():
            return _SCALES[language].get(following[place + 1])
        if token not in _JOINING:
            return None
    return None


def _is_hour(token: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether digits are a time of the day: an hour after noon has two names."""
    return (
        bool(re.fullmatch(r"\d{1,2}[.:]\d{2}", token))
        or bool(_HOUR_WORDS.intersection(before))
        or bool(_ZONES.intersection(after))
    )


def _is_month(tokens: Sequence[str], place: int) -> bool:
    if tokens[place].lower() not in _AMBIGUOUS_MONTHS:
        return True
    beside = [*tokens[max(0, place - 1) : place], *tokens[place + 1 : place + 2]]
    return tokens[place][0].isupper() and any(token[0].isdigit() for token in beside)


def _digits(token: str, language: Language) -> set[Decimal]:
    """What a group of digits with separators may stand for."""
    thousands, point = (".", ",") if language == "id" else (",", ".")
    values: set[Decimal] = set()
    if re.fullmatch(
        rf"\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(point)}\d+)?", token
    ):
        values.add(Decimal(token.replace(thousands, "").replace(point, ".")))
    elif re.fullmatch(rf"\d+{re.escape(point)}\d+", token):
        values.add(Decimal(token.replace(point, ".")))
    elif token.isdigit():
        values.add(Decimal(token))
    if clock := re.fullmatch(r"(\d{1,2})[.:](\d{2})", token):
        values.add(Decimal(f"{clock[1]}.{clock[2]}"))
        if int(clock[1]) == 0:
            values.add(Decimal(f"12.{clock[2]}"))
    if not values and language == "id" and re.fullmatch(r"\d+\.\d+", token):
        # Sources also write a point where English does: a standard's number, a frequency.
        values.add(Decimal(token))
    if not values:
        # Neither language writes it so: the bare digits, as in a version or an address.
        values.add(Decimal(re.sub(r"\D", "", token)))
    return values


def _words(words: Sequence[str], language: Language) -> tuple[int, int] | None:
    """The number that begins here in words, and how many words it takes; or nothing."""
    return _indonesian_words(words) if language == "id" else _english_words(words)


def _indonesian_words(words: Sequence[str]) -> tuple[int, int] | None:
    if words[0] in _INDONESIAN_WORDS:
        return _INDONESIAN_WORDS[words[0]], 1
    if words[0].startswith("ke") and words[0][2:] in _UNITS["id"]:
        words = [words[0][2:], *words[1:]]
    total = current = used = 0
    for word in words:
        if word in _UNITS["id"]:
            current += _UNITS["id"].index(word)
        elif word == "belas" and used:
            current += 10
        elif word == "puluh" and used:
            current = current // 10 * 10 + current % 10 * 10
        elif word in ("seratus", "ratus") and (used or word == "seratus"):
            current = 100 * (current or 1) if word == "ratus" else current + 100
        elif word == "seribu":
            total += 1000
        elif word in _SCALES["id"] and used:
            total, current = total + current * _SCALES["id"][word], 0
        else:
            break
        used += 1
    return (total + current, used) if used else None


def _english_words(words: Sequence[str]) -> tuple[int, int] | None:
    if words[0] in _ENGLISH_ORDINALS:
        return _ENGLISH_ORDINALS[words[0]], 1
    total = current = used = 0
    if words[0] == "a" and len(words) > 1 and words[1] in _SCALES["en"]:
        current = used = 1  # a million
    for place, word in enumerate(words[used:], used):
        stem = word.removesuffix("th").replace("tieth", "ty")
        if word in _UNITS["en"] or stem in _UNITS["en"]:
            current += _UNITS["en"].index(word if word in _UNITS["en"] else stem)
        elif word in _ENGLISH_TENS or word.replace("tieth", "ty") in _ENGLISH_TENS:
            current += 20 + 10 * _ENGLISH_TENS.index(word.replace("tieth", "ty"))
        elif used and word in _ENGLISH_ORDINALS and current % 10 == 0:
            return total + current + _ENGLISH_ORDINALS[word], place + 1  # twenty-first
        elif word == "hundred" and used:
            current = 100 * (current or 1)
        elif word in ("thousand", "million", "billion", "trillion") and used:
            total, current = total + current * _SCALES["en"][word], 0
        elif word == "and" and used and current % 100 == 0 and _is_unit(words[place + 1 :]):
            pass  # one hundred and two
        else:
            break
        used = place + 1
    return (total + current, used) if used else None


def _is_unit(words: Sequence[str]) -> bool:
    return bool(words) and (words[0] in _UNITS["en"] or words[0] in _ENGLISH_TENS)
