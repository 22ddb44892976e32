from __future__ import annotations

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.documents.decode import UnreadableText, decode


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "<x/>")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ""),
        (b"Banjir\r\ndi Demak\n", "Banjir\r\ndi Demak\n"),
        ("Harga “naik” 5 €".encode(), "Harga “naik” 5 €"),
        (b"\xef\xbb\xbfBanjir", "Banjir"),
        (b"\xff\xfeB\x00a\x00", "Ba"),
        (b"\xfe\xff\x00B\x00a", "Ba"),
        (b"B\x00a\x00n\x00j\x00", "Banj"),
        (b"\x00B\x00a\x00n\x00j", "Banj"),
        (b"\x93Ya,\x94 kata Andr\xe9 \x96 di caf\xe9\x85", "“Ya,” kata André – di café…"),
        (b"Harga \x80 5 \xb7 20\xb0C", "Harga € 5 · 20°C"),
        (b"Satu\x02 tanda kendali di halaman panjang. " + b"a" * 500, None),
    ],
)
def test_decoded_text(data: bytes, expected: str | None) -> None:
    assert decode(data) == (data.decode() if expected is None else expected)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"Banjir \x81 di Demak",
            "neither UTF-8 nor likely Windows cp1252: byte 0x81 at offset 7",
        ),
        (
            "Привет".encode("cp1251"),
            "neither UTF-8 nor likely Windows cp1252: byte 0xcf at offset 0",
        ),
        (
            "“Ya”, kata dia".encode() + b"\xe2\x80",
            "not valid UTF-8; the file looks damaged: byte 0xe2 at offset 18",
        ),
        (b"\xff\xfe\x00\xd8a\x00", "not valid UTF-16: byte 0x00 at offset 2"),
        (b"ab\x00cd", "this looks like a binary file, not text: byte 0x00 at offset 2"),
        (b"ab\x01cd", "this looks like a binary file, not text: byte 0x01 at offset 2"),
        (b"\xff\xfe\x00\x00B\x00\x00\x00", "this looks like UTF-32; save it as UTF-8"),
        (b"%PDF-1.7\n...", "this looks like a PDF file, not text"),
        (b"\x89PNG\r\n\x1a\n\x00", "this looks like a PNG image, not text"),
        (gzip.compress(b"Banjir", mtime=0), "this looks like a gzip archive, not text"),
        (zipped("berita.txt"), "this looks like a zip archive, not text"),
        (zipped("word/document.xml"), "this looks like a Word document (docx), not text"),
        (b"{\\rtf1 Banjir}", "this looks like an RTF document, not text"),
    ],
)
def test_refused_bytes(data: bytes, message: str) -> None:
    with pytest.raises(UnreadableText) as caught:
        decode(data)
    assert caught.value.detail.startswith(message)
    assert (caught.value.slug, caught.value.exit_code) == ("unreadable-text", 3)


LETTERS = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff"))


@given(LETTERS.map(lambda text: "Banjir\r\n" + text))
def test_unicode_text_survives(text: str) -> None:
    assert decode(text.encode()) == text
    assert decode(b"\xef\xbb\xbf" + text.encode()) == text
    assert decode(b"\xff\xfe" + text.encode("utf-16-le")) == text


@given(st.binary())
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    try:
        text = decode(data)
    except UnreadableText:
        return
    assert "\x00" not in text
