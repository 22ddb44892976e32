"""Small repairs of a target that need no model, each only where there is one way to do it.

`repaired` makes the certain ones; `with_source_values` is the last way to save a number.

Figures written the Indonesian way are put into English (`1.240` is 1,240 there); a number that
came out with another value or measure is put right where it is the only one of its kind on both
sides; a date with slashes keeps its order; a time gets its zone back; a quotation mark that a
sentence begins or ends with is put back.
"""

from __future__ import annotations

import re
from decimal import Decimal

from service.checks.compare import Comparison, pair_numbers
from service.checks.numbers import SLASH_DATE, Number, NumberKind, Value, numbers
from service.text.lexicon import numbers as lexicon

_SEPARATED = re.compile(r"\d+(?:[.,]\d+)+")
_SCALED = re.compile(r"(\d+(?:[.,:]\d+)*)[ -]*(.*)", re.DOTALL)
_SWAP = str.maketrans(".,", ",.")
_ZONES = "|".join(lexicon.INDONESIAN_ZONES)
_ZONE = re.compile(rf"\s*\b({_ZONES})\b")
_AFTER_TIME = re.compile(r"\s?[ap]\.?m\b\.?", re.IGNORECASE)
_INDONESIAN_ZONE = re.compile(
    rf"\b(?:{_ZONES})\b|\b(?:Western|Central|Eastern) Indonesia", re.IGNORECASE
)
_WORD = re.compile(r"[ -]?([^\W\d_]+)")
_MARKS = '"“”'


def repaired(comparison: Comparison) -> Comparison:
    """Return the comparison with the repairs that are certain, or the same one without any."""
    if not comparison.target.strip() or not comparison.is_readable:
        return comparison
    for repair in (_slash_dates, _figures, _units, _zones, _quotation_marks):
        comparison = _with_target(comparison, repair(comparison))
    return comparison


def _with_target(comparison: Comparison, target: str) -> Comparison:
    return comparison if target == comparison.target else Comparison(comparison.source, target)


def english(source: str, number: Number) -> str:
    """A number of the source as English writes it, its scale included and its unit left out."""
    written = source[number.start : number.end]
    if number.kind is NumberKind.TIME:
        return written.replace(".", ":") if number.in_digits else clock(number)
    if not number.in_digits:
        (value,) = number.values
        return value.replace("dozens of", "tens of") if isinstance(value, str) else f"{value:,}"
    found = _SCALED.fullmatch(written)
    assert found is not None  # it was read so
    digits, scale = found[1], found[2].lower()
    if scale in lexicon.ROUGH["id"]:
        scale = scale.removesuffix("an")  # 10 ribuan
    figures = digits if _is_english(digits) else digits.translate(_SWAP)
    if not scale:
        return figures
    factor = lexicon.SCALES["id"].get(scale) or lexicon.UNSURE_SCALES["id"][scale]
    if factor in (100, 1000) and "." not in figures:
        return figures + str(factor)[1:].replace("000", ",000")
    return f"{figures} {lexicon.ENGLISH_SCALE.get(factor, scale)}"


def clock(number: Number) -> str:
    """A time that is spelt out, in figures; of the two halves of the day the first."""
    hours = [value for value in number.values if isinstance(value, Decimal)]
    hour, minute = str(min(hours, key=lambda value: (value < 1, value))).split(".")
    return f"{hour}:{minute}"


def _is_english(digits: str) -> bool:
    """Whether a point is a decimal point already: a standard's number, a frequency."""
    return bool(re.fullmatch(r"\d+\.\d+", digits)) and not re.fullmatch(
        r"\d{1,3}(?:\.\d{3})+", digits
    )


def _slash_dates(comparison: Comparison) -> str:
    """Keep the order of a date: 7/12 that came out as 12/7 is another day to most readers."""
    source, target = comparison.source, comparison.target
    written = {found[0] for found in SLASH_DATE.finditer(source)}

    def as_written(found: re.Match[str]) -> str:
        swapped = "/".join(part for part in (found[2], found[1], found[3]) if part)
        return swapped if found[0] not in written and swapped in written else found[0]

    return SLASH_DATE.sub(as_written, target) if written else target


def _figures(comparison: Comparison) -> str:
    """Swap Indonesian separators in figures that came through as they were."""
    source, target, pairing = comparison.source, comparison.target, comparison.numbers
    copied = {
        source[number.start : number.end].split(" ")[0]
        for number in (pairing.source[n] for n in pairing.missing)
        if number.in_digits and number.kind not in (NumberKind.DATE, NumberKind.SCORE)
    }
    for m in reversed(pairing.invented):
        number = pairing.target[m]
        written = _SEPARATED.match(target, number.start)
        if written and written.group() in copied:
            target = (
                target[: written.start()]
                + written.group().translate(_SWAP)
                + target[written.end() :]
            )
    return target


def with_source_values(comparison: Comparison) -> Comparison:
    """Put the source's number in the place of an invented one of its kind and unit, where one is
    lost and one invented; else return the same comparison."""
    pairing = comparison.numbers
    for n in pairing.missing:
        number = pairing.source[n]
        rivals = [o for o in pairing.missing if pairing.source[o].kind is number.kind]
        wrong = [m for m in pairing.invented if _may_be(number, pairing.target[m])]
        if len(rivals) == len(wrong) == 1:
            return _with_target(comparison, _replaced(comparison, number, wrong[0]))
    return comparison


def _may_be(number: Number, other: Number) -> bool:
    # `3` for the `4` of `4th` would be 3th.
    if other.kind is not number.kind or number.kind in (NumberKind.DATE, NumberKind.ORDINAL):
        return False
    return number.unit is None or other.unit is None or number.unit == other.unit


def _replaced(comparison: Comparison, number: Number, m: int) -> str:
    source, target = comparison.source, comparison.target
    wrong = comparison.numbers.target[m]
    right, end = english(source, number), wrong.end
    if (
        number.kind is NumberKind.TIME
        and number.in_digits
        and (half := _AFTER_TIME.match(target, end))
    ):
        # The source's clock has 24 hours; the full stop may be the sentence's.
        end = half.end() - target[half.start() :].endswith(".") * (half.end() == len(target))
    if wrong.start == 0:
        right = right[0].upper() + right[1:]
    return _if_better(comparison, target[: wrong.start] + right + target[end:])


def _if_better(comparison: Comparison, changed: str) -> str:
    """Return the changed target, unless the change only lost something else."""
    pairing = comparison.numbers
    again = pair_numbers(comparison.source, changed)
    better = len(again.missing) + len(again.invented) < len(pairing.missing) + len(pairing.invented)
    return changed if better else comparison.target


def _units(comparison: Comparison) -> str:
    """Put the right measure to a right figure: `31 mil` that came out as 31 kilometers."""
    target, pairing = comparison.target, comparison.numbers
    for n in pairing.missing:
        number = pairing.source[n]
        same = [m for m in pairing.invented if number.values & pairing.target[m].values]
        if len(same) != 1 or number.unit not in lexicon.ENGLISH_MEASURES:
            continue
        wrong = pairing.target[same[0]]
        word = _WORD.match(target, wrong.end)
        if word and lexicon.MEASURES["en"].get(word[1].lower()) == wrong.unit:
            right = lexicon.ENGLISH_MEASURES[number.unit]
            changed = target[: word.start(1)] + right + target[word.end(1) :]
            return _if_better(comparison, changed)
    return target


def _zones(comparison: Comparison) -> str:
    """Put a time zone back behind its time: `pukul 10.30 WIB` is 10:30 WIB."""
    source, target = comparison.source, comparison.target
    zones: dict[Value, str] = {
        value: zone[1]
        for number in numbers(source, "id")
        if number.kind is NumberKind.TIME and (zone := _ZONE.match(source, number.end))
        for value in number.values
    }
    if not zones or _INDONESIAN_ZONE.search(target):
        return target
    for number in reversed(numbers(target, "en")):
        name = next((zones[value] for value in number.values if value in zones), None)
        if number.kind is NumberKind.TIME and name:
            half = _AFTER_TIME.match(target, number.end)
            end = half.end() if half else number.end
            target = f"{target[:end]} {name}{target[end:]}"
    return target


def _quotation_marks(comparison: Comparison) -> str:
    """Put back a mark at the beginning or end, where the target has no quotation at all."""
    source, target, ours = comparison.source, comparison.target, comparison.source_quotations
    if len(ours) != 1 or comparison.target_quotations or any(mark in target for mark in _MARKS):
        return target
    quotation = ours[0]
    begins = quotation.opened and quotation.start == 0
    ends = quotation.closed and not source[quotation.end :].strip(" .")
    if quotation.opened and quotation.closed and not (begins and ends):
        return target  # it stands in the middle, and nobody knows where that is
    if begins:
        target = '"' + target
    if ends:
        target += '"'
    return target
