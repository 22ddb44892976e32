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
from service.article import Article, Block, Kind, Sentence
from service.glossary.book import NONE
from service.glossary.terms import Glossary
from service.language import judged
from service.memory.memory import NO_EDITS, Edits
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
    """The bullets of an article, in its order, and the article as it was read. Times are in
    seconds."""

    article: Article
    headline: str | None
    headline_flags: tuple[str, ...]
    bullets: tuple[Bullet, ...]
    signature: dict[str, object]
    sentences_translated: int
    sentences_reused: int
    sentences_failed: int
    sentences_corrected: int
    seconds: dict[str, float]


class Summaries:
    """Makes summaries with one summarizer, and one pipeline for their English."""

    def __init__(self, summarizer: Summarizer, pipeline: Pipeline) -> None:
        self._summarizer = summarizer
        self._pipeline = pipeline

    def signature(
        self,
        count: int,
        language: Language,
        deterministic: bool = False,
        glossary: Glossary = NONE,
    ) -> dict[str, object]:
        """How a summary is made: enough to make it again, and part of its id."""
        return {
            **self._pipeline.signature(deterministic, glossary),
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
        glossary: Glossary = NONE,
        edits: Edits = NO_EDITS,
    ) -> Summary:
        """At most `count` bullets; fewer where the article has fewer usable sentences. `edits` are
        the editors' for the article's sentences.

        Raises as `Pipeline.translate` does.
        """
        began = time.perf_counter()
        article = segmented(judged(article))
        story = [
            (number, sentence)
            for number, block in enumerate(article.blocks)
            if block.kind in _STORY
            for sentence in block.sentences
        ]
        chosen = self._summarizer.select(
            [sentence.source for _, sentence in story], [number for number, _ in story], count
        )
        picked = [(article.blocks[story[place][0]], story[place][1]) for place in chosen]
        selected_at = time.perf_counter()
        headline = next((b for b in article.blocks if b.kind is Kind.HEADLINE), None)
        if language == "id":
            edits = NO_EDITS
        texts, (headline_text, headline_flags), reused = self._worded(
            picked, headline, language, ticket, deterministic, glossary, edits
        )
        failed = sum("failed" in flags for _, flags in [*texts, (None, headline_flags)])
        return Summary(
            article=article,
            headline=headline_text,
            headline_flags=headline_flags,
            bullets=tuple(
                Bullet(text, (sentence.id,), (sentence.source,), flags)
                for (_, sentence), (text, flags) in zip(picked, texts, strict=True)
            ),
            signature=self.signature(count, language, deterministic, glossary),
            sentences_translated=reused.count(False) - failed,
            sentences_reused=reused.count(True),
            sentences_failed=failed,
            sentences_corrected=sum(
                sentence.id in edits
                for sentence in [*(sentence for _, sentence in picked), *_only(headline)]
            ),
            seconds={
                "select": selected_at - began,
                "translate": time.perf_counter() - selected_at,
                "total": time.perf_counter() - began,
            },
        )

    def _worded(
        self,
        picked: Sequence[tuple[Block, Sentence]],
        headline: Block | None,
        language: Language,
        ticket: Ticket | None,
        deterministic: bool,
        glossary: Glossary,
        edits: Edits,
    ) -> tuple[list[_Worded], tuple[str | None, tuple[str, ...]], list[bool]]:
        """Text and flags of each bullet and of the headline, and which were known before."""
        sources = [(" ".join(sentence.source.split()), block) for block, sentence in picked]
        corrections = [edits.get(sentence.id) for _, sentence in picked]
        if headline is not None:
            sources.append((headline.source, headline))
            corrections.append(next((edits.get(s.id) for s in _only(headline)), None))
        texts: list[_Worded] = [
            (source if correction is None else correction.target, ())
            for (source, _), correction in zip(sources, corrections, strict=True)
        ]
        reused: list[bool] = []
        if language == "en":
            asked = [
                n
                for n, (_, block) in enumerate(sources)
                if corrections[n] is None and not block.is_english
            ]
            made, reused = self._pipeline.translate_sentences(
                [sources[n][0] for n in asked],
                ticket,
                deterministic=deterministic,
                glossary=glossary,
                headlines={asked.index(n) for n in asked if sources[n][1] is headline},
            )
            for n, worded in zip(asked, made, strict=True):
                texts[n] = worded
        if headline is None:
            return texts, (None, ()), reused
        return texts[:-1], texts[-1], reused


def _only(headline: Block | None) -> tuple[Sentence, ...]:
    """The sentence of a headline that is one sentence."""
    if headline is None or len(headline.sentences) != 1:
        return ()
    return headline.sentences
