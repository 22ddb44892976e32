"""The main path: one article, from its sentences to its English.

    prepare -> look up -> batch -> translate -> check -> apply terms -> assemble

`service.documents` has read the article. `service.translation.sentences` looks sentences up, and
translates and checks new ones. Corrected sentences are not translated. Each source has one result,
by index. A source that cannot be translated stays unchanged and gets a flag.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from models.engine import DecodingOptions, Hypothesis
from models.errors import EngineFailed
from service.article import Article, Block, Kind
from service.checks.checked import Checked
from service.corrections.store import NO_CORRECTIONS, SentenceCorrections
from service.glossary.apply import GlossaryResult, LinkWords, TranslatedSentence, apply_glossary
from service.glossary.registry import NONE
from service.glossary.terms import Glossary
from service.scheduling.request import RequestContext
from service.storage.sentence_cache import PIPELINE_VERSION
from service.text.language import identify_english
from service.text.pieces import split_long
from service.translation.assembly import assemble
from service.translation.drafts import Draft, Tracker
from service.translation.guards import CheckedOutcome
from service.translation.hints import dictionary
from service.translation.markup import place_marks
from service.translation.preparation import (
    model_input,
    prepare,
    segmented,
    translatable,
    with_corrections,
)
from service.translation.records import Translation
from service.translation.sentence_result import SentenceResult, sentence_result
from service.translation.sentences import Sentences

# Blocks in which the glossary explains no short form.
_HEADLINES = {Kind.HEADLINE, Kind.DECK, Kind.SUBHEADING}

# Called with the numbers of finished and of all sentences.
Progress = Callable[[int, int], None]

# Finds the corrections of a segmented article.
FindCorrections = Callable[[Article], SentenceCorrections]


@dataclass(frozen=True, slots=True)
class Request:
    """The options and the context of one caller, for every step."""

    options: DecodingOptions
    context: RequestContext
    glossary: Glossary = NONE
    progress: Progress | None = None


class Pipeline:
    """Translates articles with one engine and one set of decoding options."""

    def __init__(
        self, sentences: Sentences, options: DecodingOptions, link: LinkWords | None = None
    ) -> None:
        """`link` finds the words that a missing term replaces."""
        self.sentences = sentences
        self.options = options
        self._link = link

    def signature(
        self, deterministic: bool = False, glossary: Glossary = NONE
    ) -> dict[str, object]:
        """Return everything apart from the source that decides a result.

        It is a part of the id of the result.
        """
        return {
            **self.sentences.translator.signature,
            "decoding": self._options(deterministic).as_signature(),
            "glossary": glossary.hash if glossary.terms else None,
            "dictionary": dictionary().hash if self.sentences.hinted else None,
            "pipeline": PIPELINE_VERSION,
        }

    def translate(
        self,
        article: Article,
        context: RequestContext | None = None,
        progress: Progress | None = None,
        *,
        deterministic: bool = False,
        glossary: Glossary = NONE,
        corrections: SentenceCorrections = NO_CORRECTIONS,
    ) -> Translation:
        """Translate an article; `corrections` are by sentence id.

        The context's events are the prepared article and a `Draft` for each sentence. Raises
        `EngineFailed` if the engine fails on every sentence, `Gone` if the request is cancelled,
        and `TimedOut` after its deadline. A sentence that fails alone stays unchanged and gets a
        flag.
        """
        began = time.perf_counter()
        article = with_corrections(prepare(article), corrections)
        prepared_at = time.perf_counter()
        request = self._request(context, deterministic, glossary, progress)
        return self._translate(article, request, (began, prepared_at))

    def translate_lines(
        self,
        lines: Sequence[str],
        progress: Progress | None = None,
        glossary: Glossary = NONE,
        find_corrections: FindCorrections = lambda article: NO_CORRECTIONS,
    ) -> tuple[list[str], list[tuple[int, tuple[str, ...]]]]:
        """Return one line of English for each line; a blank one stays blank.

        A line may hold several sentences. Every line is a paragraph, and no short form is
        explained. A line that is certainly English stays. The second list has the numbers of the
        lines with flags, from 1, and those flags.
        """
        began = time.perf_counter()
        blocks = tuple(
            Block(id=f"b{number}", kind=Kind.PARAGRAPH, source=line, separator="\n")
            for number, line in enumerate(lines, start=1)
        )
        article = segmented(identify_english(Article(blocks)))
        article = with_corrections(article, find_corrections(article))
        request = self._request(None, False, glossary, progress)
        times = began, time.perf_counter()
        translated = self._translate(article, request, times, explain=False).article.blocks
        flagged = [
            (number, flags)
            for number, block in enumerate(translated, start=1)
            if (flags := tuple(flag for s in block.sentences for flag in s.flags))
        ]
        return [" ".join(block.target.split()) for block in translated], flagged

    def translate_sentences(
        self,
        sources: Sequence[str],
        context: RequestContext | None = None,
        *,
        deterministic: bool = False,
        glossary: Glossary = NONE,
        headlines: Collection[int] = (),
    ) -> list[SentenceResult]:
        """Translate sentences without an article; `headlines` are indexes.

        Corrections are not applied. Raises the errors of `translate`.
        """
        request = self._request(context, deterministic, glossary, None)
        running = [n not in headlines for n in range(len(sources))]
        return self._results(sources, running, request)

    def untranslated(self, article: Article) -> tuple[list[str], int]:
        """Return the sentences that a model would translate, and how many are cached.

        The article is prepared, and has its corrections.
        """
        sources = [article.blocks[b].sentences[s].source for b, s in translatable(article)]
        parts = [part for sentence in self._parts(sources) for part in sentence]
        return sources, min(len(sources), self.sentences.cached(parts, self._options(False)))

    def _translate(
        self,
        article: Article,
        request: Request,
        times: tuple[float, float],
        *,
        explain: bool = True,
    ) -> Translation:
        """Translate a prepared article.

        `times` are from before and after its preparation.
        """
        began, prepared_at = times
        places = list(translatable(article))
        sources = [article.blocks[b].sentences[s].source for b, s in places]
        running = [explain and article.blocks[b].kind not in _HEADLINES for b, _ in places]
        ids = [article.blocks[b].sentences[s].id for b, s in places]
        request.context.events.add(article)
        results = self._results(sources, running, request, ids)
        translated_at = time.perf_counter()
        failed = sum(result.failed for result in results)
        reused = sum(result.reused for result in results)
        return Translation(
            article=place_marks(assemble(article, dict(zip(places, results, strict=True)))),
            signature=self.signature(request.options.deterministic, request.glossary),
            sentences_translated=len(results) - reused - failed,
            sentences_reused=reused,
            sentences_failed=failed,
            sentences_corrected=sum(
                sentence.correction is not None
                for block in article.blocks
                for sentence in block.sentences
            ),
            seconds={
                "segment": prepared_at - began,
                "translate": translated_at - prepared_at,
                "total": time.perf_counter() - began,
            },
        )

    def _results(
        self,
        sources: Sequence[str],
        running: Sequence[bool],
        request: Request,
        ids: Sequence[str] = (),
    ) -> list[SentenceResult]:
        """Translate sentences, by index; `running` is false in headlines.

        With `ids`, the drafts of the sentences are events of the request.
        """
        parts = self._parts(sources)

        def on_sentence(n: int, outcomes: tuple[CheckedOutcome, ...]) -> None:
            request.context.events.add(Draft(ids[n], sources[n], parts[n], outcomes))

        tracker = Tracker(parts, request.progress, on_sentence if ids else None)
        outcomes, known = self._outcomes(parts, request, tracker)
        applied = self._apply_terms(sources, parts, outcomes, running, request)
        return [
            replace(sentence_result(source, of, found, terms), reused=reused)
            for source, of, found, terms, reused in zip(
                sources, parts, outcomes, applied, known, strict=True
            )
        ]

    def _parts(self, sources: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the model's input for each sentence, in parts if it is too long."""
        translator = self.sentences.translator
        inputs = [model_input(source) for source in sources]
        limit = translator.max_source_tokens
        # A token has at least one byte, so most sentences need no count.
        long = [n for n, text in enumerate(inputs) if len(text.encode()) > limit]
        lengths = translator.count_tokens([inputs[n] for n in long])
        parts: list[tuple[str, ...]] = [(text,) for text in inputs]
        for n, length in zip(long, lengths, strict=True):
            if length > limit:
                spans = split_long(inputs[n], limit, translator.count_tokens)
                parts[n] = tuple(inputs[n][start:end] for start, end in spans)
        return parts

    def _outcomes(
        self, parts: Sequence[tuple[str, ...]], request: Request, tracker: Tracker
    ) -> tuple[list[list[CheckedOutcome]], list[bool]]:
        """Return the outcomes of each sentence's parts; whether all were cached."""
        flat = [part for sentence in parts for part in sentence]
        outcomes, known = self.sentences.translate(flat, request.options, request.context, tracker)
        failures = [outcome for outcome in outcomes if isinstance(outcome, EngineFailed)]
        if failures and len(failures) == len(outcomes):
            raise failures[0]
        found, reused, at = [], [], 0
        for sentence in parts:
            end = at + len(sentence)
            found.append(outcomes[at:end])
            reused.append(all(known[at:end]))
            at = end
        return found, reused

    def _apply_terms(
        self,
        sources: Sequence[str],
        parts: Sequence[tuple[str, ...]],
        outcomes: Sequence[Sequence[CheckedOutcome]],
        running: Sequence[bool],
        request: Request,
    ) -> list[GlossaryResult | None]:
        """Apply the glossary, by index; None without a glossary or a translation."""
        applied: list[GlossaryResult | None] = [None] * len(sources)
        if not request.glossary.terms:
            return applied
        translated = {}
        for n, (source, of, found) in enumerate(zip(sources, parts, outcomes, strict=True)):
            texts = [outcome.text for outcome in found if isinstance(outcome, Checked)]
            if len(texts) == len(found) and all(texts):
                whole = len(of) == 1
                checked = found[0] if whole and isinstance(found[0], Checked) else None
                # A sentence in parts is too long to translate with terms in it.
                prompt = of[0] if whole else None
                translated[n] = TranslatedSentence(
                    source, " ".join(texts), prompt, running[n], checked
                )

        def retranslate(prompts: Sequence[str]) -> list[Hypothesis | None]:
            return self._retranslate(prompts, request)

        results = apply_glossary(
            request.glossary, list(translated.values()), retranslate, self._link
        )
        for n, result in zip(translated, results, strict=True):
            applied[n] = result
        return applied

    def _retranslate(self, prompts: Sequence[str], request: Request) -> list[Hypothesis | None]:
        """Translate prompts with English terms; None if one is too long or failed."""
        translator = self.sentences.translator
        limit = translator.max_source_tokens
        lengths = translator.count_tokens(prompts)
        fitting = [n for n, length in enumerate(lengths) if length <= limit]
        outcomes, _ = self.sentences.translate(
            [prompts[n] for n in fitting], request.options, request.context
        )
        found: list[Hypothesis | None] = [None] * len(prompts)
        for n, outcome in zip(fitting, outcomes, strict=True):
            if isinstance(outcome, Checked):
                found[n] = outcome.hypothesis
        return found

    def _request(
        self,
        context: RequestContext | None,
        deterministic: bool,
        glossary: Glossary,
        progress: Progress | None,
    ) -> Request:
        return Request(
            self._options(deterministic), context or RequestContext(), glossary, progress
        )

    def _options(self, deterministic: bool) -> DecodingOptions:
        return replace(self.options, deterministic=deterministic or self.options.deterministic)
