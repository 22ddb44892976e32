"""The sentences of articles that can become bullets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from service.article import Article, Block, Kind, Sentence
from service.summaries.days import publication_day
from service.summaries.records import KnownEnglish, SentenceKey, Source
from service.summaries.support import unsupported_words
from service.summaries.wording import Wording, standalone_wording
from service.text.lexicon.numbers import Language
from service.translation.verbatim import verbatim_sentences

_STORY_KINDS = {Kind.PARAGRAPH, Kind.QUOTATION, Kind.LIST_ITEM}

# A limit that no bullet meets, so that everything that can be cut is cut.
_MIN_CHARS = 1


@dataclass(frozen=True, slots=True)
class StorySentence:
    """A sentence that may become a bullet.

    `sentences` are those of its article's story, each with the number of its paragraph; `ids` are
    their ids, and `index` is the place of this one. `article` is the index of the article, and
    `day` the day of its publication.
    """

    article: int
    block: Block
    sentence: Sentence
    sentences: Sequence[tuple[int, str]]
    ids: Sequence[str]
    index: int
    day: date | None

    @property
    def key(self) -> SentenceKey:
        return self.article, self.sentence.id

    @property
    def position(self) -> tuple[int, int]:
        """Return the position in the story; an earlier sentence has a lower one."""
        return self.article, self.index

    @property
    def source(self) -> str:
        return self.sentences[self.index][1]

    @property
    def is_unresolved(self) -> bool:
        """Whether a reader cannot understand it alone."""
        return self._wording(self.source, "id").unresolved

    def wordings(self, text: str, language: Language, *, shortest: bool) -> list[Wording]:
        """Return the wordings of the sentence or its English, longest first.

        The unchanged text comes last, in case the others fail the checks. `shortest`: include one
        that is as short as possible.
        """
        wordings = [self._wording(text, language)]
        if shortest:
            wordings.append(self._wording(text, language, _MIN_CHARS))
        if all(wording.text != text for wording in wordings):
            wordings.append(Wording(text))
        return wordings

    def indonesian_wordings(self, *, shortest: bool) -> tuple[Wording, ...]:
        """Return the supported wordings in Indonesian, longest first."""
        wordings = self.wordings(self.source, "id", shortest=shortest)
        return tuple(one for one in wordings if not unsupported_words(*self.support(one)))

    def support(self, wording: Wording) -> tuple[list[str], str, tuple[str, ...]]:
        """Return the sources, the text and the added parts of a wording."""
        sources = [self.source]
        if wording.name_index is not None:
            sources.append(self.sentences[wording.name_index][1])
        return sources, wording.text, wording.added

    def as_source(self, english: KnownEnglish | None) -> Source:
        target = None if english is None else english.target
        return Source(self.article, self.sentence.id, self.sentence.source, target)

    def name_sources(self, *wordings: Wording | None) -> list[Source]:
        """Return the sentences that give the speakers' names in some wordings."""
        indexes = {
            one.name_index for one in wordings if one is not None and one.name_index is not None
        }
        return [
            Source(self.article, self.ids[n], self.sentences[n][1], None) for n in sorted(indexes)
        ]

    def _wording(self, text: str, language: Language, limit: int | None = None) -> Wording:
        return standalone_wording(self.sentences, self.index, text, language, self.day, limit=limit)


def story_sentences(articles: Sequence[Article], *, translated: bool) -> Iterator[StorySentence]:
    """Return the sentences that can become bullets.

    `translated`: leave out those that must stay untranslated.
    """
    for number, article in enumerate(articles):
        blocks = [block for block in article.blocks if block.kind in _STORY_KINDS]
        rows = [(n, sentence) for n, block in enumerate(blocks) for sentence in block.sentences]
        sentences = [(n, " ".join(sentence.source.split())) for n, sentence in rows]
        ids = [sentence.id for _, sentence in rows]
        verbatim = {
            block.sentences[place].id
            for block in blocks
            for place in (verbatim_sentences(block) if translated else ())
        }
        day = publication_day(article.published)
        for index, (n, sentence) in enumerate(rows):
            if sentence.id not in verbatim:
                yield StorySentence(number, blocks[n], sentence, sentences, ids, index, day)


def headline_block(articles: Sequence[Article]) -> Block | None:
    """Return the headline of the first article, or None."""
    blocks = articles[0].blocks if articles else ()
    return next((block for block in blocks if block.kind is Kind.HEADLINE), None)
