"""Numbers in words: `limabelas`, `satu setengah juta`, `half a million`.

Words come in lower case and without punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from service.text.lexicon import numbers as lexicon
from service.text.lexicon.numbers import Language

_HALF = Decimal("0.5")
_ID_UNITS, _EN_UNITS = lexicon.UNITS["id"], lexicon.UNITS["en"]
_ID_SCALES, _EN_SCALES = lexicon.SCALES["id"], lexicon.SCALES["en"]
_TENS = lexicon.ENGLISH_TENS
_LARGE = ("thousand", "million", "billion", "trillion")
# Two words written as one: common in news, but in no dictionary.
_GLUED = re.compile(rf"({'|'.join(_ID_UNITS[1:10])})(belas|puluh|ratus|ribu|juta)")


def read_number_words(words: Sequence[str], language: Language) -> tuple[Decimal, int] | None:
    """Return the number at the first word and its count of words, or None."""
    found = _indonesian(words) if language == "id" else _english(words)
    if found is None:
        return None
    value, used = found
    whole = value.to_integral_value()
    return (whole if value == whole else value.normalize()), used


def _indonesian(words: Sequence[str]) -> tuple[Decimal, int] | None:
    first, second = words[0], words[1] if len(words) > 1 else ""
    continues = second in ("belas", "puluh", "ratus") or (first == "setengah" and _is_large(second))
    if first in lexicon.NUMERALS["id"] and not continues:
        return Decimal(lexicon.NUMERALS["id"][first]), 1
    ordinal = first[2:].removesuffix("nya")  # keenamnya
    if first.startswith("ke") and _atoms(ordinal)[0] in _ID_UNITS:
        words = [ordinal, *words[1:]]
    total = current = Decimal(0)
    used, fractional = 0, False
    while used < len(words):
        word, length = words[used], 1
        if word == "setengah" and not fractional and (used == 0 or current):
            current, fractional = current + _HALF, True
        elif word == "koma" and used and not fractional:
            if not (decimals := _indonesian_decimals(words[used + 1 :])):
                break
            current, fractional = current + Decimal(f"0.{decimals[0]}"), True
            length = 1 + decimals[1]
        else:
            sums = _add_atoms(_atoms(word), total, current, fractional)
            if sums is None:
                break
            total, current = sums
        used += length
    return (total + current, used) if used else None


def _add_atoms(
    atoms: Sequence[str], total: Decimal, current: Decimal, fractional: bool
) -> tuple[Decimal, Decimal] | None:
    """Add words to the scaled `total` and the `current` rest.

    Return None if a word does not fit. After decimals (`fractional`) only a scale fits.
    """
    for atom in atoms:
        if _is_large(atom) and current:
            total, current = total + current * _ID_SCALES[atom], Decimal(0)
        elif fractional:
            return None
        elif atom in _ID_UNITS and current % 10 == 0 and (atom != "nol" or not total + current):
            current += _ID_UNITS.index(atom)
        elif atom == "belas" and current % 10:
            current += 10
        elif atom == "puluh" and current % 10:
            current = current // 10 * 10 + current % 10 * 10
        elif atom == "seratus":
            current += 100
        elif atom == "ratus" and current:
            current *= 100
        elif atom == "seribu":
            total += 1000
        else:
            return None
    return total, current


def _atoms(word: str) -> Sequence[str]:
    """Split `limabelas` into `lima` and `belas`; reduce `seratusan`."""
    stem = word.removesuffix("an")
    if found := _GLUED.fullmatch(stem):
        return found.groups()
    if word in lexicon.ROUGH["id"] or stem in ("seratus", "seribu", "sepuluh"):
        return (stem,)
    return (word,)


def _is_large(word: str) -> bool:
    return word in _ID_SCALES and word != "ratus"


def _indonesian_decimals(words: Sequence[str]) -> tuple[str, int] | None:
    """Return the decimals after `koma`, and their count of words.

    They are single digits or one number.
    """
    if len(words) > 1 and words[1] in ("belas", "puluh") and (found := _indonesian(words)):
        value, used = found
        return (str(value), used) if value == int(value) < 100 else None
    return _digits(words, _ID_UNITS)


def _digits(words: Sequence[str], units: Sequence[str]) -> tuple[str, int] | None:
    digits = ""
    for word in words:
        if word not in units[:10]:
            break
        digits += str(units.index(word))
    return (digits, len(digits)) if digits else None


def _english(words: Sequence[str]) -> tuple[Decimal, int] | None:
    if half := _half_of(words):
        return half
    if words[0] in lexicon.NUMERALS["en"]:
        return Decimal(lexicon.NUMERALS["en"][words[0]]), 1
    total = current = Decimal(0)
    scale, used = 1, 0
    if words[0] == "a" and len(words) > 1 and words[1] in _EN_SCALES:
        current, used = Decimal(1), 1  # a million
    while used < len(words):
        word = words[used]
        if word in _LARGE and used:
            scale = _EN_SCALES[word]
            total, current = total + current * scale, Decimal(0)
        elif current != int(current):
            break
        elif (unit := _unit(word)) is not None and _fits(unit, current):
            current += unit
        elif (tens := word.replace("tieth", "ty")) in _TENS and current % 100 == 0:
            current += 20 + 10 * _TENS.index(tens)
        elif used and word in lexicon.NUMERALS["en"] and current % 10 == 0 and current:
            return total + current + lexicon.NUMERALS["en"][word], used + 1  # twenty-first
        elif word == "hundred" and used:
            current = 100 * (current or Decimal(1))
        elif used and list(words[used : used + 3]) == ["and", "a", "half"]:
            # `a million and a half` is 1,500,000.
            current, used = current + _HALF * (1 if current else scale), used + 2
        elif word == "point" and used and (found := _digits(words[used + 1 :], _EN_UNITS)):
            current, used = current + Decimal(f"0.{found[0]}"), used + found[1]
        elif word == "and" and used and current % 100 == 0 and _is_unit(words[used + 1 :]):
            pass  # one hundred and two
        else:
            break
        used += 1
    return (total + current, used) if used else None


def _half_of(words: Sequence[str]) -> tuple[Decimal, int] | None:
    """Read `half a million` and `half million`."""
    if words[0] != "half":
        return None
    scale = 2 if list(words[1:2]) == ["a"] else 1
    if len(words) <= scale or words[scale] not in _LARGE:
        return None
    return _HALF * _EN_SCALES[words[scale]], scale + 1


def _unit(word: str) -> int | None:
    """Return the value of `seven` or `seventh`."""
    stem = word.removesuffix("th")
    if word in _EN_UNITS or stem in _EN_UNITS:
        return _EN_UNITS.index(word if word in _EN_UNITS else stem)
    return None


def _fits(unit: int, current: Decimal) -> bool:
    """Return whether a unit can follow: `twenty five`, but not `five two`."""
    return current % 100 == 0 or (current % 10 == 0 and current % 100 > 10 and 0 < unit < 10)


def _is_unit(words: Sequence[str]) -> bool:
    return bool(words) and (words[0] in _EN_UNITS or words[0] in _TENS)
