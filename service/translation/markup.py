"""Inline markup, put around the English that stands for what it marked.

A translated article comes in, whose blocks have marks in their sources; it goes out with marks in
the targets, each once and rightly nested. The translator never saw them: where they belong is
told by an alignment of words, sentence by sentence. What must stand verbatim (`verbatim.py`) is put
into the target first.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.article import Article, Block, Kind, Mark, Span, join_sentences
from service.translation.projection import (
    Align,
    Counterparts,
    align_words,
    largest_free,
    outside,
    overlaps,
)
from service.translation.verbatim import restore_verbatim

# What HTML does not let stand in its like.
_APART = frozenset({"a", "button", "label"})


def place_marks(article: Article, align: Align = align_words) -> Article:
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
    block, places = restore_verbatim(block, align)
    return replace(block, target_marks=_Placing(block, places, align).marks())


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
    _, starts = join_sentences(block, block.sentences)
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
