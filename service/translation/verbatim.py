"""Verbatim text: `translate="no"`, `notranslate`, code.

It stays as it is in English. A verbatim sentence is not translated. A verbatim part is translated
with its sentence, because a model needs the whole sentence; afterwards the part is restored.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import replace

from service.article import Block, Sentence, Span, join_sentences
from service.checks.compare import Comparison
from service.checks.verdict import WEIGHTS, judge
from service.translation.projection import Align, Projection, nearest_free, overlaps


def verbatim_sentences(block: Block) -> set[int]:
    """Return the indexes of the sentences that are verbatim as a whole."""
    spans = block.verbatim
    starts = [start for start, _ in spans]
    found = set()
    for number, sentence in enumerate(block.sentences):
        at = bisect_right(starts, sentence.start) - 1
        if at >= 0 and spans[at][1] >= sentence.end:
            found.add(number)
    return found


def join_verbatim(spans: Sequence[Span], verbatim: Sequence[Span]) -> list[Span]:
    """Join the spans of sentences whose boundary is inside verbatim text."""
    starts = [start for start, _ in spans]
    inside: set[int] = set()
    for start, end in verbatim:
        inside.update(range(bisect_right(starts, start), bisect_left(starts, end)))
    joined: list[Span] = []
    for number, (start, end) in enumerate(spans):
        if number in inside and joined:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined


def restore_verbatim(block: Block, align: Align) -> tuple[Block, dict[Span, Span]]:
    """Put verbatim text into the targets of a block.

    Returns the block, and the target span of each verbatim source span. A sentence gets the flag
    `term_missing` if the alignment does not show where the text belongs.
    """
    verbatim = block.verbatim
    starts = [start for start, _ in verbatim]
    spans: list[list[Span]] = []
    sentences = []
    for sentence in block.sentences:
        first, last = bisect_left(starts, sentence.start), bisect_left(starts, sentence.end)
        inside = [(a - sentence.start, b - sentence.start) for a, b in verbatim[first:last]]
        spans.append(inside)
        if inside and sentence.target != sentence.source:
            sentence = _with_verbatim(sentence, inside, align)
        sentences.append(sentence)
    target, shifts = join_sentences(block, sentences)
    target_spans = {}
    for sentence, inside, shift in zip(sentences, spans, shifts, strict=True):
        found = _find_verbatim(sentence.source, sentence.target, inside)
        for (start, end), target_span in zip(inside, found, strict=True):
            if target_span is not None:
                source_span = start + sentence.start, end + sentence.start
                target_spans[source_span] = target_span[0] + shift, target_span[1] + shift
    return replace(block, sentences=tuple(sentences), target=target), target_spans


def _with_verbatim(sentence: Sentence, spans: Sequence[Span], align: Align) -> Sentence:
    """Return a sentence with its verbatim source spans in its target."""
    source, target = sentence.source, sentence.target
    found = _find_verbatim(source, target, spans)
    missing = [span for span, place in zip(spans, found, strict=True) if place is None]
    if not missing:
        return sentence
    taken = sorted(place for place in found if place is not None)
    projection = Projection(source, target, align(source, target))
    changes: list[tuple[Span, str]] = []
    unaligned: list[Span] = []
    for start, end in missing:
        span = projection.linked_span(start, end, (0, len(target)), taken)
        if span is None:
            unaligned.append((start, end))
            continue
        insort(taken, span)
        changes.append((span, source[start:end]))
    for start, end in unaligned:
        offset = nearest_free(projection.offset(start), taken)
        changes.append(((offset, offset), source[start:end]))
    changes.sort(key=lambda change: change[0], reverse=True)
    for (start, end), text in changes:
        target = _replace_span(target, start, end, text)
    comparison = Comparison(source, target)
    flags = _flags(sentence, comparison, bool(unaligned))
    return replace(sentence, target=target, facts=comparison.facts, flags=flags)


def _flags(sentence: Sentence, changed: Comparison, unaligned: bool) -> tuple[str, ...]:
    """Return the flags of a changed target, without solved problems."""
    new = (*judge(changed).flags, *(["term_missing"] if unaligned else []))
    remaining = tuple(flag for flag in sentence.flags if flag not in WEIGHTS or flag in new)
    return remaining + tuple(flag for flag in new if flag not in remaining)


def _find_verbatim(source: str, target: str, spans: Sequence[Span]) -> list[Span | None]:
    """Return the target span with the same text as each source span, or None.

    Source spans with equal text have different target spans.
    """
    parts: dict[str, list[int]] = {}
    for n, (start, end) in enumerate(spans):
        parts.setdefault(source[start:end], []).append(n)
    places: list[Span | None] = [None] * len(spans)
    taken: list[Span] = []
    # Longest first: `API` must not match inside `API v2`.
    for text in sorted(parts, key=len, reverse=True):
        remaining = iter(parts[text])
        for match in re.finditer(_whole_words(text), target):
            if overlaps(match.span(), taken):
                continue
            nth = next(remaining, None)
            if nth is None:
                break
            places[nth] = match.span()
            insort(taken, match.span())
    return places


def _whole_words(text: str) -> str:
    left = r"(?<!\w)" if text[0].isalnum() else ""
    right = r"(?!\w)" if text[-1].isalnum() else ""
    return left + re.escape(text) + right


def _replace_span(target: str, start: int, end: int, text: str) -> str:
    """Replace `target[start:end]` by the text, with spaces around words."""
    before, after = target[:start], target[end:]
    if before and (before[-1].isalnum() or start == end) and not before[-1].isspace():
        text = " " + text
    if after and after[0].isalnum():
        text += " "
    return before + text + after
