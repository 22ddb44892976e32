"""The normal form of a sentence, in which sentences are compared."""

from __future__ import annotations

import unicodedata


def normalize(text: str) -> str:
    """Return the text in composed Unicode (NFC), with single plain spaces."""
    return unicodedata.normalize("NFC", " ".join(text.split()))
