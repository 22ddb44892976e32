"""Where the terms of a glossary stand in an Indonesian sentence.

Whole words only, the longest term first, from left to right; no two matches overlap. A term may
carry an enclitic (`bupatinya`, `Kapolri-nya`, `KPK-lah`) or be doubled (`bupati-bupati`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from service.glossary.terms import Case, Glossary, Term
from service.text.lexicon.numbers import UNITS

_WORD = re.compile(r"[^\W_]+")
_SPACES = re.compile(r"\s+")
_ENDS = ("nya", "lah", "kah", "pun")
_ENCLITIC = re.compile(rf"(?:{'|'.join(_ENDS)}){{1,2}}\Z")
_ENCLITICS = {"nya", "lah", "kah", "pun", "nyalah", "nyakah", "nyapun"}

# Inside an address, a handle, a tag or a name such as Ma'arif a word is no term.
_GLUE = ".'’`&@_"
_TAG = "@#"

# What says that there are several of the next word.
_SEVERAL = {
    "para", "beberapa", "banyak", "sejumlah", "semua", "kedua", "ketiga", "keempat",
    "puluhan", "belasan", "ratusan", "ribuan", *UNITS["id"][2:11],
}  # fmt: skip

# More distinct sentences' terms are not kept compiled: a few glossaries are in use at once.
_COMPILED = 16


@dataclass(frozen=True, slots=True)
class Match:
    """A term at `source[start:end]`, its enclitic or second half included."""

    term: Term
    start: int
    end: int
    plural: bool = False


@dataclass(slots=True)
class _Node:
    """What may follow: a separator and a word in small letters. `terms` end here."""

    next: dict[tuple[str, str], _Node] = field(default_factory=dict)
    terms: list[tuple[Term, tuple[str, ...]]] = field(default_factory=list)


@dataclass(slots=True)
class _Word:
    text: str
    folded: str
    start: int
    end: int
    before: str  # what parts it from the word before, white space as one space


class Matcher:
    """The terms of one glossary as a tree of words. Safe to use from several threads."""

    def __init__(self, glossary: Glossary) -> None:
        self._root = _Node()
        for term in glossary.terms:
            node, words = self._root, _words(term.source)
            for place, word in enumerate(words):
                key = (word.before if place else "", word.folded)
                node = node.next.setdefault(key, _Node())
            node.terms.append((term, tuple(word.text for word in words)))

    def find(self, sentence: str) -> list[Match]:
        """The terms in a sentence, from left to right."""
        words, found, place = _words(sentence), [], 0
        while place < len(words):
            match, after = self._longest(sentence, words, place)
            if match is not None:
                found.append(match)
            place = after
        return found

    def _longest(self, sentence: str, words: list[_Word], first: int) -> tuple[Match | None, int]:
        """The longest term that begins with this word, and the word to go on with."""
        best: tuple[Match | None, int] = (None, first + 1)
        node: _Node | None = self._root
        for place in range(first, len(words)):
            if node is None:
                break
            word = words[place]
            before = word.before if place > first else ""
            whole = node.next.get((before, word.folded))
            stem = _ENCLITIC.sub("", word.folded) if word.folded.endswith(_ENDS) else ""
            bare = node.next.get((before, stem)) if stem else None
            for child, text in ((whole, word.text), (bare, word.text[: len(stem)])):
                if child is None or not child.terms:
                    continue
                term = _as_written(child, (*(w.text for w in words[first:place]), text))
                found = _whole(sentence, words, first, place, term) if term is not None else None
                if found is not None:
                    best = found
                    break
            node = whole
        return best


@lru_cache(maxsize=_COMPILED)
def _compiled(hash: str, glossary: Glossary) -> Matcher:
    return Matcher(glossary)


def matcher_of(glossary: Glossary) -> Matcher:
    """The matcher of a glossary, compiled once."""
    return _compiled(glossary.hash, glossary)


def _words(text: str) -> list[_Word]:
    words, end = [], 0
    for match in _WORD.finditer(text):
        word, start, before = match[0], match.start(), text[end : match.start()]
        end = match.end()
        words.append(
            _Word(
                word,
                word.casefold(),
                start,
                end,
                before if before == " " else _SPACES.sub(" ", before),
            )
        )
    return words


def _as_written(node: _Node, written: tuple[str, ...]) -> Term | None:
    """The term that ends here and is written so; `exact` ones first."""
    fit = [term for term, words in node.terms if term.case is Case.ANY or words == written]
    return min(fit, key=lambda term: term.case is Case.ANY, default=None)


def _whole(
    sentence: str, words: list[_Word], first: int, last: int, term: Term
) -> tuple[Match, int] | None:
    """The match with what hangs on it, or None where it is a part of something else."""
    start, end, plural = words[first].start, words[last].end, False
    if last + 1 < len(words) and words[last + 1].before == "-":
        following = words[last + 1]
        again = following.folded.startswith(words[last].folded) and first == last
        if again and following.folded[len(words[last].folded) :] in {"", *_ENCLITICS}:
            plural = True
        if plural or following.folded in _ENCLITICS:
            last, end = last + 1, following.end
    if _is_glued(sentence, words, first, last):
        return None
    before = words[first - 1] if first else None
    if before is not None and words[first].before == " ":
        several = before.text.isdigit() and before.text not in {"0", "1"} and len(before.text) < 4
        plural = plural or before.folded in _SEVERAL or several
    return Match(term, start, end, plural), last + 1


def _is_glued(sentence: str, words: list[_Word], first: int, last: int) -> bool:
    """Whether the words are a part of an address, a tag, or a name such as `U-23` or `e-KTP`."""
    start, end = words[first].start, words[last].end
    if start and sentence[start - 1] in _TAG:
        return True
    if first and _joins(words[first].before, words[first - 1].text, sentence[start]):
        return True
    if last + 1 == len(words):
        return False
    following = words[last + 1]
    return sentence[end] != " " and _joins(following.before, following.text, following.text[0])


def _joins(between: str, neighbour: str, second: str) -> bool:
    """Whether what stands between two words makes one of them; a full stop whose blank was
    forgotten does not (`second` begins what follows it)."""
    if between == "-":
        return _is_mark(neighbour)
    return len(between) == 1 and between in _GLUE and not (between == "." and second.isupper())


def _is_mark(word: str) -> bool:
    return len(word) == 1 or word.isdigit()
