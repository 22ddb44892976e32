"""Whether a bullet says only what its sources say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.article import Fact, FactStatus
from service.checks.compare import facts_of, is_readable

_WORD = re.compile(r"[^\W_]+")


def bullet_facts(sources: Sequence[str], text: str, added: Sequence[str] = ()) -> tuple[Fact, ...]:
    """The ledger of an English bullet against the Indonesian sentences it stands for, but for
    what is missing: a bullet may say less. `added` are parts of it that were worked out, such as
    the date of a weekday, and are no invention."""
    source = " ".join(sources)
    facts = facts_of(source, text)
    return tuple(
        fact
        for fact in facts
        if fact.status is not FactStatus.MISSING
        and not (fact.status is FactStatus.INVENTED and stands_in(fact, text, added))
    )


def unsupported(sources: Sequence[str], text: str, added: Sequence[str] = ()) -> list[str]:
    """The numbers, dates, names and quotations of an English bullet that its sources lack; all of
    one that is too long to be looked at."""
    if not is_readable(" ".join(sources), text):
        return [text]
    return [
        fact.target.text
        for fact in bullet_facts(sources, text, added)
        if fact.status is FactStatus.INVENTED and fact.target is not None
    ]


def unsupported_words(sources: Sequence[str], text: str, added: Sequence[str] = ()) -> list[str]:
    """The words of an Indonesian bullet that are in none of its sources, which it was cut from."""
    there = {word.lower() for source in [*sources, *added] for word in _WORD.findall(source)}
    return [word for word in _WORD.findall(text) if word.lower() not in there]


def stands_in(fact: Fact, text: str, added: Sequence[str]) -> bool:
    """Whether a fact of a text stands inside one of the parts that were `added` to it. Its place
    counts: an 8 elsewhere is not that of `18 February`."""
    target = fact.target
    return target is not None and any(
        found.start() <= target.start and target.end <= found.end()
        for part in added
        for found in re.finditer(re.escape(part), text)
    )
