"""What an article's sentences ask for: its terms in order, and which mention is the first.

A short form that stays in English (`KPK`) is explained at its first mention in running text. Where
the source explains it itself, before or after it in brackets, nothing is explained twice; where
the source explains it as something that the glossary does not know, it is not that term, in the
whole article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from service.glossary.matcher import Match, Matcher

_WORD = re.compile(r"[^\W_]+")
# What an abbreviation may leave out.
_SMALL = {"dan", "untuk", "di", "atas", "dari", "ke", "dengan", "yang", "pada", "serta", "bagi"}
# Terms of one sentence that are looked at. No sentence of news has so many, and every one is
# compared with all the others.
_MAX = 40
# Characters before a bracket that may be its explanation.
_LOOKED_AT = 400
# Between a full name and its short form in brackets: ` (`, or ` RI (`.
_BETWEEN = 8


@dataclass(frozen=True, slots=True)
class Want:
    """A term that a target should hold.

    `explain` asks for the full name with the short form in brackets. `bracketed` says that the
    term stands in brackets, as the short form of what is before them, and `shortened` that the
    next one is this one's short form in brackets.
    """

    match: Match
    explain: bool = False
    bracketed: bool = False
    shortened: bool = False

    @property
    def forms(self) -> tuple[str, ...]:
        """What is accepted as its English, preferred first."""
        term = self.match.term
        # In brackets, after its full name, an Indonesian short form may stay.
        left = (term.source, term.source.lower()) if self.bracketed else ()
        return term.targets + left


def wants_of(
    matcher: Matcher, sentences: Sequence[str], running: Sequence[bool]
) -> list[list[Want]]:
    """What each sentence of an article asks for, from left to right, 40 terms of each at most;
    `running` says of each whether it is running text, where short forms are explained, or a
    headline."""
    found = [matcher.find(sentence)[:_MAX] for sentence in sentences]
    foreign = {
        match.term.source
        for sentence, matches in zip(sentences, found, strict=True)
        for match in _explained_otherwise(sentence, matches)
    }
    seen: set[str] = set()
    wants = []
    for sentence, matches, text in zip(sentences, found, running, strict=True):
        kept = [match for match in matches if match.term.source not in foreign]
        wants.append(list(_wants(sentence, kept, seen if text else None)))
    return wants


def _wants(sentence: str, matches: list[Match], seen: set[str] | None) -> Iterator[Want]:
    for place, match in enumerate(matches):
        short = match.term.acronym
        following = matches[place + 1] if place + 1 < len(matches) else None
        bracketed = _in_brackets(sentence, match)
        explain = False
        if short is not None and seen is not None:
            told = following is not None and _explains(sentence, match, following)
            explain = short not in seen and not bracketed and not told
            seen.add(short)
        shortened = following is not None and _shortens(sentence, match, following)
        yield Want(match, explain, bracketed, shortened)


def _explained_otherwise(sentence: str, matches: Sequence[Match]) -> Iterator[Match]:
    """Short forms in brackets after words that they abbreviate and the glossary does not know."""
    if matches and _in_brackets(sentence, matches[0]):
        yield from _unless_other(sentence, matches[0])
    for before, match in pairwise(matches):
        if _in_brackets(sentence, match) and not _shortens(sentence, before, match):
            yield from _unless_other(sentence, match)


def _unless_other(sentence: str, match: Match) -> Iterator[Match]:
    if abbreviates(match.term.source, sentence[: match.start]):
        yield match


def abbreviates(short: str, before: str) -> bool:
    """Whether a short form may stand for the last words of a text: their initials are among its
    letters in order, and its letters are all in those words in order."""
    if sum(character.isupper() for character in short) < 2:
        return False
    letters = [letter for letter in short.casefold() if letter.isalnum()]
    words = [word.casefold() for word in _WORD.findall(before[-_LOOKED_AT:])]
    words = [word for word in words if word not in _SMALL][-len(letters) :]
    return any(
        words[first][0] == letters[0]
        and _in_order([word[0] for word in words[first:]], letters)
        and _in_order(letters, "".join(words[first:]))
        for first in range(len(words) - 1)
    )


def _in_order(few: Iterable[str], many: Iterable[str]) -> bool:
    rest = iter(many)
    return all(one in rest for one in few)


def _in_brackets(sentence: str, match: Match) -> bool:
    opens = match.start and sentence[match.start - 1] == "("
    return bool(opens) and sentence[match.end : match.end + 1] in {")", "/"}


def _shortens(sentence: str, full: Match, short: Match) -> bool:
    """Whether the second term is the first one's short form in brackets."""
    return (
        _in_brackets(sentence, short)
        and short.start - full.end <= _BETWEEN
        and bool(set(full.term.targets) & set(short.term.targets))
    )


def _explains(sentence: str, short: Match, full: Match) -> bool:
    """Whether the second term is the first one's full name in brackets."""
    between = sentence[short.end : full.start]
    return between.strip() == "(" and bool(set(short.term.targets) & set(full.term.targets))
