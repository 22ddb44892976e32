"""The lines of an answer that comes in pieces."""

from __future__ import annotations


class LineReader:
    """Joins pieces of bytes into lines, which end at a line feed alone.

    JSON may contain Unicode's other line ends, such as U+2028, at which `str.splitlines` splits.
    """

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> list[str]:
        """Return the lines that a piece ends."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return [line.decode() for line in lines]

    def end(self) -> list[str]:
        """Return the last line, if no line feed ended it."""
        return [self._rest.decode()] if self._rest else []
