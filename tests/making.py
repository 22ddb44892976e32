"""Small files of binary formats, made for the tests."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def make_zip(path: Path, parts: Mapping[str, str | bytes]) -> Path:
    """Write a zip package with these parts."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def read_part(data: bytes, name: str) -> str:
    """Return a part of a zip package."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name).decode()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def make_docx(path: Path, body: str, **parts: str) -> Path:
    """Write a docx file; `parts` are others by name, such as `footnotes`."""
    files = {"[Content_Types].xml": "<Types/>", "word/styles.xml": f"<w:styles {W}/>"}
    files |= {f"word/{name}.xml": content for name, content in parts.items()}
    files["word/document.xml"] = f"<w:document {W}><w:body>{body}</w:body></w:document>"
    return make_zip(path, files)


CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf"/></rootfiles></container>'
)


def make_epub(path: Path, chapters: Mapping[str, str], toc: str = "") -> Path:
    """Write an epub file of chapters of XHTML."""
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Buku Banjir</dc:title>'
        f"<dc:language>id</dc:language></metadata><manifest>{items}"
        '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest></package>'
    )
    files = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER}
    files |= {"OPS/book.opf": opf, "OPS/toc.ncx": toc or "<ncx/>"}
    return make_zip(path, files | {f"OPS/{name}": text for name, text in chapters.items()})


def make_pdf(path: Path, pages: Sequence[Sequence[str]]) -> Path:
    """Write a PDF file with lines of text on its pages."""
    objects: list[bytes] = []
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(len(pages)))
    font = 3 + 2 * len(pages)
    objects.append(b"<</Type/Catalog/Pages 2 0 R>>")
    objects.append(f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode())
    for n, lines in enumerate(pages):
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {4 + 2 * n} 0 R"
            f"/Resources<</Font<</F {font} 0 R>>>>>>".encode()
        )
        shown = "".join(
            f"1 0 0 1 50 {780 - 16 * at} Tm({line})Tj\n" for at, line in enumerate(lines)
        )
        stream = f"BT/F 12 Tf\n{shown}ET" if lines else ""
        objects.append(f"<</Length {len(stream)}>>stream\n{stream}\nendstream".encode())
    objects.append(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    out = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj" % number + content + b"endobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    path.write_bytes(out)
    return path
