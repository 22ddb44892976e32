"""The span of a target that translates a term, by word alignment.

The span is one run of words that stand for the term and for nothing else. It takes in the rest of
a name: for `the Ministry of Finance` an aligner may link `Finance` alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.article import Span
from service.glossary.english import BEFORE_NAME

# Pairs of a word's span in the source and the span of its translation in the target.
Links = Sequence[tuple[Span, Span]]

_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")
_NO_NAME = {"a", "an", "the", *BEFORE_NAME}
_WITHIN_NAMES = {"of", "for", "and", "the", "on", "&"}


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int
    is_linked: bool  # with the term, rather than with nothing


def aligned_span(target: str, links: Links, term: Span, phrase: str) -> Span | None:
    """Return the span of the target to replace by a term, or None.

    `term` is the span of the term in the source, and `phrase` its English. None if no word of the
    target stands for the term alone.
    """
    best: list[_Word] = []
    for run in _runs(target, links, term):
        if sum(word.is_linked for word in run) > sum(word.is_linked for word in best):
            best = run
    linked = [n for n, word in enumerate(best) if word.is_linked]
    if not linked:
        return None
    first, last = linked[0], linked[-1]
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
    """Return runs of words that translate the term or nothing.

    Between two words of a run there are only blanks or hyphens.
    """
    linked: set[Span] = set()
    others: set[Span] = set()
    for (start, end), word in links:
        (linked if start < term[1] and term[0] < end else others).add(word)
    runs: list[list[_Word]] = [[]]
    at = 0
    for match in _WORD.finditer(target):
        span = match.span()
        is_other = _overlaps(span, others)
        if target[at : span[0]].strip(" -") or is_other:
            runs.append([])
        if not is_other:
            runs[-1].append(_Word(match[0], *span, is_linked=_overlaps(span, linked)))
        at = span[1]
    return runs


def _overlaps(span: Span, words: set[Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in words)


def _name_around(run: Sequence[_Word], first: int, last: int) -> tuple[int, int]:
    """Extend a range by capitalized words on both sides, across small ones."""
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
