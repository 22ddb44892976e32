"""The one way to a result: look it up, or make it once and keep it.

The id of a result is sha256 over all that decides it: the text that was sent, the kind of result,
the model and the options. The same order therefore has the same id on every machine with the same
model, and a result under an id never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from service.article import Article
from service.corrections.corrections import NO_EDITS, CorrectionStore, Edits
from service.errors import Doubtful, InvalidRequest, NotFound
from service.glossary.registry import NONE, GlossaryRegistry
from service.glossary.terms import Glossary
from service.results.answers import ChangesOut, SummaryOut, TranslationOut
from service.results.changes import Said, compare
from service.results.document import Document, DocumentCache
from service.results.order import Kind, Order
from service.scheduling.request import RequestContext
from service.scheduling.sentence_cache import digest
from service.scheduling.single_flight import Flight, Pending, SingleFlight
from service.storage.store import Store
from service.summaries.make import Summaries
from service.summaries.records import Given
from service.text.language import require_indonesian
from service.translation.pipeline import Pipeline
from service.translation.preparation import prepare

# Called with the work of a new flight, to run it in some thread.
Start = Callable[[Callable[[], None], RequestContext], None]


def run_here(work: Callable[[], None], context: RequestContext) -> None:
    """Run the work in the caller's own thread."""
    work()


@dataclass(slots=True)
class Prepared:
    """An order with all that its id depends on; its articles are read and segmented once."""

    order: Order
    glossary: Glossary
    edits: Sequence[Edits]
    id: str = ""
    read: list[Article] | None = None

    def articles(self) -> list[Article]:
        """Return the articles in sentences. Raises `UnreadableHtml`."""
        if self.read is None:
            self.read = [prepare(manuscript.read()) for manuscript in self.order.manuscripts]
        return self.read


class Results:
    """Makes results, keeps them, and finds them again. Safe to use from several threads."""

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
        """Return the id of a result, and its document as it comes.

        An equal order of the same lane that is being made is joined; else `start` runs the work.
        Raises as `GlossaryRegistry.choose`, `CorrectionStore.edits`, `Manuscript.read` and `start`
        do. The document raises as `Pipeline.translate` does, `WrongLanguage` and `Doubtful` where
        the order asks for strictness, and `InvalidRequest` where it names a translation that is
        not there.
        """
        prepared = self._prepared(order)
        document = self._documents.find(order.kind, prepared.id)
        if document is not None:
            found: Future[Document] = Future()
            found.set_result(document)
            return prepared.id, Pending(found)

        def begin(flight: Flight[Document]) -> None:
            start(partial(flight.run, partial(self._make, prepared)), flight.context)

        return prepared.id, self._flights.join((prepared.id, context.lane), context, begin)

    def result(self, order: Order, context: RequestContext) -> Document:
        """Return the document of an order, made in this thread. Raises as `get_or_make` does."""
        _, pending = self.get_or_make(order, context)
        return pending.result(context)

    def remembered(self, kind: Kind, id: str) -> Document | None:
        """Return a document from memory, without waiting for anything."""
        return self._documents.remembered(kind, id)

    def find(self, kind: Kind, id: str) -> Document:
        """Return a document that was made before. Raises `NotFound`."""
        document = self._documents.find(kind, id)
        if document is None:
            raise NotFound(
                f"there is no {kind} {id} here (any more): post its article again, which gives it "
                f"the same id"
            )
        return document

    def sentence(self, id: str, sentence: str) -> tuple[Said, str]:
        """Return a sentence of an earlier translation, and the source of the one before it (empty
        at the beginning). Raises `NotFound`."""
        context = ""
        for said in self._sentences(id):
            if said.id == sentence:
                return said, context
            context = said.source
        raise NotFound(
            f"the translation {id} has no sentence {sentence!r}: `blocks` lists the ids of its "
            f"sentences, such as b1.1"
        )

    @property
    def waiting(self) -> int:
        """The number of callers who wait for a result that is being made."""
        return self._flights.waiting

    def close(self) -> None:
        """Tell all work that runs to stop."""
        self._flights.cancel()

    def _prepared(self, order: Order) -> Prepared:
        glossary = NONE
        if self._registry is not None:
            glossary = self._registry.choose(order.glossary, order.terms)
        prepared = Prepared(order, glossary, [NO_EDITS] * len(order.manuscripts))
        # Without corrections no article has to be read for the id.
        if self._corrections is not None and self._corrections.version:
            prepared.edits = [self._corrections.edits(one) for one in prepared.articles()]
        prepared.id = self._id(prepared)
        return prepared

    def _id(self, prepared: Prepared) -> str:
        order, glossary = prepared.order, prepared.glossary
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
        if any(prepared.edits):
            used = [{id: edit.id for id, edit in article.items()} for article in prepared.edits]
            conditions.append(["edits", used])
        contents = [manuscript.content for manuscript in order.manuscripts]
        return digest([order.kind, signature, contents, *conditions]).hex()

    def _make(self, prepared: Prepared, context: RequestContext) -> Document:
        """Make a result, and keep it unless the engine failed on a part of it."""
        order = prepared.order
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
                f"there are flags on {', '.join(flagged)}: see them in the result, which is "
                f"attached, and compare those with the source",
                result,
            )
        document = Document.of(result)
        if not result.report.sentences_failed:
            self._documents.keep(order.kind, prepared.id, document)
        return document

    def _translation(self, prepared: Prepared, context: RequestContext) -> TranslationOut:
        order = prepared.order
        previous = None
        if order.previous is not None:
            previous = [
                Said(s.id, s.source, s.target)
                for s in self._named("previous", order.previous, "; or leave it out").sentences
            ]
        translation = self._pipeline.translate(
            prepared.articles()[0],
            context,
            context.progress,
            deterministic=order.deterministic,
            glossary=prepared.glossary,
            edits=prepared.edits[0],
        )
        result = TranslationOut.of(translation, prepared.id)
        if previous is not None and order.previous is not None:
            now = [Said(s.id, s.source, s.target) for s in result.sentences]
            result.changes = ChangesOut.of(order.previous, compare(previous, now))
        return result

    def _summary(self, prepared: Prepared, context: RequestContext) -> SummaryOut:
        order = prepared.order
        if order.translation is not None:
            made = self._named("translation", order.translation)
            articles = [made.article()]
            known = {
                (0, sentence.id): Given(
                    sentence.target, tuple(sentence.flags), sentence.correction is not None
                )
                for sentence in made.sentences
            }
        else:
            articles = prepared.articles()
            known = {
                (number, sentence): Given(edit.target, (), corrected=True)
                for number, found in enumerate(prepared.edits)
                for sentence, edit in found.items()
            }
        summary = self._summaries.summarize(
            articles,
            order.wishes,
            context,
            deterministic=order.deterministic,
            glossary=prepared.glossary,
            known=known,
        )
        return SummaryOut.of(summary, prepared.id)

    def _named(self, field: str, id: str, advice: str = "") -> TranslationOut:
        """Return a translation that an order names. Raises `InvalidRequest`."""
        try:
            return self._made(id)
        except NotFound as error:
            raise InvalidRequest(f"`{field}`: {error.detail}{advice}") from error

    def _sentences(self, id: str) -> list[Said]:
        return [Said(s.id, s.source, s.target) for s in self._made(id).sentences]

    def _made(self, id: str) -> TranslationOut:
        document = self._documents.find("translation", id)
        if document is None:
            raise NotFound(
                f"there is no translation {id} here (any more): post its article again, and take "
                f"the id that the answer has"
            )
        return document.translation()
