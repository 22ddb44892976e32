"""Whole results: from a caller's order to the document that answers it, kept and found by id.

The id is sha256 over all that decides a result: what was sent, in which form, what is made of it,
and with which model and options. The same order therefore has the same id on every machine with
the same model, and a result under an id never changes.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from service import metrics
from service.article import Article
from service.corrections.corrections import NO_EDITS, CorrectionStore, Edits
from service.documents.manuscript import Manuscript
from service.errors import Doubtful, InvalidRequest, NotFound
from service.glossary.registry import NONE, GlossaryRegistry
from service.glossary.terms import Glossary, Term
from service.http.schemas.answers import ChangesOut, SummaryOut, TranslationOut
from service.scheduling.request import RequestContext
from service.scheduling.sentence_cache import digest
from service.storage.store import Level, Store
from service.summaries.make import THREE_BULLETS, Given, Summaries, Wishes
from service.text.language import judged, require_indonesian
from service.translation.changes import Said, compare
from service.translation.pipeline import Pipeline, segmented

# Characters of a sentence of news, about.
_SENTENCE = 150

Kind = Literal["translation", "summary"]

# Bytes of documents that are kept in memory, before the store is asked.
_MEMORY = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Order:
    """What a caller wants made of manuscripts, of which a translation has one. A summary has
    `wishes`, and may be of a `translation` that was made, by its id, in place of manuscripts.

    `strict`: refuse what has a flag; `strict_language`: what is not in Indonesian. `glossary` names
    the glossaries that apply (None: the default ones), and `terms` come before them. `previous` is
    the id of the translation of an earlier version.
    """

    kind: Kind
    manuscripts: tuple[Manuscript, ...]
    deterministic: bool = False
    wishes: Wishes = THREE_BULLETS
    translation: str | None = None
    strict_language: bool = False
    strict: bool = False
    glossary: tuple[str, ...] | None = None
    terms: tuple[Term, ...] = ()
    previous: str | None = None

    @property
    def characters(self) -> int:
        """About how many characters are translated: of a summary's article only some."""
        sent = sum(manuscript.characters for manuscript in self.manuscripts)
        if self.kind == "translation":
            return sent
        wishes = self.wishes
        return 0 if wishes.language == "id" else min(sent, (wishes.bullets + 1) * _SENTENCE)


@dataclass(frozen=True, slots=True)
class Document:
    """A result as it is sent again: JSON without its closing brace, so that timings can follow."""

    open_json: bytes
    etag: str

    def timed(self, seconds: float) -> bytes:
        """The answer to a request that took so long."""
        return self.open_json + b',"timings":{"total":%.6f}}' % seconds

    @property
    def untimed(self) -> bytes:
        """The same bytes each time: what the ETag stands for."""
        return self.open_json + b',"timings":{}}'

    @classmethod
    def of(cls, result: TranslationOut | SummaryOut) -> Document:
        """The document that a result leaves behind: told as one that was there already."""
        report = result.report
        asked = report.sentences_translated + report.sentences_reused
        again = result.model_copy(
            update={
                "cached": True,
                "report": report.model_copy(
                    update={"sentences_translated": 0, "sentences_reused": asked}
                ),
            }
        )
        return cls.parse(again.model_dump_json(exclude={"timings"}).encode()[:-1])

    @classmethod
    def parse(cls, open_json: bytes) -> Document:
        return cls(open_json, f'"{hashlib.sha256(open_json).hexdigest()[:32]}"')


class Results:
    """Makes results, keeps them, and finds them again. Safe to use from several threads."""

    def __init__(
        self,
        pipeline: Pipeline,
        summaries: Summaries,
        store: Store | None,
        registry: GlossaryRegistry | None = None,
        memory: CorrectionStore | None = None,
    ) -> None:
        self._pipeline, self._summaries, self._store = pipeline, summaries, store
        self._registry = registry
        self._corrections = memory
        self._lock = threading.Lock()
        self._memory: OrderedDict[bytes, Document] = OrderedDict()
        self._bytes = 0

    def id(self, order: Order) -> str:
        """The id of the result, before there is one. Where there are corrections the articles are
        read for it, to see which of them are of their sentences.

        Raises as `GlossaryRegistry.choose`, `CorrectionStore.edits` and `Manuscript.read` do.
        """
        articles = [one.read() for one in order.manuscripts] if self._corrected else []
        edits = [self._edits(article) for article in articles]
        return self._id(order, self._glossary(order), edits)

    def _glossary(self, order: Order) -> Glossary:
        return (
            NONE if self._registry is None else self._registry.choose(order.glossary, order.terms)
        )

    def _edits(self, article: Article) -> Edits:
        if not self._corrected:
            return NO_EDITS
        assert self._corrections is not None
        return self._corrections.edits(segmented(article))

    @property
    def _corrected(self) -> bool:
        """Whether there are corrections: else no article has to be read or segmented for them."""
        return self._corrections is not None and bool(self._corrections.version)

    def _id(self, order: Order, glossary: Glossary, edits: Sequence[Edits]) -> str:
        if order.kind == "summary":
            signature = self._summaries.signature(order.wishes, order.deterministic, glossary)
        else:
            signature = self._pipeline.signature(order.deterministic, glossary)
        # A result that was made without these conditions must not answer one with them.
        conditions: list[object] = ["strict_language"] * order.strict_language
        conditions += ["strict"] * order.strict
        for name in ("previous", "translation"):
            if (named := getattr(order, name)) is not None:
                conditions.append([name, named])
        if any(edits):
            used = [{id: edit.id for id, edit in article.items()} for article in edits]
            conditions.append(["edits", used])
        contents = [manuscript.content for manuscript in order.manuscripts]
        return digest([order.kind, signature, contents, *conditions]).hex()

    def make(self, order: Order, context: RequestContext) -> TranslationOut | SummaryOut:
        """Make a result, and keep it unless the engine failed on a part of it.

        Raises as `id` and `Pipeline.translate` do, `WrongLanguage` and `Doubtful` where those were
        asked for, and `InvalidRequest` where a translation that is named is not there.
        """
        glossary = self._glossary(order)
        articles = [manuscript.read() for manuscript in order.manuscripts]
        edits = [self._edits(article) for article in articles]
        id = self._id(order, glossary, edits)
        if order.strict_language:
            for article in articles:
                require_indonesian(judged(article))
        result: TranslationOut | SummaryOut
        if order.kind == "summary":
            result = self._summary(order, id, articles, edits, glossary, context)
        else:
            result = self._translation(order, id, articles[0], edits[0], glossary, context)
        if order.strict and (flagged := result.flagged):
            raise Doubtful(
                f"there are flags on {', '.join(flagged)}: see them in the result, which is "
                f"attached, and compare those with the source",
                result,
            )
        if self._store is not None and not result.report.sentences_failed:
            document = Document.of(result)
            key = _key(order.kind, id)
            self._store.put(Level.RESULT, {key: zlib.compress(document.open_json, 1)})
            # Another process may have been first, and the first stands.
            self._remember(key, self._kept(key) or document)
        return result

    def _translation(
        self,
        order: Order,
        id: str,
        article: Article,
        edits: Edits,
        glossary: Glossary,
        context: RequestContext,
    ) -> TranslationOut:
        previous = None if order.previous is None else self._before(order.previous)
        result = TranslationOut.of(
            self._pipeline.translate(
                article,
                context,
                context.progress,
                deterministic=order.deterministic,
                glossary=glossary,
                edits=edits,
            ),
            id,
        )
        if previous is not None and order.previous is not None:
            now = [Said(s.id, s.source, s.target) for s in result.sentences]
            result.changes = ChangesOut.of(order.previous, compare(previous, now))
        return result

    def _summary(
        self,
        order: Order,
        id: str,
        articles: list[Article],
        edits: Sequence[Edits],
        glossary: Glossary,
        context: RequestContext,
    ) -> SummaryOut:
        known = {
            (number, sentence): Given(edit.target, (), corrected=True)
            for number, found in enumerate(edits)
            for sentence, edit in found.items()
        }
        if order.translation is not None:
            made = self._named(order.translation)
            articles = [made.article()]
            known = {
                (0, sentence.id): Given(
                    sentence.target, tuple(sentence.flags), sentence.correction is not None
                )
                for sentence in made.sentences
            }
        return SummaryOut.of(
            self._summaries.summarize(
                articles,
                order.wishes,
                context,
                deterministic=order.deterministic,
                glossary=glossary,
                known=known,
            ),
            id,
        )

    def sentence(self, id: str, sentence: str) -> tuple[Said, str]:
        """A sentence of a translation that was made before, and the source of the one before it
        (empty at the beginning). Raises `NotFound`."""
        context = ""
        for said in self._sentences(id):
            if said.id == sentence:
                return said, context
            context = said.source
        raise NotFound(
            f"the translation {id} has no sentence {sentence!r}: `blocks` lists the ids of its "
            f"sentences, such as b1.1"
        )

    def _before(self, id: str) -> list[Said]:
        try:
            return self._sentences(id)
        except NotFound as error:
            raise InvalidRequest(f"`previous`: {error.detail}; or leave it out") from error

    def _named(self, id: str) -> TranslationOut:
        try:
            return self._made(id)
        except NotFound as error:
            raise InvalidRequest(f"`translation`: {error.detail}") from error

    def _sentences(self, id: str) -> list[Said]:
        return [Said(s.id, s.source, s.target) for s in self._made(id).sentences]

    def _made(self, id: str) -> TranslationOut:
        document = self.remembered("translation", id) or self.stored("translation", id)
        if document is None:
            raise NotFound(
                f"there is no translation {id} here (any more): post its article again, and take "
                f"the id that the answer has"
            )
        return TranslationOut.model_validate_json(document.untimed)

    def remembered(self, kind: Kind, id: str) -> Document | None:
        """What is in memory: without waiting for anything."""
        key = _key(kind, id)
        with self._lock:
            document = self._memory.get(key)
            if document is not None:
                self._memory.move_to_end(key)
                metrics.CACHE_HITS.labels("memory").inc()
        return document

    def stored(self, kind: Kind, id: str) -> Document | None:
        """What is in the store; takes as long as that takes."""
        if self._store is None:
            return None
        key = _key(kind, id)
        document = self._kept(key)
        counter = metrics.CACHE_MISSES if document is None else metrics.CACHE_HITS
        counter.labels(Level.RESULT.value).inc()
        if document is not None:
            self._remember(key, document)
        return document

    def _kept(self, key: bytes) -> Document | None:
        assert self._store is not None
        value = self._store.get(Level.RESULT, [key]).get(key)
        try:
            return None if value is None else Document.parse(zlib.decompress(value))
        except zlib.error:  # nobody of ours wrote that
            return None

    def _remember(self, key: bytes, document: Document) -> None:
        with self._lock:
            if key in self._memory:
                return
            self._memory[key] = document
            self._bytes += len(document.open_json)
            while self._bytes > _MEMORY:
                _, oldest = self._memory.popitem(last=False)
                self._bytes -= len(oldest.open_json)


def _key(kind: Kind, id: str) -> bytes:
    """Of the store: a summary is not found under a translation's id."""
    return hashlib.sha256(f"{kind} {id}".encode()).digest()
