"""Which parts of a sentence are a speaker's own words: nothing is put in or taken out there."""

from __future__ import annotations

from collections.abc import Sequence

from service.article import Span
from service.checks.quotations import quotations


def quoted(text: str) -> list[Span]:
    """The quotations of a sentence, in characters."""
    return [(quotation.start, quotation.end) for quotation in quotations(text)]


def touches(span: Span, spans: Sequence[Span]) -> bool:
    """Whether it shares a character with any of them."""
    return any(span[0] < end and start < span[1] for start, end in spans)


def inside_quotation(paragraph: Sequence[str], index: int) -> bool:
    """Whether a sentence of a paragraph is in the middle of a quotation that began before it."""
    begun = False
    for sentence in paragraph[:index]:
        for quotation in quotations(sentence):
            begun = quotation.opened and not quotation.closed
    marks = quotations(paragraph[index])
    return begun and not any(quotation.closed and not quotation.opened for quotation in marks)
