"""Abstractive candidates: a model's own sentences and their sources.

In: a writer, and the sentences of a story. Out: the writer's sentences that the story supports,
and those that were refused. A model may invent things, so a sentence is refused where the cited
sentences lack a fact of it. It is also refused where it loses an attribution, a negation or the
marks of a quotation.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from models.checkpoints.support import supporting, unsupported
from models.checkpoints.writer import SummaryOptions, SummaryWriter
from models.errors import EngineFailed, UnsupportedCheckpoint
from service.article import Fact
from service.summaries.english import EnglishSentences
from service.summaries.extractive import DOUBTFUL_FLAGS
from service.summaries.records import (
    Bullet,
    BulletLanguage,
    BulletOptions,
    KnownEnglish,
    RefusedSentence,
    Source,
)
from service.summaries.spans import quotation_spans
from service.summaries.story import StorySentence
from service.summaries.support import bullet_facts, unsupported_facts
from service.summaries.wording import Wording
from service.text.lexicon.function_words import NEGATIONS
from service.text.lexicon.numbers import Language

log = structlog.get_logger()

# Minimum share of a sentence's content words that the cited sentences must have.
THRESHOLD = 0.6

_ENGLISH, _INDONESIAN = {"en", "eng"}, {"id", "ind"}

# This many words of a quotation in a row need quotation marks.
_QUOTED_WORDS = 4

_WORD = re.compile(r"[^\W_]+")
# A sentence with this opening depends on the sentence before it, which may be gone.
_PRONOUN = re.compile(
    r"\W*(?:he|she|they|it|his|her|their|its|ia|dia|mereka|beliau|keduanya)\b", re.IGNORECASE
)
_NEGATION = re.compile(
    rf"\b(?:{'|'.join((*NEGATIONS['en'], *NEGATIONS['id']))})\b|n['’]t\b", re.IGNORECASE
)
_ATTRIBUTION = re.compile(
    r"\b(?:said|says?|told|according|claim\w*|alleg\w*|accus\w*|suspect\w*|reported(?:ly)?"
    r"|(?-i:may)|might|could|kata(?:nya)?|mengatakan|menyatakan|menyebut\w*|ujar(?:nya)?|menurut\w*"
    r"|tutur(?:nya)?|ungkap(?:nya)?|mengungkap\w*|mengklaim|diduga|dugaan|terduga|dituduh"
    r"|tersangka|kabarnya|konon|mungkin)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AbstractiveCandidate:
    """A sentence of the writer that passed the checks.

    `cited` are the sentences that support it, in their order, and `english` their English (None:
    not asked for).
    """

    cited: tuple[StorySentence, ...]
    english: tuple[KnownEnglish | None, ...]
    english_wordings: tuple[Wording, ...]
    indonesian_wordings: tuple[Wording, ...]
    flags: tuple[str, ...]

    @property
    def position(self) -> tuple[int, int]:
        return self.cited[0].position

    def wordings(self, language: BulletLanguage) -> tuple[Wording, ...]:
        """Return the wordings in the language (`both`: in English)."""
        return self.indonesian_wordings if language == "id" else self.english_wordings

    def bullet(self, wording: Wording, indonesian: Wording | None) -> Bullet:
        """Return the bullet in one wording, with the Indonesian one if any."""
        sources = [
            one.as_source(english) for one, english in zip(self.cited, self.english, strict=True)
        ]
        facts: tuple[Fact, ...] = ()
        if wording in self.english_wordings:
            facts = bullet_facts([one.source for one in self.cited], wording.text)
        keys = {one.key for one in self.cited}
        name_sources = self.cited[0].name_sources(indonesian)
        sources += [one for one in name_sources if (one.article, one.id) not in keys]
        return Bullet(
            text=wording.text,
            sources=tuple(sources),
            indonesian=None if indonesian is None else indonesian.text,
            changed=("written",),
            facts=facts,
            flags=self.flags,
        )


@dataclass(frozen=True, slots=True)
class WriterResult:
    """The candidates of a writer in its order, and the refused sentences.

    `failure` says why there are no candidates, if the writer failed.
    """

    candidates: tuple[AbstractiveCandidate, ...] = ()
    refused: tuple[RefusedSentence, ...] = ()
    failure: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Draft:
    """A sentence as written, with its number, from 1.

    `cited` are the sentences that support it. `reason` says why it is refused, if it is.
    """

    number: int
    text: str
    cited: tuple[StorySentence, ...]
    reason: str | None

    def refused(self, reasons: Sequence[str], target: str | None) -> RefusedSentence:
        return RefusedSentence(Source(0, f"w{self.number}", self.text, target), tuple(reasons))


def writing_language(code: str | None) -> Language:
    """Return the language of a summarizer by its model's code.

    None means Indonesian. Raises `UnsupportedCheckpoint` for a third language.
    """
    primary = re.split(r"[-_]", code or "id")[0].lower()
    if primary not in _ENGLISH | _INDONESIAN:
        raise UnsupportedCheckpoint(
            f"the summarizer reads {code!r}, but Kabar has articles in Indonesian and English: "
            f"choose a summarizer that reads one of these"
        )
    return "en" if primary in _ENGLISH else "id"


def write_candidates(
    writer: SummaryWriter,
    writer_options: SummaryOptions,
    story: Sequence[StorySentence],
    english: EnglishSentences,
    options: BulletOptions,
) -> WriterResult:
    """Return at most as many candidates as bullets are asked for.

    The writer reads all articles as one text. Its failure is a result without candidates. Raises as
    `EnglishSentences.of` does.
    """
    language = writing_language(writer.language)
    sources = [one.source for one in story]
    if language == "en":
        sources = [one.target for one in english.of(story)]
    began = time.perf_counter()
    try:
        (sentences,) = writer.summarize([sources], writer_options) if sources else [[]]
    except EngineFailed as error:
        log.warning("the summarizer failed", error=error.detail)
        failure = f"the summarizer failed, so the articles' sentences are used: {error.detail}"
        return WriterResult(failure=failure, seconds=time.perf_counter() - began)
    seconds = time.perf_counter() - began
    drafts = [_draft(n, text, story, sources) for n, text in enumerate(sentences, 1)]
    if language == "id" and options.language != "id":
        _translate(drafts, english)
    candidates: list[AbstractiveCandidate] = []
    refused: list[RefusedSentence] = []
    for draft in drafts:
        if len(candidates) == options.bullets:
            break
        result = _candidate(draft, language, english, options)
        if isinstance(result, AbstractiveCandidate):
            candidates.append(result)
        else:
            refused.append(result)
    return WriterResult(tuple(candidates), tuple(refused), None, seconds)


def _translate(drafts: Sequence[_Draft], english: EnglishSentences) -> None:
    """Translate drafts and the sentences that they cite in one call."""
    accepted = [draft for draft in drafts if draft.reason is None]
    cited = {one.key: one for draft in accepted for one in draft.cited}
    english.of(list(cited.values()), [draft.text for draft in accepted])


def _draft(
    number: int, text: str, story: Sequence[StorySentence], sources: Sequence[str]
) -> _Draft:
    places, share = supporting(text, sources)
    cited = [sources[place] for place in places]
    reason = None
    if share < THRESHOLD or unsupported(text, cited):
        reason = "unsupported"
    elif _distorts(text, cited):
        reason = "lost"
    elif _PRONOUN.match(text):
        reason = "unresolved"
    return _Draft(number, text, tuple(story[place] for place in places), reason)


def _candidate(
    draft: _Draft, language: Language, english: EnglishSentences, options: BulletOptions
) -> AbstractiveCandidate | RefusedSentence:
    """Return the draft as a candidate, or the reasons to refuse it."""
    if draft.reason is not None:
        return draft.refused([draft.reason], None)
    indonesian: tuple[Wording, ...] = ()
    if options.language != "en":
        indonesian = (Wording(draft.text),)
        if language == "en":
            indonesian = draft.cited[0].indonesian_wordings(shortest=options.limits_length)
    if options.language == "id":
        return AbstractiveCandidate(draft.cited, (None,) * len(draft.cited), (), indonesian, ())
    cited = english.of(draft.cited)
    target, flags = draft.text, [flag for one in cited for flag in one.flags]
    if language == "id":
        (translated,) = english.of((), [draft.text])
        if doubtful := [flag for flag in translated.flags if flag in DOUBTFUL_FLAGS]:
            return draft.refused(doubtful, translated.target)
        target, flags = translated.target, []
    if unsupported_facts([one.source for one in draft.cited], target):
        return draft.refused(["unsupported"], target)
    flags = list(dict.fromkeys(flag for flag in flags if flag in DOUBTFUL_FLAGS))
    return AbstractiveCandidate(
        draft.cited, tuple(cited), (Wording(target),), indonesian, tuple(flags)
    )


def _distorts(text: str, sources: Sequence[str]) -> bool:
    """Whether a sentence misreports its sources.

    It does where it loses an attribution, a negation or the marks of a quotation, or puts other
    words into marks.
    """
    joined = " ".join(sources)
    if any(one.search(joined) and not one.search(text) for one in (_NEGATION, _ATTRIBUTION)):
        return True
    quoted, rest = _quoted_words(text)
    source_quotations = [words for source in sources for words in _quoted_words(source)[0]]
    return any(not _is_within(words, map(_words, sources)) for words in quoted) or any(
        _is_within(words[n : n + _QUOTED_WORDS], [rest])
        for words in source_quotations
        for n in range(len(words) - _QUOTED_WORDS + 1)
    )


def _quoted_words(text: str) -> tuple[list[list[str]], list[str]]:
    """Return the words of each quotation, and those outside quotations."""
    spans = quotation_spans(text)
    rest = text
    for start, end in reversed(spans):
        rest = f"{rest[:start]} {rest[end:]}"
    return [_words(text[start:end]) for start, end in spans], _words(rest)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _is_within(words: Sequence[str], texts: Iterable[Sequence[str]]) -> bool:
    """Whether one of the texts has these words in a row."""
    phrase = f" {' '.join(words)} "
    return any(phrase in f" {' '.join(text)} " for text in texts)
