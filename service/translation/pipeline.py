"""The main path: one article, from what was read to English with a map of its sentences.

    read -> judge the language -> segment -> look up -> batch -> translate -> check -> assemble

Reading is done by `service.documents` before; looking up and batching are wrappers around the
engine (`service.scheduling.sentence_cache`, `service.scheduling.batcher`). What an editor corrected (`service.corrections`) is not
translated at all. A sentence is never dropped: what goes in comes out,
by index, and what cannot be translated comes out as it went in, with a flag.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from math import exp

from models.engine import DecodingOptions, Hypothesis
from models.errors import EngineFailed
from service.article import Article, Block, Kind, Sentence, joined
from service.checks.compare import ledger
from service.checks.verdict import judge
from service.corrections.corrections import NO_EDITS, Edits
from service.corrections.records import normal
from service.glossary.apply import Align, Applied
from service.glossary.draft import TermUse
from service.glossary.registry import NONE
from service.glossary.step import Asked, GlossaryStep
from service.glossary.terms import Glossary
from service.scheduling.request import RequestContext
from service.scheduling.translator import PIPELINE_VERSION, OnBatch, Outcome, Translator
from service.text.language import judged, judged_lines
from service.text.segmentation import segment, split_long
from service.translation.markup import placed
from service.translation.verbatim import kept, unsplit

# Blocks whose words are names and places: they come through as they are.
_VERBATIM = {Kind.DATELINE, Kind.FURNITURE}

# Blocks in which no short form is explained.
_HEADLINES = {Kind.HEADLINE, Kind.DECK, Kind.SUBHEADING}

_LIST_MARKER = re.compile(
    r"\s*(?:[•●▪◦·]\s*|(?:[-–—*]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+|-(?=[A-Za-z]))"
)
_BYLINE_ENGLISH = {
    "Oleh": "By",
    "Penulis": "Writer",
    "Wartawan": "Reporter",
    "Jurnalis": "Reporter",
    "Kontributor": "Contributor",
    "Redaktur": "Editor",
    "Pewarta": "Reporter",
    "Reporter": "Reporter",
    "Editor": "Editor",
    "Penyunting": "Editor",
}
_BYLINE = re.compile(rf"(\s*)({'|'.join(_BYLINE_ENGLISH)})(\s*:\s*|\s+)(.+)", re.S)

# Separators mean the opposite in English: 1.240 is 1,240 there.
_FIGURES = re.compile(r"\d[.,]\d")


# Finds the corrections of an article that is segmented.
EditsOf = Callable[[Article], Edits]


@dataclass(frozen=True, slots=True)
class Translation:
    """A translated article and how it came about. Times are in seconds."""

    article: Article
    signature: dict[str, object]
    sentences_translated: int
    sentences_reused: int
    sentences_failed: int
    sentences_corrected: int
    seconds: dict[str, float]

    @property
    def text(self) -> str:
        """The English article: blocks in order, parted as they were in the source."""
        text, gap = "", ""
        for block in self.article.blocks:
            if block.kind is Kind.TITLE:
                continue
            if block.kind is not Kind.FURNITURE:
                text += gap + block.target if text else block.target
                gap = block.separator
                if block.kind is Kind.DATELINE and not gap:
                    gap = " "
            elif len(block.separator) > len(gap):
                # What stood around furniture parts the blocks before and after it.
                gap = block.separator
        return text.strip()

    @property
    def headline(self) -> str | None:
        """The English headline, where there is one."""
        return next((b.target for b in self.article.blocks if b.kind is Kind.HEADLINE), None)


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is sent to the translator for one sentence: the sentence, or its parts."""

    block: int
    sentence: int
    parts: tuple[str, ...]


class Pipeline:
    """Translates articles with one translator and one set of options."""

    def __init__(
        self, translator: Translator, options: DecodingOptions, align: Align | None = None
    ) -> None:
        """With `align` the terms of a glossary are put where their translation stands."""
        self.translator = translator
        self.options = options
        self._align = align

    def signature(
        self, deterministic: bool = False, glossary: Glossary = NONE
    ) -> dict[str, object]:
        """How a result is made: enough to make it again, and part of its id."""
        return {
            **self.translator.signature,
            "decoding": self._options(deterministic).as_signature(),
            "glossary": glossary.hash if glossary.terms else None,
            "pipeline": PIPELINE_VERSION,
        }

    def translate(
        self,
        article: Article,
        context: RequestContext | None = None,
        progress: Callable[[int, int], None] | None = None,
        *,
        deterministic: bool = False,
        glossary: Glossary = NONE,
        edits: Edits = NO_EDITS,
    ) -> Translation:
        """Translate an article; `progress` is told (sentences done, all sentences), and `edits`
        are the editors' for its sentences.

        Raises `EngineFailed` where the engine can translate none of it, and what the ticket
        raises; a sentence that alone fails comes out as it went in, with a flag.
        """
        return self._translate(
            judged(article), lambda _: edits, context, progress, deterministic, glossary
        )

    def _translate(
        self,
        article: Article,
        edits_of: EditsOf,
        context: RequestContext | None,
        progress: Callable[[int, int], None] | None,
        deterministic: bool = False,
        glossary: Glossary = NONE,
        *,
        explain: bool = True,
    ) -> Translation:
        began = time.perf_counter()
        article = segmented(article)
        article = _corrected(article, edits_of(article))
        segmented_at = time.perf_counter()
        units = list(self._units(article))
        context = context or RequestContext()
        results, reused = self._run(units, context, progress, deterministic)
        asked = [
            Asked(
                article.blocks[unit.block].sentences[unit.sentence].source,
                unit.parts,
                explain and article.blocks[unit.block].kind not in _HEADLINES,
            )
            for unit in units
        ]
        terms = self._step(glossary, context, deterministic)(asked, results)
        translated_at = time.perf_counter()
        failed = sum(_failed(outcomes) for outcomes in results)
        return Translation(
            article=placed(_assembled(article, units, results, terms)),
            signature=self.signature(deterministic, glossary),
            sentences_translated=reused.count(False) - failed,
            sentences_reused=reused.count(True),
            sentences_failed=failed,
            sentences_corrected=sum(
                sentence.correction is not None
                for block in article.blocks
                for sentence in block.sentences
            ),
            seconds={
                "segment": segmented_at - began,
                "translate": translated_at - segmented_at,
                "total": time.perf_counter() - began,
            },
        )

    def translate_lines(
        self,
        lines: Sequence[str],
        progress: Callable[[int, int], None] | None = None,
        glossary: Glossary = NONE,
        edits_of: EditsOf = lambda article: NO_EDITS,
    ) -> tuple[list[str], list[tuple[int, tuple[str, ...]]]]:
        """One line of English for each line, by index; a blank line stays blank.

        A line may hold several sentences. Nothing is taken for a headline or furniture, no short
        form is explained, and a line that is surely English comes through as it is. The second
        list names the lines, from 1, that have flags.
        """
        blocks = tuple(
            Block(id=f"b{number}", kind=Kind.PARAGRAPH, source=line, separator="\n")
            for number, line in enumerate(lines, start=1)
        )
        translation = self._translate(
            judged_lines(Article(blocks)),
            edits_of,
            None,
            progress,
            glossary=glossary,
            explain=False,
        )
        translated = translation.article.blocks
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
    ) -> tuple[list[tuple[str, tuple[str, ...]]], list[bool]]:
        """English and flags for each of some sentences, and whether it was known before;
        `headlines` are the indexes of those that are no running text. Corrections are the
        caller's business."""
        units = [_Unit(0, n, parts) for n, parts in enumerate(self._parts(sources))]
        context = context or RequestContext()
        results, reused = self._run(units, context, None, deterministic)
        asked = [
            Asked(source, unit.parts, n not in headlines)
            for n, (source, unit) in enumerate(zip(sources, units, strict=True))
        ]
        terms = self._step(glossary, context, deterministic)(asked, results)
        made = [
            _checked(source, unit.parts, hypotheses, applied)
            for source, unit, hypotheses, applied in zip(
                sources, units, results, terms, strict=True
            )
        ]
        return [(target, flags) for target, _, flags in made], reused

    def _units(self, article: Article) -> Iterator[_Unit]:
        """Every sentence that a model is asked about."""
        places = [
            (b, s)
            for b, block in enumerate(article.blocks)
            if block.kind not in _VERBATIM and block.kind is not Kind.BYLINE
            if not block.is_english
            for stay in (kept(block),)
            for s, sentence in enumerate(block.sentences)
            if s not in stay and sentence.correction is None and _has_letters(sentence.source)
        ]
        sources = [article.blocks[b].sentences[s].source for b, s in places]
        for (b, s), parts in zip(places, self._parts(sources), strict=True):
            yield _Unit(b, s, parts)

    def _parts(self, sources: Sequence[str]) -> list[tuple[str, ...]]:
        """Each sentence as the model gets it: normalised, and in parts where it is too long."""
        sentences = [_in_sentence_case(normal(source)) for source in sources]
        limit = self.translator.max_source_tokens
        # A token is a character at least, so most sentences need not be counted.
        suspects = [n for n, sentence in enumerate(sentences) if len(sentence.encode()) > limit]
        lengths = self.translator.count_tokens([sentences[n] for n in suspects])
        parts: list[tuple[str, ...]] = [(sentence,) for sentence in sentences]
        for n, length in zip(suspects, lengths, strict=True):
            if length > limit:
                spans = split_long(sentences[n], limit, self.translator.count_tokens)
                parts[n] = tuple(sentences[n][start:end] for start, end in spans)
        return parts

    def _step(
        self, glossary: Glossary, context: RequestContext, deterministic: bool
    ) -> GlossaryStep:
        options = self._options(deterministic)
        return GlossaryStep(glossary, self.translator, options, context, self._align)

    def _options(self, deterministic: bool) -> DecodingOptions:
        return replace(self.options, deterministic=deterministic or self.options.deterministic)

    def _run(
        self,
        units: Sequence[_Unit],
        context: RequestContext,
        progress: Callable[[int, int], None] | None,
        deterministic: bool,
    ) -> tuple[list[list[Outcome]], list[bool]]:
        """What became of each unit's parts, and whether all of them were known before."""
        flat = [part for unit in units for part in unit.parts]
        on_batch = _counting(progress, len(set(flat))) if progress is not None else None
        options = self._options(deterministic)
        outcomes, known = self.translator.translate(flat, options, context, on_batch)
        failures = [outcome for outcome in outcomes if isinstance(outcome, EngineFailed)]
        if failures and len(failures) == len(outcomes):
            raise failures[0]
        results, reused, at = [], [], 0
        for unit in units:
            end = at + len(unit.parts)
            results.append(outcomes[at:end])
            reused.append(all(known[at:end]))
            at = end
        return results, reused


def segmented(article: Article) -> Article:
    """The article with the sentences of its blocks, numbered `block.sentence` from 1."""
    blocks = []
    for block in article.blocks:
        if block.kind is Kind.FURNITURE:
            blocks.append(block)
            continue
        begin = 0
        if block.kind is Kind.LIST_ITEM and (marker := _LIST_MARKER.match(block.source)):
            begin = marker.end()
        if block.kind in _VERBATIM or block.kind is Kind.BYLINE:
            spans = [(0, len(block.source))] if block.source.strip() else []
        else:
            found = [(begin + a, begin + b) for a, b in segment(block.source[begin:])]
            spans = unsplit(found, block.verbatim)
        sentences = tuple(
            Sentence(f"{block.id}.{number}", block.source[start:end], start, end)
            for number, (start, end) in enumerate(spans, start=1)
        )
        blocks.append(replace(block, sentences=sentences))
    return replace(article, blocks=tuple(blocks))


def _corrected(article: Article, edits: Edits) -> Article:
    """The article, which is segmented, with the editors' corrections at their sentences; what
    stays as it is, English or a part that must not be translated, takes none."""
    if not edits:
        return article
    blocks = []
    for block in article.blocks:
        stay = kept(block)
        sentences = [
            replace(sentence, correction=edits.get(sentence.id)) if s not in stay else sentence
            for s, sentence in enumerate(block.sentences)
        ]
        blocks.append(block if block.is_english else replace(block, sentences=tuple(sentences)))
    return replace(article, blocks=tuple(blocks))


def _assembled(
    article: Article,
    units: Sequence[_Unit],
    results: Sequence[Sequence[Outcome]],
    terms: Sequence[Applied | None],
) -> Article:
    """The article with targets filled in, by index."""
    found = {
        (unit.block, unit.sentence): (unit.parts, hypotheses, applied)
        for unit, hypotheses, applied in zip(units, results, terms, strict=True)
    }
    blocks = []
    for b, block in enumerate(article.blocks):
        sentences = []
        for s, sentence in enumerate(block.sentences):
            uses: tuple[TermUse, ...] = ()
            if (b, s) in found:
                parts, hypotheses, applied = found[b, s]
                target, confidence, flags = _checked(sentence.source, parts, hypotheses, applied)
                uses = applied.uses if applied is not None else ()
                facts = ledger(sentence.source, target)
            elif sentence.correction is not None:
                # The editor has the last word: nothing is flagged, and the facts are shown.
                target, confidence, flags = sentence.correction.target, None, ()
                facts = ledger(sentence.source, target)
            else:
                target, confidence = _verbatim(block.kind, sentence.source), None
                doubtful = not block.is_english and _FIGURES.search(target)
                flags, facts = ("figures",) if doubtful else (), ()
            sentences.append(
                replace(
                    sentence,
                    target=target,
                    confidence=confidence,
                    flags=flags,
                    facts=facts,
                    terms=uses,
                )
            )
        english = block.source if block.is_english else joined(block, sentences)[0]
        blocks.append(replace(block, sentences=tuple(sentences), target=english))
    return replace(article, blocks=tuple(blocks))


def _failed(outcomes: Sequence[Outcome]) -> bool:
    return any(isinstance(outcome, EngineFailed) for outcome in outcomes)


def _checked(
    source: str,
    parts: Sequence[str],
    outcomes: Sequence[Outcome],
    applied: Applied | None = None,
) -> tuple[str, float | None, tuple[str, ...]]:
    """One sentence's target, confidence and flags; `figures` is set elsewhere, on what was left
    as it was and holds Indonesian separators.

    Flags: `failed` (the engine failed, the source stands), `untranslated` (the model gave
    nothing, the source stands), `split` (translated in parts), those of `guards.verdict`, and
    `term_missing` (a term of the glossary did not come out).
    """
    if applied is not None and applied.hypothesis is not None:
        outcomes = [applied.hypothesis]
    hypotheses = [outcome for outcome in outcomes if isinstance(outcome, Hypothesis)]
    texts = [
        outcome.text if isinstance(outcome, Hypothesis) and outcome.text else part
        for part, outcome in zip(parts, outcomes, strict=True)
    ]
    target = " ".join(texts) if applied is None else applied.target
    flags = []
    if len(hypotheses) < len(outcomes):
        flags.append("failed")
    if not all(h.text for h in hypotheses):
        flags.append("untranslated")
    if len(parts) > 1:
        flags.append("split")
    if not flags or flags == ["split"]:
        finished = all(hypothesis.finished for hypothesis in hypotheses)
        # The glossary's English of a name looks invented without the glossary, and with the name
        # put back what stands beside it may look lost: neither is.
        checkable = {target} if applied is None else {target, applied.checkable}
        verdicts = [judge(source, text, finished=finished) for text in checkable]
        flags += min(verdicts, key=lambda verdict: (verdict.weight, verdict.flags)).flags
    if applied is not None and not all(use.applied for use in applied.uses):
        flags.append("term_missing")
    return target, _confidence(hypotheses), tuple(flags)


def _confidence(hypotheses: Sequence[Hypothesis]) -> float | None:
    if not hypotheses:
        return None
    tokens = sum(h.target_tokens + 1 for h in hypotheses)
    mean = sum(h.score * (h.target_tokens + 1) for h in hypotheses) / tokens
    return min(1.0, exp(mean))


def _verbatim(kind: Kind, source: str) -> str:
    """What comes through without a model; a byline's label is put into English."""
    if kind is Kind.BYLINE and (match := _BYLINE.fullmatch(source)):
        space, label, gap, name = match.groups()
        return f"{space}{_BYLINE_ENGLISH[label]}{gap}{name}"
    return source


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _in_sentence_case(sentence: str) -> str:
    """Small letters for a sentence that is all in capitals, as headlines are: the model has seen
    few of those, and of 15 in the challenge set translates 1 right, and 10 in small letters.

    A word alone may be an acronym, and stays.
    """
    if len(sentence.split()) < 3 or not sentence.isupper():
        return sentence
    calm = re.sub(r"\brp(?=[ \d])", "Rp", sentence.capitalize())
    return re.sub(r"\bus\$", "US$", calm, flags=re.IGNORECASE)


def _counting(progress: Callable[[int, int], None], total: int) -> OnBatch:
    done = 0

    def on_batch(rows: Sequence[str], outcomes: Sequence[Outcome]) -> None:
        nonlocal done
        done += len(rows)
        progress(done, total)

    return on_batch
