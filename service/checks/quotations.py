"""Quotations in a sentence: what stands between quotation marks, and where.

A quotation may begin before a sentence or go on after it, so a span may lack either mark. Any
style of marks counts (`"…"`, `“…”`, `«…»`): which of them English has is a matter of house style.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPENERS, _CLOSERS, _EITHER = "“„«‘", "”»", "\"'’"
_MARK = re.compile(r"[“”„«»‘’\"]|''|``|'")
_DOUBLED = {"''": '"', "``": "“"}
# After these a mark opens; before a word a mark cannot close.
_BEFORE_OPENING = " \t\n([{-–—/"


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation `text[start:end]`, its marks included where the sentence has them."""

    start: int
    end: int
    opened: bool
    closed: bool


def quotations(text: str) -> list[Quotation]:
    """The quotations of one sentence, in order; none holds another."""
    found: list[Quotation] = []
    begun: tuple[int, str] | None = None
    for mark, opens in _marks(text):
        single = mark.group() in "'‘’"
        if opens:
            # A second opening mark inside a quotation is a quotation in a quotation.
            if begun is None:
                begun = (mark.start(), mark.group())
            continue
        if begun is not None:
            if (begun[1] in "'‘") == single:
                found.append(Quotation(begun[0], mark.end(), True, True))
                begun = None
        elif not single:
            found.append(Quotation(found[-1].end if found else 0, mark.end(), False, True))
    if begun is not None and begun[1] not in "'‘":
        found.append(Quotation(begun[0], len(text), True, False))
    return found


def _marks(text: str) -> list[tuple[re.Match[str], bool]]:
    """The quotation marks, and whether each opens; apostrophes are none."""
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
