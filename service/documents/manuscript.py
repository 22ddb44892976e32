"""What a caller sent, before it is read: in one canonical form, so that equal texts are equal.

Unicode is composed (NFC), lines end with a line feed, and blanks at their ends are gone. All that
is said of the source afterwards, offsets too, is said of this form.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from service.article import Article
from service.documents.text import read_fields, read_text

_LINE_END = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Manuscript:
    """An article as pasted (`text`), or in parts (`headline`, `body`: one text or paragraphs).

    Made by `pasted` and `in_parts`.
    """

    text: str | None = None
    headline: str | None = None
    body: str | tuple[str, ...] = ()

    @classmethod
    def pasted(cls, text: str) -> Manuscript:
        return cls(text=canonical(text))

    @classmethod
    def in_parts(cls, headline: str | None, body: str | list[str]) -> Manuscript:
        paragraphs = (
            canonical(body) if isinstance(body, str) else tuple(canonical(part) for part in body)
        )
        return cls(
            headline=None if headline is None else canonical(headline),
            body=paragraphs,
        )

    @property
    def characters(self) -> int:
        """All that was sent."""
        return len(self.text or "") + len(self.headline or "") + sum(map(len, self.body))

    @property
    def content(self) -> list[object]:
        """The input format and what was sent: plain data that a result's id is made from."""
        if self.text is not None:
            return ["text", self.text]
        return ["fields", self.headline, self.body]

    def read(self) -> Article:
        """The article, in blocks."""
        if self.text is not None:
            return read_text(self.text)
        return read_fields(
            self.headline, self.body if isinstance(self.body, str) else list(self.body)
        )


def canonical(text: str) -> str:
    """See above."""
    text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    return "\n".join([line.rstrip() for line in text.split("\n")]).rstrip("\n")
