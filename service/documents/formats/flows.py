"""Text with inline elements inside it, as in odt, epub and xliff.

A flow is the text and the inline elements between two borders of blocks. Elements around text are
marks, which the word alignment places in the English; others are points.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lxml import etree

from service.article import Block, Kind
from service.documents.formats.packages import Element
from service.documents.formats.spans import SpanBuilder, play


@dataclass(frozen=True, slots=True)
class Rules:
    """The meaning of elements in one language.

    A `block` begins and ends a flow. An `opaque` element is a point: it holds no text of the
    sentence. A `skipped` one holds no text at all. A `verbatim` one keeps its text. `breaks` stand
    for white space.
    """

    is_block: Callable[[Element], bool]
    is_opaque: Callable[[Element], bool]
    is_skipped: Callable[[Element], bool]
    is_verbatim: Callable[[Element], bool]
    is_break: Callable[[Element], bool]
    kind: Callable[[Element], Kind]


@dataclass(slots=True)
class Flow:
    """A flow of an open document: in `parent`, after the block `before` or at its beginning."""

    parent: Element
    before: Element | None
    nodes: list[Element]
    builder: SpanBuilder
    block: Block

    def replace(self, translated: Block) -> None:
        """Put the English in place of the text."""
        if translated.target == self.block.source:
            return
        self._set_text("")
        for node in self.nodes:
            node.tail = None
            if node.getparent() is self.parent:
                self.parent.remove(node)
        play(self.builder, translated, _Emitter(self.parent, self.before, move=True))

    def add(self, translated: Block, break_tag: str) -> None:
        """Add the English behind the text, after a line break."""
        if translated.target == self.block.source:
            return
        last = self.nodes[-1] if self.nodes else self.before
        emitter = _Emitter(self.parent, last, move=False)
        emitter.put(etree.Element(break_tag))
        play(self.builder, translated, emitter)

    def fill(self, target: Element, translated: Block) -> None:
        """Write the English into another, empty element."""
        play(self.builder, translated, _Emitter(target, None, move=False, points=True))

    def _set_text(self, text: str) -> None:
        if self.before is None:
            self.parent.text = text
        else:
            self.before.tail = text


def flows(root: Element, rules: Rules, first_id: int = 1) -> Iterator[Flow]:
    """Yield the flows with words below an element, in document order."""
    number = first_id
    for flow in _flows(root, rules):
        block = flow.builder.block(f"b{number}", rules.kind(flow.parent))
        if block is not None:
            number += 1
            flow.block = block
            yield flow


def flow_of(element: Element, rules: Rules, id: str) -> Flow | None:
    """Return the whole content of an element as one flow, or None without words."""
    flow = _flow(element, None, element.text or "", list(element), rules)
    block = flow.builder.block(id, rules.kind(element))
    if block is None:
        return None
    flow.block = block
    return flow


def _flows(root: Element, rules: Rules) -> list[Flow]:
    found: list[Flow] = []
    waiting: list[Element | Flow] = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Flow):
            found.append(item)
            continue
        waiting += reversed(list(_parts(item, rules)))
    return found


def _parts(element: Element, rules: Rules) -> Iterator[Element | Flow]:
    """Yield the flows and the blocks directly in a block, in order."""
    if rules.is_skipped(element) or rules.is_verbatim(element):
        return
    before: Element | None = None
    text, nodes = element.text or "", []
    for child in element:
        has_blocks = rules.is_block(child) or (
            not rules.is_opaque(child) and any(rules.is_block(below) for below in child.iter("*"))
        )
        if not has_blocks:
            nodes.append(child)
            continue
        yield _flow(element, before, text, nodes, rules)
        yield child
        before, text, nodes = child, child.tail or "", []
    yield _flow(element, before, text, nodes, rules)


def _flow(
    parent: Element, before: Element | None, text: str, nodes: list[Element], rules: Rules
) -> Flow:
    builder = SpanBuilder()
    builder.text(text)
    # Depth first, without recursion: files may nest elements deeply.
    waiting: list[Element | str | None] = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if node is None:
            builder.close()
        elif isinstance(node, str):
            builder.text(node)
        else:
            waiting.append(node.tail or "")
            if not isinstance(node.tag, str) or rules.is_opaque(node) or rules.is_skipped(node):
                builder.point(node, "\n" if rules.is_break(node) else "")
                continue
            builder.open(node, "inline", verbatim=rules.is_verbatim(node))
            waiting.append(None)
            waiting += reversed(list(node))
            waiting.append(node.text or "")
    return Flow(parent, before, nodes, builder, _NO_BLOCK)


_NO_BLOCK = Block("", Kind.PARAGRAPH, "")


class _Emitter:
    """Writes into an element, after another one or at its beginning."""

    def __init__(
        self, parent: Element, after: Element | None, *, move: bool, points: bool = False
    ) -> None:
        """`move` takes the points out of the source; else `points` are copied or left out."""
        self._stack, self._last = [parent], [after]
        self._move, self._points = move, points

    def text(self, text: str) -> None:
        parent, last = self._stack[-1], self._last[-1]
        if last is None:
            parent.text = (parent.text or "") + text
        else:
            last.tail = (last.tail or "") + text

    def open(self, item: Element) -> None:
        around = etree.Element(item.tag, dict(item.attrib), nsmap=item.nsmap)
        self.put(around)
        self._stack.append(around)
        self._last.append(None)

    def close(self) -> None:
        self._stack.pop()
        self._last.pop()

    def point(self, item: Element) -> None:
        if self._move:
            if item.getparent() is not None:
                item.tail = None
                item.getparent().remove(item)
            self.put(item)
        elif self._points:
            copied = copy.deepcopy(item)
            copied.tail = None
            self.put(copied)

    def put(self, element: Element) -> None:
        """Insert an element at the place; the text behind that place moves behind it."""
        parent, last = self._stack[-1], self._last[-1]
        if last is None:
            parent.insert(0, element)
        else:
            tail, last.tail = last.tail, None
            last.addnext(element)
            last.tail, element.tail = tail, None
        self._last[-1] = element
