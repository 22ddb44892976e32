"""Comparison of a source sentence and its target: numbers, names, quotations and word links.

`compare` makes one `Comparison` for a pair. Repairs, the verdict and the facts all read it, so
that a pair is aligned and its numbers are paired once. Numbers are paired one to one where that
is possible; a value that the target says once may answer for a source that says it twice. The
same value in another form is `converted` (`Rp1,5 triliun`, `Rp1.5 trillion`); a number without a
counterpart is `missing`, and one that only the target has is `invented`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from models.alignment.aligner import Aligner, Alignment
from service.article import Fact, FactStatus, TextSpan
from service.checks.names import Names, names
from service.checks.numbers import Number, NumberKind, numbers
from service.checks.quotations import Quotation, quotations

# Characters of a sentence and its target together. Sentences of news have a tenth of that; the
# time for comparing the numbers of a longer text grows with the square of its length.
MAX_COMPARED_CHARS = 4000


@dataclass(frozen=True, slots=True)
class Pairing:
    """Numbers of source and target, paired by index into `source` and `target`.

    `missing` and `invented` are the indexes without a counterpart.
    """

    source: tuple[Number, ...]
    target: tuple[Number, ...]
    pairs: tuple[tuple[int, int], ...]
    missing: tuple[int, ...]
    invented: tuple[int, ...]


class Comparison:
    """A source and its target; each part is computed when it is first asked for."""

    def __init__(self, source: str, target: str) -> None:
        self.source = source
        self.target = target

    @property
    def is_readable(self) -> bool:
        """Whether the pair is short enough to be compared."""
        return is_readable(self.source, self.target)

    @cached_property
    def numbers(self) -> Pairing:
        """The numbers of both sides, paired."""
        return pair_numbers(self.source, self.target)

    @cached_property
    def alignment(self) -> Alignment:
        """The links between the words of both sides. Raises `ModelMissing` and `ModelCorrupt`."""
        return Aligner.load().align(self.source, self.target)

    @cached_property
    def names(self) -> Names:
        """The names of both sides. Raises as `alignment` does."""
        return names(self.source, self.target, self.alignment)

    @cached_property
    def source_quotations(self) -> list[Quotation]:
        return quotations(self.source)

    @cached_property
    def target_quotations(self) -> list[Quotation]:
        return quotations(self.target)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """All facts: numbers, names, quotations; of each kind the source's own first."""
        if not self.is_readable:
            return ()
        return (*_number_facts(self), *_name_facts(self), *_quotation_facts(self))


def is_readable(source: str, target: str) -> bool:
    """Return whether a pair is short enough for its facts to be compared."""
    return len(source) + len(target) <= MAX_COMPARED_CHARS


def facts_of(source: str, target: str) -> tuple[Fact, ...]:
    """Return all facts of a sentence and its target."""
    return Comparison(source, target).facts


def pair_numbers(source: str, target: str) -> Pairing:
    """Pair the numbers of both sides; of a pair that is not readable, none."""
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


def _number_facts(comparison: Comparison) -> list[Fact]:
    source, target, pairing = comparison.source, comparison.target, comparison.numbers
    partner = dict(pairing.pairs)
    facts = []
    for group in _dates(source, pairing.source):
        here = _place(source, [pairing.source[n] for n in group])
        found = [pairing.target[partner[n]] for n in group if n in partner]
        if not found and not any(n in pairing.missing for n in group):
            continue
        there = _place(target, found) if found else None
        status = FactStatus.KEPT
        if len(found) < len(group):
            status = FactStatus.MISSING
        elif there is None or there.text != here.text:
            status = FactStatus.CONVERTED
        facts.append(Fact(pairing.source[group[0]].kind, status, here, there))
    for m in pairing.invented:
        number = pairing.target[m]
        facts.append(Fact(number.kind, FactStatus.INVENTED, None, _place(target, [number])))
    return facts


def _name_facts(comparison: Comparison) -> list[Fact]:
    source, target, found = comparison.source, comparison.target, comparison.names
    facts = []
    for (start, end), there in zip(found.source, found.target, strict=True):
        here = TextSpan(source[start:end], start, end)
        if (start, end) in found.missing:
            facts.append(Fact("name", FactStatus.MISSING, here, None))
        elif there is not None:
            other = TextSpan(target[there[0] : there[1]], *there)
            status = FactStatus.KEPT if other.text == here.text else FactStatus.CONVERTED
            facts.append(Fact("name", status, here, other))
    facts += [
        Fact("name", FactStatus.INVENTED, None, TextSpan(target[start:end], start, end))
        for start, end in found.invented
    ]
    return facts


def _quotation_facts(comparison: Comparison) -> list[Fact]:
    """Return the quotations, paired in order."""
    source, target = comparison.source, comparison.target
    ours, theirs = comparison.source_quotations, comparison.target_quotations
    facts = []
    for quotation, other in zip_longest(ours, theirs):
        here, there = _quoted(source, quotation), _quoted(target, other)
        status = FactStatus.CONVERTED
        if there is None:
            status = FactStatus.MISSING
        elif here is None:
            status = FactStatus.INVENTED
        elif here.text == there.text:
            status = FactStatus.KEPT
        facts.append(Fact("quotation", status, here, there))
    return facts


def _quoted(text: str, quotation: Quotation | None) -> TextSpan | None:
    if quotation is None:
        return None
    return TextSpan(text[quotation.start : quotation.end], quotation.start, quotation.end)


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


def _place(text: str, found: Sequence[Number]) -> TextSpan:
    start, end = min(number.start for number in found), max(number.end for number in found)
    return TextSpan(text[start:end], start, end)
