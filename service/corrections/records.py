"""A correction, and what may be kept as one."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from service.errors import InvalidRequest

# Longer than any sentence of news; what is sent may be a whole article by mistake.
MAX_CHARACTERS = 5_000
MAX_AUTHOR = 200

# English says whether somebody is a man or a woman, and Indonesian does not.
_GENDERED = re.compile(r"\b(?:he|him|his|himself|she|her|hers|herself)\b", re.IGNORECASE)

# Neither XML nor a line of print can hold them.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Correction:
    """The English that an editor gave a sentence.

    `source`, `target`, `machine` (the English it replaced) and `context` (the sentence before it
    where it was corrected) are in normal form (`normal`); `context` is empty at an article's
    beginning, and None where the correction is of no article. `created` and `withdrawn` are UTC,
    to the second.
    """

    source: str
    target: str
    author: str
    created: datetime
    context: str | None = None
    machine: str | None = None
    withdrawn: datetime | None = None
    withdrawn_by: str | None = None

    @property
    def id(self) -> str:
        """A hash of what was corrected, by whom, and when: the same on every machine."""
        content = [self.source, self.target, self.author, int(self.created.timestamp())]
        text = json.dumps([*content, self.context], ensure_ascii=False)
        return f"cor_{hashlib.sha256(text.encode()).hexdigest()[:24]}"

    @property
    def bound(self) -> bool:
        """Whether it is true only after the sentence it stood after: `Ia menolak.` is `He
        refused.` of one man, and not of the next woman."""
        return self.context is not None and bool(_GENDERED.search(self.target))


def normal(text: str) -> str:
    """A sentence with what does not change it made equal: composed, with plain blanks."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def checked(source: str, target: str, author: str) -> tuple[str, str, str]:
    """The three in normal form. Raises `InvalidRequest` for what cannot be kept."""
    fields = {"source": normal(source), "target": normal(target), "author": normal(author)}
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
