"""The record of a translated article."""

from __future__ import annotations

from dataclasses import dataclass

from service.article import Article, Kind
from service.documents.rendering import plain_text


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated article, its signature, counts, and times in seconds."""

    article: Article
    signature: dict[str, object]
    sentences_translated: int
    sentences_reused: int
    sentences_failed: int
    sentences_corrected: int
    seconds: dict[str, float]

    @property
    def text(self) -> str:
        """The English article: its blocks in order, separated as in the source."""
        return plain_text(self.article)

    @property
    def headline(self) -> str | None:
        """The English headline, if any."""
        return next((b.target for b in self.article.blocks if b.kind is Kind.HEADLINE), None)
