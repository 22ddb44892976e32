"""The main path: one article, from its sentences to its English.

    prepare -> look up -> batch -> translate -> check -> apply terms -> assemble

`service.documents` reads articles before; `service.translation.sentences` looks sentences up and
translates and checks those that are new. Corrected sentences are not translated. No sentence is
dropped: each source has one result, by index, and a source that cannot be translated comes out
unchanged, with a flag.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from models.engine import DecodingOptions, Hypothesis
from models.errors import EngineFailed
from service.article import Article, Block, Kind, Sentence, join_sentences
from service.checks.checked import Checked
from service.checks.compare import facts_of
from service.corrections.corrections import NO_EDITS, Edits
from service.glossary.apply import Applied, LinkWords, Passage, apply_glossary
from service.glossary.registry import NONE
from service.glossary.terms import Glossary
from service.scheduling.request import RequestContext
from service.scheduling.sentence_cache import PIPELINE_VERSION
from service.text.language import identify_english
from service.text.pieces import split_long
from service.translation.guards import CheckedOutcome
from service.translation.markup import place_marks
from service.translation.preparation import (
    model_input,
    prepare,
    segmented,
    translatable,
    untranslated,
    with_corrections,
)
from service.translation.records import Translation
from service.translation.sentence_result import SentenceResult, sentence_result
from service.translation.sentences import Sentences

# Blocks in which no short form is explained.
_HEADLINES = {Kind.HEADLINE, Kind.DECK, Kind.SUBHEADING}

# Separators mean the opposite in English: 1.240 is 1,240 there.
_FIGURES = re.compile(r"\d[.,]\d")

# Called with the number of sentences that are done, and of all sentences.
Progress = Callable[[int, int], None]

# Finds the corrections of a segmented article.
EditsOf = Callable[[Article], Edits]


@dataclass(frozen=True, slots=True)
class Request:
    """The wishes and the state of one caller that every step needs."""

    options: DecodingOptions
    context: RequestContext
    glossary: Glossary = NONE
    progress: Progress | None = None


class Pipeline:
    """Translates articles with one engine and one set of decoding options."""

    def __init__(
        self, sentences: Sentences, options: DecodingOptions, link: LinkWords | None = None
    ) -> None:
        """`link` finds the words for which a missing term is put in."""
        self.sentences = sentences
        self.options = options
        self._link = link

    def signature(
        self, deterministic: bool = False, glossary: Glossary = NONE
    ) -> dict[str, object]:
        """Return how a result is made: enough to make it again, and a part of its id."""
        return {
            **self.sentences.translator.signature,
            "decoding": self._options(deterministic).as_signature(),
            "glossary": glossary.hash if glossary.terms else None,
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
        edits: Edits = NO_EDITS,
    ) -> Translation:
        """Translate an article; `edits` are the corrections of its sentences, by sentence id.

        Raises `EngineFailed` where the engine can translate none of it, and `Gone` or `TimedOut`
        where the request is not wanted any more. A sentence that fails alone comes out unchanged,
        with a flag.
        """
        began = time.perf_counter()
        article = with_corrections(prepare(article), edits)
        prepared_at = time.perf_counter()
        request = self._request(context, deterministic, glossary, progress)
        return self._translate(article, request, (began, prepared_at))

    def translate_lines(
        self,
        lines: Sequence[str],
        progress: Progress | None = None,
        glossary: Glossary = NONE,
        edits_of: EditsOf = lambda article: NO_EDITS,
    ) -> tuple[list[str], list[tuple[int, tuple[str, ...]]]]:
        """Return one line of English for each line, by index; a blank line stays blank.

        A line may hold several sentences. No line is taken for a headline or furniture, no short
        form is explained, and a line that is surely English stays. The second list has the
        numbers of the lines with flags, from 1, and those flags.
        """
        began = time.perf_counter()
        blocks = tuple(
            Block(id=f"b{number}", kind=Kind.PARAGRAPH, source=line, separator="\n")
            for number, line in enumerate(lines, start=1)
        )
        article = segmented(identify_english(Article(blocks)))
        article = with_corrections(article, edits_of(article))
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
        """Translate sentences without an article; `headlines` are indexes of headlines.

        Corrections are not applied. Raises as `translate` does.
        """
        request = self._request(context, deterministic, glossary, None)
        running = [n not in headlines for n in range(len(sources))]
        return self._results(sources, running, request)

    def _translate(
        self,
        article: Article,
        request: Request,
        times: tuple[float, float],
        *,
        explain: bool = True,
    ) -> Translation:
        """Translate a prepared article; `times` are those before and after its preparation."""
        began, prepared_at = times
        places = list(translatable(article))
        sources = [article.blocks[b].sentences[s].source for b, s in places]
        running = [explain and article.blocks[b].kind not in _HEADLINES for b, _ in places]
        results = self._results(sources, running, request)
        translated_at = time.perf_counter()
        failed = sum(result.failed for result in results)
        reused = sum(result.reused for result in results)
        return Translation(
            article=place_marks(_assembled(article, dict(zip(places, results, strict=True)))),
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
        self, sources: Sequence[str], running: Sequence[bool], request: Request
    ) -> list[SentenceResult]:
        """Translate the sentences of an article, in order; `running` marks running text."""
        parts = self._parts(sources)
        outcomes, known = self._outcomes(parts, request)
        applied = self._apply_terms(sources, parts, outcomes, running, request)
        return [
            replace(sentence_result(source, of, found, terms), reused=reused)
            for source, of, found, terms, reused in zip(
                sources, parts, outcomes, applied, known, strict=True
            )
        ]

    def _parts(self, sources: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the model's input for each sentence, in parts where it is too long."""
        translator = self.sentences.translator
        inputs = [model_input(source) for source in sources]
        limit = translator.max_source_tokens
        # A token is a character at least, so most sentences need not be counted.
        suspects = [n for n, text in enumerate(inputs) if len(text.encode()) > limit]
        lengths = translator.count_tokens([inputs[n] for n in suspects])
        parts: list[tuple[str, ...]] = [(text,) for text in inputs]
        for n, length in zip(suspects, lengths, strict=True):
            if length > limit:
                spans = split_long(inputs[n], limit, translator.count_tokens)
                parts[n] = tuple(inputs[n][start:end] for start, end in spans)
        return parts

    def _outcomes(
        self, parts: Sequence[tuple[str, ...]], request: Request
    ) -> tuple[list[list[CheckedOutcome]], list[bool]]:
        """Return the outcomes of each sentence's parts, and whether all of them were cached."""
        flat = [part for sentence in parts for part in sentence]
        outcomes, known = self.sentences.translate(
            flat, request.options, request.context, _counter(request.progress, len(set(flat)))
        )
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
    ) -> list[Applied | None]:
        """Apply the glossary, by index; None where there is none or no translation."""
        applied: list[Applied | None] = [None] * len(sources)
        if not request.glossary.terms:
            return applied
        passages = {}
        for n, (source, of, found) in enumerate(zip(sources, parts, outcomes, strict=True)):
            texts = [outcome.text for outcome in found if isinstance(outcome, Checked)]
            if len(texts) == len(found) and all(texts):
                whole = len(of) == 1
                checked = found[0] if whole and isinstance(found[0], Checked) else None
                # A sentence in parts is too long to be translated with more words in it.
                prompt = of[0] if whole else None
                passages[n] = Passage(source, " ".join(texts), prompt, running[n], checked)

        def again(prompts: Sequence[str]) -> list[Hypothesis | None]:
            return self._again(prompts, request)

        made = apply_glossary(request.glossary, list(passages.values()), again, self._link)
        for n, one in zip(passages, made, strict=True):
            applied[n] = one
        return applied

    def _again(self, prompts: Sequence[str], request: Request) -> list[Hypothesis | None]:
        """Translate prompts that hold English terms; None where one is too long or failed."""
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


def _counter(progress: Progress | None, total: int) -> Callable[[int], None] | None:
    """Return a function that adds up finished sentences and reports them."""
    if progress is None:
        return None
    done = 0

    def on_done(count: int) -> None:
        nonlocal done
        done += count
        progress(done, total)

    return on_done


def _assembled(article: Article, results: dict[tuple[int, int], SentenceResult]) -> Article:
    """Return the article with targets filled in, by index (block, sentence)."""
    blocks = []
    for b, block in enumerate(article.blocks):
        sentences = tuple(
            _with_result(block, sentence, results.get((b, s)))
            for s, sentence in enumerate(block.sentences)
        )
        english = block.source if block.is_english else join_sentences(block, sentences)[0]
        blocks.append(replace(block, sentences=sentences, target=english))
    return replace(article, blocks=tuple(blocks))


def _with_result(block: Block, sentence: Sentence, result: SentenceResult | None) -> Sentence:
    """Return a sentence with its English: the model's, an editor's, or the source as it is."""
    if result is None and sentence.correction is not None:
        # The editor has the last word: no flags, but the facts.
        target = sentence.correction.target
        return replace(sentence, target=target, facts=facts_of(sentence.source, target))
    if result is None:
        target = untranslated(block, sentence.source)
        # Indonesian separators that stand in the English as they are.
        suspicious = not block.is_english and _FIGURES.search(target)
        return replace(sentence, target=target, flags=("figures",) if suspicious else ())
    return replace(
        sentence,
        target=result.target,
        confidence=result.confidence,
        flags=result.flags,
        facts=result.facts,
        terms=result.terms,
    )
