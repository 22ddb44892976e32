"""Validation of a correction's texts."""

from __future__ import annotations

import re

from service.errors import InvalidRequest
from service.text.normalization import normalize

# No sentence of news is longer; a longer text is probably a whole article.
MAX_CHARACTERS = 5_000
MAX_AUTHOR = 200

# Characters that neither XML nor print can hold.
_INVALID = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def validate(source: str, target: str, author: str) -> tuple[str, str, str]:
    """Return the three texts, normalized. Raises `InvalidRequest`."""
    fields = {"source": normalize(source), "target": normalize(target), "author": normalize(author)}
    for name, text in fields.items():
        limit = MAX_AUTHOR if name == "author" else MAX_CHARACTERS
        if not text:
            raise InvalidRequest(f"the {name} of a correction is empty: send some text")
        if len(text) > limit:
            raise InvalidRequest(
                f"the {name} of a correction has {len(text)} characters, but at most {limit} are "
                f"allowed: correct sentence by sentence"
            )
        if match := _INVALID.search(text):
            raise InvalidRequest(
                f"the {name} of a correction contains U+{ord(match[0]):04X}, which is not text: "
                f"remove it"
            )
    return fields["source"], fields["target"], fields["author"]
