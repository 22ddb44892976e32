"""Runs of HTML text: text between the borders of blocks, with its marks."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from service.article import Kind, Mark
from service.documents.elements import Element, end_tag, start_tag
from service.documents.forms import form
from service.documents.furniture import furniture
from service.documents.rendering import escaped, tagged

_BEFORE_BREAK = re.compile(r" (?=\n)")
_SPACE = re.compile(r"[ \t\n\r\f]+")


@dataclass(slots=True)
class Run:
    """Text between the borders of blocks.

    `lead` and `tail` are the white space around it in the document. `frame` replaces it there:
    markup, and the index of each of its blocks.
    """

    kind: Kind | None
    in_story: bool = False
    verbatim: bool = False
    text: str = ""
    marks: list[Mark] = field(default_factory=list)
    lead: str = ""
    tail: str = ""
    frame: list[str | int] = field(default_factory=list)


class RunBuilder:
    """The builder of a run, from pieces of text and elements in order."""

    def __init__(self, kind: Kind | None, in_story: bool, verbatim: bool) -> None:
        self.verbatim = verbatim
        self.marks: list[Mark] = []
        self._kind, self._in_story = kind, in_story
        self._pieces: list[str] = []
        self._length, self._last = 0, " "
        self._open: list[int] = []
        # Text outside marks, as sent: at the very beginning, and since the last mark.
        self._first = ""
        self._raw: list[str] = []

    @property
    def ends_with_break(self) -> bool:
        """Whether only white space follows a line break, and no element is open."""
        last = self.marks[-1] if self.marks else None
        outside = last is not None and last.tag == "br" and last.depth == 0
        return outside and self._last == "\n" and not self._open

    def add(self, raw: str) -> None:
        """Add text; white space collapses as in browsers."""
        if not self.marks and not self._first:
            self._first = raw
        if not self._open:
            self._raw.append(raw)
        text = _SPACE.sub(" ", unicodedata.normalize("NFC", raw))
        at_start = not self._length and not self.marks
        if (at_start or (self._length and self._last in " \n")) and text.startswith(" "):
            text = text[1:]
        self._push(text)

    @property
    def is_open(self) -> bool:
        """Whether an inline element is open."""
        return bool(self._open)

    def open(self, node: Element, verbatim: bool) -> None:
        """Begin an inline element; `verbatim` text stays untranslated."""
        at, depth = self._length, len(self._open)
        self._open.append(len(self.marks))
        address = (node.get("href") or "") if node.tag == "a" else ""
        tags = start_tag(node, not (verbatim or self.verbatim)), end_tag(node)
        self.marks.append(Mark(at, at, node.tag, *tags, depth, verbatim, address))

    def close(self) -> None:
        """End the last inline element that is open."""
        at = self._open.pop()
        self.marks[at] = replace(self.marks[at], end=self._length)
        self._raw.clear()

    def put(self, tag: str, html: str) -> None:
        """Add an element without text of the page."""
        self.marks.append(Mark(self._length, self._length, tag, html, depth=len(self._open)))
        self._raw.clear()
        if tag == "br":
            self._push("\n")

    def pop_break(self) -> str:
        """Remove the line break at the end, and the blanks behind it; return its tag."""
        self._raw.clear()
        return self.marks.pop().opening

    def _push(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            self._length += len(text)
            self._last = text[-1]

    def build(self, whole: bool = False) -> Run:
        """Return the run; all of a run without text is in its `lead`.

        With `whole`, marks without text at its edges go there too, with the blanks beside them.
        """
        text, all_marks = _without_blanks("".join(self._pieces), self.marks)
        words = text.strip()
        if not words:
            blank = tagged(text, all_marks) if all_marks else escaped("".join(self._raw))
            return Run(self._kind, lead=blank)
        cut = len(text) - len(text.lstrip())
        marks = trim_marks(all_marks, words, cut)
        if self.verbatim:
            around = Mark(0, len(words), "", "", verbatim=True)
            marks = [around, *(replace(mark, depth=mark.depth + 1) for mark in marks)]
        first, last = self._first, "".join(self._raw)
        lead = escaped(first[: len(first) - len(first.lstrip())])
        tail = escaped(last[len(last.rstrip()) :])
        if whole and not self.verbatim:
            before, inner, after = split_edges(text, all_marks)
            marks = trim_marks(inner, words, cut)
            lead, tail = (before if "<" in before else lead), (after if "<" in after else tail)
        return Run(self._kind, self._in_story, self.verbatim, words, marks, lead, tail)


def parted(run: Run) -> list[Run | str]:
    """Return the run in parts, with the line breaks between them.

    Furniture and bylines on lines of their own are apart from the story around them.
    """
    breaks = [n for n, mark in enumerate(run.marks) if mark.tag == "br" and mark.depth == 0]
    if run.kind is not None or not breaks:
        return [run]
    edges = [-1, *(run.marks[n].start for n in breaks), len(run.text)]
    lines = [run.text[start + 1 : end].strip() for start, end in pairwise(edges)]
    apart = [line != "" and (furniture(line) or form(line)) is not None for line in lines]
    parts: list[Run | str] = []
    start = first = 0
    for number, n in enumerate(breaks):
        mark = run.marks[n]
        if lines[number] and lines[number + 1] and (apart[number] or apart[number + 1]):
            parts += _piece(run, start, mark.start, run.marks[first:n]), mark.opening
            start, first = mark.start, n + 1
    if not parts:
        return [run]
    parts.append(_piece(run, start, len(run.text), run.marks[first:]))
    pieces = [part for part in parts if isinstance(part, Run)]
    pieces[0].lead, pieces[-1].tail = run.lead, run.tail
    return parts


def _piece(run: Run, start: int, end: int, marks: Sequence[Mark]) -> Run:
    text = run.text[start:end]
    words = text.strip()
    cut = start + len(text) - len(text.lstrip())
    return Run(run.kind, run.in_story, text=words, marks=trim_marks(marks, words, cut))


def _without_blanks(text: str, marks: Sequence[Mark]) -> tuple[str, Sequence[Mark]]:
    """Return the text without blanks before line breaks, and its moved marks.

    HTML ignores such blanks. A mark that lost a line break at its edge would gain one when the
    written document is read again.
    """
    gone = [found.start() for found in _BEFORE_BREAK.finditer(text)]
    if not gone:
        return text, marks
    moved = [
        replace(
            mark,
            start=mark.start - bisect_left(gone, mark.start),
            end=mark.end - bisect_left(gone, mark.end),
        )
        for mark in marks
    ]
    return _BEFORE_BREAK.sub("", text), moved


def split_edges(text: str, marks: Sequence[Mark]) -> tuple[str, list[Mark], str]:
    """Return the markup before and after the words, and the marks of the words.

    The first and the last are HTML, with the white space around the words.
    """
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    tops = [n for n, mark in enumerate(marks) if mark.depth == 0]
    first = next((n for n in tops if marks[n].end > start or marks[n].start > start), len(marks))
    last = next((n for n in tops if n >= first and marks[n].start >= end), len(marks))
    # A mark without text right before the words belongs to what stands before them.
    lead = tagged(text[:start], marks[:first])
    tail = tagged(text[end:], [_shifted(mark, end) for mark in marks[last:]])
    return lead, list(marks[first:last]), tail


def _shifted(mark: Mark, by: int) -> Mark:
    return replace(mark, start=mark.start - by, end=mark.end - by)


def trim_marks(marks: Sequence[Mark], words: str, cut: int) -> list[Mark]:
    """Return the marks of the trimmed text `words`, which began at `cut`.

    Each loses white space at its edges, and stays inside the marks around it.
    """
    trimmed: list[Mark] = []
    around = [Mark(0, len(words), "", "")]
    for mark in marks:
        del around[mark.depth + 1 :]
        outer = around[-1]
        start = min(max(mark.start - cut, outer.start), outer.end)
        end = min(max(mark.end - cut, start), outer.end)
        while start < end and words[start].isspace():
            start += 1
        while end > start and words[end - 1].isspace():
            end -= 1
        around.append(replace(mark, start=start, end=end))
        trimmed.append(around[-1])
    return trimmed
