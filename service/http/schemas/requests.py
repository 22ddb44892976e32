"""What callers send about articles."""

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
from service.glossary.terms import MAX_CHARACTERS, Case, Term, term_of
from service.scheduling.request import Lane
from service.summaries.make import Language, Wishes

# Of one request.
MAX_GLOSSARIES = 20
MAX_TERMS = 500
MAX_TOGETHER = 20

_EXAMPLE: dict[str, JsonValue] = {
    "headline": "Banjir Rendam Ratusan Rumah di Demak",
    "body": [
        "DEMAK, WARTASENJA.com - Banjir merendam 1.240 rumah di tiga desa, Selasa (18/2/2025).",
        '"Air mulai surut sejak pagi," kata Kepala BPBD Demak, Agus Nugroho.',
    ],
}


# The parts of an article that is sent in parts.
_PARTS = ("headline", "deck", "byline", "dateline", "body", "captions")


def _form(name: str, kind: JsonValue, *absent: str) -> dict[str, JsonValue]:
    nothing: dict[str, JsonValue] = {other: {"type": "null"} for other in absent}
    return {"required": [name], "properties": {name: {"type": kind}, **nothing}}


# What `Article._one_form` asks for, for clients that read the schema.
_FORMS: dict[str, JsonValue] = {
    "anyOf": [
        _form("text", "string", "html", *_PARTS),
        _form("html", "string", "text", *_PARTS),
        _form("headline", "string", "text", "html"),
        _form("body", ["string", "array"], "text", "html"),
    ]
}


def _encodable(text: str) -> str:
    """JSON may escape half of a surrogate pair, which is no character."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"character {error.start} is half of a surrogate pair, which is no Unicode text: "
            f"send the whole character or leave it out"
        ) from None
    return text


Encodable = Annotated[str, AfterValidator(_encodable)]

_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)


def _dated(text: str) -> str:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            "send a date (`2025-02-18`) or a date and time (`2025-02-18T07:30:00+07:00`) of "
            "ISO 8601"
        ) from None
    return text


_Date = Annotated[
    str,
    AfterValidator(_dated),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]


class TermIn(BaseModel):
    """A term of a newsroom, as a row of a glossary file has it."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[
        str,
        Field(max_length=MAX_CHARACTERS, pattern=r"[A-Za-z0-9]", description="in Indonesian"),
        AfterValidator(_encodable),
    ]
    target: Annotated[
        str,
        Field(
            max_length=MAX_CHARACTERS,
            pattern=r"^[^|]*[A-Za-z0-9][^|]*(\|[^|]*[A-Za-z0-9][^|]*)*$",
            description="in English; alternatives parted by `|`, the preferred one first",
        ),
        AfterValidator(_encodable),
    ]
    case: Annotated[
        Case, Field(description="`exact`: only with capitals and small letters as written")
    ] = Case.ANY

    @model_validator(mode="after")
    def _usable(self) -> Self:
        term_of(self.source, self.target, self.case)
        return self


class Glossaries(BaseModel):
    """Which glossaries apply."""

    glossary: Annotated[
        list[str] | None,
        Field(
            max_length=MAX_GLOSSARIES,
            description="names of the glossaries that apply, those before over those after; by "
            "default those of the service, and with an empty list none",
        ),
    ] = None

    @property
    def glossary_names(self) -> tuple[str, ...] | None:
        return None if self.glossary is None else tuple(self.glossary)


class Terms(BaseModel):
    """Terms of a request's own."""

    terms: Annotated[
        list[TermIn],
        Field(max_length=MAX_TERMS, description="terms of this request, over the glossaries"),
    ] = []

    @property
    def own_terms(self) -> tuple[Term, ...]:
        return tuple(term_of(t.source, t.target, t.case) for t in self.terms)


class Options(Glossaries, Terms):
    """How an article is worked on."""

    model_config = ConfigDict(extra="forbid")

    lane: Annotated[
        Lane | None,
        Field(description="how urgent it is; by default as the key says, or `normal`"),
    ] = None
    deterministic: Annotated[
        bool,
        Field(
            description="translate every sentence on its own: slower, and the same whatever "
            "else is being translated"
        ),
    ] = False
    strict: Annotated[
        bool,
        Field(description="answer 422 where anything has a flag, with the result attached"),
    ] = False
    strict_language: Annotated[
        bool, Field(description="refuse what is in neither Indonesian nor English")
    ] = False


class Article(BaseModel):
    """An article: as pasted from a page in `text`, as `html`, or in parts: `headline` and `body`,
    and what else there is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_FORMS)

    text: Annotated[Encodable | None, Field(description="the article as plain text")] = None
    html: Annotated[
        Encodable | None,
        Field(description="the article as HTML: a page, or the part that holds it"),
    ] = None
    headline: Annotated[Encodable | None, Field(description="with `body`: the headline")] = None
    deck: Annotated[Encodable | None, Field(description="what stands below the headline")] = None
    byline: Annotated[Encodable | None, Field(description="such as `Penulis: Rina Wijaya`")] = None
    dateline: Annotated[
        Encodable | None, Field(description="such as `DEMAK, WARTASENJA.com -`")
    ] = None
    published: Annotated[
        _Date | None, Field(description="a date, or a date and time; comes back as it is")
    ] = None
    body: Annotated[
        Encodable | list[Encodable] | None,
        Field(description="the paragraphs, as a list or as one text"),
    ] = None
    captions: Annotated[list[Encodable] | None, Field(description="of pictures")] = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        return self._one_article()

    def _one_article(self) -> Self:
        given = [name for name in _PARTS if getattr(self, name) is not None]
        forms = [name for name in ("text", "html") if getattr(self, name) is not None]
        if len(forms) + bool(given) != 1:
            said = " and ".join(f"`{name}`" for name in (forms + given)) or "nothing"
            raise ValueError(
                f"give the article either as `text`, or as `html`, or in parts as `headline` and "
                f"`body` (either may be left out): {said} was given"
            )
        if given and not {"headline", "body"} & set(given):
            raise ValueError(f"`{given[0]}` needs a `headline` or a `body` beside it")
        return self

    def manuscript(self, limit: int) -> Manuscript:
        """The article as sent. Raises `TooLarge` over `limit` characters."""
        if self.text is not None:
            sent = Manuscript.from_text(self.text, self.published)
        elif self.html is not None:
            sent = Manuscript.from_html(self.html, self.published)
        else:
            sent = Manuscript.from_fields(
                self.headline,
                self.body or "",
                deck=self.deck,
                byline=self.byline,
                dateline=self.dateline,
                published=self.published,
                captions=self.captions or (),
            )
        if sent.characters > limit:
            raise TooLarge(
                f"the article has {sent.characters} characters and the limit is {limit}: send it "
                f"in parts, translate it with `kabar translate FILE`, which has no limit, or raise "
                f"KABAR_MAX_CHARACTERS"
            )
        return sent


class TranslationRequest(Article):
    """An article to translate."""

    model_config = ConfigDict(json_schema_extra=_FORMS | {"examples": [_EXAMPLE]})

    previous: Annotated[
        str | None,
        Field(
            pattern="^[0-9a-f]{64}$",
            description="the id of the translation of an earlier version: the answer then has "
            "`changes`",
        ),
    ] = None
    options: Options = Options()


def _summary_forms() -> dict[str, JsonValue]:
    """What `SummaryRequest._one_form` asks for: an article, an id, or several articles."""
    article = _FORMS["anyOf"]
    assert isinstance(article, list)
    others = ("translation", "articles")
    alone = [
        form | {"properties": {**form["properties"], **{o: {"type": "null"} for o in others}}}
        for form in article
        if isinstance(form, dict) and isinstance(form["properties"], dict)
    ]
    parts = ("text", "html", *_PARTS)
    return {
        "anyOf": [
            *alone,
            _form("translation", "string", "articles", *parts),
            _form("articles", "array", "translation", *parts),
        ]
    }


class SummaryRequest(Article):
    """An article to summarize, the id of its translation, or several articles about one event."""

    model_config = ConfigDict(
        json_schema_extra=_summary_forms() | {"examples": [_EXAMPLE | {"bullets": 2}]}
    )

    translation: Annotated[
        str | None,
        Field(pattern="^[0-9a-f]{64}$", description="the id of a translation that was made"),
    ] = None
    articles: Annotated[
        list[Article] | None,
        Field(
            min_length=1,
            max_length=MAX_TOGETHER,
            description="several articles about one event, which get one set of bullets",
        ),
    ] = None
    bullets: Annotated[int, Field(ge=1, le=7, description="the most bullets wanted")] = 3
    words: Annotated[
        int | None, Field(ge=1, le=10_000, description="the most words of all bullets")
    ] = None
    characters: Annotated[
        int | None,
        Field(
            ge=1,
            le=100_000,
            description="the most characters of all bullets as plain text, with the `- ` before "
            "each and the line feeds between them",
        ),
    ] = None
    language: Annotated[Language, Field(description="of the bullets")] = "en"
    options: Options = Options()

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [name for name in ("text", "html", *_PARTS) if getattr(self, name) is not None]
        others = [name for name in ("translation", "articles") if getattr(self, name) is not None]
        if not others:
            return self._one_article()
        if given or len(others) > 1:
            said = " and ".join(f"`{name}`" for name in (*others, *given))
            raise ValueError(
                f"give one article, or the id of its `translation`, or several `articles`: {said} "
                f"were given"
            )
        return self

    @property
    def wishes(self) -> Wishes:
        return Wishes(self.bullets, self.language, self.words, self.characters)

    def manuscripts(self, limit: int) -> tuple[Manuscript, ...]:
        """The articles as sent; none where the id of a translation was. Raises `TooLarge` where
        they have over `limit` characters together."""
        if self.translation is not None:
            return ()
        if self.articles is None:
            return (self.manuscript(limit),)
        sent = tuple(article.manuscript(limit) for article in self.articles)
        if (characters := sum(one.characters for one in sent)) > limit:
            raise TooLarge(
                f"the articles have {characters} characters together and the limit is {limit}: "
                f"send fewer of them, or raise KABAR_MAX_CHARACTERS"
            )
        return sent
