"""The decoder: bytes of a file into text, with its line ends.

It reads UTF-8, UTF-16, and Windows cp1252 if every byte fits it. Anything else raises
`UnreadableText` with the byte and its offset, or with the kind of file it looks like. A guess would
put wrong letters into names.
"""

from __future__ import annotations

import codecs
import re

from service.errors import InvalidRequest


class UnreadableText(InvalidRequest):
    """Bytes in an unknown encoding, or not text at all."""

    slug = "unreadable-text"
    title = "The text could not be read"
    exit_code = 3


# First bytes of files that users mistake for text.
_SIGNATURES = (
    (b"%PDF-", "a PDF file"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"\x7fELF", "a program"),
)
# Names inside a zip archive that identify its format.
_ZIPPED = (
    (b"word/document.xml", "a Word document (docx)"),
    (b"xl/workbook.xml", "an Excel workbook (xlsx)"),
    (b"ppt/presentation.xml", "a PowerPoint file (pptx)"),
    (b"application/epub+zip", "an EPUB book"),
    (b"application/vnd.oasis.opendocument", "an OpenDocument file"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_HIGH = re.compile(rb"[\x80-\xff]")
_UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
# Bytes of Western text in cp1252 beyond ASCII: quotation marks, dashes, signs, accented letters.
_CP1252_SIGNS = frozenset(b"\x80\x82\x84\x85\x91\x92\x93\x94\x95\x96\x97\x99")
_CP1252_SIGNS |= frozenset(b"\xa0\xa3\xa7\xa9\xab\xad\xae\xb0\xb1\xb2\xb3\xb7\xbb\xbc\xbd\xbe\xd7")
_CP1252_LETTERS = frozenset(range(0xC0, 0x100)) - {0xD7, 0xF7} | frozenset(
    b"\x8a\x8c\x8e\x9a\x9c\x9e"
)
# Largest share of bytes beyond ASCII: Indonesian and English text has few.
_MAX_CP1252_SHARE = 0.15
# Largest share of control bytes: a long page may have a stray one, a binary file has many.
_MAX_CONTROL_SHARE = 0.002


def decode(data: bytes) -> str:
    """Return the text without a byte order mark. Raises `UnreadableText`."""
    _refuse_known_files(data)
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise UnreadableText("this looks like UTF-32; save it as UTF-8 and try again")
    utf16 = _utf16_name(data)
    if utf16:
        return _decode_utf16(data, utf16)
    _refuse_control_bytes(data)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _decode_cp1252(data, error.start)


def _refuse_known_files(data: bytes) -> None:
    if data.startswith(b"PK\x03\x04"):
        kind = next((kind for name, kind in _ZIPPED if name in data), "a zip archive")
        raise UnreadableText(f"this looks like {kind}, not text")
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            raise UnreadableText(f"this looks like {kind}, not text")


def _utf16_name(data: bytes) -> str:
    """Return `utf-16-le` or `utf-16-be`, or an empty string for other data.

    The byte order mark decides, or else the places of the zero bytes.
    """
    if data.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if data.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    head = data[:4096]
    pairs = len(head) // 2
    if pairs < 2 or len(data) % 2:
        return ""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.7 * pairs and even == 0:
        return "utf-16-le"
    if even > 0.7 * pairs and odd == 0:
        return "utf-16-be"
    return ""


def _decode_utf16(data: bytes, name: str) -> str:
    try:
        text = data.decode(name).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise _unreadable(data, error.start, "not valid UTF-16") from None
    if "\x00" in text:
        raise UnreadableText("this looks like a binary file, not text: it has NUL characters")
    return text


def _refuse_control_bytes(data: bytes) -> None:
    first = _CONTROL.search(data)
    if first is None:
        return
    many = len(_CONTROL.findall(data)) > _MAX_CONTROL_SHARE * len(data)
    if many or b"\x00" in data:
        at = data.find(b"\x00") if b"\x00" in data else first.start()
        raise _unreadable(data, at, "this looks like a binary file, not text")


def _decode_cp1252(data: bytes, start: int) -> str:
    """Return the text if all its bytes beyond ASCII are likely in cp1252."""
    if _UTF8_SEQUENCE.search(data):
        raise _unreadable(data, start, "not valid UTF-8; the file looks damaged")
    high = list(_HIGH.finditer(data))
    for match in high:
        at = match.start()
        byte = data[at]
        if byte not in _CP1252_SIGNS and not (byte in _CP1252_LETTERS and _in_word(data, at)):
            raise _unreadable(data, at, "neither UTF-8 nor likely Windows cp1252")
    if len(high) > max(_MAX_CP1252_SHARE * len(data), 8):
        raise _unreadable(data, start, "neither UTF-8 nor likely Windows cp1252")
    return data.decode("cp1252")


def _in_word(data: bytes, at: int) -> bool:
    """Return whether an ASCII letter is beside: no word is all accents."""
    return data[at - 1 : at].isalpha() or data[at + 1 : at + 2].isalpha()


def _unreadable(data: bytes, at: int, why: str) -> UnreadableText:
    return UnreadableText(
        f"{why}: byte 0x{data[at]:02x} at offset {at}; save the text as UTF-8 and try again"
    )
