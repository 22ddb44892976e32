"""Summaries in bullets, each with the sentences that support it.

In: one article, or several about one event, and the options. Out: bullets with the ids of their
source sentences. Sentences are chosen, translated, made to stand alone, checked against their
sources, and fitted into a slot. Only chosen sentences are translated, and others replace those
that fail a check. A writer's sentences come first, if there is a writer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TypeAlias

from models.checkpoints.writer import SummaryOptions, SummaryWriter
from models.summarizer import Summarizer
from service.article import Article
from service.glossary.registry import NONE
from service.glossary.terms import Glossary
from service.scheduling.request import RequestContext
from service.summaries.abstractive import (
    AbstractiveCandidate,
    WriterResult,
    write_candidates,
    writing_language,
)
from service.summaries.english import EnglishSentences
from service.summaries.extractive import ExtractiveCandidate, extract_candidates
from service.summaries.records import (
    NO_ENGLISH,
    Bullet,
    BulletOptions,
    EnglishByKey,
    KnownEnglish,
    Summary,
)
from service.summaries.slot import fit
from service.summaries.story import StorySentence, headline_block, story_sentences
from service.summaries.summary_line import summary_line
from service.summaries.wording import Wording
from service.translation.pipeline import Pipeline
from service.translation.preparation import prepare

Candidate: TypeAlias = ExtractiveCandidate | AbstractiveCandidate

# A candidate in its chosen wording, and in the Indonesian one where both are asked for.
_Fitted = tuple[Candidate, Wording, Wording | None]


class Summaries:
    """Makes summaries with a summarizer, a pipeline and perhaps a writer."""

    def __init__(
        self, summarizer: Summarizer, pipeline: Pipeline, writer: SummaryWriter | None = None
    ) -> None:
        self._summarizer = summarizer
        self._pipeline = pipeline
        self._writer = writer

    def signature(
        self, options: BulletOptions, deterministic: bool = False, glossary: Glossary = NONE
    ) -> dict[str, object]:
        """Return all that decides a summary; it is part of the summary's id."""
        signature = {
            **self._pipeline.signature(deterministic, glossary),
            **self._summarizer.signature,
            **options.as_signature(),
        }
        if (writer := self._writer_for(options)) is not None:
            decoding = SummaryOptions(deterministic=deterministic).as_signature()
            signature["writer"] = {**writer.signature, "decoding": decoding}
        return signature

    def summarize(
        self,
        articles: Sequence[Article],
        options: BulletOptions,
        context: RequestContext | None = None,
        *,
        deterministic: bool = False,
        glossary: Glossary = NONE,
        known_english: EnglishByKey = NO_ENGLISH,
    ) -> Summary:
        """Return the summary of some articles.

        It has fewer bullets than asked for where the articles have too few usable sentences, or
        the slot no room. `known_english` comes from an editor or a translation. Raises as
        `Pipeline.translate` does.
        """
        began = time.perf_counter()
        articles = tuple(prepare(article) for article in articles)
        sentences = list(story_sentences(articles, translated=options.language != "id"))
        ranked = self._ranked(sentences, len(articles))
        ranked_at = time.perf_counter()
        english = EnglishSentences(
            self._pipeline, articles, context, deterministic, glossary, known_english
        )
        writing = self._write(sentences, english, options, context, deterministic)
        written = [candidate for candidate, *_ in _fitted(writing.candidates, options)]
        cited = {one.key for candidate in written for one in candidate.cited}
        rest = [one for one in ranked if one.key not in cited]
        count = options.bullets - len(written)
        extracted, refused = extract_candidates(rest, english, options, count)
        candidates = [*written, *extracted]
        bullets = _bullets(candidates, options)
        headline = _source_headline(articles) if options.language == "id" else english.headline()
        title = None if headline is None else headline.target
        best = candidates[0].wordings(options.language) if candidates else ()
        ended = time.perf_counter()
        return Summary(
            articles=articles,
            bullet_options=options,
            headline=title,
            headline_flags=() if headline is None else headline.flags,
            line=summary_line(title, [wording.text for wording in best]),
            bullets=bullets,
            refused=(*writing.refused, *refused),
            nothing_fits=bool(candidates) and not bullets,
            signature=self.signature(options, deterministic, glossary),
            sentences_translated=english.translated,
            sentences_reused=english.reused,
            # A summary with a failure is not cached.
            sentences_failed=english.failed + (writing.failure is not None),
            sentences_corrected=english.corrected,
            seconds={
                "select": ranked_at - began,
                **({} if self._writer_for(options) is None else {"write": writing.seconds}),
                "translate": ended - ranked_at - writing.seconds,
                "total": ended - began,
            },
            warnings=() if writing.failure is None else (writing.failure,),
        )

    def _ranked(self, sentences: Sequence[StorySentence], articles: int) -> list[StorySentence]:
        """Return the sentences of some articles, best first."""
        order = self._summarizer.order(
            [one.sentence.source for one in sentences],
            [int(one.block.id.removeprefix("b")) for one in sentences],
            [one.article for one in sentences] if articles > 1 else None,
        )
        return [sentences[n] for n in order]

    def _write(
        self,
        sentences: Sequence[StorySentence],
        english: EnglishSentences,
        options: BulletOptions,
        context: RequestContext | None,
        deterministic: bool,
    ) -> WriterResult:
        writer = self._writer_for(options)
        if writer is None:
            return WriterResult()
        if context is not None:
            context.check()
        decoding = SummaryOptions(deterministic=deterministic)
        return write_candidates(writer, decoding, sentences, english, options)

    def _writer_for(self, options: BulletOptions) -> SummaryWriter | None:
        """Return the writer, or None where it cannot write the language."""
        writer = self._writer
        if writer is not None and options.language == "id":
            return None if writing_language(writer.language) == "en" else writer
        return writer


def _source_headline(articles: Sequence[Article]) -> KnownEnglish | None:
    """Return the untranslated headline, or None."""
    block = headline_block(articles)
    return None if block is None else KnownEnglish(block.source, ())


def _fitted(candidates: Sequence[Candidate], options: BulletOptions) -> list[_Fitted]:
    """Return the candidates that fit the slot, in their longest wordings.

    They come best first. With both languages, each language has the whole slot, and a bullet must
    fit in both.
    """
    language = options.language
    chosen = _choose([one.wordings(language) for one in candidates], options)
    if language != "both":
        return [(candidates[n], wording, None) for n, wording in chosen.items()]
    indonesian = _choose([candidates[n].indonesian_wordings for n in chosen], options)
    return [
        (candidates[n], wording, indonesian[place])
        for place, (n, wording) in enumerate(chosen.items())
        if place in indonesian
    ]


def _choose(wordings: Sequence[Sequence[Wording]], options: BulletOptions) -> dict[int, Wording]:
    """Return the wordings that fit the slot, by the index of their candidate."""
    texts = [[wording.text for wording in each] for each in wordings]
    return {
        choice.candidate: wordings[choice.candidate][choice.wording]
        for choice in fit(texts, options.slot)
    }


def _bullets(candidates: Sequence[Candidate], options: BulletOptions) -> tuple[Bullet, ...]:
    """Return the bullets that fit, in the order of the article.

    Written bullets keep the writer's order, and each extracted one comes before the first that
    cites later sentences. Where all are extracted, from several articles, they keep their rank.
    """
    fitted = [
        (one, one.bullet(wording, indonesian))
        for one, wording, indonesian in _fitted(candidates, options)
    ]
    ordered = [one for one in fitted if isinstance(one[0], AbstractiveCandidate)]
    extracted = [one for one in fitted if not isinstance(one[0], AbstractiveCandidate)]
    if not ordered and len({one.position[0] for one, _ in extracted}) > 1:
        return tuple(bullet for _, bullet in extracted)
    for one, bullet in extracted:
        later = (n for n, (other, _) in enumerate(ordered) if other.position > one.position)
        ordered.insert(next(later, len(ordered)), (one, bullet))
    return tuple(bullet for _, bullet in ordered)
