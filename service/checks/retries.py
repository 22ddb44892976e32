"""Rewordings of a source for a retry after a doubtful translation.

A rewording has parts that are translated separately, and a function that joins their targets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from service.checks.compare import is_readable
from service.checks.number import Number, NumberKind
from service.checks.numbers import numbers
from service.checks.quotations import Quotation, quotations
from service.checks.repairs import clock_time, english_number
from service.text.lexicon.function_words import CONJUNCTIONS

# A sentence can be split before these words, after a comma or a semicolon.
_CLAUSE_BREAK = re.compile(rf"[,;] (?=(?:{'|'.join(CONJUNCTIONS)}|dan|serta|lalu|kemudian)\b)")
_MIN_CLAUSE_WORDS = 4

_SPELLED_KINDS = (NumberKind.NUMBER, NumberKind.PERCENTAGE, NumberKind.AMOUNT)
_MIN_SPELLED = Decimal(11)
_STRIPPED = " ,"

# English words that lose their capital if their clause moves inside a sentence.
_LOWERED = frozenset(
    "but because so while whereas although though when after before until if and then however as "
    "since even the a an he she it they we in on at this that there said says told added explained "
    "according stated continued".split()
)


@dataclass(frozen=True, slots=True)
class Rewording:
    """The parts of a source, and the function that joins their targets."""

    parts: tuple[str, ...]
    join: Callable[[Sequence[str]], str]


def rewordings(source: str) -> Iterator[Rewording]:
    """Yield the rewordings of a source, at most two."""
    if not is_readable(source, ""):
        return
    if (figures := _english_figures(source)) != source:
        yield Rewording((figures,), "".join)
    if rewording := _split_at_quotation(source) or _split_clauses(source):
        yield rewording


def _english_figures(source: str) -> str:
    """Return the source with English figures, also for larger number words.

    Models copy figures, but translate `tujuh belas` (17) as seven. `ketujuh belas` becomes `ke-17`.
    """
    for number in reversed(numbers(source, "id")):
        if number.kind is not NumberKind.DATE and (number.in_digits or _is_spelled(number)):
            figure = english_number(source, number)
            if source[number.start : number.start + 2].lower() == "ke":
                figure = f"ke-{figure}"
            source = source[: number.start] + figure + source[number.end :]
    return source


def _is_spelled(number: Number) -> bool:
    """Return whether the model needs figures for a number in words."""
    if number.kind is NumberKind.TIME:
        return not clock_time(number).endswith(":00")  # `setengah tujuh` is half past six
    return (
        number.firm
        and number.kind in _SPELLED_KINDS
        and all(
            isinstance(value, Decimal) and (value >= _MIN_SPELLED or value != int(value))
            for value in number.values
        )
    )


def _split_at_quotation(source: str) -> Rewording | None:
    """Split a sentence into its one quotation and the text around it."""
    found = quotations(source)
    if len(found) != 1 or not (found[0].opened and found[0].closed):
        return None
    quotation = found[0]
    before, after = source[: quotation.start], source[quotation.end :]
    inside = source[quotation.start + 1 : quotation.end - 1]
    if len(inside.split()) < 2:
        return None
    parts = tuple(part for part in (before, inside, after) if part.strip(_STRIPPED))
    if len(parts) < 2:
        return None

    def join(targets: Sequence[str]) -> str:
        remaining = iter(targets)
        lead = next(remaining) if before.strip(_STRIPPED) else ""
        quoted = next(remaining)
        tail = next(remaining) if after.strip(_STRIPPED) else ""
        return _join_quotation(lead, quoted, tail, source, quotation)

    return Rewording(tuple(part.strip(_STRIPPED) for part in parts), join)


def _join_quotation(lead: str, quoted: str, tail: str, source: str, quotation: Quotation) -> str:
    quoted = quoted.strip().strip('"“”')
    if tail:
        # American style: the comma comes inside the marks.
        quoted = quoted.rstrip(".,")
        comma = "" if quoted.endswith(("?", "!")) else ","
        target = f'"{quoted}{comma}" {_mid_sentence(tail)}'
    else:
        end = source[quotation.end - 2 : quotation.end]
        target = f'"{quoted}"' + ("" if end[0] in ".?!" or quoted.endswith(".") else ".")
    if not lead:
        return target
    lead = lead.rstrip(" .,:")
    colon = ":" if source[: quotation.start].rstrip().endswith(":") else ","
    return f"{lead}{colon} {target}"


def _split_clauses(source: str) -> Rewording | None:
    """Split a sentence at the conjunction nearest to its middle."""
    if quotations(source):
        return None
    breaks = [
        match
        for match in _CLAUSE_BREAK.finditer(source)
        if len(source[: match.start()].split()) >= _MIN_CLAUSE_WORDS
        and len(source[match.end() :].split()) >= _MIN_CLAUSE_WORDS
    ]
    if not breaks:
        return None
    middle = len(source) / 2
    cut = min(breaks, key=lambda match: abs(match.start() - middle))

    def join(targets: Sequence[str]) -> str:
        return f"{targets[0].rstrip(' .,;')}, {_mid_sentence(targets[1].strip())}"

    return Rewording((source[: cut.start()], source[cut.end() :]), join)


def _mid_sentence(clause: str) -> str:
    """Return a clause for the middle of a sentence; names keep their capitals."""
    first = clause.split(" ", 1)[0].lower()
    return clause[0].lower() + clause[1:] if first in _LOWERED else clause
