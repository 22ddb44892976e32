"""Inline markup: the marks of a source, projected onto its target.

In: a translated article with marks in the sources of its blocks. Out: the article with each mark
once in the targets, well nested. The model never sees marks. The word alignment of each sentence
shows where they belong. Verbatim text (`verbatim.py`) is restored first.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.article import Article, Block, Kind, Mark, Span, join_sentences
from service.translation.projection import (
    Align,
    Projection,
    align_words,
    largest_free,
    nearest_free,
    overlaps,
)
from service.translation.verbatim import restore_verbatim

# HTML does not allow these elements inside each other.
_NOT_NESTED = frozenset({"a", "button", "label"})


def place_marks(article: Article, align: Align = align_words) -> Article:
    """Return the article with `target_marks` and with verbatim text."""
    return replace(article, blocks=tuple(_with_marks(block, align) for block in article.blocks))


def _with_marks(block: Block, align: Align) -> Block:
    if not block.marks or block.kind is Kind.FURNITURE:
        return block
    if block.target == block.source:
        return replace(block, target_marks=block.marks)
    if not block.sentences:
        marks = tuple(replace(mark, start=0, end=0) for mark in block.marks)
        return replace(block, target_marks=marks)
    block, verbatim = restore_verbatim(block, align)
    return replace(block, target_marks=_MarkPlacer(block, verbatim, align).marks())


@dataclass(slots=True)
class _Node:
    """A mark at `start` to `end` of the target, and the marks inside it.

    `order` is its index in the source.
    """

    mark: Mark
    order: int
    start: int = 0
    end: int = 0
    children: list[_Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Segment:
    """A sentence or a list marker, in the source and in the target."""

    start: int
    end: int
    target_start: int
    target_end: int
    unchanged: bool


class _MarkPlacer:
    """Places the marks of a block in its target, outermost first."""

    def __init__(self, block: Block, verbatim: Mapping[Span, Span], align: Align) -> None:
        self._block, self._verbatim, self._align = block, verbatim, align
        self._segments = _segments(block)
        self._starts = [segment.start for segment in self._segments]
        self._ends = [segment.end for segment in self._segments]
        self._projections: dict[int, Projection] = {}

    def marks(self) -> tuple[Mark, ...]:
        """Return all marks with their places in the target."""
        root = _Node(Mark(0, len(self._block.source), "", ""), -1, 0, len(self._block.target))
        root.children = _tree(self._block.marks)
        waiting = [root]
        while waiting:
            node = waiting.pop()
            self._place_children(node)
            waiting += node.children
        return _flat(root)

    def _place_children(self, parent: _Node) -> None:
        """Place the marks inside a mark so that none overlap.

        A mark without free words of its own moves into the mark that has taken them.
        """
        if self._is_unchanged(parent):
            shift = parent.start - parent.mark.start
            for node in parent.children:
                node.start, node.end = node.mark.start + shift, node.mark.end + shift
            return
        window = parent.start, parent.end
        taken: list[Span] = []
        placed: dict[Span, _Node] = {}
        unplaced: list[_Node] = []
        children, parent.children = parent.children, []
        # Longest first: a long mark has more words to lose.
        for node in sorted(children, key=lambda node: node.mark.start - node.mark.end):
            mark = node.mark
            span = self._span(mark, window, taken)
            if span is None and (container := self._container(mark, window, taken, placed)):
                container.children.append(node)
                continue
            span = span or self._span(mark, window, taken, by_position=True)
            parent.children.append(node)
            if span is None:
                unplaced.append(node)
                continue
            node.start, node.end = span
            insort(taken, span)
            placed[span] = node
        for node in unplaced:
            node.start = node.end = nearest_free(self._offset(node.mark.start, window), taken)
        parent.children.sort(key=lambda node: (node.start, node.end, node.order))

    def _is_unchanged(self, node: _Node) -> bool:
        source = self._block.source[node.mark.start : node.mark.end]
        return source == self._block.target[node.start : node.end]

    def _container(
        self, mark: Mark, window: Span, taken: Sequence[Span], placed: dict[Span, _Node]
    ) -> _Node | None:
        """Return the mark that has this one's words, if it may contain it."""
        span = self._span(mark, window, ())
        if span is None or not overlaps(span, taken):
            return None
        at = max(0, bisect_right(taken, (span[0], len(self._block.target))) - 1)
        if taken[at][1] <= span[0]:
            at += 1
        container = placed[taken[at]]
        forbidden = container.mark.tag in _NOT_NESTED and mark.tag in _NOT_NESTED
        return None if forbidden or self._is_unchanged(container) else container

    def _span(
        self, mark: Mark, window: Span, taken: Sequence[Span], by_position: bool = False
    ) -> Span | None:
        """Return the target span of the marked text, or None without text or room.

        The span of a mark over several sentences reaches from the first to the last.
        """
        found = self._verbatim.get((mark.start, mark.end)) if mark.verbatim else None
        if found and window[0] <= found[0] and found[1] <= window[1]:
            return None if overlaps(found, taken) else found
        first = bisect_right(self._ends, mark.start)
        last = bisect_left(self._starts, mark.end) - 1
        if mark.start == mark.end or first > last:  # no text, or white space
            return None
        head = self._part(first, mark, window, taken, by_position)
        tail = head if first == last else self._part(last, mark, window, taken, by_position)
        start = head[0] if head else self._offset(mark.start, window)
        end = tail[1] if tail else self._offset(mark.end, window)
        if first == last and head is None:
            return None
        start, end = max(start, window[0]), min(end, window[1])
        return largest_free((start, end), taken) if start < end else None

    def _part(
        self, number: int, mark: Mark, window: Span, taken: Sequence[Span], by_position: bool
    ) -> Span | None:
        """Return the target span of the marked part of one segment."""
        segment = self._segments[number]
        shift = segment.target_start
        if mark.start <= segment.start and mark.end >= segment.end:
            return (shift, segment.target_end) if shift < segment.target_end else None
        start = max(mark.start, segment.start) - segment.start
        end = min(mark.end, segment.end) - segment.start
        if segment.unchanged:
            return shift + start, shift + end
        inner = max(window[0], shift) - shift, min(window[1], segment.target_end) - shift
        first = bisect_left(taken, (shift, shift))
        last = bisect_left(taken, (segment.target_end, segment.target_end))
        near = [(a - shift, b - shift) for a, b in taken[max(0, first - 1) : last]]
        span = self._projection(number).span(start, end, inner, near, by_position)
        return None if span is None else (span[0] + shift, span[1] + shift)

    def _offset(self, source_offset: int, window: Span) -> int:
        """Return the offset in the target for an offset in the source."""
        number = bisect_left(self._ends, source_offset)
        if number == len(self._ends):
            offset = len(self._block.target)
        elif source_offset <= self._starts[number]:
            # Between two sentences: after the first.
            before = number and source_offset < self._starts[number]
            segment = self._segments[number - 1 if before else number]
            offset = segment.target_end if before else segment.target_start
        else:
            segment, inside = self._segments[number], source_offset - self._starts[number]
            if not segment.unchanged:
                inside = self._projection(number).offset(inside)
            offset = segment.target_start + inside
        return min(max(offset, window[0]), window[1])

    def _projection(self, number: int) -> Projection:
        if number not in self._projections:
            segment = self._segments[number]
            source = self._block.source[segment.start : segment.end]
            target = self._block.target[segment.target_start : segment.target_end]
            self._projections[number] = Projection(source, target, self._align(source, target))
        return self._projections[number]


def _segments(block: Block) -> list[_Segment]:
    _, starts = join_sentences(block, block.sentences)
    segments = [
        _Segment(s.start, s.end, start, start + len(s.target), s.target == s.source)
        for s, start in zip(block.sentences, starts, strict=True)
    ]
    marker = block.source[: block.sentences[0].start]
    if marker.strip():
        start = len(marker) - len(marker.lstrip())
        segments.insert(0, _Segment(start, len(marker), 0, starts[0], unchanged=True))
    return segments


def _tree(marks: Sequence[Mark]) -> list[_Node]:
    """Return the outermost marks, with the others inside them."""
    outermost: list[_Node] = []
    around: list[_Node] = []
    for order, mark in enumerate(marks):
        del around[mark.depth :]
        node = _Node(mark, order)
        (around[-1].children if around else outermost).append(node)
        around.append(node)
    return outermost


def _flat(root: _Node) -> tuple[Mark, ...]:
    """Return all marks inside the root, in the order in which they open."""
    marks: list[Mark] = []
    waiting = [(node, 0) for node in reversed(root.children)]
    while waiting:
        node, depth = waiting.pop()
        marks.append(replace(node.mark, start=node.start, end=node.end, depth=depth))
        waiting += [(child, depth + 1) for child in reversed(node.children)]
    return tuple(marks)
