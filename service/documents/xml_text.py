"""Text such as XML and HTML can hold."""

from __future__ import annotations

import re

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """The text with U+FFFD for each character that neither can hold."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
