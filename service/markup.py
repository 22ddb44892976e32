"""Inline markup, put around the English that stands for what it marked.

A translated article comes in, whose blocks have marks in their sources; it goes out with marks in
the targets, each once and rightly nested. The translator never saw them: where they belong is
told by an alignment of words, sentence by sentence. What must stand verbatim is put into the
target where it did not come through; where nothing tells its place, the sentence gets the flag
`term_missing`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.article import Article, Block, Kind, Mark, Sentence, joined
from service.counterparts import (
    Align,
    Counterparts,
    Span,
    aligned,
    largest_free,
    outside,
    overlaps,
)
from service.facts.ledger import ledger
from service.guards.verdict import judge

# What HTML does not let stand in its like.
_APART = frozenset({"a", "button", "label"})


def kept(block: Block) -> set[int]:
    """The indexes of the sentences that must stand as they are."""
    spans = block.verbatim
    starts = [start for start, _ in spans]
    found = set()
    for number, sentence in enumerate(block.sentences):
        at = bisect_right(starts, sentence.start) - 1
        if at >= 0 and spans[at][1] >= sentence.end:
            found.add(number)
    return found


def unsplit(spans: Sequence[Span], verbatim: Sequence[Span]) -> list[Span]:
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


def placed(article: Article, align: Align = aligned) -> Article:
    """The article with its `target_marks`, and with what must stand verbatim in its targets."""
    return replace(article, blocks=tuple(_placed(block, align) for block in article.blocks))


def _placed(block: Block, align: Align) -> Block:
    if not block.marks or block.kind is Kind.FURNITURE:
        return block
    if block.target == block.source:
        return replace(block, target_marks=block.marks)
    if not block.sentences:
        marks = tuple(replace(mark, start=0, end=0) for mark in block.marks)
        return replace(block, target_marks=marks)
    block, places = _restored(block, align)
    return replace(block, target_marks=_Placing(block, places, align).marks())


def _restored(block: Block, align: Align) -> tuple[Block, dict[Span, Span]]:
    """The block with what must stand verbatim in its sentences, and where that is in the target,
    by its place in the source."""
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
    target, shifts = joined(block, sentences)
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
    changed = replace(sentence, target=target, facts=ledger(source, target))
    return replace(changed, flags=_flags(sentence, changed, bool(lost)))


def _flags(before: Sentence, after: Sentence, lost: bool) -> tuple[str, ...]:
    """The flags of a sentence whose target was changed: those that no longer hold are gone."""
    was = judge(before.source, before.target).flags
    now = (*judge(after.source, after.target).flags, *(["term_missing"] if lost else []))
    stay = tuple(flag for flag in before.flags if flag not in was or flag in now)
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


@dataclass(slots=True)
class _Node:
    """A mark on its way: `start` and `end` in the target, and the marks inside of it."""

    mark: Mark
    order: int
    start: int = 0
    end: int = 0
    inside: list[_Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A list item's marker or a sentence, in the source and in the target."""

    start: int
    end: int
    target_start: int
    target_end: int
    same: bool


class _Placing:
    """Puts one block's marks into its target, from the outermost to the innermost."""

    def __init__(self, block: Block, verbatim: Mapping[Span, Span], align: Align) -> None:
        self._block, self._verbatim, self._align = block, verbatim, align
        self._stretches = _stretches(block)
        self._starts = [stretch.start for stretch in self._stretches]
        self._ends = [stretch.end for stretch in self._stretches]
        self._words: dict[int, Counterparts] = {}

    def marks(self) -> tuple[Mark, ...]:
        """All of them."""
        root = _Node(Mark(0, len(self._block.source), "", ""), -1, 0, len(self._block.target))
        root.inside = _tree(self._block.marks)
        waiting = [root]
        while waiting:
            node = waiting.pop()
            self._place_inside(node)
            waiting += node.inside
        return _flat(root)

    def _place_inside(self, parent: _Node) -> None:
        """Gives the marks inside of one their places, of which none overlap."""
        if self._came_through(parent):
            shift = parent.start - parent.mark.start
            for node in parent.inside:
                node.start, node.end = node.mark.start + shift, node.mark.end + shift
            return
        window = parent.start, parent.end
        taken: list[Span] = []
        holders: dict[Span, _Node] = {}
        without: list[_Node] = []
        marks, parent.inside = parent.inside, []
        # The longest chooses first: it has most to lose.
        for node in sorted(marks, key=lambda node: node.mark.start - node.mark.end):
            mark = node.mark
            span = self._span(mark, window, taken)
            if span is None and (holder := self._holder(mark, window, taken, holders)):
                holder.inside.append(node)
                continue
            span = span or self._span(mark, window, taken, by_place=True)
            parent.inside.append(node)
            if span is None:
                without.append(node)
                continue
            node.start, node.end = span
            insort(taken, span)
            holders[span] = node
        for node in without:
            node.start = node.end = outside(self._gap(node.mark.start, window), taken)
        parent.inside.sort(key=lambda node: (node.start, node.end, node.order))

    def _came_through(self, node: _Node) -> bool:
        source = self._block.source[node.mark.start : node.mark.end]
        return source == self._block.target[node.start : node.end]

    def _holder(
        self, mark: Mark, window: Span, taken: Sequence[Span], holders: dict[Span, _Node]
    ) -> _Node | None:
        """The mark around the words that this one needs, if it may stand in there."""
        span = self._span(mark, window, ())
        if span is None or not overlaps(span, taken):
            return None
        at = max(0, bisect_right(taken, (span[0], len(self._block.target))) - 1)
        if taken[at][1] <= span[0]:
            at += 1
        holder = holders[taken[at]]
        refused = holder.mark.tag in _APART and mark.tag in _APART
        return None if refused or self._came_through(holder) else holder

    def _span(
        self, mark: Mark, window: Span, taken: Sequence[Span], by_place: bool = False
    ) -> Span | None:
        """Where the marked text stands, if there is any. What begins in one sentence and ends in
        another is what lies between."""
        place = self._verbatim.get((mark.start, mark.end)) if mark.verbatim else None
        if place and window[0] <= place[0] and place[1] <= window[1]:
            return None if overlaps(place, taken) else place
        first = bisect_right(self._ends, mark.start)
        last = bisect_left(self._starts, mark.end) - 1
        if mark.start == mark.end or first > last:  # nothing, or white space
            return None
        head = self._part(first, mark, window, taken, by_place)
        tail = head if first == last else self._part(last, mark, window, taken, by_place)
        start = head[0] if head else self._gap(mark.start, window)
        end = tail[1] if tail else self._gap(mark.end, window)
        if first == last and head is None:
            return None
        start, end = max(start, window[0]), min(end, window[1])
        return largest_free((start, end), taken) if start < end else None

    def _part(
        self, number: int, mark: Mark, window: Span, taken: Sequence[Span], by_place: bool
    ) -> Span | None:
        """Where the part that is marked of one stretch stands."""
        stretch = self._stretches[number]
        shift = stretch.target_start
        if mark.start <= stretch.start and mark.end >= stretch.end:
            return (shift, stretch.target_end) if shift < stretch.target_end else None
        start = max(mark.start, stretch.start) - stretch.start
        end = min(mark.end, stretch.end) - stretch.start
        if stretch.same:
            return shift + start, shift + end
        inner = max(window[0], shift) - shift, min(window[1], stretch.target_end) - shift
        first = bisect_left(taken, (shift, shift))
        last = bisect_left(taken, (stretch.target_end, stretch.target_end))
        near = [(a - shift, b - shift) for a, b in taken[max(0, first - 1) : last]]
        span = self._counterparts(number).span(start, end, inner, near, by_place)
        return None if span is None else (span[0] + shift, span[1] + shift)

    def _gap(self, at: int, window: Span) -> int:
        """The place in the target for a place in the source."""
        number = bisect_left(self._ends, at)
        if number == len(self._ends):
            place = len(self._block.target)
        elif at <= self._starts[number]:
            # Between two sentences it stays with the first.
            before = number and at < self._starts[number]
            stretch = self._stretches[number - 1 if before else number]
            place = stretch.target_end if before else stretch.target_start
        else:
            stretch, inside = self._stretches[number], at - self._starts[number]
            place = stretch.target_start + (
                inside if stretch.same else self._counterparts(number).gap(inside)
            )
        return min(max(place, window[0]), window[1])

    def _counterparts(self, number: int) -> Counterparts:
        if number not in self._words:
            stretch = self._stretches[number]
            source = self._block.source[stretch.start : stretch.end]
            target = self._block.target[stretch.target_start : stretch.target_end]
            self._words[number] = Counterparts(source, target, self._align(source, target))
        return self._words[number]


def _stretches(block: Block) -> list[_Stretch]:
    _, starts = joined(block, block.sentences)
    stretches = [
        _Stretch(s.start, s.end, start, start + len(s.target), s.target == s.source)
        for s, start in zip(block.sentences, starts, strict=True)
    ]
    marker = block.source[: block.sentences[0].start]
    if marker.strip():
        cut = len(marker) - len(marker.lstrip())
        stretches.insert(0, _Stretch(cut, len(marker), 0, starts[0], same=True))
    return stretches


def _tree(marks: Sequence[Mark]) -> list[_Node]:
    """The outermost marks, with the others inside of them."""
    outermost: list[_Node] = []
    around: list[_Node] = []
    for order, mark in enumerate(marks):
        del around[mark.depth :]
        node = _Node(mark, order)
        (around[-1].inside if around else outermost).append(node)
        around.append(node)
    return outermost


def _flat(root: _Node) -> tuple[Mark, ...]:
    """All marks inside, in the order in which they open."""
    marks: list[Mark] = []
    waiting = [(node, 0) for node in reversed(root.inside)]
    while waiting:
        node, depth = waiting.pop()
        marks.append(replace(node.mark, start=node.start, end=node.end, depth=depth))
        waiting += [(child, depth + 1) for child in reversed(node.inside)]
    return tuple(marks)
