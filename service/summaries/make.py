"""Bullets with receipts: sentences of articles, chosen, put into English, made to stand alone,
checked against their sources, and fitted into the room there is.

In: one article, or several about one event, and what is wanted. Out: bullets that carry the ids of
the source sentences they stand for. Only sentences that are chosen are translated, and of those
that fail a check others take the place.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

from models.summarizer import Summarizer
from service.article import Article, Block, Kind, Sentence
from service.facts.ledger import Fact
from service.glossary.book import NONE
from service.glossary.terms import Glossary
from service.language import judged
from service.pipeline import Pipeline, segmented
from service.summaries.days import day_of
from service.summaries.fitting import Slot, fit, one_line
from service.summaries.receipts import facts_of, unsupported, unsupported_words
from service.summaries.wording import Worded, worded
from service.ticket import Ticket
from service.verbatim import kept

Language = Literal["en", "id", "both"]

# The place of a sentence: the number of its article, from 0, and its id.
Place = tuple[int, str]

# The blocks whose sentences can stand as a bullet.
_STORY = {Kind.PARAGRAPH, Kind.QUOTATION, Kind.LIST_ITEM}

# A sentence whose English has one of these is passed over while there is another.
_DOUBTFUL = frozenset(
    {"failed", "untranslated", "unfinished", "loop", "prompt", "echo", "foreign", "script",
     "number_missing", "number_invented", "name_invented", "quotation", "dropped"}
)  # fmt: skip

# So many sentences more than bullets are tried, so that what fails can be replaced.
_SPARE = 4

# Characters that no bullet has: whoever is asked for so many cuts what can be cut.
_SHORTEST = 1


@dataclass(frozen=True, slots=True)
class Given:
    """English that a sentence has, with its flags; `corrected`: by an editor."""

    target: str
    flags: tuple[str, ...]
    corrected: bool = False


Known = Mapping[Place, Given]
NOTHING_KNOWN: Known = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted: at most so many bullets, words and characters (of all bullets as plain text),
    in one language or both."""

    bullets: int = 3
    language: Language = "en"
    words: int | None = None
    characters: int | None = None

    @property
    def slot(self) -> Slot:
        return Slot(self.bullets, self.words, self.characters)

    def as_signature(self) -> dict[str, object]:
        """Plain data: what a result's id is made from."""
        limits = {"words": self.words, "characters": self.characters}
        asked = {name: limit for name, limit in limits.items() if limit is not None}
        return {"bullets": self.bullets, "language": self.language, **asked}


THREE_BULLETS = Wishes()


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence that supports a bullet: of which article (from 0), its id, its text, and its
    English where that was wanted."""

    article: int
    id: str
    text: str
    target: str | None


@dataclass(frozen=True, slots=True)
class Bullet:
    """One bullet. `indonesian` is the same in Indonesian, where both languages were asked for;
    `changed` names what was done to the sentence so that it stands alone, and `added` are the
    dates and names that were put in; `facts` are those of the bullet against its sources."""

    text: str
    sources: tuple[Source, ...]
    indonesian: str | None = None
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A sentence that was chosen and made no bullet, and why."""

    source: Source
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The bullets of some articles, and the articles as they were read. `line` says the news in
    fewer than 110 characters; `crowded`: there are bullets, and none fits into the room there is.
    Times are in seconds."""

    articles: tuple[Article, ...]
    wishes: Wishes
    headline: str | None
    headline_flags: tuple[str, ...]
    line: str | None
    bullets: tuple[Bullet, ...]
    refused: tuple[Refused, ...]
    crowded: bool
    signature: dict[str, object]
    sentences_translated: int
    sentences_reused: int
    sentences_failed: int
    sentences_corrected: int
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Chosen:
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
    def source(self) -> str:
        return self.sentences[self.index][1]

    def worded(self, text: str, language: Language, limit: int | None = None) -> Worded:
        """The bullet of a text that stands for it, the whole sentence or its English."""
        spoken: Literal["en", "id"] = "id" if language == "id" else "en"
        return worded(self.sentences, self.index, text, spoken, self.day, limit_characters=limit)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence with the wordings that passed the checks, the longest first; in Indonesian only
    where that was asked for."""

    chosen: _Chosen
    given: Given | None
    english: tuple[Worded, ...]
    indonesian: tuple[Worded, ...]

    def wordings(self, language: Language) -> tuple[Worded, ...]:
        """Those of the language, of both the English ones."""
        return self.indonesian if language == "id" else self.english

    @property
    def flags(self) -> tuple[str, ...]:
        return () if self.given is None else self.given.flags


class Summaries:
    """Makes summaries with one summarizer, and one pipeline for their English."""

    def __init__(self, summarizer: Summarizer, pipeline: Pipeline) -> None:
        self._summarizer = summarizer
        self._pipeline = pipeline

    def signature(
        self, wishes: Wishes, deterministic: bool = False, glossary: Glossary = NONE
    ) -> dict[str, object]:
        """How a summary is made: enough to make it again, and part of its id."""
        return {
            **self._pipeline.signature(deterministic, glossary),
            **self._summarizer.signature,
            **wishes.as_signature(),
        }

    def summarize(
        self,
        articles: Sequence[Article],
        wishes: Wishes,
        ticket: Ticket | None = None,
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
        articles = tuple(segmented(judged(article)) for article in articles)
        story = list(_story(articles, translated=wishes.language != "id"))
        order = self._summarizer.order(
            [chosen.sentence.source for chosen in story],
            [int(chosen.block.id.removeprefix("b")) for chosen in story],
            [chosen.article for chosen in story] if len(articles) > 1 else None,
        )
        ordered_at = time.perf_counter()
        work = _Work(self._pipeline, articles, wishes, ticket, deterministic, glossary, known)
        candidates, refused = work.candidates(
            _standing_alone([story[place] for place in order], wishes.bullets)
        )
        bullets = _bullets(candidates, wishes)
        headline, headline_flags = work.headline()
        best = [way.text for way in candidates[0].wordings(wishes.language)] if candidates else []
        return Summary(
            articles=articles,
            wishes=wishes,
            headline=headline,
            headline_flags=headline_flags,
            line=one_line(headline, best),
            bullets=bullets,
            refused=tuple(refused),
            crowded=bool(candidates) and not bullets,
            signature=self.signature(wishes, deterministic, glossary),
            sentences_translated=work.translated,
            sentences_reused=work.reused,
            sentences_failed=work.failed,
            sentences_corrected=work.corrected,
            seconds={
                "select": ordered_at - began,
                "translate": time.perf_counter() - ordered_at,
                "total": time.perf_counter() - began,
            },
        )


class _Work:
    """What is asked of the pipeline for one summary, in as few calls as can be."""

    def __init__(
        self,
        pipeline: Pipeline,
        articles: Sequence[Article],
        wishes: Wishes,
        ticket: Ticket | None,
        deterministic: bool,
        glossary: Glossary,
        known: Known,
    ) -> None:
        self._pipeline, self._articles, self._wishes = pipeline, articles, wishes
        self._ticket, self._deterministic, self._glossary = ticket, deterministic, glossary
        self._known = known
        self._texts: dict[Place, Given] = {}
        self.translated = self.reused = self.failed = self.corrected = 0

    def headline(self) -> tuple[str | None, tuple[str, ...]]:
        """The first article's headline in the language that is wanted, and its flags."""
        block = _headline(self._articles)
        if block is None:
            return None, ()
        if self._wishes.language == "id":
            return block.source, ()
        given = self._texts.get((0, block.id))
        return (None, ()) if given is None else (given.target, given.flags)

    def candidates(self, order: Sequence[_Chosen]) -> tuple[list[_Candidate], list[Refused]]:
        """The best sentences that make bullets, and those that were chosen before them and do not.
        What has flags comes at all only where too little is left without it."""
        wanted, most = self._wishes.bullets, self._wishes.bullets + _SPARE
        good: list[_Candidate] = []
        doubtful: list[_Candidate] = []
        refused: list[Refused] = []
        at = 0
        if not order:  # there may be a headline
            self._english((), first=True)
        while len(good) < wanted and at < min(most, len(order)):
            some = order[at : at + min(wanted - len(good), most - at)]
            for chosen, given in zip(some, self._english(some, first=at == 0), strict=True):
                candidate = self._candidate(chosen, given)
                if not candidate.wordings(self._wishes.language):
                    refused.append(Refused(_source(chosen, given), ("unsupported",)))
                elif _DOUBTFUL & set(candidate.flags):
                    doubtful.append(candidate)
                else:
                    good.append(candidate)
            at += len(some)
        lacking = wanted - len(good)
        refused += [
            Refused(_source(one.chosen, one.given), one.flags) for one in doubtful[lacking:]
        ]
        return good + doubtful[:lacking], refused

    def _candidate(self, chosen: _Chosen, given: Given | None) -> _Candidate:
        english: tuple[Worded, ...] = ()
        indonesian: tuple[Worded, ...] = ()
        if self._wishes.language != "en":
            ways = self._ways(chosen, chosen.source, "id")
            indonesian = tuple(w for w in ways if not unsupported_words(*_receipt(chosen, w)))
        if given is not None:
            ways = self._ways(chosen, given.target, "en")
            english = tuple(w for w in ways if not unsupported(*_receipt(chosen, w)))
        return _Candidate(chosen, given, english, indonesian)

    def _ways(self, chosen: _Chosen, text: str, language: Literal["en", "id"]) -> list[Worded]:
        """How a bullet may be put, the longest first; last as it is, should the others fail the
        checks."""
        ways = [chosen.worded(text, language)]
        if self._wishes.words is not None or self._wishes.characters is not None:
            ways.append(chosen.worded(text, language, _SHORTEST))
        if all(way.text != text for way in ways):
            ways.append(Worded(text))
        return ways

    def _english(self, some: Sequence[_Chosen], *, first: bool) -> list[Given | None]:
        """The English of some sentences, and with the first of them that of the headline."""
        if self._wishes.language == "id":
            return [None] * len(some)
        asked = {one.place: (one.source, one.block) for one in some}
        title = _headline(self._articles)
        if first and title is not None:
            asked[0, title.id] = title.source, title
        for place, (source, block) in asked.items():
            alone = block is title and len(block.sentences) == 1
            found = self._known.get((0, block.sentences[0].id) if alone else place)
            if found is not None:
                self._texts[place] = found
                self.corrected += found.corrected
            elif block.is_english:
                self._texts[place] = Given(source, ())
        missing = {place: one for place, one in asked.items() if place not in self._texts}
        self._translate(missing, title)
        return [self._texts[one.place] for one in some]

    def _translate(self, asked: Mapping[Place, tuple[str, Block]], title: Block | None) -> None:
        made, reused = self._pipeline.translate_sentences(
            [source for source, _ in asked.values()],
            self._ticket,
            deterministic=self._deterministic,
            glossary=self._glossary,
            headlines={n for n, (_, block) in enumerate(asked.values()) if block is title},
        )
        for place, (text, flags), was in zip(asked, made, reused, strict=True):
            self._texts[place] = Given(text, flags)
            if "failed" in flags:
                self.failed += 1
            elif was:
                self.reused += 1
            else:
                self.translated += 1


def _story(articles: Sequence[Article], *, translated: bool) -> Iterator[_Chosen]:
    """The sentences that can stand as a bullet; not what must stay untranslated."""
    for number, article in enumerate(articles):
        blocks = [block for block in article.blocks if block.kind in _STORY]
        rows = [(n, sentence) for n, block in enumerate(blocks) for sentence in block.sentences]
        sentences = [(n, " ".join(sentence.source.split())) for n, sentence in rows]
        ids = [sentence.id for _, sentence in rows]
        staying = {
            block.sentences[place].id
            for block in blocks
            for place in (kept(block) if translated else ())
        }
        day = day_of(article.published)
        for index, (n, sentence) in enumerate(rows):
            if sentence.id not in staying:
                yield _Chosen(number, blocks[n], sentence, sentences, ids, index, day)


def _standing_alone(order: Sequence[_Chosen], count: int) -> list[_Chosen]:
    """The best first, but those that nobody understands alone after the others."""
    first: list[_Chosen] = []
    later: list[_Chosen] = []
    for chosen in order:
        # No more have to be looked at than can be tried.
        look = len(first) < count + _SPARE
        alone = not look or not chosen.worded(chosen.source, "id").unresolved
        (first if alone else later).append(chosen)
    enough = first[: count + _SPARE]
    return enough + later + first[len(enough) :]


def _headline(articles: Sequence[Article]) -> Block | None:
    blocks = articles[0].blocks if articles else ()
    return next((block for block in blocks if block.kind is Kind.HEADLINE), None)


def _receipt(chosen: _Chosen, way: Worded) -> tuple[list[str], str, tuple[str, ...]]:
    """What a wording is checked against: its sentences, its text, and what was worked out."""
    sources = [chosen.source]
    if way.witness is not None:
        sources.append(chosen.sentences[way.witness][1])
    return sources, way.text, way.added


def _source(chosen: _Chosen, given: Given | None) -> Source:
    target = None if given is None else given.target
    return Source(chosen.article, chosen.sentence.id, chosen.sentence.source, target)


def _bullets(candidates: Sequence[_Candidate], wishes: Wishes) -> tuple[Bullet, ...]:
    """Those that fit into the room there is, in the order of their articles."""
    texts = [[way.text for way in one.wordings(wishes.language)] for one in candidates]
    choices = fit(texts, wishes.slot)
    other: dict[int, Worded] = {}
    if wishes.language == "both":
        # In Indonesian they have the same room, and none comes in one language alone.
        fitting = [choice.candidate for choice in choices]
        for choice in fit(
            [[way.text for way in candidates[n].indonesian] for n in fitting], wishes.slot
        ):
            n = fitting[choice.candidate]
            other[n] = candidates[n].indonesian[choice.wording]
        choices = [choice for choice in choices if choice.candidate in other]
    made = [
        (
            candidates[choice.candidate].chosen,
            _bullet(
                candidates[choice.candidate],
                candidates[choice.candidate].wordings(wishes.language)[choice.wording],
                other.get(choice.candidate),
            ),
        )
        for choice in choices
    ]
    if len({chosen.article for chosen, _ in made}) == 1:
        made.sort(key=lambda pair: pair[0].index)
    return tuple(bullet for _, bullet in made)


def _bullet(candidate: _Candidate, way: Worded, indonesian: Worded | None) -> Bullet:
    chosen = candidate.chosen
    sources = [_source(chosen, candidate.given)]
    witnesses = {w.witness for w in (way, indonesian) if w is not None and w.witness is not None}
    sources += [
        Source(chosen.article, chosen.ids[n], chosen.sentences[n][1], None)
        for n in sorted(witnesses)
    ]
    facts: tuple[Fact, ...] = ()
    if candidate.given is not None:
        facts = facts_of(*_receipt(chosen, way))
    return Bullet(
        text=way.text,
        sources=tuple(sources),
        indonesian=None if indonesian is None else indonesian.text,
        changed=way.changed,
        added=way.added,
        facts=facts,
        flags=candidate.flags,
    )
