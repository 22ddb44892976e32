"""EPUB, XLIFF, gettext, Parquet and PDF."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import docx
import polib
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from converting import bad_rows, convert, converted
from making import make_epub, make_pdf, make_zip, read_part

from service.documents.formats.base import FormatOptions, Unit, UnreadableFile
from service.documents.formats.registry import FormatUnavailable, format_of

PAGE = (
    '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="id"><head><title>Bab satu</title></head>'
    "<body>{}</body></html>"
)
ENGLISH = PAGE.replace("Bab satu", "[Bab] [satu]").replace('"id"', '"en"')


def chapter(tmp_path: Path, body: str, **options: bool) -> str:
    path = make_epub(tmp_path / "a.epub", {"c.xhtml": PAGE.format(body)})
    done = read_part(convert(path, FormatOptions(**options)), "OPS/c.xhtml")  # type: ignore[arg-type]
    return done.split("\n", 1)[1]


BODIES = [
    ("<h1>Banjir</h1><p>Air <b>surut</b>.</p>", "<h1>[Banjir]</h1><p>[Air] [<b>surut</b>.]</p>"),
    ('<p>Air <a href="d.xhtml">desa</a></p>', '<p>[Air] [<a href="d.xhtml">desa</a>]</p>'),
    ("<ul><li>Satu<ul><li>Dua</li></ul>Tiga</li></ul>",
     "<ul><li>[Satu]<ul><li>[Dua]</li></ul>[Tiga]</li></ul>"),
    ("<p>Air&nbsp;surut<br/>di desa</p>", "<p>[Air] [surut]<br/> [di] [desa]</p>"),
    ("<p>Kata <code>bpbd</code>.</p>", "<p>[Kata] [<code>bpbd</code>.]</p>"),
    ("<pre>Air</pre>", "<pre>Air</pre>"),
    ('<div><img src="a.png"/>Air</div>', '<div><img src="a.png"/>[Air]</div>'),
    ("<script>Air</script><p>12</p>", "<script>Air</script><p>12</p>"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target"), BODIES)
def test_chapters(source: str, target: str, tmp_path: Path) -> None:
    assert chapter(tmp_path, source) == ENGLISH.format(target)


def test_both_sides_of_a_chapter(tmp_path: Path) -> None:
    assert chapter(tmp_path, "<p>Air <b>surut</b>.</p>", bilingual=True) == ENGLISH.format(
        "<p>Air <b>surut</b>.<br/>[Air] [<b>surut</b>.]</p>"
    )


def test_title_and_contents_of_a_book(tmp_path: Path) -> None:
    toc = (
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navPoint><navLabel><text>Bab satu'
        '</text></navLabel><content src="c.xhtml"/></navPoint></ncx>'
    )
    data = convert(make_epub(tmp_path / "a.epub", {"c.xhtml": PAGE.format("<p>Air</p>")}, toc))
    assert "<dc:title>[Buku] [Banjir]</dc:title><dc:language>en<" in read_part(data, "OPS/book.opf")
    assert '<text>[Bab] [satu]</text></navLabel><content src="c.xhtml"/>' in read_part(
        data, "OPS/toc.ncx"
    )
    assert read_part(data, "mimetype") == "application/epub+zip"


def test_books_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"lacks the part META-INF/container\.xml"):
        convert(make_zip(tmp_path / "a.epub", {"mimetype": "application/epub+zip"}))
    with pytest.raises(UnreadableFile, match=r"c\.xhtml is broken XML"):
        convert(make_epub(tmp_path / "b.epub", {"c.xhtml": "<p>Air"}))
    with pytest.raises(UnreadableFile, match="protected by DRM"):
        convert(make_zip(tmp_path / "c.epub", {"META-INF/rights.xml": "<x/>"}))


def test_xliff_1(tmp_path: Path) -> None:
    before = (
        '<xliff version="1.2"><file source-language="id"><body>'
        '<trans-unit id="1"><source>Air <g id="1">surut</g> <x id="2"/>di desa</source>'
        "</trans-unit>"
        '<trans-unit id="2"><source>Air</source><target>Water</target></trans-unit>'
        '<trans-unit id="3" translate="no"><source>Air</source></trans-unit>'
        "</body></file></xliff>"
    )
    after = converted(tmp_path, "a.xlf", before).split("\n", 1)[1]
    target = (
        '<target state="needs-review-translation">[Air] [<g id="1">surut</g>] '
        '<x id="2"/>[di] [desa]</target>'
    )
    assert after == before.replace('"id">', '"id" target-language="en">', 1).replace(
        "di desa</source>", f"di desa</source>{target}"
    )


def test_xliff_2(tmp_path: Path) -> None:
    start = '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="id"'
    unit = '<unit id="1"><segment{}><source>Air surut</source>{}</segment></unit></file></xliff>'
    after = converted(tmp_path, "a.xliff", start + "><file>" + unit.format("", ""))
    target = "<target>[Air] [surut]</target>"
    assert after.split("\n", 1)[1] == (
        start + ' trgLang="en"><file>' + unit.format(' state="translated"', target)
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<a/>", "no XLIFF: it begins with <a>"),
        ("<xliff", "broken XML"),
        ('<xliff version="1.2"><file source-language="fr"/></xliff>', "is fr, not Indonesian"),
    ],
)
def test_bad_xliff(content: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=said):
        converted(tmp_path, "a.xlf", content)


PO = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

#: a.py:1
msgid "Selamat datang, %(nama)s!"
msgstr ""

msgid "Simpan"
msgstr "Save"

msgid "%d berkas"
msgid_plural "%d berkas semua"
msgstr[0] ""
msgstr[1] ""
"""


def test_gettext(tmp_path: Path) -> None:
    done = polib.pofile(converted(tmp_path, "a.po", PO))
    first, second, third = done
    assert (first.msgid, second.msgstr) == ("Selamat datang, %(nama)s!", "Save")
    assert "%(nama)s" in first.msgstr
    assert first.msgstr.startswith("[Selamat] [datang,]")
    assert third.msgstr_plural[1].startswith("%d") or "%d" in third.msgstr_plural[1]
    assert done.metadata["Language"] == "en"
    with pytest.raises(UnreadableFile, match="no po file"):
        converted(tmp_path, "b.po", "Air surut")
    with pytest.raises(UnreadableFile, match="no valid po file"):
        converted(tmp_path, "c.po", 'msgid "a"\nmsgid "b\n')


def table(path: Path, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path, compression="zstd")
    return path


def test_parquet(tmp_path: Path) -> None:
    path = table(
        tmp_path / "a.parquet",
        id=pa.array([1, 2, 3], pa.int32()),
        judul=pa.array(["Air surut", None, ""]).dictionary_encode(),
        isi=pa.array([["Satu.", None], [], None]),
        x=pa.array([{"a": [1]}, None, {"a": []}]),
    )
    data = convert(path)
    done = pq.read_table(io.BytesIO(data))
    assert done.to_pydict() == {
        "id": [1, 2, 3],
        "judul": ["[Air] [surut]", None, ""],
        "isi": [["[Satu.]", None], [], None],
        "x": [{"a": [1]}, None, {"a": []}],
    }
    assert done.schema.names == ["id", "judul", "isi", "x"]
    assert done.schema.field("id").type == pa.int32()
    assert pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(0).compression == "ZSTD"


def test_both_sides_of_parquet(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", isi=["Air."], id=[1])
    done = pq.read_table(io.BytesIO(convert(path, FormatOptions(bilingual=True))))
    assert done.to_pydict() == {"isi": ["Air."], "id": [1], "isi_en": ["[Air.]"]}


def test_resumed_rows_of_parquet(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", isi=[f"Air {n}." for n in range(600)])
    source = format_of(path).open(path, FormatOptions())
    labels = [one.label for one in source.units(598)]  # type: ignore[call-arg]
    assert labels == ["row 599", "row 600"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (("x",), r"the column 'x' is struct<a: int64>, and only text"),
        (("y",), "no column 'y'; its columns are 'id', 'x'"),
        ((), "no column of text with a known name"),
    ],
)
def test_columns_that_cannot_be_translated(
    fields: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    path = table(tmp_path / "a.parquet", id=[1], x=[{"a": 1}])
    with pytest.raises(UnreadableFile, match=said):
        bad_rows(path, FormatOptions(fields))


def test_parquet_that_is_cut_off(tmp_path: Path) -> None:
    path = table(tmp_path / "a.parquet", isi=["Air."])
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(UnreadableFile, match="no Parquet file, or cut off"):
        bad_rows(path)


def test_parquet_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "service.documents.formats.parquet", raising=False)
    with pytest.raises(FormatUnavailable, match=r"need the package pyarrow: install kabar\[parq"):
        format_of(Path("a.parquet")).open(tmp_path / "a.parquet", FormatOptions())


LINES = [
    "Banjir Surut di Demak",
    "",
    "Air mulai surut di tiga desa Kabupaten Demak sejak Selasa pagi, kata",
    "kepala badan penanggulangan bencana setempat, Agus Wibowo, kemarin.",
]


def test_pdf_to_html(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "kabar.pdf", [LINES, [], ["Warga pulang ke rumah."]])
    done = convert(path).decode()
    assert '<html lang="en">\n<head><meta charset="utf-8"><title>kabar</title>' in done
    assert "<h1>[Banjir] [Surut] [di] [Demak]</h1>" in done
    assert "[pagi,] [kata] [kepala]" in done
    assert "[Warga] [pulang] [ke] [rumah.]" in done


def test_pdf_to_docx(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [LINES])
    done: Any = docx.Document(io.BytesIO(convert(path, FormatOptions(target="docx"))))
    assert done.paragraphs[0].text == "[Banjir] [Surut] [di] [Demak]"
    assert done.paragraphs[0].style.name == "Title"


def test_pages_without_text(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [["Air surut."], []])
    source = format_of(path).open(path, FormatOptions())
    assert [unit.article.blocks[0].source for unit in source.units() if isinstance(unit, Unit)] == [
        "Air surut."
    ]
    assert source.notes == ["pages without text (scans or pictures): 2"]
    with pytest.raises(UnreadableFile, match="only pictures of pages"):
        convert(make_pdf(tmp_path / "b.pdf", [[], []]))


def test_bad_pdf(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4 nothing")
    with pytest.raises(UnreadableFile, match="no PDF, or damaged"):
        convert(tmp_path / "a.pdf")
