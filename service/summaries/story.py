"""The sentences of articles that can stand as a bullet, and how each may be put.

In: articles with their sentences. Out: those of their stories, each with what stands around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from service.article import Article, Block, Kind, Sentence
from service.summaries.days import day_of
from service.summaries.receipts import unsupported_words
from service.summaries.records import Given, Place, Source
from service.summaries.wording import Worded, worded
from service.translation.verbatim import verbatim_sentences

# The blocks whose sentences can stand as a bullet.
_STORY = {Kind.PARAGRAPH, Kind.QUOTATION, Kind.LIST_ITEM}

# Characters that no bullet has: whoever is asked for so many cuts what can be cut.
_SHORTEST = 1


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence that may become a bullet: `sentences` are those of its article's story, each with
    the number of its paragraph, and it is the one at `index`; `ids` are theirs."""

    article: int
    block: Block
    sentence: Sentence
    sentences: Sequence[tuple[int, str]]
    ids: Sequence[str]
    index: int
    day: date | None

    @property
    def place(self) -> Place:
        return self.article, self.sentence.id

    @property
    def at(self) -> tuple[int, int]:
        """Where it stands: what is said earlier is less."""
        return self.article, self.index

    @property
    def source(self) -> str:
        return self.sentences[self.index][1]

    @property
    def unresolved(self) -> bool:
        """Whether nobody understands it alone."""
        return worded(self.sentences, self.index, self.source, "id", self.day).unresolved

    def ways(self, text: str, language: Literal["en", "id"], *, tight: bool) -> list[Worded]:
        """How a bullet may be put whose text is the whole sentence or its English, the longest
        first; last as it is, should the others fail the checks. `tight`: also as short as can be.
        """
        ways = [self._worded(text, language)]
        if tight:
            ways.append(self._worded(text, language, _SHORTEST))
        if all(way.text != text for way in ways):
            ways.append(Worded(text))
        return ways

    def indonesian(self, *, tight: bool) -> tuple[Worded, ...]:
        """How it may be put in Indonesian, the longest first."""
        ways = self.ways(self.source, "id", tight=tight)
        return tuple(way for way in ways if not unsupported_words(*self.receipt(way)))

    def receipt(self, way: Worded) -> tuple[list[str], str, tuple[str, ...]]:
        """What a wording is checked against: its sentences, its text, and what was worked out."""
        sources = [self.source]
        if way.witness is not None:
            sources.append(self.sentences[way.witness][1])
        return sources, way.text, way.added

    def cited(self, given: Given | None) -> Source:
        """It as a source, with the English that it has."""
        target = None if given is None else given.target
        return Source(self.article, self.sentence.id, self.sentence.source, target)

    def witnesses(self, *ways: Worded | None) -> list[Source]:
        """The sentences that name the speakers of some wordings."""
        found = {way.witness for way in ways if way is not None and way.witness is not None}
        return [
            Source(self.article, self.ids[n], self.sentences[n][1], None) for n in sorted(found)
        ]

    def _worded(self, text: str, language: Literal["en", "id"], limit: int | None = None) -> Worded:
        return worded(self.sentences, self.index, text, language, self.day, limit=limit)


def story(articles: Sequence[Article], *, translated: bool) -> Iterator[Chosen]:
    """The sentences that can stand as a bullet; not what must stay untranslated."""
    for number, article in enumerate(articles):
        blocks = [block for block in article.blocks if block.kind in _STORY]
        rows = [(n, sentence) for n, block in enumerate(blocks) for sentence in block.sentences]
        sentences = [(n, " ".join(sentence.source.split())) for n, sentence in rows]
        ids = [sentence.id for _, sentence in rows]
        staying = {
            block.sentences[place].id
            for block in blocks
            for place in (verbatim_sentences(block) if translated else ())
        }
        day = day_of(article.published)
        for index, (n, sentence) in enumerate(rows):
            if sentence.id not in staying:
                yield Chosen(number, blocks[n], sentence, sentences, ids, index, day)


def headline(articles: Sequence[Article]) -> Block | None:
    """The headline of the first article."""
    blocks = articles[0].blocks if articles else ()
    return next((block for block in blocks if block.kind is Kind.HEADLINE), None)
