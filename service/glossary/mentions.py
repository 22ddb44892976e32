"""Mentions of terms in an article, and the first one of each acronym.

An acronym that stays in English (`KPK`) is explained at its first mention in running text. If the
source explains it in brackets, it is not explained twice. If the source explains it by words that
the glossary does not know, the acronym is another one and no term in the whole article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.glossary.matcher import Match, Matcher

_WORD = re.compile(r"[^\W_]+")
# Words that an abbreviation may leave out.
_SMALL_WORDS = {
    "dan", "untuk", "di", "atas", "dari", "ke", "dengan", "yang", "pada", "serta", "bagi"
}  # fmt: skip
# Terms per sentence. More do not occur in news, and each is compared with all others.
_MAX_MENTIONS = 40
# Characters before a bracket that are searched for its explanation.
_MAX_EXPLANATION = 400
# Characters between a full name and its acronym in brackets: ` (`, or ` RI (`.
_MAX_BETWEEN = 8


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of a term in a source.

    The target should have the term's English. `explain` asks for the full name with the acronym in
    brackets. `bracketed` marks an acronym in brackets. `shortened` says that the next mention is
    this one's acronym in brackets.
    """

    match: Match
    explain: bool = False
    bracketed: bool = False
    shortened: bool = False

    @property
    def forms(self) -> tuple[str, ...]:
        """The accepted English forms, the preferred one first."""
        term = self.match.term
        # In brackets, after its full name, an Indonesian acronym may stay.
        untranslated = (term.source, term.source.lower()) if self.bracketed else ()
        return term.targets + untranslated


def find_mentions(
    matcher: Matcher, sentences: Sequence[str], running: Sequence[bool]
) -> list[list[Mention]]:
    """Return the mentions in each sentence of an article.

    They are in order, at most 40 per sentence. `running` is True for running text, in which
    acronyms are explained, and False for headlines.
    """
    found = [matcher.find(sentence)[:_MAX_MENTIONS] for sentence in sentences]
    foreign = {
        match.term.source
        for sentence, matches in zip(sentences, found, strict=True)
        for match in _explained_otherwise(sentence, matches)
    }
    seen: set[str] = set()
    mentions = []
    for sentence, matches, is_running in zip(sentences, found, running, strict=True):
        own = [match for match in matches if match.term.source not in foreign]
        mentions.append(list(_mentions(sentence, own, seen if is_running else None)))
    return mentions


def _mentions(sentence: str, matches: list[Match], seen: set[str] | None) -> Iterator[Mention]:
    """Yield the mentions in a sentence, and add its acronyms to `seen`.

    `seen` is None in headlines.
    """
    for place, match in enumerate(matches):
        acronym = match.term.acronym
        following = matches[place + 1] if place + 1 < len(matches) else None
        bracketed = _in_brackets(sentence, match)
        explain = False
        if acronym is not None and seen is not None:
            explained = following is not None and _explains(sentence, match, following)
            explain = acronym not in seen and not bracketed and not explained
            seen.add(acronym)
        shortened = following is not None and _shortens(sentence, match, following)
        yield Mention(match, explain, bracketed, shortened)


def _explained_otherwise(sentence: str, matches: Sequence[Match]) -> Iterator[Match]:
    """Yield the bracketed acronyms of words that the glossary does not know."""
    for before, match in zip([None, *matches], matches, strict=False):
        if not _in_brackets(sentence, match):
            continue
        if before is not None and _shortens(sentence, before, match):
            continue
        if abbreviates(match.term.source, sentence[: match.start]):
            yield match


def abbreviates(acronym: str, before: str) -> bool:
    """Return whether an acronym may stand for the last words of a text.

    The initials of these words must be among its letters, and its letters in these words, both in
    order.
    """
    if sum(character.isupper() for character in acronym) < 2:
        return False
    letters = [letter for letter in acronym.casefold() if letter.isalnum()]
    words = [word.casefold() for word in _WORD.findall(before[-_MAX_EXPLANATION:])]
    words = [word for word in words if word not in _SMALL_WORDS][-len(letters) :]
    return any(
        words[first][0] == letters[0]
        and _is_subsequence([word[0] for word in words[first:]], letters)
        and _is_subsequence(letters, "".join(words[first:]))
        for first in range(len(words) - 1)
    )


def _is_subsequence(few: Iterable[str], many: Iterable[str]) -> bool:
    rest = iter(many)
    return all(one in rest for one in few)


def _in_brackets(sentence: str, match: Match) -> bool:
    opens = match.start and sentence[match.start - 1] == "("
    return bool(opens) and sentence[match.end : match.end + 1] in {")", "/"}


def _shortens(sentence: str, full: Match, acronym: Match) -> bool:
    """Return whether the second term is the first one's acronym in brackets."""
    return (
        _in_brackets(sentence, acronym)
        and acronym.start - full.end <= _MAX_BETWEEN
        and bool(set(full.term.targets) & set(acronym.term.targets))
    )


def _explains(sentence: str, acronym: Match, full: Match) -> bool:
    """Return whether the second term is the first one's full name in brackets."""
    between = sentence[acronym.end : full.start]
    return between.strip() == "(" and bool(set(acronym.term.targets) & set(full.term.targets))
