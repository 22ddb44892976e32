"""OpenDocument text (odt): text, tables, headers, footers and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from service.article import Article, Kind
from service.documents.formats.base import Document, FormatOptions, Unit, UnreadableFile
from service.documents.formats.flows import Flow, Rules, flow_of
from service.documents.formats.packages import Element, Package, serialize_xml

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_AROUND = frozenset(_TEXT + name for name in ("span", "a", "meta", "ruby", "ruby-base"))
_BREAKS = frozenset(_TEXT + name for name in ("line-break", "tab", "s"))
_PARTS = ("content.xml", "styles.xml")


def _never(element: Element) -> bool:
    return False


def _kind(element: Element) -> Kind:
    if element.tag != _TEXT + "h":
        return Kind.PARAGRAPH
    is_first = element.get(_TEXT + "outline-level") == "1"
    return Kind.HEADLINE if is_first else Kind.SUBHEADING


_RULES = Rules(
    is_block=_never,
    is_opaque=lambda element: element.tag not in _AROUND,
    is_skipped=_never,
    is_verbatim=_never,
    is_break=lambda element: element.tag in _BREAKS,
    kind=_kind,
)


class OpenDocumentText(Document):
    """An odt file."""

    def units(self) -> Iterator[Unit]:
        self._parts: list[tuple[str, Element, list[Flow]]] = []
        package = Package(self.path)
        try:
            if "META-INF/manifest.xml" in package and b"encryption-data" in package.read(
                "META-INF/manifest.xml"
            ):
                raise UnreadableFile("it is locked with a password: save it without one")
            if "content.xml" not in package:
                raise UnreadableFile("it has no content.xml: it is no odt file")
            count = 0
            for name in _PARTS:
                if name not in package:
                    continue
                root = package.xml(name)
                found = []
                for element in list(root.iter(_TEXT + "p", _TEXT + "h")):
                    flow = flow_of(element, _RULES, f"b{count + 1}")
                    if flow is not None:
                        found.append(flow)
                        count += 1
                self._parts.append((name, root, found))
        finally:
            package.close()
        yield Unit(Article(tuple(flow.block for _, _, found in self._parts for flow in found)))

    def write(self, file: IO[bytes], articles: Sequence[Article]) -> None:
        blocks = iter(articles[0].blocks)
        changed = {}
        for name, root, found in self._parts:
            for flow in found:
                if self.options.bilingual:
                    flow.add(next(blocks), _TEXT + "line-break")
                else:
                    flow.replace(next(blocks))
            changed[name] = serialize_xml(root)
        package = Package(self.path)
        try:
            package.write(file, changed)
        finally:
            package.close()


def open_document(path: Path, options: FormatOptions) -> OpenDocumentText:
    """Open an odt file."""
    return OpenDocumentText(path, options)
