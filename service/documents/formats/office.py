"""Word and PowerPoint (docx, pptx): text, tables, headers, footers, notes and comments.

Styles, pictures, links and everything else stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from service.article import Article
from service.documents.formats.base import Document, FormatOptions, Unit, UnreadableFile
from service.documents.formats.office_runs import SLIDE, WORD, Dialect, Paragraph, paragraphs
from service.documents.formats.packages import Element, Package, serialize_xml

# Parts with text, main part first; slides in the order of their numbers.
_WORD_PARTS = re.compile(r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml")
_SLIDE_PARTS = re.compile(r"ppt/(?:slides/slide|notesSlides/notesSlide|diagrams/data)\d+\.xml")


class Office(Document):
    """A docx or pptx file."""

    def __init__(self, path: Path, options: FormatOptions, dialect: Dialect) -> None:
        super().__init__(path, options)
        self._dialect = dialect
        self._parts: list[tuple[str, Element, list[Paragraph]]] = []

    def units(self) -> Iterator[Unit]:
        package = Package(self.path)
        try:
            word = self._dialect is WORD
            main = "word/document.xml" if word else "ppt/presentation.xml"
            if main not in package:
                raise UnreadableFile(
                    f"it has no {main}: it is no {'docx' if word else 'pptx'} file"
                )
            wanted = _WORD_PARTS if word else _SLIDE_PARTS
            names = [name for name in package.names if wanted.fullmatch(name)]
            count = 1
            for name in sorted(names, key=lambda name: (name != main, _number(name), name)):
                root = package.xml(name)
                found = list(paragraphs(root, self._dialect, count))
                count += len(found)
                self._parts.append((name, root, found))
        finally:
            package.close()
        blocks = [one.block for _, _, found in self._parts for one in found]
        yield Unit(Article(tuple(blocks)))

    def write(self, file: IO[bytes], articles: Sequence[Article]) -> None:
        blocks = iter(articles[0].blocks)
        changed = {}
        for name, root, found in self._parts:
            for paragraph in found:
                paragraph.write(next(blocks), bilingual=self.options.bilingual)
            changed[name] = serialize_xml(root)
        package = Package(self.path)
        try:
            package.write(file, changed)
        finally:
            package.close()


def _number(name: str) -> int:
    found = re.search(r"(\d+)\.xml$", name)
    return int(found[1]) if found else 0


def open_document(path: Path, options: FormatOptions) -> Office:
    """Open a docx or pptx file; a wrong ending is found by its content."""
    package = Package(path)
    try:
        is_slides = "ppt/presentation.xml" in package
    finally:
        package.close()
    return Office(path, options, SLIDE if is_slides else WORD)
