"""Other ways to put a source to the model, where the plain one went wrong.

Each way is a list of parts that are translated on their own, and how their targets are joined.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from service.checks.compare import is_readable
from service.checks.numbers import Number, NumberKind, numbers
from service.checks.quotations import Quotation, quotations
from service.checks.repairs import clock, english
from service.text.lexicon.function_words import CONJUNCTIONS

# Where a sentence may be parted: before these words, after a comma or a semicolon.
_CLAUSES = re.compile(rf"[,;] (?=(?:{'|'.join(CONJUNCTIONS)}|dan|serta|lalu|kemudian)\b)")
_FEWEST_WORDS = 4

_SPELT_KINDS = (NumberKind.NUMBER, NumberKind.PERCENTAGE, NumberKind.AMOUNT)
_LEAST_SPELT = Decimal(11)
_STRIPPED = " ,"


@dataclass(frozen=True, slots=True)
class Rewording:
    """Parts of a source to be translated on their own, and what makes one target of theirs."""

    parts: tuple[str, ...]
    join: Callable[[Sequence[str]], str]


def rewordings(source: str) -> Iterator[Rewording]:
    """The ways that there are for a source; two at most."""
    if not is_readable(source, ""):
        return
    if (figures := _english_figures(source)) != source:
        yield Rewording((figures,), "".join)
    if around := _around_quotation(source):
        yield around
    elif clauses := _clauses(source):
        yield clauses


def _english_figures(source: str) -> str:
    """The source with its figures as English writes them, and what it spells out in figures:
    models copy figures, and take `tujuh belas` for seven. `ketujuh belas` is `ke-17`."""
    for number in reversed(numbers(source, "id")):
        if number.kind is not NumberKind.DATE and (number.in_digits or _is_spelt(number)):
            figure = english(source, number)
            if source[number.start : number.start + 2].lower() == "ke":
                figure = f"ke-{figure}"
            source = source[: number.start] + figure + source[number.end :]
    return source


def _is_spelt(number: Number) -> bool:
    if number.kind is NumberKind.TIME:
        return not clock(number).endswith(":00")  # `setengah tujuh` is half past six
    return (
        number.firm
        and number.kind in _SPELT_KINDS
        and all(
            isinstance(value, Decimal) and (value >= _LEAST_SPELT or value != int(value))
            for value in number.values
        )
    )


def _around_quotation(source: str) -> Rewording | None:
    """A quotation and what is said around it, each translated alone and put together again."""
    found = [q for q in quotations(source) if q.opened and q.closed]
    if len(found) != 1 or len(quotations(source)) != 1:
        return None
    quotation = found[0]
    before, inside, after = _pieces(source, quotation)
    if len(inside.split()) < 2:
        return None
    parts = tuple(part for part in (before, inside, after) if part.strip(_STRIPPED))
    if len(parts) < 2:
        return None

    def join(targets: Sequence[str]) -> str:
        rest = iter(targets)
        lead = next(rest) if before.strip(_STRIPPED) else ""
        spoken = next(rest)
        tail = next(rest) if after.strip(_STRIPPED) else ""
        return _quoted(lead, spoken, tail, source, quotation)

    return Rewording(tuple(part.strip(_STRIPPED) for part in parts), join)


def _pieces(source: str, quotation: Quotation) -> tuple[str, str, str]:
    return (
        source[: quotation.start],
        source[quotation.start + 1 : quotation.end - 1],
        source[quotation.end :],
    )


def _quoted(lead: str, spoken: str, tail: str, source: str, quotation: Quotation) -> str:
    spoken = spoken.strip().strip('"“”')
    if tail:
        # American style: the comma stands inside the marks.
        spoken = spoken.rstrip(".,")
        mark = "" if spoken.endswith(("?", "!")) else ","
        quoted = f'"{spoken}{mark}" {_within(tail)}'
    else:
        end = source[quotation.end - 2 : quotation.end]
        quoted = f'"{spoken}"' + ("" if end[0] in ".?!" or spoken.endswith(".") else ".")
    if not lead:
        return quoted
    lead = lead.rstrip(" .,:")
    colon = ":" if source[: quotation.start].rstrip().endswith(":") else ","
    return f"{lead}{colon} {quoted}"


def _clauses(source: str) -> Rewording | None:
    """The halves of a long sentence, parted at the conjunction nearest to its middle."""
    if quotations(source):
        return None
    places = [
        match
        for match in _CLAUSES.finditer(source)
        if len(source[: match.start()].split()) >= _FEWEST_WORDS
        and len(source[match.end() :].split()) >= _FEWEST_WORDS
    ]
    if not places:
        return None
    middle = len(source) / 2
    cut = min(places, key=lambda match: abs(match.start() - middle))

    def join(targets: Sequence[str]) -> str:
        return f"{targets[0].rstrip(' .,;')}, {_within(targets[1].strip())}"

    return Rewording((source[: cut.start()], source[cut.end() :]), join)


def _within(clause: str) -> str:
    """A clause as it stands in the middle of a sentence; names keep their capitals."""
    first = clause.split(" ", 1)[0].lower()
    return clause[0].lower() + clause[1:] if first in _OPENINGS else clause


# English words that begin a clause and lose their capital within a sentence.
_OPENINGS = frozenset(
    "but because so while whereas although though when after before until if and then however as "
    "since even the a an he she it they we in on at this that there said says told added explained "
    "according stated continued".split()
)
