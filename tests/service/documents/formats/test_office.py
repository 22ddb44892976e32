"""docx, pptx and odt keep their structure; formats and links move with their words."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
import pptx
import pytest
from converting import convert
from docx.oxml.ns import qn
from lxml import etree
from making import W, make_docx, make_zip, read_part
from odf import opendocument, text
from odf.style import Style, TextProperties

from service.documents.formats.base import FormatOptions, UnreadableFile
from service.documents.formats.registry import format_of


def text_of(data: bytes, part: str = "word/document.xml") -> str:
    """Return the body of a docx without declarations of names."""
    root: Any = etree.fromstring(read_part(data, part).encode())
    found: str = etree.tostring(root.find("{*}body"), encoding="unicode")
    found = found.replace(f" {W}", "").replace(' xml:space="preserve"', "")
    return found.removeprefix("<w:body>").removesuffix("</w:body>")


def test_docx_that_another_library_wrote_and_reads(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Banjir surut", 1)
    paragraph = document.add_paragraph("Air ")
    paragraph.add_run("mulai").bold = True
    paragraph.add_run(" surut di Demak.")
    document.add_table(1, 2).cell(0, 1).text = "Satu desa."
    section = document.sections[0]
    section.header.paragraphs[0].text = "Warta Senja hari ini"
    section.footer.paragraphs[0].text = "Halaman satu"
    document.save(str(tmp_path / "a.docx"))
    done: Any = docx.Document(io.BytesIO(convert(tmp_path / "a.docx")))
    assert [(one.style.name, one.text) for one in done.paragraphs] == [
        ("Heading 1", "[Banjir] [surut]"),
        ("Normal", "[Air] [mulai] [surut] [di] [Demak.]"),
    ]
    assert [(run.text, run.bold) for run in done.paragraphs[1].runs] == [
        ("[Air] [", None), ("mulai", True), ("] [surut] [di] [Demak.]", None),
    ]  # fmt: skip
    assert [cell.text for cell in done.tables[0].row_cells(0)] == ["", "[Satu] [desa.]"]
    assert done.sections[0].header.paragraphs[0].text == "[Warta] [Senja] [hari] [ini]"
    assert done.sections[0].footer.paragraphs[0].text == "[Halaman] [satu]"


def p(*children: str) -> str:
    return "<w:p>" + "".join(children) + "</w:p>"


def r(words: str, form: str = "") -> str:
    return f"<w:r>{form}<w:t>{words}</w:t></w:r>"


LANGUAGE = "<w:rPr><w:lang w:val='id-ID'/></w:rPr>"
BOLD, ITALIC = "<w:rPr><w:b/></w:rPr>", "<w:rPr><w:i/></w:rPr>"
FIELD = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
)


def link(words: str) -> str:
    return f'<w:hyperlink w:anchor="x">{words}</w:hyperlink>'


PARAGRAPHS = [
    # Word cuts words into runs of one format, with marks of spelling and language between them.
    (
        p(r("Air su"), "<w:proofErr w:type='spellStart'/>", r("rut", LANGUAGE)),
        p(r("[Air] [surut]")),
    ),
    (
        p("<w:pPr><w:jc w:val='both'/></w:pPr>", r("Air surut", BOLD)),
        p('<w:pPr><w:jc w:val="both"/></w:pPr>', r("[Air] [surut]", BOLD)),
    ),
    (
        p(r("Air "), link(r("desa", ITALIC)), r(" surut sekali")),
        p(r("[Air] ["), link(r("desa", ITALIC)), r("] [surut] [sekali]")),
    ),
    (
        p(r("Air surut"), "<w:r><w:footnoteReference w:id='2'/></w:r>", r(" di desa")),
        p(r("[Air] [surut]"), '<w:r><w:footnoteReference w:id="2"/></w:r>', r(" [di] [desa]")),
    ),
    (
        p(r("Halaman "), FIELD),
        p(r("[Halaman]"), FIELD, r(" ")),
    ),
    (p("<w:r><w:drawing/></w:r>", r("  12  ")), p("<w:r><w:drawing/></w:r>", r("  12  "))),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target"), PARAGRAPHS)
def test_runs_of_docx(source: str, target: str, tmp_path: Path) -> None:
    assert text_of(convert(make_docx(tmp_path / "a.docx", source))) == target


def test_notes_and_a_text_box_inside_a_paragraph(tmp_path: Path) -> None:
    box = p(r("Air surut"), "<w:r><w:pict>", p(r("Satu desa")), "</w:pict></w:r>")
    notes = f"<w:footnotes {W}>{p(r('Catatan kami'))}</w:footnotes>"
    data = convert(make_docx(tmp_path / "a.docx", box, footnotes=notes))
    assert text_of(data) == p(
        r("[Air] [surut]"), "<w:r><w:pict>", p(r("[Satu] [desa]")), "</w:pict></w:r>"
    )
    assert "[Catatan] [kami]" in read_part(data, "word/footnotes.xml")
    assert read_part(data, "word/styles.xml") == f"<w:styles {W}/>"


def test_both_sides_of_docx(tmp_path: Path) -> None:
    path = make_docx(tmp_path / "a.docx", p(r("Air "), r("surut lagi", BOLD)))
    assert text_of(convert(path, FormatOptions(bilingual=True))) == p(
        r("Air "),
        r("surut lagi", BOLD),
        f"<w:r>{BOLD}<w:br/></w:r>",
        r("[", BOLD),
        r("Air"),
        r("] [surut] [lagi]", BOLD),
    )


def test_pptx_that_another_library_wrote_and_reads(tmp_path: Path) -> None:
    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[1])
    slide.shapes.title.text = "Harga beras"
    frame = slide.placeholders[1].text_frame
    frame.paragraphs[0].add_run().text = "Harga "
    run = frame.paragraphs[0].add_run()
    run.text, run.font.bold = "naik lagi", True
    slide.notes_slide.notes_text_frame.text = "Untuk pembicara"
    slides.save(str(tmp_path / "a.pptx"))
    (done,) = pptx.Presentation(io.BytesIO(convert(tmp_path / "a.pptx"))).slides
    assert done.shapes.title.text == "[Harga] [beras]"
    runs = done.placeholders[1].text_frame.paragraphs[0].runs
    assert "".join(one.text for one in runs) == "[Harga] [naik] [lagi]"
    assert [one.font.bold for one in runs if "naik" in one.text] == [True]
    assert [one.font.bold for one in runs if "Harga" in one.text] == [None]
    assert done.notes_slide.notes_text_frame.text == "[Untuk] [pembicara]"


def test_odt_that_another_library_wrote_and_reads(tmp_path: Path) -> None:
    document = opendocument.OpenDocumentText()
    bold = Style(name="B", family="text")
    bold.addElement(TextProperties(fontweight="bold"))
    document.automaticstyles.addElement(bold)
    document.text.addElement(text.H(outlinelevel=1, text="Banjir surut"))
    paragraph = text.P(text="Air ")
    paragraph.addElement(text.Span(stylename=bold, text="mulai"))
    paragraph.addText(" surut.")
    paragraph.addElement(text.LineBreak())
    paragraph.addText("Warga pulang.")
    document.text.addElement(paragraph)
    document.save(str(tmp_path / "a.odt"))
    done = opendocument.load(io.BytesIO(convert(tmp_path / "a.odt")))
    assert str(done.text.getElementsByType(text.H)[0]) == "[Banjir] [surut]"
    (one,) = done.text.getElementsByType(text.P)
    assert str(one) == "[Air] [mulai] [surut.] [Warga] [pulang.]"
    assert str(one.getElementsByType(text.Span)[0]) == "mulai"
    assert len(one.getElementsByType(text.LineBreak)) == 1
    both = opendocument.load(io.BytesIO(convert(tmp_path / "a.odt", FormatOptions(bilingual=True))))
    assert str(both.text.getElementsByType(text.H)[0]) == "Banjir surut[Banjir] [surut]"


def test_no_paragraph_is_lost(tmp_path: Path) -> None:
    body = "".join(p(r(f"Paragraf nomor {n}", BOLD if n % 2 else "")) for n in range(50))
    data = convert(make_docx(tmp_path / "a.docx", body))
    root: Any = etree.fromstring(read_part(data, "word/document.xml").encode())
    words = ["".join(one.itertext()) for one in root.iter(qn("w:p"))]
    assert words == [f"[Paragraf] [nomor] [{n}]" for n in range(50)]


def bomb(path: Path) -> None:
    make_zip(path, {"word/document.xml": b"\0" * 100_000_000})


def cut_off(path: Path) -> None:
    make_docx(path, p(r("Air")))
    path.write_bytes(path.read_bytes()[:-40])


def damaged(path: Path) -> None:
    make_docx(path, p(r("Air surut di desa " * 40)))
    data = bytearray(path.read_bytes())
    at = data.index(b"word/document.xml") + 30
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(bytes(data))


def locked(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512)


def entities(path: Path) -> None:
    lol = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    make_zip(path, {"word/document.xml": f"{lol}<w:document {W}><w:p>&b;</w:document>"})


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (bomb, "it would unpack to 100 MB in 1 parts, which no document needs"),
        (cut_off, "it is cut off or damaged"),
        (damaged, "the part word/document.xml in it is damaged"),
        (locked, "locked with a password"),
        (entities, "word/document.xml is broken XML"),
        (lambda path: make_docx(path, p(r("Air")), vbaProject="x"), "it holds macros"),
        (lambda path: make_zip(path, {"x": "y"}), "it has no word/document.xml"),
        (lambda path: path.write_bytes(b""), "it is cut off or damaged"),
        (lambda path: path.write_text("Air surut."), "it is cut off or damaged"),
    ],
)  # fmt: skip
def test_bad_docx(make: object, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    make(path)  # type: ignore[operator]
    with pytest.raises(UnreadableFile, match=said):
        convert(path)


def test_odt_with_a_password(tmp_path: Path) -> None:
    manifest = "<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
    path = make_zip(tmp_path / "a.odt", {"META-INF/manifest.xml": manifest, "content.xml": "x"})
    with pytest.raises(UnreadableFile, match="locked with a password"):
        list(format_of(path).open(path, FormatOptions()).units())
