"""EPUB: the chapters, the table of contents, and the title of a book.

A chapter is a unit. Links, pictures and styles stay.
"""

from __future__ import annotations

import html.entities
import posixpath
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import unquote

from service.article import Article, Kind
from service.documents.elements import BLOCKS, TEXTLESS
from service.documents.formats.base import Document, FormatOptions, Unit, UnreadableFile
from service.documents.formats.flows import Flow, Rules, flow_of, flows
from service.documents.formats.packages import Element, Package, parse_xml, serialize_xml

_XHTML = "{http://www.w3.org/1999/xhtml}"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_NCX = "{http://www.daisy.org/z3986/2005/ncx/}"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_CONTAINER = "META-INF/container.xml"
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,30});")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_VERBATIM = frozenset("code kbd samp pre var".split())
_SUBHEADINGS = frozenset("h2 h3 h4 h5 h6".split())


def _name(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _kind(element: Element) -> Kind:
    name = _name(element)
    if name in ("h1", "title"):
        return Kind.HEADLINE
    return Kind.SUBHEADING if name in _SUBHEADINGS else Kind.PARAGRAPH


_RULES = Rules(
    is_block=lambda element: _name(element) in BLOCKS,
    is_opaque=lambda element: _name(element) in TEXTLESS | {"br", "img", "hr", "wbr"},
    is_skipped=lambda element: _name(element) in TEXTLESS | {"rt"},
    is_verbatim=lambda element: _name(element) in _VERBATIM or element.get("translate") == "no",
    is_break=lambda element: _name(element) == "br",
    kind=_kind,
)


class Epub(Document):
    """An EPUB file."""

    def units(self) -> Iterator[Unit]:
        self._parts: list[tuple[str, Element, list[Flow]]] = []
        package = Package(self.path)
        try:
            if "META-INF/encryption.xml" in package and b"EncryptedData" in package.read(
                "META-INF/encryption.xml"
            ):
                self.notes.append("parts of it are encrypted, such as its fonts: they stay")
            if "META-INF/rights.xml" in package:
                raise UnreadableFile("it is protected by DRM, and its text cannot be read")
            for name, root, found in self._read(package):
                self._parts.append((name, root, found))
                yield Unit(Article(tuple(flow.block for flow in found)), name)
        finally:
            package.close()

    def write(self, file: IO[bytes], articles: Sequence[Article]) -> None:
        changed = {}
        for (name, root, found), article in zip(self._parts, articles, strict=True):
            for flow, block in zip(found, article.blocks, strict=True):
                is_page = flow.parent.tag.startswith(_XHTML) and _name(flow.parent) != "title"
                if self.options.bilingual and is_page:
                    flow.add(block, _XHTML + "br")
                else:
                    flow.replace(block)
            _mark_english(root)
            changed[name] = serialize_xml(root)
        package = Package(self.path)
        try:
            package.write(file, changed)
        finally:
            package.close()

    def _read(self, package: Package) -> Iterator[tuple[str, Element, list[Flow]]]:
        container = package.xml(_CONTAINER)
        rootfile = container.find(".//{*}rootfile")
        if rootfile is None:
            raise UnreadableFile(f"its {_CONTAINER} names no book: it is damaged")
        opf = rootfile.get("full-path") or ""
        root = package.xml(opf)
        titles = [flow_of(title, _RULES, "b1") for title in root.iter(_DC + "title")]
        yield opf, root, [flow for flow in titles if flow is not None]
        folder = posixpath.dirname(opf)
        for item in root.iter(_OPF + "item"):
            media = item.get("media-type") or ""
            href = unquote(item.get("href") or "")
            name = posixpath.normpath(posixpath.join(folder, href))
            if name not in package:
                continue
            if media == "application/xhtml+xml":
                page = parse_xml(_ENTITY.sub(_numeric, package.read(name)), name)
                yield name, page, list(flows(page, _RULES))
            elif media == "application/x-dtbncx+xml":
                contents = package.xml(name)
                texts = [
                    flow_of(text, _RULES, f"b{n}")
                    for n, text in enumerate(contents.iter(_NCX + "text"), start=1)
                ]
                yield name, contents, [flow for flow in texts if flow is not None]


def _numeric(match: re.Match[bytes]) -> bytes:
    """Return an entity of HTML as a number: XML knows only five names."""
    name = match[1].decode()
    text = html.entities.html5.get(name + ";")
    if name in _XML_ENTITIES or text is None:
        return match[0]
    return "".join(f"&#{ord(character)};" for character in text).encode()


def _mark_english(root: Element) -> None:
    for element in (root, *root.iter(_DC + "language")):
        for name in ("lang", _XML_LANG):
            if (element.get(name) or "").lower().startswith(("id", "in")):
                element.set(name, "en")
        if element.tag == _DC + "language":
            element.text = "en"


def open_document(path: Path, options: FormatOptions) -> Epub:
    """Open an EPUB file."""
    return Epub(path, options)
