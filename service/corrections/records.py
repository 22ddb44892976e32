"""A correction, and what may be kept as one."""

from __future__ import annotations

import re

from service.errors import InvalidRequest
from service.text.normalization import normalize

# Longer than any sentence of news; what is sent may be a whole article by mistake.
MAX_CHARACTERS = 5_000
MAX_AUTHOR = 200

# Neither XML nor a line of print can hold them.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def checked(source: str, target: str, author: str) -> tuple[str, str, str]:
    """The three in normal form. Raises `InvalidRequest` for what cannot be kept."""
    fields = {"source": normalize(source), "target": normalize(target), "author": normalize(author)}
    for name, text in fields.items():
        limit = MAX_AUTHOR if name == "author" else MAX_CHARACTERS
        if not text:
            raise InvalidRequest(f"the {name} of a correction is empty: send some text")
        if len(text) > limit:
            raise InvalidRequest(
                f"the {name} of a correction has {len(text)} characters and may have {limit}: "
                f"correct sentence by sentence"
            )
        if match := _NO_TEXT.search(text):
            raise InvalidRequest(
                f"the {name} of a correction holds U+{ord(match[0]):04X}, which is no text: leave "
                f"it out"
            )
    return fields["source"], fields["target"], fields["author"]
