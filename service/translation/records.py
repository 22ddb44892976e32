"""The record of a translated article."""

from __future__ import annotations

from dataclasses import dataclass

from service.article import Article, Kind


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
        if self.article.whole:
            english = (block.target + block.separator for block in self.article.blocks)
            return self.article.lead + "".join(english)
        text, gap = "", ""
        for block in self.article.blocks:
            if block.kind is Kind.TITLE:
                continue
            if block.kind is not Kind.FURNITURE:
                text += gap + block.target if text else block.target
                gap = block.separator
                if block.kind is Kind.DATELINE and not gap:
                    gap = " "
            elif len(block.separator) > len(gap):
                # The white space around furniture separates its neighbors.
                gap = block.separator
        return text.strip()

    @property
    def headline(self) -> str | None:
        """The English headline, if any."""
        return next((b.target for b in self.article.blocks if b.kind is Kind.HEADLINE), None)
