"""Paragraphs of runs, as in docx and pptx: equal formats are one text, other formats are marks.

Word cuts a sentence into many runs. The format of most characters is that of the whole paragraph;
another one is a mark, which the word alignment places in the English. Pictures, notes and fields
are points that stay between the same words.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from service.article import Block, Kind
from service.documents.formats.packages import Element
from service.documents.formats.spans import SpanBuilder, play

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The names of one XML language of runs."""

    prefix: str
    edges: frozenset[str]  # children of a paragraph that stay where they are
    containers: frozenset[str]
    dropped: frozenset[str]  # marks of spelling, which the English makes false

    def name(self, name: str) -> str:
        return self.prefix + name


def _names(prefix: str, names: str) -> frozenset[str]:
    return frozenset(prefix + name for name in names.split())


WORD = Dialect(
    _W,
    _names(_W, "pPr"),
    _names(_W, "hyperlink smartTag ins sdt sdtContent fldSimple moveTo customXml"),
    _names(_W, "proofErr lastRenderedPageBreak softHyphen"),
)
SLIDE = Dialect(_A, _names(_A, "pPr endParaRPr"), frozenset(), frozenset())

_LANGUAGE = {WORD.prefix: (_W + "lang", _W + "val"), SLIDE.prefix: (None, "lang")}


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a paragraph: text with its format, a point, or the edge of a container."""

    kind: str  # text, point, open, close
    text: str = ""
    form: Element | None = None
    items: tuple[Element, ...] = ()


@dataclass(slots=True)
class _Format:
    """A format around text (a `rPr`), or a container."""

    element: Element | None
    is_container: bool


@dataclass(slots=True)
class Paragraph:
    """A paragraph of an open document, and its block."""

    element: Element
    dialect: Dialect
    builder: SpanBuilder
    block: Block
    base: Element | None = None

    def write(self, translated: Block, *, bilingual: bool) -> None:
        """Put the English in place of the text, or behind it."""
        if translated.target == self.block.source:
            return
        if not bilingual:
            for child in list(self.element):
                if child.tag not in self.dialect.edges:
                    self.element.remove(child)
        emitter = _Emitter(self, points=not bilingual)
        if bilingual:
            emitter.line_break()
        play(self.builder, translated, emitter)


def paragraphs(root: Element, dialect: Dialect, first_id: int) -> Iterator[Paragraph]:
    """Yield the paragraphs with words, in document order."""
    number = first_id
    for element in list(root.iter(dialect.name("p"))):
        paragraph = _read(element, dialect, f"b{number}")
        if paragraph is not None:
            number += 1
            yield paragraph


def _read(element: Element, dialect: Dialect, id: str) -> Paragraph | None:
    pieces = list(_pieces(element, dialect))
    lengths: Counter[bytes] = Counter()
    forms: dict[bytes, Element | None] = {}
    for piece in pieces:
        if piece.kind == "text":
            key = _key(piece.form, dialect)
            lengths[key] += len(piece.text.strip())
            forms.setdefault(key, piece.form)
    if not lengths:
        return None
    base = max(lengths, key=lambda key: lengths[key])
    builder = SpanBuilder()
    current: bytes | None = None

    def end_format() -> None:
        nonlocal current
        if current is not None:
            builder.close()
            current = None

    for piece in pieces:
        if piece.kind == "text":
            key = _key(piece.form, dialect)
            if piece.text.strip() and key != (base if current is None else current):
                end_format()
                if key != base:
                    builder.open(_Format(piece.form, is_container=False), "format")
                    current = key
            builder.text(piece.text)
        elif piece.kind == "point":
            builder.point(piece.items, piece.text)
        else:
            end_format()
            if piece.kind == "open":
                builder.open(_Format(piece.items[0], is_container=True), "container")
            else:
                builder.close()
    end_format()
    block = builder.block(id, _kind(element, dialect))
    return None if block is None else Paragraph(element, dialect, builder, block, forms[base])


def _pieces(parent: Element, dialect: Dialect) -> Iterator[_Piece]:
    """Yield the pieces in order; a field is one point."""
    field_runs: list[Element] = []
    depth = 0
    for child in parent:
        if child.tag in dialect.edges or child.tag in dialect.dropped:
            continue
        if child.tag == dialect.name("r"):
            depth += _field_change(child)
            if depth > 0 or field_runs:
                field_runs.append(child)
                if depth <= 0:
                    yield _Piece("point", items=tuple(field_runs))
                    field_runs = []
                continue
            yield from _run_pieces(child, dialect)
        elif field_runs:
            field_runs.append(child)
        elif child.tag in dialect.containers:
            yield _Piece("open", items=(child,))
            yield from _pieces(child, dialect)
            yield _Piece("close")
        elif child.tag == dialect.name("br"):
            yield _Piece("point", "\n", items=(child,))
        elif isinstance(child.tag, str):
            yield _Piece("point", items=(child,))
    if field_runs:  # a field that goes on in the next paragraph
        yield _Piece("point", items=tuple(field_runs))


def _field_change(run: Element) -> int:
    types = [char.get(_W + "fldCharType") for char in run.iter(_W + "fldChar")]
    return types.count("begin") - types.count("end")


def _run_pieces(run: Element, dialect: Dialect) -> Iterator[_Piece]:
    form = run.find(dialect.name("rPr"))
    for child in run:
        if child.tag == dialect.name("t"):
            yield _Piece("text", child.text or "", form)
        elif child.tag == dialect.name("noBreakHyphen"):
            yield _Piece("text", "-", form)
        elif child.tag in dialect.dropped or child is form or not isinstance(child.tag, str):
            continue
        else:
            around = etree.Element(run.tag, nsmap=run.nsmap)
            if form is not None:
                around.append(copy.deepcopy(form))
            separates = child.tag in (dialect.name("br"), dialect.name("tab"), dialect.name("cr"))
            yield _Piece("point", "\n" if separates else "", items=(around, child))


def _key(form: Element | None, dialect: Dialect) -> bytes:
    """Return what a format looks like, without its language and its editing history."""
    if form is None:
        return b""
    clean = copy.deepcopy(form)
    clean.tail = None
    for name in ("lang", "noProof", "rtl"):
        for child in clean.findall(dialect.name(name)):
            clean.remove(child)
    for name in ("lang", "altLang", "dirty", "err", "smtClean", "noProof"):
        clean.attrib.pop(name, None)
    if not len(clean) and not clean.attrib:
        return b""
    return etree.tostring(clean, method="c14n")


def _kind(element: Element, dialect: Dialect) -> Kind:
    style = element.find(f"{dialect.name('pPr')}/{dialect.name('pStyle')}")
    name = "" if style is None else (style.get(dialect.name("val")) or "").lower()
    if name.startswith(("title", "judul")):
        return Kind.HEADLINE
    return Kind.SUBHEADING if name.startswith(("heading", "subtitle")) else Kind.PARAGRAPH


class _Emitter:
    """Writes the runs of a paragraph before the edges that end it."""

    def __init__(self, paragraph: Paragraph, *, points: bool) -> None:
        self._dialect, self._points = paragraph.dialect, points
        self._stack: list[Element] = [paragraph.element]
        self._forms: list[Element | None] = [paragraph.base]
        self._kinds: list[bool] = []

    def text(self, text: str) -> None:
        if text:
            run = self._run()
            word = etree.SubElement(run, self._dialect.name("t"))
            word.text = text
            if self._dialect is WORD:
                word.set(_SPACE, "preserve")

    def line_break(self) -> None:
        if self._dialect is WORD:
            etree.SubElement(self._run(), self._dialect.name("br"))
        else:
            self._append(etree.Element(self._dialect.name("br")))

    def open(self, item: _Format) -> None:
        self._kinds.append(item.is_container)
        if not item.is_container:
            self._forms.append(item.element)
            return
        source = item.element
        assert source is not None
        around = etree.Element(source.tag, dict(source.attrib), nsmap=source.nsmap)
        for child in source:
            if isinstance(child.tag, str) and child.tag.endswith(("}sdtPr", "}sdtEndPr")):
                around.append(copy.deepcopy(child))
        self._append(around)
        self._stack.append(around)

    def close(self) -> None:
        (self._stack if self._kinds.pop() else self._forms).pop()

    def point(self, items: tuple[Element, ...]) -> None:
        if not self._points:
            return
        first = items[0]
        if first.getparent() is None and first.tag == self._dialect.name("r") and len(items) == 2:
            first.append(items[1])  # an object in a run of its own
            items = (first,)
        for item in items:
            self._append(item)

    def _run(self) -> Element:
        run = etree.Element(self._dialect.name("r"))
        form = self._forms[-1]
        if form is not None:
            run.append(_in_english(copy.deepcopy(form), self._dialect))
        self._append(run)
        return run

    def _append(self, element: Element) -> None:
        element.tail = None
        parent = self._stack[-1]
        last = parent[-1] if len(parent) else None
        if last is not None and last.tag == self._dialect.name("endParaRPr"):
            last.addprevious(element)
        else:
            parent.append(element)


def _in_english(form: Element, dialect: Dialect) -> Element:
    element, attribute = _LANGUAGE[dialect.prefix]
    named = form.findall(element) if element else [form]
    for one in named:
        if one.get(attribute) is not None:
            one.set(attribute, "en-US")
    return form
