"""Extractive candidates: sentences of articles that can become bullets.

In: sentences, best first. Out: those that pass the checks, and those that were tried before them
and failed. Only the sentences that are tried are translated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.article import Fact
from service.summaries.english import EnglishSentences
from service.summaries.records import (
    Bullet,
    BulletLanguage,
    BulletOptions,
    KnownEnglish,
    RefusedSentence,
)
from service.summaries.story import StorySentence
from service.summaries.support import bullet_facts, unsupported_facts
from service.summaries.wording import Wording

# A sentence with one of these flags becomes a bullet only where no other sentence is left.
DOUBTFUL_FLAGS = frozenset(
    {"failed", "untranslated", "unfinished", "loop", "prompt", "echo", "foreign", "script",
     "number_missing", "number_invented", "name_invented", "quotation", "negation", "dropped"}
)  # fmt: skip

# Sentences that are tried beyond the number of bullets, to replace those that fail.
_SPARE_SENTENCES = 4


@dataclass(frozen=True, slots=True)
class ExtractiveCandidate:
    """A sentence and its wordings that passed the checks, longest first.

    `english` is the English of the sentence. `indonesian_wordings` is empty unless asked for.
    """

    sentence: StorySentence
    english: KnownEnglish | None
    english_wordings: tuple[Wording, ...]
    indonesian_wordings: tuple[Wording, ...]

    @property
    def cited(self) -> tuple[StorySentence, ...]:
        return (self.sentence,)

    @property
    def position(self) -> tuple[int, int]:
        return self.sentence.position

    @property
    def flags(self) -> tuple[str, ...]:
        return () if self.english is None else self.english.flags

    def wordings(self, language: BulletLanguage) -> tuple[Wording, ...]:
        """Return the wordings in the language (`both`: in English)."""
        return self.indonesian_wordings if language == "id" else self.english_wordings

    def bullet(self, wording: Wording, indonesian: Wording | None) -> Bullet:
        """Return the bullet in one wording, with the Indonesian one if any."""
        sentence = self.sentence
        facts: tuple[Fact, ...] = ()
        if self.english is not None:
            facts = bullet_facts(*sentence.support(wording))
        return Bullet(
            text=wording.text,
            sources=(
                sentence.as_source(self.english),
                *sentence.name_sources(wording, indonesian),
            ),
            indonesian=None if indonesian is None else indonesian.text,
            changed=wording.changed,
            added=wording.added,
            facts=facts,
            flags=self.flags,
        )


def extract_candidates(
    ranked: Sequence[StorySentence], english: EnglishSentences, options: BulletOptions, count: int
) -> tuple[list[ExtractiveCandidate], list[RefusedSentence]]:
    """Return up to `count` candidates, and the sentences that were refused.

    Candidates with doubtful flags come last, and only where too few others are left.
    """
    good: list[ExtractiveCandidate] = []
    doubtful: list[ExtractiveCandidate] = []
    refused: list[RefusedSentence] = []
    ranked = _resolved_first(ranked, count)[: count + _SPARE_SENTENCES]
    while len(good) < count and ranked:
        tried, ranked = ranked[: count - len(good)], ranked[count - len(good) :]
        targets: Sequence[KnownEnglish | None] = [None] * len(tried)
        if options.language != "id":
            targets = english.of(tried)
        for sentence, target in zip(tried, targets, strict=True):
            candidate = _candidate(sentence, target, options)
            if not candidate.wordings(options.language):
                refused.append(RefusedSentence(sentence.as_source(target), ("unsupported",)))
            elif DOUBTFUL_FLAGS & set(candidate.flags):
                doubtful.append(candidate)
            else:
                good.append(candidate)
    lacking = count - len(good)
    refused += [
        RefusedSentence(one.sentence.as_source(one.english), one.flags)
        for one in doubtful[lacking:]
    ]
    return good + doubtful[:lacking], refused


def _candidate(
    sentence: StorySentence, english: KnownEnglish | None, options: BulletOptions
) -> ExtractiveCandidate:
    english_wordings: tuple[Wording, ...] = ()
    indonesian_wordings: tuple[Wording, ...] = ()
    if options.language != "en":
        indonesian_wordings = sentence.indonesian_wordings(shortest=options.limits_length)
    if english is not None and english.corrected:
        # An editor's English is used as it is.
        english_wordings = (Wording(english.target),)
    elif english is not None:
        wordings = sentence.wordings(english.target, "en", shortest=options.limits_length)
        english_wordings = tuple(
            one for one in wordings if not unsupported_facts(*sentence.support(one))
        )
    return ExtractiveCandidate(sentence, english, english_wordings, indonesian_wordings)


def _resolved_first(ranked: Sequence[StorySentence], count: int) -> list[StorySentence]:
    """Return the sentences best first, but unresolved ones later."""
    resolved: list[StorySentence] = []
    unresolved: list[StorySentence] = []
    limit = count + _SPARE_SENTENCES
    for sentence in ranked:
        # No more sentences are read than can be tried.
        is_resolved = len(resolved) >= limit or not sentence.is_unresolved
        (resolved if is_resolved else unresolved).append(sentence)
    return resolved[:limit] + unresolved + resolved[limit:]
