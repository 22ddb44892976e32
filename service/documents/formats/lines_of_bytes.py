"""Lines of a file of any size, each of bounded length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from service.documents.decode import UnreadableText, decode
from service.documents.formats.base import MAX_ROW_BYTES

# Bytes of a line that is too long that are kept, to show them.
_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line with its end; `is_cut` if it was longer than the limit.

    `offset` is the number of bytes of the file up to its end.
    """

    data: bytes
    offset: int
    is_cut: bool = False


def raw_lines(file: IO[bytes], limit: int = MAX_ROW_BYTES) -> Iterator[RawLine]:
    """Yield the lines of a binary file; of a line over the limit, only its beginning.

    Memory holds one line at a time, and of a longer one at most the limit.
    """
    offset = 0
    while data := file.readline(limit + 1):
        offset += len(data)
        if len(data) <= limit:
            yield RawLine(data, offset)
            continue
        kept = data[:_KEPT]
        while data and not data.endswith(b"\n"):
            data = file.readline(limit)
            offset += len(data)
        yield RawLine(kept, offset, is_cut=True)


def decoded_line(data: bytes) -> str:
    """Return the text of a line. Raises `UnreadableText`.

    Each line has its own encoding: an archive may be joined from files of several.
    """
    return decode(data)


def too_long(limit: int = MAX_ROW_BYTES) -> str:
    """Return the message for a line that is too long."""
    return f"the row has more than {limit // 1_000_000} MB: split it into several rows"


def is_utf16(head: bytes) -> bool:
    """Return whether a file begins as UTF-16 or UTF-32, whose lines cannot be found by bytes."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    try:
        return b"\x00" in head and "\x00" not in decode(head[: len(head) // 2 * 2])
    except UnreadableText:
        return False
