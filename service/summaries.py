"""Bullets with receipts: sentences of the article, chosen, translated, and traced to their source.

In: an article and how many bullets in which language. Out: bullets that carry the ids of the
source sentences they stand for. Only the chosen sentences and the headline are translated.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from models.summarizer import Summarizer
from service.article import Article, Kind, Sentence
from service.pipeline import Pipeline, segmented
from service.ticket import Ticket

Language = Literal["en", "id"]

# A text and its flags.
_Worded = tuple[str, tuple[str, ...]]

# The blocks whose sentences can stand as a bullet.
_STORY = {Kind.PARAGRAPH, Kind.QUOTATION, Kind.LIST_ITEM}


@dataclass(frozen=True, slots=True)
class Bullet:
    """One bullet and the sentences of the source that support it, by id and in full."""

    text: str
    sources: tuple[str, ...]
    source_text: tuple[str, ...]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """The bullets of an article, in the order of the article. Times are in seconds."""

    headline: str | None
    headline_flags: tuple[str, ...]
    bullets: tuple[Bullet, ...]
    signature: dict[str, object]
    sentences_translated: int
    sentences_reused: int
    sentences_failed: int
    seconds: dict[str, float]


class Summaries:
    """Makes summaries with one summarizer, and one pipeline for their English."""

    def __init__(self, summarizer: Summarizer, pipeline: Pipeline) -> None:
        self._summarizer = summarizer
        self._pipeline = pipeline

    def signature(
        self, count: int, language: Language, deterministic: bool = False
    ) -> dict[str, object]:
        """How a summary is made: enough to make it again, and part of its id."""
        return {
            **self._pipeline.signature(deterministic),
            **self._summarizer.signature,
            "bullets": count,
            "language": language,
        }

    def summarize(
        self,
        article: Article,
        count: int,
        language: Language,
        ticket: Ticket | None = None,
        *,
        deterministic: bool = False,
    ) -> Summary:
        """At most `count` bullets; fewer where the article has fewer usable sentences.

        Raises as `Pipeline.translate` does.
        """
        began = time.perf_counter()
        article = segmented(article)
        story = [
            (number, sentence)
            for number, block in enumerate(article.blocks)
            if block.kind in _STORY
            for sentence in block.sentences
        ]
        chosen = self._summarizer.select(
            [sentence.source for _, sentence in story], [number for number, _ in story], count
        )
        picked = [story[place][1] for place in chosen]
        selected_at = time.perf_counter()
        headline = next((b.source for b in article.blocks if b.kind is Kind.HEADLINE), None)
        texts, (headline_text, headline_flags), reused = self._worded(
            picked, headline, language, ticket, deterministic
        )
        failed = sum("failed" in flags for _, flags in [*texts, (None, headline_flags)])
        return Summary(
            headline=headline_text,
            headline_flags=headline_flags,
            bullets=tuple(
                Bullet(text, (sentence.id,), (sentence.source,), flags)
                for sentence, (text, flags) in zip(picked, texts, strict=True)
            ),
            signature=self.signature(count, language, deterministic),
            sentences_translated=reused.count(False) - failed,
            sentences_reused=reused.count(True),
            sentences_failed=failed,
            seconds={
                "select": selected_at - began,
                "translate": time.perf_counter() - selected_at,
                "total": time.perf_counter() - began,
            },
        )

    def _worded(
        self,
        picked: Sequence[Sentence],
        headline: str | None,
        language: Language,
        ticket: Ticket | None,
        deterministic: bool,
    ) -> tuple[list[_Worded], tuple[str | None, tuple[str, ...]], list[bool]]:
        """Text and flags of each bullet and of the headline, and which were known before."""
        sources = [" ".join(sentence.source.split()) for sentence in picked]
        if language == "id":
            return [(source, ()) for source in sources], (headline, ()), []
        wanted = sources + ([headline] if headline is not None else [])
        made, reused = self._pipeline.translate_sentences(
            wanted, ticket, deterministic=deterministic
        )
        if headline is None:
            return made, (None, ()), reused
        return made[:-1], made[-1], reused
