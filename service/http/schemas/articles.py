"""The article in a request: plain text, HTML, or parts."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    WithJsonSchema,
    model_validator,
)

from service.documents.manuscript import Manuscript
from service.errors import TooLarge

# The fields of an article in parts.
PARTS = ("headline", "deck", "byline", "dateline", "body", "captions")


def form(name: str, kind: JsonValue, *absent: str) -> dict[str, JsonValue]:
    """Return a JSON schema that requires one field and excludes others."""
    nothing: dict[str, JsonValue] = {other: {"type": "null"} for other in absent}
    return {"required": [name], "properties": {name: {"type": kind}, **nothing}}


# The rule of `Article._check_form`, for clients that read the schema.
ARTICLE_FORMS: tuple[dict[str, JsonValue], ...] = (
    form("text", "string", "html", *PARTS),
    form("html", "string", "text", *PARTS),
    form("headline", "string", "text", "html"),
    form("body", ["string", "array"], "text", "html"),
)


def require_unicode(text: str) -> str:
    """Return the text. Raises `ValueError` for half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"character {error.start} is half of a surrogate pair, which is not valid Unicode: "
            f"send the whole character or leave it out"
        ) from None
    return text


UnicodeText = Annotated[str, AfterValidator(require_unicode)]
# Without `fail_fast`, a list of wrong items would have a mistake for each.
Paragraphs = Annotated[list[UnicodeText], Field(fail_fast=True)]

_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)


def _require_date(text: str) -> str:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text[:40]!r} is not a date: send a date (`2025-02-18`) or a date and time "
            f"(`2025-02-18T07:30:00+07:00`) of ISO 8601"
        ) from None
    return text


_Date = Annotated[
    str,
    AfterValidator(_require_date),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]


class Article(BaseModel):
    """An article as `text`, as `html`, or in parts (`headline`, `body`, …)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"anyOf": [*ARTICLE_FORMS]})

    text: Annotated[UnicodeText | None, Field(description="the article as plain text")] = None
    html: Annotated[
        UnicodeText | None,
        Field(description="the article as HTML: a page, or the part of one with the article"),
    ] = None
    headline: Annotated[UnicodeText | None, Field(description="the headline, with `body`")] = None
    deck: Annotated[UnicodeText | None, Field(description="the text below the headline")] = None
    byline: Annotated[
        UnicodeText | None, Field(description="for example `Penulis: Rina Wijaya`")
    ] = None
    dateline: Annotated[
        UnicodeText | None, Field(description="for example `DEMAK, WARTASENJA.com -`")
    ] = None
    published: Annotated[
        _Date | None, Field(description="a date, or a date and time; the answer repeats it")
    ] = None
    body: Annotated[
        UnicodeText | Paragraphs | None,
        Field(description="the paragraphs, as a list or as one text"),
    ] = None
    captions: Annotated[Paragraphs | None, Field(description="the captions of pictures")] = None

    @model_validator(mode="after")
    def _check_form(self) -> Self:
        return self._check_article()

    def _check_article(self) -> Self:
        parts = self._present(PARTS)
        forms = self._present(("text", "html"))
        if len(forms) + bool(parts) != 1:
            fields = " and ".join(f"`{name}`" for name in (*forms, *parts)) or "no article"
            raise ValueError(
                f"the request has {fields}: send the article as `text`, as `html`, or in parts "
                f"(`headline`, `body` or both)"
            )
        if parts and not {"headline", "body"} & set(parts):
            raise ValueError(f"`{parts[0]}` has no `headline` or `body` beside it: add one of them")
        return self

    def _present(self, names: tuple[str, ...]) -> list[str]:
        return [name for name in names if getattr(self, name) is not None]

    def manuscript(self, limit: int) -> Manuscript:
        """Return the article as sent. Raises `TooLarge` over `limit` characters."""
        if self.text is not None:
            manuscript = Manuscript.from_text(self.text, self.published)
        elif self.html is not None:
            manuscript = Manuscript.from_html(self.html, self.published)
        else:
            manuscript = Manuscript.from_fields(
                self.headline,
                self.body or "",
                deck=self.deck,
                byline=self.byline,
                dateline=self.dateline,
                published=self.published,
                captions=self.captions or (),
            )
        if manuscript.characters > limit:
            raise TooLarge(
                f"the article has {manuscript.characters} characters and the limit is {limit}: "
                f"send it in parts, translate it with `kabar translate FILE`, which has no limit, "
                f"or raise KABAR_MAX_CHARACTERS"
            )
        return manuscript
