"""Quotations in a sentence, and their offsets.

A quotation may begin before the sentence or end after it, so a span may lack either mark. Every
style of marks counts (`"…"`, `“…”`, `«…»`): the style of the English is up to the newsroom.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.article import Span

_OPENERS, _CLOSERS = "“„«‘", "”»"
_MARK = re.compile(r"[“”„«»‘’\"]|''|``|'")
_DOUBLED = {"''": '"', "``": "“"}
# A mark after one of these opens a quotation. A single mark before a word does not close one.
_BEFORE_OPENING = " \t\n([{-–—/"


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation at `text[start:end]`, with its marks if they are there."""

    start: int
    end: int
    opened: bool
    closed: bool

    @property
    def span(self) -> Span:
        return self.start, self.end


def quotations(text: str) -> list[Quotation]:
    """Return the outermost quotations of a sentence, in order."""
    found: list[Quotation] = []
    opening: tuple[int, str] | None = None
    for mark, opens in _marks(text):
        single = mark.group() in "'‘’"
        if opens:
            # A second opening mark begins a quotation within the quotation.
            if opening is None:
                opening = (mark.start(), mark.group())
            continue
        if opening is not None:
            if (opening[1] in "'‘") == single:
                found.append(Quotation(opening[0], mark.end(), True, True))
                opening = None
        elif not single:
            found.append(Quotation(found[-1].end if found else 0, mark.end(), False, True))
    if opening is not None and opening[1] not in "'‘":
        found.append(Quotation(opening[0], len(text), True, False))
    return found


def _marks(text: str) -> list[tuple[re.Match[str], bool]]:
    """Return the quotation marks, without apostrophes, and whether each opens."""
    marks: list[tuple[re.Match[str], bool]] = []
    open_straight = open_single = False
    for mark in _MARK.finditer(text):
        sign = _DOUBLED.get(mark.group(), mark.group())
        before = text[mark.start() - 1] if mark.start() else " "
        after = text[mark.end()] if mark.end() < len(text) else " "
        if sign in _OPENERS and sign != "‘":
            marks.append((mark, True))
        elif sign in _CLOSERS:
            marks.append((mark, False))
        elif sign in "'‘’":
            if before in _BEFORE_OPENING + '"“' and after.isalnum() and sign != "’":
                marks.append((mark, True))
                open_single = True
            elif not after.isalnum() and before not in _BEFORE_OPENING and open_single:
                marks.append((mark, False))
                open_single = False
        else:
            opens = after not in _BEFORE_OPENING[:3] and (
                before in _BEFORE_OPENING or (not open_straight and after.isalnum())
            )
            open_straight = opens
            marks.append((mark, opens))
    return marks
