"""The ledger of facts: each number of a source beside what became of it in the target.

Numbers are paired one to one where they can be; a value that the target says once may answer for
a source that says it twice. What is written otherwise with the same value is `converted`
(`Rp1,5 triliun`, `Rp1.5 trillion`); a number that has no counterpart is `missing`, and one that
the target alone has is `invented`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import zip_longest

from models.alignment.aligner import Aligner, Alignment
from service.checks.names import names
from service.checks.numbers import Number, NumberKind, numbers
from service.checks.quotations import Quotation, quotations

# Characters of a sentence and its target together. Sentences of news have a tenth of that; what is
# longer is no sentence, and comparing all its numbers with each other would take for ever.
LONGEST = 4000


class Status(StrEnum):
    """What became of a fact on its way into English."""

    KEPT = "kept"
    CONVERTED = "converted"
    MISSING = "missing"
    INVENTED = "invented"


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a text: `text[start:end] == written`."""

    written: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. A missing one has no target and an invented one no source."""

    kind: str
    status: Status
    source: Place | None
    target: Place | None


@dataclass(frozen=True, slots=True)
class Pairing:
    """Numbers of source and target, paired by index into `source` and `target`.

    `missing` and `invented` are the indexes that have no counterpart at all.
    """

    source: tuple[Number, ...]
    target: tuple[Number, ...]
    pairs: tuple[tuple[int, int], ...]
    missing: tuple[int, ...]
    invented: tuple[int, ...]


@lru_cache(maxsize=256)
def aligned(source: str, target: str) -> Alignment:
    """Which words stand for which; whoever judges a sentence and tells its facts asks twice."""
    return Aligner.load().align(source, target)


def is_readable(source: str, target: str) -> bool:
    """Whether it is a sentence, and not something endless, whose facts nobody could compare."""
    return len(source) + len(target) <= LONGEST


@lru_cache(maxsize=256)
def pair_numbers(source: str, target: str) -> Pairing:
    """Which number of the target is which number of the source; none where it is not readable."""
    if not is_readable(source, target):
        return Pairing((), (), (), (), ())
    ours, theirs = numbers(source, "id"), numbers(target, "en")
    pairs: list[tuple[int, int]] = []
    free = dict.fromkeys(range(len(theirs)))
    missing = []
    for n, number in enumerate(ours):
        agreeing = [m for m, other in enumerate(theirs) if number.agrees(other)]
        if not agreeing:
            # A word that stands there as it was is part of a name: `Tiga Roda`.
            written = source[number.start : number.end]
            if number.firm and (number.in_digits or not _stands(written, target)):
                missing.append(n)
            continue
        # Of several, one that nobody has yet, in digits like this one, and the first of those.
        best = min(
            agreeing,
            key=lambda m: (m not in free, theirs[m].in_digits is not number.in_digits, m),
        )
        pairs.append((n, best))
        free.pop(best, None)
    invented = [
        m
        for m in free
        if theirs[m].firm
        and not any(theirs[m].agrees(number) for number in ours)
        # English in an Indonesian sentence stays: a title that says "Seven".
        and (theirs[m].in_digits or not _stands(target[theirs[m].start : theirs[m].end], source))
    ]
    return Pairing(tuple(ours), tuple(theirs), tuple(pairs), tuple(missing), tuple(invented))


def _stands(words: str, text: str) -> bool:
    """Whether the words are in the text, whole."""
    return re.search(rf"\b{re.escape(words)}\b", text) is not None


def lost_and_invented(source: str, target: str) -> tuple[list[str], list[str]]:
    """Numbers in digits that only the source has, and that only the target has, as written."""
    pairing = pair_numbers(source, target)
    lost = [pairing.source[n] for n in pairing.missing]
    invented = [pairing.target[m] for m in pairing.invented]
    return (
        [source[number.start : number.end] for number in lost if number.in_digits],
        [target[number.start : number.end] for number in invented if number.in_digits],
    )


def ledger(source: str, target: str) -> tuple[Fact, ...]:
    """All facts of a sentence: numbers, names, quotations; of each, the source's own first."""
    if not is_readable(source, target):
        return ()
    return (
        *_number_facts(source, target),
        *_name_facts(source, target),
        *_quotation_facts(source, target),
    )


def _number_facts(source: str, target: str) -> list[Fact]:
    pairing = pair_numbers(source, target)
    partner = dict(pairing.pairs)
    facts = []
    for group in _dates(source, pairing.source):
        here = _place(source, [pairing.source[n] for n in group])
        found = [pairing.target[partner[n]] for n in group if n in partner]
        if not found and not any(n in pairing.missing for n in group):
            continue
        there = _place(target, found) if found else None
        status = Status.KEPT
        if len(found) < len(group):
            status = Status.MISSING
        elif there is None or there.written != here.written:
            status = Status.CONVERTED
        facts.append(Fact(pairing.source[group[0]].kind, status, here, there))
    for m in pairing.invented:
        number = pairing.target[m]
        facts.append(Fact(number.kind, Status.INVENTED, None, _place(target, [number])))
    return facts


def _name_facts(source: str, target: str) -> list[Fact]:
    found = names(source, target, aligned(source, target))
    facts = []
    for (start, end), there in zip(found.source, found.target, strict=True):
        here = Place(source[start:end], start, end)
        if (start, end) in found.missing:
            facts.append(Fact("name", Status.MISSING, here, None))
        elif there is not None:
            other = Place(target[there[0] : there[1]], *there)
            status = Status.KEPT if other.written == here.written else Status.CONVERTED
            facts.append(Fact("name", status, here, other))
    facts += [
        Fact("name", Status.INVENTED, None, Place(target[start:end], start, end))
        for start, end in found.invented
    ]
    return facts


def _quotation_facts(source: str, target: str) -> list[Fact]:
    """Quotations, paired in order."""
    ours, theirs = quotations(source), quotations(target)
    facts = []
    for quotation, other in zip_longest(ours, theirs):
        here, there = _quoted(source, quotation), _quoted(target, other)
        status = Status.CONVERTED
        if there is None:
            status = Status.MISSING
        elif here is None:
            status = Status.INVENTED
        elif here.written == there.written:
            status = Status.KEPT
        facts.append(Fact("quotation", status, here, there))
    return facts


def _quoted(text: str, quotation: Quotation | None) -> Place | None:
    if quotation is None:
        return None
    return Place(text[quotation.start : quotation.end], quotation.start, quotation.end)


def _dates(source: str, found: Sequence[Number]) -> list[list[int]]:
    """The numbers, by index, with the parts of one date together."""
    groups: list[list[int]] = []
    for n, number in enumerate(found):
        if groups and number.kind is NumberKind.DATE:
            before = found[groups[-1][-1]]
            between = source[before.end : number.start]
            if before.kind is NumberKind.DATE and not between.strip(" ,/("):
                groups[-1].append(n)
                continue
        groups.append([n])
    return groups


def _place(text: str, found: Sequence[Number]) -> Place:
    start, end = min(number.start for number in found), max(number.end for number in found)
    return Place(text[start:end], start, end)
