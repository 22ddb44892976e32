"""The JSON of an article as read, without a translation.

It is the answer to `POST /v1/articles` and the output of `kabar read --format json`.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from service.article import Article, Kind
from service.documents.manuscript import Manuscript
from service.results.answers import FurnitureOut, LanguageOut, RepairOut
from service.text.language import require_indonesian
from service.translation.preparation import prepare


class _Record(BaseModel):
    """A model that reads its fields from a record."""

    model_config = ConfigDict(from_attributes=True)


class ReadSentenceOut(_Record):
    """A sentence. Offsets are in characters of the block's source."""

    id: str
    source: str
    start: int
    end: int


class ReadBlockOut(_Record):
    """A block of the article, in the order of the source."""

    id: str
    kind: Kind
    source: str
    sentences: list[ReadSentenceOut]
    language: Annotated[
        str | None,
        Field(
            exclude_if=lambda code: code is None,
            description="its code, only if it is not Indonesian",
        ),
    ] = None


class ReadingOut(BaseModel):
    """An article as read: its blocks and sentences, and the lines set aside.

    A translation of the same article has the same ids.
    """

    headline: str | None
    published: Annotated[str | None, Field(description="as it was sent")]
    blocks: list[ReadBlockOut]
    furniture: list[FurnitureOut]
    repairs: list[RepairOut]
    language: Annotated[
        LanguageOut | None, Field(description="null if the text is too short to tell")
    ]

    @classmethod
    def of(cls, article: Article) -> Self:
        furniture = [block for block in article.blocks if block.kind is Kind.FURNITURE]
        visible = [block for block in article.blocks if block.kind is not Kind.FURNITURE]
        headlines = [block.source for block in visible if block.kind is Kind.HEADLINE]
        return cls(
            headline=headlines[0] if headlines else None,
            published=article.published,
            blocks=[ReadBlockOut.model_validate(block) for block in visible],
            furniture=[FurnitureOut.model_validate(block) for block in furniture],
            repairs=[RepairOut.model_validate(repair) for repair in article.repairs],
            language=LanguageOut.of(article),
        )


def read(manuscript: Manuscript, strict_language: bool = False) -> Article:
    """Return the article with its language and sentences; no model is needed.

    Raises `UnreadableHtml` or `FeedSent`, and with `strict_language` `WrongLanguage`.
    """
    article = prepare(manuscript.read())
    if strict_language:
        require_indonesian(article)
    return article
