"""The bodies of requests for translations and summaries."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from service.documents.manuscript import Manuscript
from service.errors import TooLarge
from service.http.schemas.articles import ARTICLE_FORMS, PARTS, Article, form
from service.http.schemas.options import Options
from service.summaries.records import BulletLanguage, BulletOptions

# One summary of several articles.
MAX_SUMMARY_ARTICLES = 20

_EXAMPLE: dict[str, JsonValue] = {
    "headline": "Banjir Rendam Ratusan Rumah di Demak",
    "body": [
        "DEMAK, WARTASENJA.com - Banjir merendam 1.240 rumah di tiga desa, Selasa (18/2/2025).",
        '"Air mulai surut sejak pagi," kata Kepala BPBD Demak, Agus Nugroho.',
    ],
}


class TranslationRequest(Article):
    """An article to translate."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [*ARTICLE_FORMS], "examples": [_EXAMPLE]})

    previous: Annotated[
        str | None,
        Field(
            pattern="^[0-9a-f]{64}$",
            description="the id of the translation of an earlier version; the answer then has "
            "`changes`",
        ),
    ] = None
    options: Options = Options()


def _summary_forms() -> list[JsonValue]:
    """Return the rule of `SummaryRequest._check_form` as JSON schemas."""
    absent: dict[str, JsonValue] = {name: {"type": "null"} for name in ("translation", "articles")}
    articles: list[JsonValue] = []
    for article in ARTICLE_FORMS:
        properties = article["properties"]
        assert isinstance(properties, dict)
        articles.append(article | {"properties": properties | absent})
    parts = ("text", "html", *PARTS)
    return [
        *articles,
        form("translation", "string", "articles", *parts),
        form("articles", "array", "translation", *parts),
    ]


class SummaryRequest(Article):
    """An article to summarize, its translation's id, or several on one event."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": _summary_forms(),
            "examples": [_EXAMPLE | {"bullets": 2}],
        }
    )

    translation: Annotated[
        str | None,
        Field(pattern="^[0-9a-f]{64}$", description="the id of an earlier translation"),
    ] = None
    articles: Annotated[
        Annotated[list[Article], Field(fail_fast=True)] | None,
        Field(
            min_length=1,
            max_length=MAX_SUMMARY_ARTICLES,
            description="several articles on one event, for one set of bullets",
        ),
    ] = None
    bullets: Annotated[int, Field(ge=1, le=7, description="maximum number of bullets")] = 3
    words: Annotated[
        int | None, Field(ge=1, le=10_000, description="maximum words in all bullets together")
    ] = None
    characters: Annotated[
        int | None,
        Field(
            ge=1,
            le=100_000,
            description="maximum characters of all bullets as plain text, with the `- ` before "
            "each and the line feeds between them",
        ),
    ] = None
    language: Annotated[BulletLanguage, Field(description="the language of the bullets")] = "en"
    options: Options = Options()

    @model_validator(mode="after")
    def _check_form(self) -> Self:
        references = self._present(("translation", "articles"))
        if not references:
            return self._check_article()
        article = self._present(("text", "html", *PARTS))
        if article or len(references) > 1:
            fields = " and ".join(f"`{name}`" for name in (*references, *article))
            raise ValueError(
                f"the request has {fields}: send one article, the id of its `translation`, or "
                f"several `articles`"
            )
        return self

    @property
    def bullet_options(self) -> BulletOptions:
        return BulletOptions(self.bullets, self.language, self.words, self.characters)

    def manuscripts(self, limit: int) -> tuple[Manuscript, ...]:
        """Return the articles as sent, or () for the id of a translation.

        Raises `TooLarge` if they have more than `limit` characters together.
        """
        if self.translation is not None:
            return ()
        if self.articles is None:
            return (self.manuscript(limit),)
        manuscripts = tuple(article.manuscript(limit) for article in self.articles)
        if (characters := sum(one.characters for one in manuscripts)) > limit:
            raise TooLarge(
                f"the articles have {characters} characters together and the limit is {limit}: "
                f"send fewer of them, or raise KABAR_MAX_CHARACTERS"
            )
        return manuscripts
