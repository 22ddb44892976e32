"""Repairs of a target without a model, made only if unambiguous.

`repaired` makes the certain repairs:

- a date with slashes keeps its order;
- figures get English separators (`1.240` becomes `1,240`);
- a figure gets the source's measure (`31 mil` is 31 miles);
- a time gets its zone again;
- a sentence gets its first or last quotation mark again.

`with_source_values` is the last resort for a number: it puts the source's value into the target.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from service.checks.clock_times import SLASH_DATE, zone_after
from service.checks.compare import Comparison
from service.checks.days import day_before
from service.checks.digits import MIXED
from service.checks.fractions import english_fraction
from service.checks.number import Number, NumberKind, Value
from service.checks.people import people
from service.text.lexicon import numbers as lexicon

_SEPARATED = re.compile(r"\d+(?:[.,]\d+)+")
_SCALED = re.compile(r"(\d+(?:[.,:]\d+)*)[ -]*(.*)", re.DOTALL)
_SWAP = str.maketrans(".,", ",.")
_ZONES = "|".join(lexicon.INDONESIAN_ZONES)
_ZONE = re.compile(rf"\s*\b({_ZONES})\b")
_AM_PM = re.compile(r"\s?[ap]\.?m\b\.?", re.IGNORECASE)
_INDONESIAN_ZONE = re.compile(
    rf"\b(?:{_ZONES})\b|\b(?:Western|Central|Eastern) Indonesia", re.IGNORECASE
)
_WORD = re.compile(r"[ -]?([^\W\d_]+)")
_MARKS = '"“”'


def repaired(comparison: Comparison) -> Comparison:
    """Make the certain repairs; return the same comparison if there are none."""
    if not comparison.target.strip() or not comparison.is_readable:
        return comparison
    for repair in (_slash_dates, _figures, _units, _days, _zones, _quotation_marks):
        comparison = comparison.with_target(repair(comparison))
    return comparison


def english_number(source: str, number: Number) -> str:
    """Return a source number in English, with its scale, without its unit."""
    written = source[number.start : number.end]
    if number.kind is NumberKind.TIME:
        return written.replace(".", ":") if number.in_digits else clock_time(number)
    if number.kind is NumberKind.FRACTION:
        fractions = [value for value in number.values if isinstance(value, Fraction)]
        return written if number.in_digits else english_fraction(fractions[0])
    if not number.in_digits:
        (value,) = number.values
        return value.replace("dozens of", "tens of") if isinstance(value, str) else f"{value:,}"
    found = _SCALED.fullmatch(written)
    assert found is not None  # the reader found digits
    digits, scale = found[1], found[2].lower()
    if scale in lexicon.ROUGH["id"] or scale.endswith("-an"):
        scale = scale.removesuffix("an").removesuffix("-")  # 10 ribuan, 5 jt-an
    figures = digits if _is_english(digits) else digits.translate(_SWAP)
    if not scale:
        return figures
    factor = lexicon.SCALES["id"].get(scale) or lexicon.UNSURE_SCALES["id"][scale]
    if factor in (100, 1000) and "." not in figures:
        return figures + str(factor)[1:].replace("000", ",000")
    return f"{figures} {lexicon.ENGLISH_SCALE.get(factor, scale)}"


def clock_time(number: Number) -> str:
    """Return a spelled-out time in figures; a.m. if it may be a.m. or p.m."""
    hours = [value for value in number.values if isinstance(value, Decimal)]
    hour, minute = str(min(hours, key=lambda value: (value < 1, value))).split(".")
    return f"{hour}:{minute}"


def _is_english(digits: str) -> bool:
    """Return whether a point is a decimal point, as in a frequency."""
    return bool(re.fullmatch(r"\d+\.\d+", digits)) and not re.fullmatch(
        r"\d{1,3}(?:\.\d{3})+", digits
    )


def _slash_dates(comparison: Comparison) -> str:
    """Keep the order of dates: 12/7 for 7/12 is another day to most readers."""
    source, target = comparison.source, comparison.target
    written = {found[0] for found in SLASH_DATE.finditer(source)}

    def in_source_order(found: re.Match[str]) -> str:
        swapped = "/".join(part for part in (found[2], found[1], found[3]) if part)
        return swapped if found[0] not in written and swapped in written else found[0]

    return SLASH_DATE.sub(in_source_order, target) if written else target


def _figures(comparison: Comparison) -> str:
    """Swap the separators of figures that were copied from the source."""
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
        elif MIXED.fullmatch(target, number.start, number.end):
            target = _whole_figure(comparison, target, number)
    return target


def _whole_figure(comparison: Comparison, target: str, number: Number) -> str:
    """Rewrite `17.5,00` as the only missing figure with the same digits: 17,500."""
    digits = _significant(target[number.start : number.end])
    pairing = comparison.numbers
    values = [value for n in pairing.missing for value in pairing.source[n].values]
    same = [v for v in values if isinstance(v, Decimal) and _significant(f"{v:f}") == digits]
    return (
        target[: number.start] + f"{same[0].normalize():,f}" + target[number.end :]
        if len(same) == 1
        else target
    )


def _significant(figure: str) -> str:
    return re.sub(r"\D", "", figure).rstrip("0")


def with_source_values(comparison: Comparison) -> Comparison:
    """Replace the invented number by the missing one, if one of each fits.

    They fit by kind and unit. Otherwise return the same comparison.
    """
    pairing = comparison.numbers
    for n in pairing.missing:
        number = pairing.source[n]
        rivals = [o for o in pairing.missing if pairing.source[o].kind is number.kind]
        wrong = [m for m in pairing.invented if _can_replace(number, pairing.target[m])]
        if len(rivals) == len(wrong) == 1:
            return comparison.with_target(_replaced(comparison, number, wrong[0]))
    return comparison


def _can_replace(number: Number, other: Number) -> bool:
    # An ordinal would lose its form: `3` for the `4` of `4th` gives 3th.
    if other.kind is not number.kind or number.kind in (NumberKind.DATE, NumberKind.ORDINAL):
        return False
    return number.unit is None or other.unit is None or number.unit == other.unit


def _replaced(comparison: Comparison, number: Number, m: int) -> str:
    source, target = comparison.source, comparison.target
    wrong = comparison.numbers.target[m]
    right, end = english_number(source, number), wrong.end
    if (
        number.kind is NumberKind.TIME
        and number.in_digits
        and (suffix := _AM_PM.match(target, end))
    ):
        # A 24-hour time has no a.m. or p.m. Its last point may be the full stop of the sentence.
        end = suffix.end() - target[suffix.start() :].endswith(".") * (suffix.end() == len(target))
    if target[wrong.start : wrong.end].lower() == "half" and re.match(r" an?\b", target[end:]):
        right += " of" if right != "half" else ""  # half an hour
    if wrong.start == 0:
        right = right[0].upper() + right[1:]
    return _if_better(comparison, target[: wrong.start] + right + target[end:])


def _if_better(comparison: Comparison, changed: str) -> str:
    """Return the changed target if it has fewer wrong numbers."""
    pairing = comparison.numbers
    again = comparison.with_target(changed).numbers
    better = len(again.missing) + len(again.invented) < len(pairing.missing) + len(pairing.invented)
    return changed if better else comparison.target


def _units(comparison: Comparison) -> str:
    """Correct the measure of a figure: `31 mil` is not 31 kilometers."""
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
    """Put a missing time zone after its time: `pukul 10.30 WIB` is 10:30 WIB."""
    source, target = comparison.source, comparison.target
    zones: dict[Value, str] = {
        value: zone[1]
        for number in comparison.numbers.source
        if number.kind is NumberKind.TIME and (zone := _ZONE.match(source, number.end))
        for value in number.values
    }
    if not zones or _INDONESIAN_ZONE.search(target):
        return _wrong_zones(comparison)
    for number in reversed(comparison.numbers.target):
        name = next((zones[value] for value in number.values if value in zones), None)
        if number.kind is NumberKind.TIME and name:
            suffix = _AM_PM.match(target, number.end)
            end = suffix.end() if suffix else number.end
            target = f"{target[:end]} {name}{target[end:]}"
    return target


def _wrong_zones(comparison: Comparison) -> str:
    """Correct the zone of a time that is otherwise the same: 19.30 WITA is not 19:30 WIB."""
    target, pairing = comparison.target, comparison.numbers
    for n in pairing.missing:
        number = pairing.source[n]
        same = [m for m in pairing.invented if number.values & pairing.target[m].values]
        if number.zone is None or len(same) != 1:
            continue
        if zone := zone_after(target, pairing.target[same[0]].end):
            changed = target[: zone.start] + number.zone + target[zone.end :]
            return _if_better(comparison, changed)
    return target


def _days(comparison: Comparison) -> str:
    """Correct the day of a night: `malam Jumat` is Thursday night, not Friday night.

    A month that is a person in the source gets its Indonesian form again: `Juli`.
    """
    source, target, pairing = comparison.source, comparison.target, comparison.numbers
    names = {source[start:end] for start, end in people(source)}
    for m in pairing.invented:
        number = pairing.target[m]
        word = target[number.start : number.end]
        right = ""
        if word.lower() in lexicon.MONTHS["en"]:
            name = lexicon.MONTHS["id"][lexicon.MONTHS["en"].index(word.lower())].capitalize()
            right = name if name in names else ""
        elif word in lexicon.WEEKDAYS["en"].values():
            right = _eve(comparison, day_before(word))
        if right:
            changed = target[: number.start] + right + target[number.end :]
            return _if_better(comparison, changed)
    return target


def _eve(comparison: Comparison, day: str) -> str:
    """Return *Thursday* if the source's `malam Jumat` is missing; *night* follows if it must."""
    source, pairing = comparison.source, comparison.numbers
    for n in pairing.missing:
        number = pairing.source[n]
        if number.values == {day} and source[number.start :].lower().startswith("malam "):
            has_night = re.search(r"\b(?:night|evening)\b", comparison.target)
            return day if has_night else f"{day} night"
    return ""


def _quotation_marks(comparison: Comparison) -> str:
    """Put back a mark at the beginning or end of a target without quotations."""
    source, target, quotations = comparison.source, comparison.target, comparison.source_quotations
    has_marks = comparison.target_quotations or any(mark in target for mark in _MARKS)
    if len(quotations) != 1 or has_marks:
        return target
    quotation = quotations[0]
    begins = quotation.opened and quotation.start == 0
    ends = quotation.closed and not source[quotation.end :].strip(" .")
    if quotation.opened and quotation.closed and not (begins and ends):
        return target  # a quotation in the middle has no known place in the target
    if begins:
        target = '"' + target
    if ends:
        target += '"'
    return target
