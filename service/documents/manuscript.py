"""The content of a request before it is read, in one canonical form.

Equal texts are equal in this form: composed Unicode (NFC), line feeds as line ends, no white space
at the end of a line. Later offsets into the source are offsets into this form. HTML stays as it was
sent: its attributes must come out untouched, and its reader collapses white space anyway.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from service.article import Article, Kind
from service.documents.feeds import refuse_feed
from service.documents.fragments import Fragment, read_fragment
from service.documents.html import read_html
from service.documents.text import Part, read_fields, read_text

_LINE_END = re.compile(r"\r\n?")
_ABOVE = {"deck": Kind.DECK, "byline": Kind.BYLINE, "dateline": Kind.DATELINE}


@dataclass(frozen=True, slots=True)
class Manuscript:
    """An article as plain text (`text`), as HTML (`html`), in fields, or a fragment.

    `body` is one text, or one text per paragraph. `published` is the article's date in ISO 8601.
    `from_text`, `from_html`, `from_fields` and `from_fragment` make manuscripts.
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
    fragment: Fragment | None = None

    @classmethod
    def from_fragment(cls, fragment: Fragment) -> Self:
        """Make a manuscript of a text that is translated whole."""
        return cls(fragment=fragment)

    @classmethod
    def from_text(cls, text: str, published: str | None = None) -> Self:
        """Make a manuscript of plain text."""
        return cls(text=canonical(text), published=published)

    @classmethod
    def from_html(cls, html: str, published: str | None = None) -> Self:
        """Make a manuscript of HTML."""
        return cls(html=html, published=published)

    @classmethod
    def from_fields(
        cls,
        headline: str | None,
        body: str | Sequence[str],
        *,
        captions: Sequence[str] = (),
        published: str | None = None,
        **above: str | None,
    ) -> Self:
        """Make a manuscript of fields; `above`: deck, byline and dateline."""
        fields: dict[str, Any] = {name: _canonical(text) for name, text in above.items()}
        return cls(
            headline=_canonical(headline),
            body=canonical(body) if isinstance(body, str) else tuple(map(canonical, body)),
            captions=tuple(map(canonical, captions)),
            published=published,
            **fields,
        )

    @classmethod
    def from_json(cls, sent: Mapping[str, Any]) -> Self:
        """Make a manuscript from the `to_json` of this or an earlier version."""
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in sent.items()
        }
        if fields.get("fragment") is not None:
            fields["fragment"] = Fragment.from_json(fields["fragment"])
        return cls(**fields)

    def to_json(self) -> dict[str, Any]:
        """Return the manuscript as plain data for JSON."""
        fields = {name: value for name, value in asdict(self).items() if name != "fragment"}
        return fields if self.fragment is None else {"fragment": self.fragment.to_json()}

    @property
    def characters(self) -> int:
        """The number of characters sent, markup included."""
        if self.fragment is not None:
            return len(self.fragment.text)
        texts = (self.text, self.html, self.headline, self.deck, self.byline, self.dateline)
        sent = sum(len(text) for text in texts if text is not None)
        return sent + sum(map(len, self.body)) + sum(map(len, self.captions))

    @property
    def content(self) -> list[object]:
        """The input format and the content: plain data for the id of a result."""
        if self.fragment is not None:
            return ["fragment", *self.fragment.content]
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
        """Read the article into blocks.

        Raises `UnreadableHtml`, `UnreadableXml` or `FeedSent`.
        """
        if self.fragment is not None:
            return read_fragment(self.fragment)
        if self.text is not None:
            refuse_feed(self.text)
            article = read_text(self.text)
        elif self.html is not None:
            refuse_feed(self.html)
            article = read_html(self.html)
        else:
            above = [Part(getattr(self, name) or "", kind) for name, kind in _ABOVE.items()]
            article = read_fields(self.headline, self.body, above, self.captions)
        return replace(article, published=self.published)


def canonical(text: str) -> str:
    """Return the text in canonical form."""
    text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    return "\n".join([line.rstrip() for line in text.split("\n")]).rstrip("\n")


def _canonical(text: str | None) -> str | None:
    return None if text is None else canonical(text)
