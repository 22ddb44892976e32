"""Matches of a glossary's terms in an Indonesian sentence.

Only whole words match, the longest term first, from left to right. No two matches overlap. A term
may have an enclitic (`bupatinya`, `Kapolri-nya`, `KPK-lah`) or be doubled (`bupati-bupati`).
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

# Signs that join words into an address, a handle or a name (`Ma'arif`), in which no term matches.
_JOINERS = ".'’`&@_"
_TAG_SIGNS = "@#"

# Words before a noun that make it plural.
_PLURAL_WORDS = {
    "para", "beberapa", "banyak", "sejumlah", "semua", "kedua", "ketiga", "keempat",
    "puluhan", "belasan", "ratusan", "ribuan", *UNITS["id"][2:11],
}  # fmt: skip

# Matchers in memory. Few glossaries are in use at once.
_MAX_MATCHERS = 16


@dataclass(frozen=True, slots=True)
class Match:
    """A term at `source[start:end]`, with its enclitic or its second half."""

    term: Term
    start: int
    end: int
    plural: bool = False


@dataclass(slots=True)
class _Node:
    """A node of the tree: its children and the terms that end here.

    A child has a separator and a case-folded word, a term its words as they are written.
    """

    next: dict[tuple[str, str], _Node] = field(default_factory=dict)
    terms: list[tuple[Term, tuple[str, ...]]] = field(default_factory=list)


@dataclass(slots=True)
class _Word:
    text: str
    folded: str
    start: int
    end: int
    before: str  # separator from the word before, white space as one space


class Matcher:
    """The terms of one glossary as a tree of words.

    Safe for use from several threads.
    """

    def __init__(self, glossary: Glossary) -> None:
        self._root = _Node()
        for term in glossary.terms:
            node, words = self._root, _words(term.source)
            for place, word in enumerate(words):
                key = (word.before if place else "", word.folded)
                node = node.next.setdefault(key, _Node())
            node.terms.append((term, tuple(word.text for word in words)))

    def find(self, sentence: str) -> list[Match]:
        """Return the terms in a sentence, from left to right."""
        words, found, place = _words(sentence), [], 0
        while place < len(words):
            match, after = self._longest(sentence, words, place)
            if match is not None:
                found.append(match)
            place = after
        return found

    def _longest(self, sentence: str, words: list[_Word], first: int) -> tuple[Match | None, int]:
        """Return the longest term from a word on, and the next word's index."""
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
                found = _match(sentence, words, first, place, term) if term is not None else None
                if found is not None:
                    best = found
                    break
            node = whole
        return best


# Without it, 200 articles and their summaries take 18 percent more time (engine replayed).
@lru_cache(maxsize=_MAX_MATCHERS)
def _compiled(hash: str, glossary: Glossary) -> Matcher:
    return Matcher(glossary)


def matcher_of(glossary: Glossary) -> Matcher:
    """Return the matcher of a glossary, compiled once."""
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
    """Return the term at a node in this spelling; `exact` terms first."""
    fit = [term for term, words in node.terms if term.case is Case.ANY or words == written]
    return min(fit, key=lambda term: term.case is Case.ANY, default=None)


def _match(
    sentence: str, words: list[_Word], first: int, last: int, term: Term
) -> tuple[Match, int] | None:
    """Return a match, and the index of the next word.

    The match includes an enclitic or second half. None if the words are part of a longer name.
    """
    start, end, plural = words[first].start, words[last].end, False
    if last + 1 < len(words) and words[last + 1].before == "-":
        following = words[last + 1]
        doubled = following.folded.startswith(words[last].folded) and first == last
        if doubled and following.folded[len(words[last].folded) :] in {"", *_ENCLITICS}:
            plural = True
        if plural or following.folded in _ENCLITICS:
            last, end = last + 1, following.end
    if _is_part_of_name(sentence, words, first, last):
        return None
    before = words[first - 1] if first else None
    if before is not None and words[first].before == " ":
        counted = before.text.isdigit() and before.text not in {"0", "1"} and len(before.text) < 4
        plural = plural or before.folded in _PLURAL_WORDS or counted
    return Match(term, start, end, plural), last + 1


def _is_part_of_name(sentence: str, words: list[_Word], first: int, last: int) -> bool:
    """Return whether words belong to an address, a tag or a name (`e-KTP`)."""
    start, end = words[first].start, words[last].end
    if start and sentence[start - 1] in _TAG_SIGNS:
        return True
    if first and _joins(words[first].before, words[first - 1].text, sentence[start]):
        return True
    if last + 1 == len(words):
        return False
    following = words[last + 1]
    return sentence[end] != " " and _joins(following.before, following.text, following.text[0])


def _joins(between: str, neighbour: str, second: str) -> bool:
    """Return whether a separator makes one name of two words.

    A full stop before a capital (`second`) does not: its blank is missing.
    """
    if between == "-":
        return _is_affix(neighbour)
    return len(between) == 1 and between in _JOINERS and not (between == "." and second.isupper())


def _is_affix(word: str) -> bool:
    return len(word) == 1 or word.isdigit()
