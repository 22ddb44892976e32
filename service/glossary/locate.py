"""Where in a target a term was translated, from the links of its words with the source's.

The words that stand for the term and for nothing else, as one run; with the rest of the name where
they are a part of one: of `the Ministry of Finance` an aligner may link `Finance` alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.article import Span
from service.glossary.english import BEFORE_NAME

# A word of the source, and one of the target that stands for it.
Links = Sequence[tuple[Span, Span]]

_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")
_NO_NAME = {"a", "an", "the", *BEFORE_NAME}
_WITHIN_NAMES = {"of", "for", "and", "the", "on", "&"}


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    ours: bool  # stands for the term, and not for nothing


def place_of(target: str, links: Links, term: Span, phrase: str) -> Span | None:
    """The span of the target to put `phrase` in for the term at a span of the source, or None
    where nothing stands for that alone."""
    best: list[_Word] = []
    for run in _runs(target, links, term):
        if sum(word.ours for word in run) > sum(word.ours for word in best):
            best = run
    ours = [n for n, word in enumerate(best) if word.ours]
    if not ours:
        return None
    first, last = ours[0], ours[-1]
    if best[first].text[0].isupper():
        first, last = _name_around(best, first, last)
    start, end = best[first].start, best[last].end
    words = phrase.split()
    # `its key rate` where `key` alone is linked, and the phrase ends with `rate` itself.
    if after := re.match(rf"\s+{re.escape(words[-1])}(?!\w)", target[end:], re.IGNORECASE):
        end += after.end()
    before = target[max(0, start - len(words[0]) - 2) : start]
    if ahead := re.search(rf"(?<!\w){re.escape(words[0])}\s+\Z", before, re.IGNORECASE):
        start -= len(ahead[0])
    return start, end


def _runs(target: str, links: Links, term: Span) -> list[list[_Word]]:
    """The words of the target, parted where one stands for another part of the source and where
    there is more than a blank or a hyphen between two."""
    ours: set[Span] = set()
    others: set[Span] = set()
    for (start, end), word in links:
        (ours if start < term[1] and term[0] < end else others).add(word)
    runs: list[list[_Word]] = [[]]
    at = 0
    for match in _WORD.finditer(target):
        span = match.span()
        mine, taken = _touches(span, ours), _touches(span, others)
        if target[at : span[0]].strip(" -") or taken:
            runs.append([])
        if not taken:
            runs[-1].append(_Word(match[0], *span, ours=mine))
        at = span[1]
    return runs


def _touches(span: Span, words: set[Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in words)


def _name_around(run: Sequence[_Word], first: int, last: int) -> tuple[int, int]:
    """The words in capitals on both sides, over small words between them."""
    while (place := _name_word(run, first - 1, -1)) is not None:
        first = place
    while (place := _name_word(run, last + 1, 1)) is not None:
        last = place
    return first, last


def _name_word(run: Sequence[_Word], place: int, step: int) -> int | None:
    while 0 <= place < len(run):
        word = run[place]
        if word.text[0].isupper():
            return None if word.text.lower() in _NO_NAME else place
        if word.text not in _WITHIN_NAMES:
            return None
        place += step
    return None
