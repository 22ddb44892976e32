"""The text of a paragraph with its inline objects as marks, and the paragraph again.

A builder collects text and objects in order. A mark's `opening` is the index of its object. After
the translation, `play` walks the target and calls an emitter for each piece in order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from service.article import Block, Kind, Mark

_SPACES = str.maketrans("\t\n\r", "   ")


class SpanBuilder:
    """Collects a paragraph; white space at its ends is kept apart."""

    def __init__(self) -> None:
        self.objects: list[Any] = []
        self._pieces: list[str] = []
        self._length = 0
        self._marks: list[Mark] = []
        self._open: list[int] = []

    def text(self, text: str) -> None:
        """Add text; each white space is one blank."""
        self._push(text.translate(_SPACES))

    def open(self, item: Any, tag: str, *, verbatim: bool = False) -> None:
        """Begin an object around text."""
        at = self._length
        self._open.append(len(self._marks))
        depth = len(self._open) - 1
        opening = str(len(self.objects))
        self._marks.append(Mark(at, at, tag, opening, depth=depth, verbatim=verbatim))
        self.objects.append(item)

    def close(self) -> None:
        """End the object that was begun last."""
        at = self._open.pop()
        self._marks[at] = replace(self._marks[at], end=self._length)

    def point(self, item: Any, text: str = "") -> None:
        """Add an object without text of its own; `text` separates the words around it."""
        opening = str(len(self.objects))
        self._marks.append(
            Mark(self._length, self._length, "point", opening, depth=len(self._open))
        )
        self.objects.append(item)
        self._push(text)

    def _push(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)

    def block(self, id: str, kind: Kind) -> Block | None:
        """Return the block, or None without words."""
        whole = "".join(self._pieces)
        words = whole.strip()
        if not any(character.isalnum() for character in words):
            return None
        cut = len(whole) - len(whole.lstrip())
        limit = len(words)
        marks = tuple(
            replace(
                mark,
                start=min(max(mark.start - cut, 0), limit),
                end=min(max(mark.end - cut, 0), limit),
            )
            for mark in self._marks
        )
        self.lead, self.tail = whole[:cut], whole[cut + limit :]
        return Block(id, kind, words, "\n\n", marks=marks)


class Emitter(Protocol):
    """Writes the pieces of a paragraph."""

    def text(self, text: str) -> None: ...

    def open(self, item: Any) -> None: ...

    def close(self) -> None: ...

    def point(self, item: Any) -> None: ...


def play(builder: SpanBuilder, block: Block, emitter: Emitter) -> None:
    """Write the target of a block with its marks."""
    text = block.target.replace("\n", " ")
    # A reference to a note, or a line break, stays at the end of a word.
    glued = {
        int(mark.opening)
        for mark in block.marks
        if mark.tag == "point" and mark.start and not block.source[mark.start - 1].isspace()
    }
    emitter.text(builder.lead)
    at = 0
    around: list[Mark] = []

    def up_to(end: int) -> None:
        nonlocal at
        if end > at:
            emitter.text(text[at:end])
            at = end

    def close_to(depth: int) -> None:
        while len(around) > depth:
            mark = around.pop()
            if mark.tag != "point":
                up_to(mark.end)
                emitter.close()

    for mark in block.target_marks:
        close_to(mark.depth)
        start = mark.start
        if mark.tag == "point" and int(mark.opening) in glued:
            while start > at and text[start - 1] == " ":
                start -= 1
        up_to(start)
        item = builder.objects[int(mark.opening)]
        if mark.tag == "point":
            emitter.point(item)
        else:
            emitter.open(item)
        around.append(mark)
    close_to(0)
    up_to(len(text))
    emitter.text(builder.tail)
