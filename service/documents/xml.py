"""The reader of XML fragments: all text in them as blocks to translate.

Tags, comments and attributes stay byte for byte. Elements with text beside them are inline: they
stay around the English words that translate what they marked. The structure shows the others
(`TagRules.outline`), which begin and end sentences.

The parser is expat, which reports the place of each tag. It reads the fragment inside an element of
ours, so that the fragment may have several elements or none, and can declare no entities.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace
from typing import Literal
from xml.parsers import expat

from service.article import Article, Block, Kind, Mark
from service.documents.elements import BLOCKS
from service.documents.fragment_rules import NO_RULES, TagRules
from service.documents.placeholders import fill_placeholders
from service.documents.rendering import tagged
from service.documents.runs import split_edges, trim_marks
from service.errors import InvalidRequest


class UnreadableXml(InvalidRequest):
    """XML that is not well-formed."""

    slug = "unreadable-xml"
    title = "The XML could not be read"
    exit_code = 3


# Elements inside a sentence: those of HTML and of XLIFF 1.2.
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q s samp"
    " small span strike strong sub sup time tt u var wbr g x bx ex ph it mrk bpt ept".split()
)
# Elements that stand for a word, if they have no text: those of CAT tools and of XLIFF.
_PLACEHOLDERS = frozenset({"x", "ph"})
_MAX_DEPTH = 500
_OPEN, _CLOSE = b"<kabar>", b"</kabar>"
# Names that XML does not know without a declaration.
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]*);")
_LINES = re.compile(r"(\s*[\r\n]\s*)")


@dataclass(slots=True, eq=False)
class _Element:
    """An element of the fragment, and whether it has text beside its children."""

    name: str
    parent: _Element | None
    has_text: bool = False
    has_content: bool = False
    block: bool = False


@dataclass(frozen=True, slots=True)
class _Event:
    """A tag as sent, or text; `text` of other markup is its source."""

    kind: Literal["start", "end", "text", "other"]
    text: str
    element: _Element


def read_whole_xml(text: str, rules: TagRules = NO_RULES, by_line: bool = True) -> Article:
    """Return the article of a fragment. Raises `UnreadableXml`.

    With `by_line`, a line end outside inline elements ends a sentence.
    """
    events = _parse(text)
    _find_blocks([event.element for event in events if event.kind == "start"], rules)
    reader = _Reader(rules, by_line)
    for event in events:
        reader.read(event)
    return reader.article()


class _Parser:
    """The events of a fragment, with the source of each tag."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._found: list[tuple[int, Literal["start", "end", "text", "other"], str, _Element]] = []
        self._element = _Element("", None)
        self._depth = 0
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.CommentHandler = lambda comment: self._other()
        self._parser.ProcessingInstructionHandler = lambda target, data: self._other()
        # Their text is reported as any other, so only their signs are dropped.
        self._parser.StartCdataSectionHandler = lambda: self._add("text", "")
        self._parser.EndCdataSectionHandler = lambda: self._add("text", "")

    def events(self) -> list[_Event]:
        """Return all events inside the outer element. Raises `expat.ExpatError`."""
        self._parser.Parse(self._data, True)
        places = [at for at, *_ in self._found] + [len(self._data)]
        events = []
        for n, (at, kind, text, element) in enumerate(self._found[1:-1], start=1):
            raw = self._data[at : places[n + 1]].decode()
            events.append(_Event(kind, text if kind == "text" else raw, element))
        return events

    def _add(self, kind: Literal["start", "end", "text", "other"], text: str) -> None:
        self._found.append((self._parser.CurrentByteIndex, kind, text, self._element))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise UnreadableXml(
                f"its elements are nested more than {_MAX_DEPTH} deep: send the parts with text"
            )
        self._element.has_content = True
        self._element = _Element(name, self._element)
        self._add("start", "")

    def _end(self, name: str) -> None:
        self._add("end", "")
        self._depth -= 1
        assert self._element.parent is not None
        self._element = self._element.parent

    def _text(self, text: str) -> None:
        if text.strip():
            self._element.has_text = True
        self._add("text", text)

    def _other(self) -> None:
        self._add("other", "")


def _parse(text: str) -> list[_Event]:
    named = _ENTITY.sub(lambda match: html.unescape(match[0]), text.removeprefix("\ufeff"))
    try:
        return _Parser(_OPEN + named.encode() + _CLOSE).events()
    except expat.ExpatError as error:
        column = error.offset - (len(_OPEN) if error.lineno == 1 else 0)
        raise UnreadableXml(
            f"it is not well-formed ({expat.ErrorString(error.code)}, line {error.lineno}, column "
            f"{max(column, 0) + 1}): close every element, and write &amp; and &lt; for & and <"
        ) from None


def _find_blocks(elements: list[_Element], rules: TagRules) -> None:
    """Decide which elements begin and end sentences."""
    for element in elements:
        name, parent = element.name, element.parent
        assert parent is not None
        if name in rules.non_splitting:
            continue
        outlined = (
            rules.outline
            and name not in _INLINE
            and (element.has_text or element.has_content)
            and not parent.has_text
        )
        listed = name in rules.splitting or (rules.outline and name in BLOCKS)
        if not (listed or outlined):
            continue
        # Elements around a block are blocks too.
        around: _Element | None = element
        while around is not None and not around.block:
            around.block = True
            around = around.parent


@dataclass(slots=True)
class _Reader:
    """The blocks and the frame of a fragment, from its events in order."""

    rules: TagRules
    by_line: bool
    frame: list[str | int] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    marks: list[Mark] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    ignored: int = 0

    def read(self, event: _Event) -> None:
        """Add an event."""
        element = event.element
        if event.kind == "text":
            self._text(event.text)
        elif event.kind == "other":
            self._mark("", event.text)
        elif element.block:
            self._flush()
            self.frame.append(event.text)
            if element.name in self.rules.ignored:
                self.ignored += 1 if event.kind == "start" else -1
        elif event.kind == "start":
            verbatim = element.name in self.rules.ignored and not self.ignored
            self.open.append(len(self.marks))
            self._mark(element.name, event.text, verbatim)
        else:
            at = self.open.pop()
            self.marks[at] = replace(self.marks[at], end=self.length, closing=event.text)

    def article(self) -> Article:
        """Return the article after the last event."""
        self._flush()
        return Article(tuple(self.blocks), frame=(*self.frame, ""), whole=True)

    def _mark(self, name: str, opening: str, verbatim: bool = False) -> None:
        # An element that is open now is the last but one of `open` when its own mark is added.
        depth = len(self.open) - (1 if name else 0)
        self.marks.append(
            Mark(self.length, self.length, name, opening, depth=depth, verbatim=verbatim)
        )

    def _text(self, text: str) -> None:
        if not self.by_line or self.open:
            self._push(text)
            return
        for n, part in enumerate(_LINES.split(text)):
            if n % 2:
                self._flush()
                self.frame.append(part)
            else:
                self._push(part)

    def _push(self, text: str) -> None:
        if text:
            self.pieces.append(text)
            self.length += len(text)

    def _flush(self) -> None:
        """End the block, if it has text, and add it to the frame."""
        text, marks = "".join(self.pieces), self.marks
        self.pieces, self.marks, self.length = [], [], 0
        if not self.ignored:
            text, marks = fill_placeholders(text, marks, _PLACEHOLDERS | self.rules.ignored)
        words = text.strip()
        if not words or self.ignored:
            self.frame.append(tagged(text, marks))
            return
        lead, inner, tail = split_edges(text, marks)
        cut = len(text) - len(text.lstrip())
        self.frame += lead, len(self.blocks), tail
        self.blocks.append(
            Block(
                f"b{len(self.blocks) + 1}",
                Kind.PARAGRAPH,
                words,
                "\n",
                marks=tuple(trim_marks(inner, words, cut)),
            )
        )
