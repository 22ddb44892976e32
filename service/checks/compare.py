"""Comparison of a source sentence and its target, by fact and by word.

Repairs, the verdict and the facts share one `Comparison`, so each pair is aligned once. Numbers
are paired one to one if possible, but two equal numbers of the source may share one of the target.
The same value in another form is `converted` (`Rp1,5 triliun`, `Rp1.5 trillion`). A number without
a counterpart is `missing`; a number that only the target has is `invented`.
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
from service.checks.number import Number, NumberKind
from service.checks.numbers import numbers
from service.checks.polarity import Polarity, polarity
from service.checks.quotations import Quotation, quotations

# Characters of a sentence and its target together; a sentence of news has a tenth of it. The time
# for pairing numbers grows with the square of the length.
MAX_COMPARED_CHARS = 4000


@dataclass(frozen=True, slots=True)
class Pairing:
    """The numbers of a source and its target, and their pairs.

    `pairs` are indexes into `source` and `target`. `missing` (source) and `invented` (target) are
    indexes of numbers without a counterpart.
    """

    source: tuple[Number, ...]
    target: tuple[Number, ...]
    pairs: tuple[tuple[int, int], ...]
    missing: tuple[int, ...]
    invented: tuple[int, ...]


class Comparison:
    """A source and its target; each property is computed on first use."""

    def __init__(
        self, source: str, target: str, source_numbers: Sequence[Number] | None = None
    ) -> None:
        self.source = source
        self.target = target
        self._source_numbers = source_numbers

    def with_target(self, target: str) -> Comparison:
        """Return the comparison of the same source with another target."""
        if target == self.target:
            return self
        # The numbers of an unreadable pair are not read, but another target may be shorter.
        known = self.numbers.source if self.is_readable else None
        return Comparison(self.source, target, known)

    @property
    def is_readable(self) -> bool:
        """Whether the pair is short enough to compare its facts."""
        return is_readable(self.source, self.target)

    @cached_property
    def numbers(self) -> Pairing:
        """The numbers of both sides, paired."""
        return pair_numbers(self.source, self.target, self._source_numbers)

    @cached_property
    def alignment(self) -> Alignment:
        """The word alignment. Raises `ModelMissing` and `ModelCorrupt`."""
        return Aligner.load().align(self.source, self.target)

    @cached_property
    def names(self) -> Names:
        """The names of both sides. Raises the errors of `alignment`."""
        return names(self.source, self.target, self.alignment)

    @cached_property
    def polarity(self) -> Polarity:
        """The relation of the negations. Raises the errors of `alignment`."""
        return polarity(self.source, self.target, self.alignment)

    @cached_property
    def source_quotations(self) -> list[Quotation]:
        return quotations(self.source)

    @cached_property
    def target_quotations(self) -> list[Quotation]:
        return quotations(self.target)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The numbers, names and quotations; invented ones last in each kind."""
        if not self.is_readable:
            return ()
        return (*_number_facts(self), *_name_facts(self), *_quotation_facts(self))


def is_readable(source: str, target: str) -> bool:
    """Return whether a pair is short enough to compare its facts."""
    return len(source) + len(target) <= MAX_COMPARED_CHARS


def facts_of(source: str, target: str) -> tuple[Fact, ...]:
    """Return all facts of a sentence and its target."""
    return Comparison(source, target).facts


def pair_numbers(
    source: str, target: str, source_numbers: Sequence[Number] | None = None
) -> Pairing:
    """Pair the numbers of both sides; an unreadable pair has none.

    `source_numbers` are the numbers of the source, if they are known from another candidate.
    """
    if not is_readable(source, target):
        return Pairing((), (), (), (), ())
    if source_numbers is None:
        source_numbers = numbers(source, "id")
    target_numbers = numbers(target, "en")
    pairs: list[tuple[int, int]] = []
    free = dict.fromkeys(range(len(target_numbers)))
    missing = []
    for n, number in enumerate(source_numbers):
        agreeing = [m for m, other in enumerate(target_numbers) if number.agrees(other)]
        if not agreeing:
            # An unchanged word is part of a name: `Tiga Roda`.
            if number.firm and not _is_unchanged_word(number, source, target):
                missing.append(n)
            continue
        # Prefer a number without a pair, then one in the same form (digits or words).
        best = min(
            agreeing,
            key=lambda m: (m not in free, target_numbers[m].in_digits is not number.in_digits, m),
        )
        pairs.append((n, best))
        free.pop(best, None)
    invented = [
        m
        for m in free
        if target_numbers[m].firm
        and not any(target_numbers[m].agrees(number) for number in source_numbers)
        # English in an Indonesian sentence stays: the title "Seven".
        and not _is_unchanged_word(target_numbers[m], target, source)
    ]
    return Pairing(
        tuple(source_numbers), tuple(target_numbers), tuple(pairs), tuple(missing), tuple(invented)
    )


def _is_unchanged_word(number: Number, text: str, other_side: str) -> bool:
    """Return whether the other text has a number in the same words."""
    words = re.escape(text[number.start : number.end])
    return not number.in_digits and re.search(rf"\b{words}\b", other_side) is not None


def lost_and_invented(source: str, target: str) -> tuple[list[str], list[str]]:
    """Return the missing and the invented numbers in digits, as written."""
    pairing = pair_numbers(source, target)
    missing = [pairing.source[n] for n in pairing.missing]
    invented = [pairing.target[m] for m in pairing.invented]
    return (
        [source[number.start : number.end] for number in missing if number.in_digits],
        [target[number.start : number.end] for number in invented if number.in_digits],
    )


def _number_facts(comparison: Comparison) -> list[Fact]:
    source, target, pairing = comparison.source, comparison.target, comparison.numbers
    partner = dict(pairing.pairs)
    facts = []
    for group in _dates(source, pairing.source):
        source_span = _enclosing_span(source, [pairing.source[n] for n in group])
        found = [pairing.target[partner[n]] for n in group if n in partner]
        if not found and not any(n in pairing.missing for n in group):
            continue
        target_span = _enclosing_span(target, found) if found else None
        status = FactStatus.KEPT
        if len(found) < len(group):
            status = FactStatus.MISSING
        elif target_span is None or target_span.text != source_span.text:
            status = FactStatus.CONVERTED
        facts.append(Fact(pairing.source[group[0]].kind, status, source_span, target_span))
    for m in pairing.invented:
        number = pairing.target[m]
        target_span = _text_span(target, number.start, number.end)
        facts.append(Fact(number.kind, FactStatus.INVENTED, None, target_span))
    return facts


def _name_facts(comparison: Comparison) -> list[Fact]:
    source, target, found = comparison.source, comparison.target, comparison.names
    facts = []
    for name, counterpart in zip(found.source, found.target, strict=True):
        source_span = _text_span(source, *name)
        if name in found.missing:
            facts.append(Fact("name", FactStatus.MISSING, source_span, None))
        elif counterpart is not None:
            target_span = _text_span(target, *counterpart)
            same = target_span.text == source_span.text
            status = FactStatus.KEPT if same else FactStatus.CONVERTED
            facts.append(Fact("name", status, source_span, target_span))
    facts += [
        Fact("name", FactStatus.INVENTED, None, _text_span(target, *name))
        for name in found.invented
    ]
    return facts


def _quotation_facts(comparison: Comparison) -> list[Fact]:
    """Return the quotations, paired in order."""
    source, target = comparison.source, comparison.target
    facts = []
    for quotation, other in zip_longest(comparison.source_quotations, comparison.target_quotations):
        source_span = None if quotation is None else _text_span(source, *quotation.span)
        target_span = None if other is None else _text_span(target, *other.span)
        status = FactStatus.CONVERTED
        if target_span is None:
            status = FactStatus.MISSING
        elif source_span is None:
            status = FactStatus.INVENTED
        elif source_span.text == target_span.text:
            status = FactStatus.KEPT
        facts.append(Fact("quotation", status, source_span, target_span))
    return facts


def _dates(source: str, found: Sequence[Number]) -> list[list[int]]:
    """Return the indexes of the numbers; the parts of a date are one group."""
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


def _enclosing_span(text: str, found: Sequence[Number]) -> TextSpan:
    start, end = min(number.start for number in found), max(number.end for number in found)
    return _text_span(text, start, end)


def _text_span(text: str, start: int, end: int) -> TextSpan:
    return TextSpan(text[start:end], start, end)
