"""The record of a number in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# A number, or the English name of a weekday or of a rough quantity.
Value = Decimal | str


class NumberKind(StrEnum):
    """The kind of a number."""

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
    """A number at `text[start:end]`, with its scale but without its unit.

    `values` are all values that it may have. `in_digits` is false for words. `unit` is the English
    name of a measure or a currency. A number that is not `firm` (`satu`, `sebuah`, `both`) can be
    the counterpart of another, but needs none itself. `part` is the position in a date with
    slashes: 7/12 is not 12/7.
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
        """Return whether both may be the same value of the same unit.

        One side may lack the unit, because languages differ in their words of measure. Neither
        may lack `percent`.
        """
        if not self.values & other.values:
            return False
        if None not in (self.part, other.part) and self.part != other.part:
            return False
        units = {self.unit, other.unit}
        return len(units) == 1 or (None in units and "percent" not in units)
