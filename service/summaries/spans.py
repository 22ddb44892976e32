"""Spans of quotations, which stay exactly as the speaker said them."""

from __future__ import annotations

from collections.abc import Sequence

from service.article import Span
from service.checks.quotations import quotations


def quotation_spans(text: str) -> list[Span]:
    """Return the quotations of a sentence, in characters."""
    return [(quotation.start, quotation.end) for quotation in quotations(text)]


def overlaps(span: Span, spans: Sequence[Span]) -> bool:
    """Whether a span shares a character with any of the others."""
    return any(span[0] < end and start < span[1] for start, end in spans)


def without_quotations(text: str) -> str:
    """Return a sentence with a quotation mark in place of each quotation."""
    for start, end in reversed(quotation_spans(text)):
        text = text[:start] + '"' + text[end:]
    return text


def is_inside_quotation(paragraph: Sequence[str], index: int) -> bool:
    """Whether a sentence is in the middle of a quotation that began before it."""
    begun = False
    for sentence in paragraph[:index]:
        for quotation in quotations(sentence):
            begun = quotation.opened and not quotation.closed
    marks = quotations(paragraph[index])
    return begun and not any(quotation.closed and not quotation.opened for quotation in marks)
