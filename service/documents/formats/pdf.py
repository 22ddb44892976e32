"""PDF: its text in, and HTML or docx out. Layout and pictures are not kept.

The text layer is read by PDFium (pypdfium2) page by page. Lines become paragraphs by the rules for
pasted text. A page without text is probably a scan.
"""

from __future__ import annotations

import html
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import pypdfium2 as pdfium
from lxml import etree

from service.article import Article, Block, Kind
from service.documents import rendering
from service.documents.formats.base import (
    MAX_DOCUMENT_BYTES,
    Document,
    FormatOptions,
    Unit,
    UnreadableFile,
)
from service.documents.manuscript import canonical
from service.documents.text import read_text
from service.documents.xml_text import printable

_MAX_PAGES = 5_000
_OMITTED = {Kind.FURNITURE, Kind.TITLE}


class Pdf(Document):
    """A PDF file."""

    def units(self) -> Iterator[Unit]:
        pages = self._pages()
        empty = [number for number, text in enumerate(pages, start=1) if not text.strip()]
        if len(empty) == len(pages):
            raise UnreadableFile(
                "it has no text, only pictures of pages: make their text with an OCR program first"
            )
        if empty:
            shown = ", ".join(map(str, empty[:10])) + (" and more" if len(empty) > 10 else "")
            self.notes.append(f"pages without text (scans or pictures): {shown}")
        # A sentence may go on over the end of a page.
        yield Unit(read_text(canonical("\n".join(pages))))

    def write(self, file: IO[bytes], articles: Sequence[Article]) -> None:
        blocks = [
            block
            for block in articles[0].blocks
            if block.kind not in _OMITTED and block.target.strip()
        ]
        if self.options.target == "docx":
            _write_docx(file, blocks, bilingual=self.options.bilingual)
        else:
            body = rendering.html(articles[0])
            if self.options.bilingual:
                body = "\n".join(
                    f'<p lang="id">{html.escape(block.source)}</p>\n'
                    f"<p>{html.escape(block.target)}</p>"
                    for block in blocks
                )
            file.write(_PAGE.format(title=html.escape(self.path.stem), body=body).encode())

    def _pages(self) -> list[str]:
        if self.path.stat().st_size > 8 * MAX_DOCUMENT_BYTES:
            raise UnreadableFile("it has more than 512 MB: split it into smaller files")
        try:
            document = pdfium.PdfDocument(self.path)
        except pdfium.PdfiumError as error:
            if "assword" in str(error) or "ecurity" in str(error):
                raise UnreadableFile("it is locked with a password: save it without one") from error
            raise UnreadableFile(f"it is no PDF, or damaged ({error})") from error
        try:
            if len(document) > _MAX_PAGES:
                raise UnreadableFile(f"it has more than {_MAX_PAGES:,} pages: split it")
            pages = []
            for page in document:
                text = page.get_textpage()
                pages.append(text.get_text_bounded().replace("\r\n", "\n").replace("\ufffe", ""))
                text.close()
                page.close()
            return pages
        except pdfium.PdfiumError as error:
            raise UnreadableFile(f"a page of it is damaged ({error})") from error
        finally:
            document.close()


_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
{body}
</body>
</html>
"""

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_STYLES = {Kind.HEADLINE: "Title", Kind.SUBHEADING: "Heading1"}
_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/styles.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships '
    'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="{target}"/></Relationships>'
)
_STYLE = (
    '<w:style w:type="paragraph" w:styleId="{id}"><w:name w:val="{name}"/><w:rPr><w:b/>'
    '<w:sz w:val="{size}"/></w:rPr></w:style>'
)


def _write_docx(file: IO[bytes], blocks: Sequence[Block], *, bilingual: bool) -> None:
    """Write paragraphs as a Word file with headings."""
    document = etree.Element(f"{{{_W}}}document", nsmap={"w": _W})
    body = etree.SubElement(document, f"{{{_W}}}body")
    for block in blocks:
        for text in [block.source, block.target] if bilingual else [block.target]:
            paragraph = etree.SubElement(body, f"{{{_W}}}p")
            if block.kind in _STYLES:
                about = etree.SubElement(paragraph, f"{{{_W}}}pPr")
                style = etree.SubElement(about, f"{{{_W}}}pStyle")
                style.set(f"{{{_W}}}val", _STYLES[block.kind])
            run = etree.SubElement(paragraph, f"{{{_W}}}r")
            etree.SubElement(run, f"{{{_W}}}t").text = printable(" ".join(text.split()))
    styles = "".join(
        _STYLE.format(id=id, name=name, size=size)
        for id, name, size in (("Title", "Title", 40), ("Heading1", "heading 1", 28))
    )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", _TYPES)
        package.writestr(
            "_rels/.rels", _RELATIONS.format(kind="officeDocument", target="word/document.xml")
        )
        package.writestr(
            "word/_rels/document.xml.rels", _RELATIONS.format(kind="styles", target="styles.xml")
        )
        package.writestr("word/styles.xml", f'<w:styles xmlns:w="{_W}">{styles}</w:styles>')
        package.writestr(
            "word/document.xml",
            etree.tostring(document, xml_declaration=True, encoding="UTF-8", standalone=True),
        )


def open_document(path: Path, options: FormatOptions) -> Pdf:
    """Open a PDF file."""
    return Pdf(path, options)
