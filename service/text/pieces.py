"""The pieces of a sentence that is too long for a model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from service.article import Span
from service.text.lexicon.function_words import CONJUNCTIONS
from service.text.segmentation import QUOTES

# Characters of a word that is split several characters at a time.
_LONG_WORD = 50_000


class _Unit(NamedTuple):
    """A word, or a part of a long word; no cut falls inside it."""

    start: int
    end: int
    cost: float


# Words to cut before, with a clause or with a phrase behind them.
_CLAUSE_WORDS = frozenset((*CONJUNCTIONS, *"bahwa apabila melainkan seraya sambil".split()))
_PHRASE_WORDS = frozenset(
    "dan atau yang serta untuk dengan dalam pada oleh kepada terhadap".split()
)


def split_long(text: str, limit: int, count: Callable[[Sequence[str]], list[int]]) -> list[Span]:
    """Return the spans of pieces of a sentence of at most `limit` tokens each.

    Cuts fall after a semicolon or comma, or before a conjunction, if the pieces are well filled.
    Else they fall at any space, and inside a word only if the word alone is too long. A character
    and its marks stay together even above `limit`. A `limit` below 1 counts as 1.

    `count` measures a batch of texts in tokens; it is called O(log n) times.
    """
    limit = max(limit, 1)
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if start >= end:
        return []
    words = [(m.start(), m.end()) for m in re.finditer(r"\S+", text)]
    whole, *costs = count([text[start:end], *(text[a:b] for a, b in words)])
    if whole <= limit:
        return [(start, end)]
    units = _units(text, words, costs, limit, scale=whole / max(sum(costs), 1))
    room, shrink = float(limit), 1.02
    while True:
        pieces = _fill(text, units, room)
        spans = [(piece[0].start, piece[-1].end) for piece in pieces]
        over = max(count([text[a:b] for a, b in spans])) / limit
        if over <= 1 or len(pieces) == len(units):
            return spans
        # The costs of words only estimate the cost of text: aim lower, soon much lower.
        room /= max(over, shrink)
        shrink **= 2


def _units(
    text: str, words: Sequence[Span], costs: Sequence[int], limit: int, scale: float
) -> list[_Unit]:
    """Return the words as units with scaled costs; long words are split."""
    units: list[_Unit] = []
    for (start, end), cost in zip(words, costs, strict=True):
        # A character is a few tokens at most. A long word is split several characters at a time,
        # because ten million single characters take two gigabytes.
        together = 1 if end - start < _LONG_WORD else max(1, limit // 8)
        parts = [(start, end)] if cost <= limit else _clusters(text, start, end, together)
        share = max(cost, 1) * scale
        units += [_Unit(a, b, share * (b - a) / (end - start)) for a, b in parts]
    return units


def _fill(text: str, units: list[_Unit], room: float) -> list[list[_Unit]]:
    """Fill pieces of at most `room` from the left, each up to the best cut."""
    total = [0.0, *accumulate(unit.cost for unit in units)]
    pieces: list[list[_Unit]] = []
    first = 0
    while first + 1 < len(units) and (rest := total[-1] - total[first]) > room:
        # The last two pieces share the rest, so that neither is very short.
        shared = rest < 1.8 * room
        least, aim = (max(rest - room, 0.3 * rest), rest / 2) if shared else (0.5 * room, room)
        best, best_score = first + 1, -9.0
        last = first + 1
        while last < len(units) and total[last] - total[first] <= room:
            filled = total[last] - total[first]
            score = _boundary(text, units[last - 1], units[last]) - abs(filled - aim) / room
            if filled >= least and score >= best_score:
                best, best_score = last, score
            last += 1
        if best_score == -9.0:
            best = max(first + 1, last - 1)
        pieces.append(units[first:best])
        first = best
    return [*pieces, units[first:]]


def _boundary(text: str, left: _Unit, right: _Unit) -> float:
    """Return the score of a cut between two units; higher is better."""
    if left.end == right.start:
        return -4.0
    word = text[left.start : left.end].rstrip(QUOTES + ")]")
    following = text[right.start : right.end].strip(QUOTES + "([.,").casefold()
    if word.endswith((";", ":", ".", "?", "!", "…", "—", "–")) and len(word) > 3:
        return 4.0
    comma = 2.0 if word.endswith(",") else 0.0
    if following in _CLAUSE_WORDS:
        return comma + 1.5
    if following in _PHRASE_WORDS:
        return comma + 1.0
    # `Rp 350 juta` and names stay whole if there is another place.
    joined = word in ("Rp", "US$") or word[-1:].isdecimal()
    return comma or (-0.5 if joined or (word[:1].isupper() and following != word) else 0.0)


def _clusters(text: str, start: int, end: int, together: int = 1) -> list[Span]:
    """Return spans of `together` characters or more.

    Marks, joiners and modifiers stay with their character. The last span may be shorter.
    """
    spans: list[Span] = []
    for at in range(start, end):
        char = text[at]
        joins = (
            unicodedata.category(char).startswith("M")
            or char == "\u200d"
            or "\U0001f3fb" <= char <= "\U0001f3ff"
            or (at > start and text[at - 1] == "\u200d")
        )
        if spans and (joins or at - spans[-1][0] < together):
            spans[-1] = (spans[-1][0], at + 1)
        else:
            spans.append((at, at + 1))
    return spans
