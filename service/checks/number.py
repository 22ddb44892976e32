"""The record of a number in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from service.text.lexicon.numbers import SUBUNITS, ZONE_OFFSETS

# A number (equal decimals and fractions are one value), or the English name of a weekday or of a
# rough quantity.
Value = Decimal | Fraction | str


class NumberKind(StrEnum):
    """The kind of a number."""

    NUMBER = "number"
    AMOUNT = "amount"
    PERCENTAGE = "percentage"
    FRACTION = "fraction"
    DATE = "date"
    TIME = "time"
    SCORE = "score"
    ORDINAL = "ordinal"
    ROUGH = "rough"


@dataclass(frozen=True, slots=True)
class Number:
    """A number at `text[start:end]`, with its scale but without its unit.

    `values` are all values that it may have. `in_digits` is false for words. `unit` is the English
    name of a measure or a currency. A number that is not `firm` (`satu`, `sebuah`, `both`) can be
    the counterpart of another, but needs none itself. `part` is the position in a date with
    slashes: 7/12 is not 12/7. `zone` is the zone of a time: 19.30 WITA is 18:30 WIB.
    """

    values: frozenset[Value]
    kind: NumberKind
    start: int
    end: int
    in_digits: bool
    unit: str | None = None
    firm: bool = True
    part: int | None = None
    zone: str | None = None

    def agrees(self, other: Number) -> bool:
        """Return whether both may be the same value of the same unit.

        One side may lack the unit, because languages differ in their words of measure. Neither
        may lack `percent`.
        """
        if self._is_converted(other) or other._is_converted(self):
            return True
        if self.zone and other.zone and self.zone != other.zone:
            return not self._utc_times().isdisjoint(other._utc_times())
        if not self.values & other.values:
            return False
        if None not in (self.part, other.part) and self.part != other.part:
            return False
        units = {self.unit, other.unit}
        return len(units) == 1 or (None in units and "percent" not in units)

    def _utc_times(self) -> set[Decimal]:
        """Return the times of a zone as hours.minutes in UTC."""
        assert self.zone is not None  # both zones are known
        hours = (value for value in self.values if isinstance(value, Decimal))
        return {(value - ZONE_OFFSETS[self.zone]) % 24 for value in hours}

    def _is_converted(self, other: Number) -> bool:
        """Return whether the other is exactly this in percent or a smaller unit.

        A quarter is 25 percent, and half an hour 30 minutes; a third is not 33 percent.
        """
        if self.kind is NumberKind.FRACTION and self.unit is None and other.unit == "percent":
            factor = 100
        else:
            factor = SUBUNITS.get(self.unit or "", {}).get(other.unit or "", 0)
        if not factor:
            return False
        return not other.values.isdisjoint(
            Fraction(value) * factor for value in self.values if not isinstance(value, str)
        )
