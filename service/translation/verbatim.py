"""What must stand in English as it is: `translate="no"`, `notranslate`, code.

Whole sentences of it are not translated at all. A part of a sentence is translated along, since a
model needs the whole of it, and put right afterwards.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import replace

from service.article import Block, Sentence, Span, join_sentences
from service.checks.compare import Comparison
from service.checks.verdict import WEIGHTS, judge
from service.translation.projection import Align, Counterparts, outside, overlaps


def verbatim_sentences(block: Block) -> set[int]:
    """The indexes of the sentences that must stand as they are."""
    spans = block.verbatim
    starts = [start for start, _ in spans]
    found = set()
    for number, sentence in enumerate(block.sentences):
        at = bisect_right(starts, sentence.start) - 1
        if at >= 0 and spans[at][1] >= sentence.end:
            found.add(number)
    return found


def join_verbatim(spans: Sequence[Span], verbatim: Sequence[Span]) -> list[Span]:
    """The spans of sentences, joined where one would end inside of what must stand verbatim."""
    starts = [start for start, _ in spans]
    inside: set[int] = set()
    for start, end in verbatim:
        inside.update(range(bisect_right(starts, start), bisect_left(starts, end)))
    whole: list[Span] = []
    for number, (start, end) in enumerate(spans):
        if number in inside and whole:
            whole[-1] = whole[-1][0], end
        else:
            whole.append((start, end))
    return whole


def restore_verbatim(block: Block, align: Align) -> tuple[Block, dict[Span, Span]]:
    """The block with what must stand verbatim in its targets, and where that is in its target, by
    its place in the source. Where nothing told the place, the sentence has the flag
    `term_missing`."""
    verbatim = block.verbatim
    starts = [start for start, _ in verbatim]
    wanted: list[list[Span]] = []
    sentences = []
    for sentence in block.sentences:
        first, last = bisect_left(starts, sentence.start), bisect_left(starts, sentence.end)
        inside = [(a - sentence.start, b - sentence.start) for a, b in verbatim[first:last]]
        wanted.append(inside)
        if inside and sentence.target != sentence.source:
            sentence = _with_verbatim(sentence, inside, align)
        sentences.append(sentence)
    target, shifts = join_sentences(block, sentences)
    places = {}
    for sentence, inside, shift in zip(sentences, wanted, shifts, strict=True):
        found = _as_they_are(sentence.source, sentence.target, inside)
        for (start, end), place in zip(inside, found, strict=True):
            if place is not None:
                at = start + sentence.start, end + sentence.start
                places[at] = place[0] + shift, place[1] + shift
    return replace(block, sentences=tuple(sentences), target=target), places


def _with_verbatim(sentence: Sentence, wanted: Sequence[Span], align: Align) -> Sentence:
    source, target = sentence.source, sentence.target
    places = _as_they_are(source, target, wanted)
    missing = [span for span, place in zip(wanted, places, strict=True) if place is None]
    if not missing:
        return sentence
    taken = sorted(place for place in places if place is not None)
    words = Counterparts(source, target, align(source, target))
    changes: list[tuple[Span, str]] = []
    lost: list[Span] = []
    for start, end in missing:
        span = words.linked(start, end, (0, len(target)), taken)
        if span is None:
            lost.append((start, end))
            continue
        insort(taken, span)
        changes.append((span, source[start:end]))
    for start, end in lost:
        at = outside(words.gap(start), taken)
        changes.append(((at, at), source[start:end]))
    changes.sort(key=lambda change: change[0], reverse=True)
    for (start, end), text in changes:
        target = _put(target, start, end, text)
    comparison = Comparison(source, target)
    flags = _flags(sentence, comparison, bool(lost))
    return replace(sentence, target=target, facts=comparison.facts, flags=flags)


def _flags(sentence: Sentence, changed: Comparison, lost: bool) -> tuple[str, ...]:
    """Return the flags of a changed target; flags of the verdict that no longer hold are gone."""
    now = (*judge(changed).flags, *(["term_missing"] if lost else []))
    stay = tuple(flag for flag in sentence.flags if flag not in WEIGHTS or flag in now)
    return stay + tuple(flag for flag in now if flag not in stay)


def _as_they_are(source: str, target: str, wanted: Sequence[Span]) -> list[Span | None]:
    """Where in the target each of some parts of the source stands as it is; parts that are equal
    have a place each."""
    parts: dict[str, list[int]] = {}
    for n, (start, end) in enumerate(wanted):
        parts.setdefault(source[start:end], []).append(n)
    places: list[Span | None] = [None] * len(wanted)
    taken: list[Span] = []
    # The longest first: `API` must not take a place in `API v2`.
    for text in sorted(parts, key=len, reverse=True):
        waiting = iter(parts[text])
        for match in re.finditer(_bounded(text), target):
            if overlaps(match.span(), taken):
                continue
            nth = next(waiting, None)
            if nth is None:
                break
            places[nth] = match.span()
            insort(taken, match.span())
    return places


def _bounded(text: str) -> str:
    left = r"(?<!\w)" if text[0].isalnum() else ""
    right = r"(?!\w)" if text[-1].isalnum() else ""
    return left + re.escape(text) + right


def _put(target: str, start: int, end: int, text: str) -> str:
    """With the text in the place of `target[start:end]`, and apart from the words around."""
    before, after = target[:start], target[end:]
    if before and (before[-1].isalnum() or start == end) and not before[-1].isspace():
        text = " " + text
    if after and after[0].isalnum():
        text += " "
    return before + text + after
