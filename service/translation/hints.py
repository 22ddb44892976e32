"""Hints for the model: the English of rare words, in braces after them.

In: a model's input. Out: the input with hints (`ranjau paku {nail trap}`), for a model that was
trained with them (`scripts/training/hints.py`). The English comes from the dictionary of the
package, in which an entry may have two senses (`{treasurer/cashier}`). A word that the training
pairs use often gets no hint.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from models.engine import DecodingOptions
from service.glossary.matcher import Match, Matcher
from service.glossary.terms import Glossary, Term
from service.scheduling.request import RequestContext
from service.scheduling.translator import OnBatch, Outcome, Signature, Translator
from service.text.lexicon.frequencies import frequency

# A single word with more uses in the training pairs gets no hint.
_MAX_USES = 40
# Hints in a sentence; training has at most three.
_MAX_HINTS = 3
# Letters of a word that its inflected forms share.
_MIN_STEM, _MAX_STEM = 4, 6
_BRACES = re.compile(r"[{}]")
_PARENTHESES = str.maketrans("{}", "()")
_WORD = re.compile(r"[^\W\d_]+")


def add_hints(text: str) -> str:
    """Return a model's input with hints from the dictionary.

    Braces of the source itself become parentheses: the model would take them for hints.
    """
    if _BRACES.search(text):
        return text.translate(_PARENTHESES)
    for match in reversed(_matches(text)):
        text = f"{text[: match.end]} {{{'/'.join(match.term.targets)}}}{text[match.end :]}"
    return text


def ignored_hints(source: str, target: str) -> list[Match]:
    """Return the hints of phrases with one sense whose English the target lacks.

    The English of a single word has many synonyms, so that its absence says little.
    """
    words = [word.lower() for word in _WORD.findall(target)]
    return [
        match
        for match in _matches(source)
        if " " in match.term.source
        and len(match.term.targets) == 1
        and not all(
            any(word.startswith(_stem(part.lower())) for word in words)
            for part in _WORD.findall(match.term.preferred)
        )
    ]


def with_english(source: str, matches: Sequence[Match]) -> str:
    """Return the source with the English of some hints in place of its words."""
    for match in reversed(matches):
        source = source[: match.start] + match.term.preferred + source[match.end :]
    return source


@cache
def dictionary() -> Glossary:
    """Return the dictionary of the package."""
    listed = (files("service.text.lexicon") / "dictionary.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in listed.splitlines())
    return Glossary(tuple(Term(source, tuple(target.split("/"))) for source, target in rows))


@cache
def _matcher() -> Matcher:
    # `matcher_of` would hash all terms for every sentence.
    return Matcher(dictionary())


class HintedTranslator:
    """A translator that adds hints to every source."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator

    @property
    def signature(self) -> Signature:
        return self._translator.signature

    @property
    def max_source_tokens(self) -> int:
        return self._translator.max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return self._translator.count_tokens(sources)

    def translate(
        self,
        sources: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        on_batch: OnBatch | None = None,
    ) -> list[Outcome]:
        hinted = [add_hints(source) for source in sources]
        # Hints must not make a sentence too long. A token has at least one byte.
        limit = self.max_source_tokens
        long = [n for n, text in enumerate(hinted) if len(text.encode()) > limit]
        for n, tokens in zip(long, self.count_tokens([hinted[n] for n in long]), strict=True):
            if tokens > limit:
                hinted[n] = sources[n]
        return self._translator.translate(hinted, options, context, on_batch)


def _matches(text: str) -> list[Match]:
    """Return the words that get a hint, in order."""
    if _BRACES.search(text):
        return []
    found = [m for m in _matcher().find(text) if _is_fit(text, m)]
    return sorted(sorted(found, key=_uses)[:_MAX_HINTS], key=lambda match: match.start)


def _stem(word: str) -> str:
    """Return the beginning that an English word shares with its inflected forms."""
    return word[: max(_MIN_STEM, min(_MAX_STEM, len(word) - 2))]


def _is_fit(text: str, match: Match) -> bool:
    """Return whether a match is a rare word, and neither a name nor an acronym."""
    source = match.term.source
    if " " not in source and "-" not in source and frequency(source) > _MAX_USES:
        return False
    word = text[match.start : match.end]
    if word.isupper():
        return False
    return word.islower() or match.start == 0 or _in_title_case(text)


def _uses(match: Match) -> int:
    return 0 if " " in match.term.source else frequency(match.term.source)


def _in_title_case(text: str) -> bool:
    words: list[str] = _WORD.findall(text)
    return sum(word[0].isupper() for word in words) > len(words) / 2
