"""What a caller sent, before it is read: in one canonical form, so that equal texts are equal.

Unicode is composed (NFC), lines end with a line feed, and blanks at their ends are gone. All that
is said of the source afterwards, offsets too, is said of this form. HTML stays as it was sent: its
attributes must come out again untouched, and reading it collapses white space anyway.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from service.article import Article, Kind
from service.documents.html import read_html
from service.documents.text import Part, read_fields, read_text

_LINE_END = re.compile(r"\r\n?")
_ABOVE = {"deck": Kind.DECK, "byline": Kind.BYLINE, "dateline": Kind.DATELINE}


@dataclass(frozen=True, slots=True)
class Manuscript:
    """An article as pasted (`text`), as HTML (`html`), or in parts: `body` is one text or
    paragraphs. `published` is its date, in ISO 8601.

    Made by `pasted`, `marked_up` and `in_parts`.
    """

    text: str | None = None
    headline: str | None = None
    body: str | tuple[str, ...] = ()
    html: str | None = None
    deck: str | None = None
    byline: str | None = None
    dateline: str | None = None
    published: str | None = None
    captions: tuple[str, ...] = ()

    @classmethod
    def pasted(cls, text: str, published: str | None = None) -> Self:
        return cls(text=canonical(text), published=published)

    @classmethod
    def marked_up(cls, html: str, published: str | None = None) -> Self:
        return cls(html=html, published=published)

    @classmethod
    def in_parts(
        cls,
        headline: str | None,
        body: str | Sequence[str],
        *,
        captions: Sequence[str] = (),
        published: str | None = None,
        **above: str | None,
    ) -> Self:
        """`above`: deck, byline and dateline."""
        over: dict[str, Any] = {name: _canonical(text) for name, text in above.items()}
        return cls(
            headline=_canonical(headline),
            body=canonical(body) if isinstance(body, str) else tuple(map(canonical, body)),
            captions=tuple(map(canonical, captions)),
            published=published,
            **over,
        )

    @classmethod
    def of_json(cls, sent: Mapping[str, Any]) -> Self:
        """A manuscript from what `as_json` gave, now or by an earlier version."""
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in sent.items()
        }
        return cls(**fields)

    def as_json(self) -> dict[str, Any]:
        """Plain data that JSON can hold."""
        return asdict(self)

    @property
    def characters(self) -> int:
        """All that was sent, markup too."""
        texts = (self.text, self.html, self.headline, self.deck, self.byline, self.dateline)
        sent = sum(len(text) for text in texts if text is not None)
        return sent + sum(map(len, self.body)) + sum(map(len, self.captions))

    @property
    def content(self) -> list[object]:
        """The input format and what was sent: plain data that a result's id is made from."""
        extra = [
            [name, value]
            for name in ("deck", "byline", "dateline", "published", "captions")
            if (value := getattr(self, name))
        ]
        if self.text is not None:
            return ["text", self.text, *extra]
        if self.html is not None:
            return ["html", self.html, *extra]
        return ["fields", self.headline, self.body, *extra]

    def read(self) -> Article:
        """The article, in blocks. Raises `UnreadableHtml`."""
        if self.text is not None:
            article = read_text(self.text)
        elif self.html is not None:
            article = read_html(self.html)
        else:
            above = [Part(getattr(self, name) or "", kind) for name, kind in _ABOVE.items()]
            article = read_fields(self.headline, self.body, above, self.captions)
        return replace(article, published=self.published)


def canonical(text: str) -> str:
    """See above."""
    text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    return "\n".join([line.rstrip() for line in text.split("\n")]).rstrip("\n")


def _canonical(text: str | None) -> str | None:
    return None if text is None else canonical(text)
