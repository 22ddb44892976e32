"""The lookup and making of results; each is made once and stored.

The id of a result is the SHA-256 of everything that decides it: the text, the kind of result, the
model and the options. The same order has the same id on every machine with the same model. The
result of an id never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from service.article import Article
from service.corrections.store import NO_CORRECTIONS, CorrectionStore, SentenceCorrections
from service.errors import Doubtful, InvalidRequest, NotFound
from service.glossary.registry import NONE, GlossaryRegistry
from service.glossary.terms import Glossary
from service.results.answers import ChangesOut, TranslationOut
from service.results.changes import SentencePair, compare_versions
from service.results.document import Document, DocumentCache
from service.results.order import Kind, Order
from service.results.summary_answers import SummaryOut
from service.scheduling.request import RequestContext
from service.scheduling.single_flight import Flight, Pending, SingleFlight
from service.storage.sentence_cache import digest
from service.storage.store import Store
from service.summaries.records import KnownEnglish
from service.summaries.summaries import Summaries
from service.text.language import require_indonesian
from service.translation.pipeline import Pipeline
from service.translation.preparation import prepare

# Runs the work of a new flight, in any thread.
Start = Callable[[Callable[[], None], RequestContext], None]


def run_here(work: Callable[[], None], context: RequestContext) -> None:
    """Run the work in the caller's thread."""
    work()


@dataclass(slots=True)
class Prepared:
    """An order and everything that decides its id; reads articles once."""

    order: Order
    glossary: Glossary
    corrections: Sequence[SentenceCorrections]
    id: str = ""
    _articles: list[Article] | None = None

    def articles(self) -> list[Article]:
        """Return the segmented articles. Raises `UnreadableHtml` or `FeedSent`."""
        if self._articles is None:
            self._articles = [prepare(manuscript.read()) for manuscript in self.order.manuscripts]
        return self._articles


class Results:
    """Makes, stores and finds results. Thread-safe."""

    def __init__(
        self,
        pipeline: Pipeline,
        summaries: Summaries,
        store: Store | None,
        registry: GlossaryRegistry | None = None,
        corrections: CorrectionStore | None = None,
    ) -> None:
        self._pipeline, self._summaries = pipeline, summaries
        self._registry, self._corrections = registry, corrections
        self._documents = DocumentCache(store)
        self._flights: SingleFlight[Document] = SingleFlight()

    def get_or_make(
        self, order: Order, context: RequestContext, start: Start = run_here
    ) -> tuple[str, Pending[Document]]:
        """Return the id of a result, and its document as a pending result.

        It joins an equal order of the same lane and owner that is in progress; otherwise `start`
        runs the work. Raises the errors of `GlossaryRegistry.choose`, `Manuscript.read`,
        `CorrectionStore.for_article` and `start`. The pending result raises the errors of
        `Pipeline.translate`, `WrongLanguage` and `Doubtful` if the order is strict, and
        `InvalidRequest` if it names an unknown translation.
        """
        prepared = self._prepared(order)
        document = self._documents.find(order.kind, prepared.id, context.owner)
        if document is not None:
            found: Future[Document] = Future()
            found.set_result(document)
            return prepared.id, Pending(found)

        def begin(flight: Flight[Document]) -> None:
            start(partial(flight.run, partial(self._make, prepared)), flight.context)

        key = prepared.id, context.lane, context.owner
        return prepared.id, self._flights.join(key, context, begin)

    def result(self, order: Order, context: RequestContext) -> Document:
        """Return the document of an order, made in this thread.

        Raises the errors of `get_or_make`.
        """
        _, pending = self.get_or_make(order, context)
        return pending.result(context)

    def characters(self, order: Order, owner: str = "") -> int:
        """Return the characters of an order's articles; this may block."""
        if order.translation is not None:
            document = self._documents.find("translation", order.translation, owner)
            if document is not None:
                return sum(len(pair.source) for pair in _pairs(document.translation()))
        return sum(manuscript.characters for manuscript in order.manuscripts)

    def find_in_memory(self, kind: Kind, id: str, owner: str = "") -> Document | None:
        """Return a document from memory, without blocking."""
        return self._documents.find_in_memory(kind, id, owner)

    def find(self, kind: Kind, id: str, owner: str = "") -> Document:
        """Return an owner's earlier document. Raises `NotFound`."""
        document = self._documents.find(kind, id, owner)
        if document is None:
            raise NotFound(
                f"there is no {kind} {id} (any more): post its article again to make it under the "
                f"same id"
            )
        return document

    def share(self, kind: Kind, id: str, owner: str, other: str) -> None:
        """Make an owner's document another's too. Raises `NotFound`."""
        self._documents.put(kind, id, self.find(kind, id, owner), other)

    def sentence(self, id: str, sentence: str, owner: str = "") -> tuple[SentencePair, str]:
        """Return a sentence of an owner's translation, and the source before it.

        The first sentence has an empty one. Raises `NotFound`.
        """
        context = ""
        for pair in _pairs(self._find_translation(id, owner)):
            if pair.id == sentence:
                return pair, context
            context = pair.source
        raise NotFound(
            f"the translation {id} has no sentence {sentence!r}: `blocks` lists the ids of its "
            f"sentences, such as b1.1"
        )

    @property
    def waiting(self) -> int:
        """The number of callers who wait for a result."""
        return self._flights.waiting

    def close(self) -> None:
        """Cancel all running work."""
        self._flights.cancel()

    def _prepared(self, order: Order) -> Prepared:
        glossary = NONE
        if self._registry is not None:
            glossary = self._registry.choose(order.glossary, order.terms)
        prepared = Prepared(order, glossary, [NO_CORRECTIONS] * len(order.manuscripts))
        # Without corrections the id needs no article to be read.
        if self._corrections is not None and self._corrections.version:
            prepared.corrections = [
                self._corrections.for_article(article) for article in prepared.articles()
            ]
        prepared.id = self._id(prepared)
        return prepared

    def _id(self, prepared: Prepared) -> str:
        order, glossary = prepared.order, prepared.glossary
        if order.kind == "summary":
            signature = self._summaries.signature(
                order.bullet_options, order.deterministic, glossary
            )
        else:
            signature = self._pipeline.signature(order.deterministic, glossary)
        # A result without these conditions must not answer an order with them.
        conditions: list[object] = ["strict_language"] * order.strict_language
        conditions += ["strict"] * order.strict
        for name in ("previous", "translation"):
            if (named := getattr(order, name)) is not None:
                conditions.append([name, named])
        if any(prepared.corrections):
            used = [
                {id: correction.id for id, correction in article.items()}
                for article in prepared.corrections
            ]
            conditions.append(["edits", used])
        contents = [manuscript.content for manuscript in order.manuscripts]
        return digest([order.kind, signature, contents, *conditions]).hex()

    def _make(self, prepared: Prepared, context: RequestContext) -> Document:
        """Make a result, and store it unless the engine failed on a sentence."""
        order = prepared.order
        # The work may have ended between the lookup and the flight.
        made = self._documents.find_in_memory(order.kind, prepared.id, context.owner)
        if made is not None:
            return made
        if order.strict_language:
            for article in prepared.articles():
                require_indonesian(article)
        result: TranslationOut | SummaryOut
        if order.kind == "summary":
            result = self._summary(prepared, context)
        else:
            result = self._translation(prepared, context)
        if order.strict and (flagged := result.flagged):
            raise Doubtful(
                f"there are flags on {', '.join(flagged)}: compare them with the source; the "
                f"result is attached",
                result,
            )
        document = Document.of(result)
        if not result.report.sentences_failed:
            self._documents.put(order.kind, prepared.id, document, context.owner)
        return document

    def _translation(self, prepared: Prepared, context: RequestContext) -> TranslationOut:
        order = prepared.order
        previous = None
        if order.previous is not None:
            previous = self._named("previous", order.previous, context.owner, "; or leave it out")
        translation = self._pipeline.translate(
            prepared.articles()[0],
            context,
            context.progress,
            deterministic=order.deterministic,
            glossary=prepared.glossary,
            corrections=prepared.corrections[0],
        )
        result = TranslationOut.of(translation, prepared.id)
        if previous is not None and order.previous is not None:
            changes = compare_versions(_pairs(previous), _pairs(result))
            result.changes = ChangesOut.of(order.previous, changes)
        return result

    def _summary(self, prepared: Prepared, context: RequestContext) -> SummaryOut:
        order = prepared.order
        if order.translation is not None:
            translation = self._named("translation", order.translation, context.owner)
            articles = [translation.article()]
            if order.strict_language:
                require_indonesian(articles[0])
            known = {
                (0, sentence.id): KnownEnglish(
                    sentence.target, tuple(sentence.flags), sentence.correction is not None
                )
                for sentence in translation.sentences
            }
        else:
            articles = prepared.articles()
            known = {
                (number, sentence): KnownEnglish(correction.target, (), corrected=True)
                for number, found in enumerate(prepared.corrections)
                for sentence, correction in found.items()
            }
        summary = self._summaries.summarize(
            articles,
            order.bullet_options,
            context,
            deterministic=order.deterministic,
            glossary=prepared.glossary,
            known_english=known,
        )
        return SummaryOut.of(summary, prepared.id)

    def _named(self, field: str, id: str, owner: str, advice: str = "") -> TranslationOut:
        """Return a translation that an order names. Raises `InvalidRequest`."""
        try:
            return self._find_translation(id, owner)
        except NotFound as error:
            raise InvalidRequest(f"`{field}`: {error.detail}{advice}") from error

    def _find_translation(self, id: str, owner: str) -> TranslationOut:
        document = self._documents.find("translation", id, owner)
        if document is None:
            raise NotFound(
                f"there is no translation {id} (any more): post its article again, and use the "
                f"id in the answer"
            )
        return document.translation()


def _pairs(translation: TranslationOut) -> list[SentencePair]:
    return [SentencePair(s.id, s.source, s.target) for s in translation.sentences]
