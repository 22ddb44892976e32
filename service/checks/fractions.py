"""Fractions: `dua pertiga`, `2/3`, `½`, `three-quarters`, `one in three`.

Words come in lower case and without punctuation. Idioms (`setengah hati`, *half-time*) count
nothing, and `perempat final` is a round of eight.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import gcd

from service.checks.number import Value
from service.checks.number_words import read_number_words
from service.text.lexicon import fractions as lexicon
from service.text.lexicon.numbers import MEASURES, SCALES, UNITS, WEEKDAYS, Language

_HALF = Fraction(1, 2)
_SLASHED = re.compile(
    r"(?<![\d/.,])(?:(?P<whole>\d{1,3})[ -])?(?P<over>\d{1,2})/(?P<under>\d{1,3})(?![\d/]|[.,]\d)"
)
_LAST_WORD = re.compile(r"([^\W\d_]+)[\s:-]*$")
_NEXT_WORD = re.compile(r"[\s-]*([^\W\d_]+|%)")
_MAX_RATIO = 100  # `one in 2024` is no share


@dataclass(frozen=True, slots=True)
class FoundFraction:
    """A fraction, its length in words or characters, and whether it needs a counterpart.

    `unit` is set if a word of measure is inside it: *an hour and a half*.
    """

    values: frozenset[Value]
    length: int
    firm: bool = True
    unit: str | None = None


def read_fraction(words: Sequence[str], language: Language, before: str) -> FoundFraction | None:
    """Return the fraction at the first word, or None; `before` is the word before it."""
    return _indonesian(words) if language == "id" else _english(words, before)


def vulgar_fraction(character: str) -> Fraction | None:
    """Return the value of `½`, or None."""
    over, slash, under = unicodedata.normalize("NFKC", character).partition("\u2044")
    return Fraction(int(over), int(under)) if slash and under else None


def slash_fractions(text: str, language: Language) -> dict[int, FoundFraction]:
    """Return the fractions with a slash, by offset; a date (`Senin (2/3)`) is none."""
    found = {}
    for match in _SLASHED.finditer(text) if "/" in text else ():
        over, under = int(match["over"]), int(match["under"])
        if not 0 < over < under:
            continue
        start = match.start()
        after = _NEXT_WORD.match(text, match.end())
        following = after[1] if after else ""
        if following == "final":
            found[start] = FoundFraction(_round(under), match.end() - start, firm=False)
            continue
        whole = int(match["whole"] or 0)
        if whole and not (under in lexicon.COMMON_DENOMINATORS and over < under):
            whole, start = 0, match.start("over")
        if whole or _is_share(text[:start], following, language):
            value = whole + Fraction(over, under)
            found[start] = FoundFraction(frozenset({value}), match.end() - start)
    return found


def _is_share(before: str, following: str, language: Language) -> bool:
    """Return whether the words beside `2/3` make it a share, not a date."""
    if following in lexicon.OF[language]:
        return True
    word = _LAST_WORD.search(before)
    previous = word[1].lower() if word else ""
    if before.endswith("(") or previous in lexicon.BEFORE_DATE or previous in WEEKDAYS[language]:
        return False
    if previous in lexicon.BEFORE_SHARE[language]:
        return True
    return following.islower() and following not in lexicon.AFTER_DATE


def english_fraction(value: Fraction) -> str:
    """Return a fraction in English: `half`, `two-thirds`, `2 1/4`."""
    whole, rest = divmod(value.numerator, value.denominator)
    if whole or value.denominator not in lexicon.ENGLISH_DENOMINATORS:
        return f"{whole or ''} {rest}/{value.denominator}".strip()
    if value == _HALF:
        return "half"
    over, under = UNITS["en"][rest], lexicon.ENGLISH_DENOMINATORS[value.denominator]
    return f"{over}-{under}" + "s" * (rest > 1)


def _indonesian(words: Sequence[str]) -> FoundFraction | None:
    if found := _indonesian_round(words):
        return found
    if words[0].removesuffix("nya") in lexicon.HALVES:
        return _indonesian_half(words)
    if words[0].startswith("seper") and (under := _denominator([words[0][5:], *words[1:]])):
        return _scaled(Fraction(1, under[0]), under[1], words, "id")
    if words[0] in lexicon.ONE_UNITS and list(words[1:2]) == ["setengah"]:
        unit = MEASURES["id"][words[0].removeprefix("se")]
        return FoundFraction(frozenset({1 + _HALF}), 2, unit=unit)
    if (number := _whole(words, "id")) is None:
        return None
    over, used = number
    rest = words[used:]
    if rest and rest[0].startswith("seper") and (under := _denominator([rest[0][5:], *rest[1:]])):
        # `dua seperempat jam`
        return FoundFraction(frozenset({over + Fraction(1, under[0])}), used + under[1])
    if len(rest) > 1 and rest[0] == "per":
        under, used = _denominator(rest[1:]), used + 1
    elif rest and rest[0].startswith("per"):
        under = _denominator([rest[0][3:], *rest[1:]])
    else:
        return _indonesian_ratio(words, over, used)
    if under is None or not 0 < over < under[0]:
        return None
    return _scaled(Fraction(over, under[0]), used + under[1], words, "id")


def _indonesian_ratio(words: Sequence[str], over: int, used: int) -> FoundFraction | None:
    """Read `satu dari tiga`, which is also one of the three."""
    linking = 1 if words[used : used + 1] == ["dari"] else 2
    if over != 1 or list(words[used : used + linking]) not in (["dari"], ["di", "antara"]):
        return None
    under = _whole(words[used + linking :], "id")
    if under is None or not 1 < under[0] <= _MAX_RATIO:
        return None
    values: frozenset[Value] = frozenset({Fraction(1, under[0]), Decimal(under[0])})
    return FoundFraction(values, used + linking + under[1])


def _indonesian_round(words: Sequence[str]) -> FoundFraction | None:
    """Read `perempat final`, the round of the last eight."""
    stem = words[0].removeprefix("se").removeprefix("per")
    under = _denominator([stem, *words[1:]]) if "per" in words[0][:5] else None
    if under is None or words[under[1] : under[1] + 1] != ["final"]:
        return None
    return FoundFraction(_round(under[0]), under[1], firm=False)


def _round(under: int) -> frozenset[Value]:
    """Return the ways to count a round: an eighth of the final has 16 sides."""
    return frozenset({Decimal(under), Decimal(2 * under), Fraction(1, under)})


def _indonesian_half(words: Sequence[str]) -> FoundFraction | None:
    following = words[1] if len(words) > 1 else ""
    if following in ("lusin", "dosin"):
        return FoundFraction(frozenset({Decimal(6)}), 2, firm=False)
    # `setengah tujuh` is half past six.
    firm = following not in lexicon.NOT_HALVED and following not in UNITS["id"]
    return _scaled(_HALF, 1, words, "id", firm=firm)


def _denominator(words: Sequence[str]) -> tuple[int, int] | None:
    """Return the denominator and its number of words: `tiga`, `enam belas`."""
    stem = words[0].removesuffix("nya")
    if stem in lexicon.LARGE_DENOMINATORS:
        factor = _scale(words[1]) if words[1:] else 0
        return lexicon.LARGE_DENOMINATORS[stem] * (factor or 1), 1 + bool(factor)
    if stem not in UNITS["id"][2:]:
        return None
    value, following = UNITS["id"].index(stem), words[1].removesuffix("nya") if words[1:] else ""
    if value < 10 and following == "belas":
        return value + 10, 2
    factor = {"puluh": 10, "ratus": 100}.get(following, 0) if value < 10 else _scale(following)
    return (value * factor, 2) if factor else (value, 1)


def _scale(word: str) -> int:
    """Return the scale of a large denominator: `seperseratus ribu`."""
    return {"ribu": 1000, "juta": 10**6}.get(word, 0)


def _whole(words: Sequence[str], language: Language) -> tuple[int, int] | None:
    """Return the whole number at the first word, in digits or words."""
    if not words:
        return None
    if words[0].isdecimal():
        return (int(words[0]), 1) if len(words[0]) < 4 else None
    if words[0] not in UNITS[language] and words[0] not in ("twenty", "ninety"):
        return None
    found = read_number_words(words, language)
    return (int(found[0]), found[1]) if found and found[0] == int(found[0]) else None


def _english(words: Sequence[str], before: str) -> FoundFraction | None:
    if words[0] in ("half", "halves"):
        return _english_half(words, before)
    if words[0] in lexicon.HALVED:
        return FoundFraction(frozenset({_HALF}), 1, firm=False)
    if words[0] in ("quarter", "quarters"):
        if before in lexicon.BEFORE_PERIOD:
            return FoundFraction(frozenset({Fraction(1, 4), Decimal(4)}), 1, firm=False)
        return _scaled(Fraction(1, 4), 1, words, "en", firm=False)
    if words[0] in lexicon.DENOMINATORS and words[0] != "half":
        return _share_of_whole(words, before)
    if found := _and_a_half(words):
        return found
    if words[0] in ("a", "one") and (large := _large_denominator(words[1:])):
        return FoundFraction(frozenset({Fraction(1, large[0])}), 1 + large[1])
    article = words[0] in ("a", "an")
    number = (1, 1) if article else _whole(words, "en")
    if number is None:
        return None
    over, used = number
    if words[used : used + 1] == ["and"] and not article:
        rest = _english(words[used + 1 :], "and") if len(words) > used + 1 else None
        value = next(iter(rest.values)) if rest and len(rest.values) == 1 else None
        if rest and isinstance(value, Fraction) and words[used + 1] != "half" and value < 1:
            return FoundFraction(frozenset({over + value}), used + 1 + rest.length)
        return None
    word = words[used] if len(words) > used else ""
    under = _english_denominator(word, over)
    if under is None:
        return None if article else _english_ratio(words, over, used)
    used += 1
    following = words[used] if len(words) > used else ""
    firm = over > 1 or following in lexicon.AFTER_SHARE or not following
    firm = firm or (words[0] == "one" and under not in (2, 4))
    if article and word not in ("half", "quarter") and following not in lexicon.AFTER_SHARE:
        # `a third suspect` is another one.
        return FoundFraction(frozenset({Fraction(over, under), Decimal(under)}), used, firm)
    if word == "quarters":  # also of a year
        return FoundFraction(frozenset({Fraction(over, under), Decimal(over)}), used)
    return _scaled(Fraction(over, under), used, words, "en", firm=firm)


def _large_denominator(words: Sequence[str]) -> tuple[int, int] | None:
    """Return the denominator of `one six-hundredth`, and its number of words."""
    if len(words) < 2 or words[1] not in lexicon.LARGE_ENGLISH:
        return None
    factor = 100 if words[0] == "hundred" else (_whole(words[:1], "en") or (0, 1))[0]
    return (factor * lexicon.DENOMINATORS[words[1]], 2) if factor else None


def _english_denominator(word: str, over: int) -> int | None:
    """Return the denominator of `thirds`; one has no plural, and two has no singular."""
    singular = "half" if word == "halves" else word.removesuffix("s")
    if (singular == word) is (over > 1) or singular not in lexicon.DENOMINATORS:
        return None
    under = lexicon.DENOMINATORS[singular]
    return under if over < under and gcd(over, under) == 1 else None


def _english_half(words: Sequence[str], before: str) -> FoundFraction:
    following = words[1] if len(words) > 1 else ""
    if following == "dozen" or list(words[1:3]) == ["a", "dozen"]:
        used = 2 if following == "dozen" else 3
        return FoundFraction(frozenset({Decimal(6)}), used, firm=False)
    if before == "in":  # cut in half, `dibelah dua`
        return FoundFraction(frozenset({_HALF, Decimal(2)}), 1, firm=False)
    named = before in lexicon.BEFORE_PERIOD or before in lexicon.BEFORE_PART
    firm = following in lexicon.HALF_OF and not named
    return _scaled(_HALF, 1, words, "en", firm=firm)


def _share_of_whole(words: Sequence[str], before: str) -> FoundFraction | None:
    """Read `the poorest third` and `the third of the land`, which may be an ordinal too."""
    if before in lexicon.BEFORE_PART or before.endswith("est") or list(words[1:2]) == ["of"]:
        under = lexicon.DENOMINATORS[words[0]]
        return FoundFraction(frozenset({Fraction(1, under), Decimal(under)}), 1, firm=False)
    return None


def _and_a_half(words: Sequence[str]) -> FoundFraction | None:
    """Read `an hour and a half`."""
    start = int(words[0] in ("a", "an", "one"))
    unit = MEASURES["en"].get(words[start]) if len(words) > start else None
    if unit is None or list(words[start + 1 : start + 4]) != ["and", "a", "half"]:
        return None
    return FoundFraction(frozenset({1 + _HALF}), start + 4, unit=unit)


def _english_ratio(words: Sequence[str], over: int, used: int) -> FoundFraction | None:
    """Read `one in three` and `three out of four`."""
    for linking in lexicon.RATIOS:
        end = used + len(linking)
        if tuple(words[used:end]) != linking:
            continue
        under = _whole(words[end:], "en")
        if under is None or not 0 < over < under[0] <= _MAX_RATIO:
            continue
        values: set[Value] = {Fraction(over, under[0]), Decimal(under[0])}
        if over > 1:
            values.add(Decimal(over))
        return FoundFraction(frozenset(values), end + under[1])
    return None


def _scaled(
    value: Fraction, used: int, words: Sequence[str], language: Language, *, firm: bool = True
) -> FoundFraction:
    """Read the scale behind a fraction: `seperempat miliar`, `a quarter of a million`."""
    end = used
    while language == "en" and words[end : end + 1] and words[end] in ("of", "a"):
        end += 1
    scale = SCALES[language].get(words[end]) if len(words) > end else None
    if scale is None or scale < 1000:
        return FoundFraction(frozenset({value}), used, firm)
    scaled: Value = value * scale
    if isinstance(scaled, Fraction) and scaled.denominator == 1:
        scaled = Decimal(scaled.numerator)
    return FoundFraction(frozenset({scaled}), end + 1, firm)
