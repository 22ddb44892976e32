"""Bullets with receipts: sentences of articles, chosen, put into English, made to stand alone,
checked against their sources, and fitted into the room there is.

In: one article, or several about one event, and what is wanted. Out: bullets that carry the ids of
the source sentences they stand for. Only sentences that are chosen are translated, and of those
that fail a check others take the place. Where there is a writer, its sentences come first, and
those of the articles fill up.
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
from service.summaries.candidates import Candidate, candidates
from service.summaries.english import English
from service.summaries.fitting import fit, one_line
from service.summaries.records import (
    NOTHING_KNOWN,
    THREE_BULLETS,
    Bullet,
    Given,
    Known,
    Language,
    Refused,
    Source,
    Summary,
    Wishes,
)
from service.summaries.story import headline, story
from service.summaries.wording import Worded
from service.summaries.written import Writing, Written, language_read, write
from service.translation.pipeline import Pipeline
from service.translation.preparation import prepare

__all__ = [
    "NOTHING_KNOWN",
    "THREE_BULLETS",
    "Bullet",
    "Given",
    "Known",
    "Language",
    "Refused",
    "Source",
    "Summaries",
    "Summary",
    "Wishes",
]

# What may become a bullet.
_Offer: TypeAlias = Candidate | Written

# An offer by index, in one of its wordings; and that in Indonesian, where both are wanted.
_Choice = tuple[int, Worded, Worded | None]


class Summaries:
    """Makes summaries with one summarizer, one pipeline for their English, and the sentences of a
    writer, where there is one."""

    def __init__(
        self, summarizer: Summarizer, pipeline: Pipeline, writer: SummaryWriter | None = None
    ) -> None:
        self._summarizer = summarizer
        self._pipeline = pipeline
        self._writer = writer

    def signature(
        self, wishes: Wishes, deterministic: bool = False, glossary: Glossary = NONE
    ) -> dict[str, object]:
        """How a summary is made: enough to make it again, and part of its id."""
        made = {
            **self._pipeline.signature(deterministic, glossary),
            **self._summarizer.signature,
            **wishes.as_signature(),
        }
        if (writer := self._writer_for(wishes)) is not None:
            options = SummaryOptions(deterministic=deterministic)
            made["writer"] = {**writer.signature, "decoding": options.as_signature()}
        return made

    def summarize(
        self,
        articles: Sequence[Article],
        wishes: Wishes,
        context: RequestContext | None = None,
        *,
        deterministic: bool = False,
        glossary: Glossary = NONE,
        known: Known = NOTHING_KNOWN,
    ) -> Summary:
        """At most so many bullets; fewer where the articles have fewer usable sentences, or the
        room there is holds no more. `known` is English that is there already: an editor's, or a
        translation's.

        Raises as `Pipeline.translate` does.
        """
        began = time.perf_counter()
        articles = tuple(prepare(article) for article in articles)
        sentences = list(story(articles, translated=wishes.language != "id"))
        order = self._summarizer.order(
            [chosen.sentence.source for chosen in sentences],
            [int(chosen.block.id.removeprefix("b")) for chosen in sentences],
            [chosen.article for chosen in sentences] if len(articles) > 1 else None,
        )
        ordered_at = time.perf_counter()
        english = English(self._pipeline, articles, context, deterministic, glossary, known)
        writing = Writing()
        writer = self._writer_for(wishes)
        if writer is not None:
            if context is not None:
                context.check()
            options = SummaryOptions(deterministic=deterministic)
            writing = write(writer, options, sentences, english, wishes)
        written = [writing.kept[n] for n, *_ in _fitting(writing.kept, wishes)]
        cited = {one.place for sentence in written for one in sentence.cited}
        left = [sentences[n] for n in order if sentences[n].place not in cited]
        chosen, refused = candidates(left, english, wishes, wishes.bullets - len(written))
        offers: list[_Offer] = [*written, *chosen]
        bullets = _bullets(offers, wishes)
        title = _title(articles) if wishes.language == "id" else english.headline()
        best = [way.text for way in offers[0].wordings(wishes.language)] if offers else []
        ended = time.perf_counter()
        return Summary(
            articles=articles,
            wishes=wishes,
            headline=None if title is None else title.target,
            headline_flags=() if title is None else title.flags,
            line=one_line(None if title is None else title.target, best),
            bullets=bullets,
            refused=(*writing.refused, *refused),
            crowded=bool(offers) and not bullets,
            signature=self.signature(wishes, deterministic, glossary),
            sentences_translated=english.translated,
            sentences_reused=english.reused,
            # What was made another way because something failed is not kept.
            sentences_failed=english.failed + (writing.failure is not None),
            sentences_corrected=english.corrected,
            seconds={
                "select": ordered_at - began,
                **({} if writer is None else {"write": writing.seconds}),
                "translate": ended - ordered_at - writing.seconds,
                "total": ended - began,
            },
            warnings=() if writing.failure is None else (writing.failure,),
        )

    def _writer_for(self, wishes: Wishes) -> SummaryWriter | None:
        """The writer, where there is one that has the language."""
        writer = self._writer
        if writer is None or (wishes.language == "id" and language_read(writer.language) == "en"):
            return None
        return writer


def _title(articles: Sequence[Article]) -> Given | None:
    """The headline as it is."""
    block = headline(articles)
    return None if block is None else Given(block.source, ())


def _fitting(offers: Sequence[_Offer], wishes: Wishes) -> list[_Choice]:
    """Those that fit into the room there is, the best first, each in the longest wording that
    does."""
    language = wishes.language
    ways = [offer.wordings(language) for offer in offers]
    choices = [
        (choice.candidate, ways[choice.candidate][choice.wording])
        for choice in fit([[way.text for way in some] for some in ways], wishes.slot)
    ]
    if language != "both":
        return [(n, way, None) for n, way in choices]
    # In Indonesian they have the same room, and none comes in one language alone.
    others = [offers[n].indonesian for n, _ in choices]
    other = {
        choices[choice.candidate][0]: others[choice.candidate][choice.wording]
        for choice in fit([[way.text for way in some] for some in others], wishes.slot)
    }
    return [(n, way, other[n]) for n, way in choices if n in other]


def _bullets(offers: Sequence[_Offer], wishes: Wishes) -> tuple[Bullet, ...]:
    """Those that fit: what was written in its order, and each sentence of an article before what
    rests on later ones. Sentences of several articles alone stand the best first."""
    made = [(offers[n], offers[n].bullet(way, other)) for n, way, other in _fitting(offers, wishes)]
    placed = [one for one in made if isinstance(one[0], Written)]
    chosen = [one for one in made if not isinstance(one[0], Written)]
    if not placed and len({offer.at[0] for offer, _ in chosen}) > 1:
        return tuple(bullet for _, bullet in chosen)
    for offer, bullet in chosen:
        later = (n for n, (other, _) in enumerate(placed) if other.at > offer.at)
        placed.insert(next(later, len(placed)), (offer, bullet))
    return tuple(bullet for _, bullet in placed)
