"""Support of a bullet by the sentences that it cites."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.article import Fact, FactStatus
from service.checks.compare import facts_of, is_readable

_WORD = re.compile(r"[^\W_]+")


def bullet_facts(sources: Sequence[str], text: str, added: Sequence[str] = ()) -> tuple[Fact, ...]:
    """Return the facts of an English bullet by its Indonesian sources.

    Missing facts are left out, since a bullet may say less. `added` are computed parts of the
    text, such as the date of a weekday; they are not invented.
    """
    return tuple(
        fact
        for fact in facts_of(" ".join(sources), text)
        if fact.status is not FactStatus.MISSING
        and not (fact.status is FactStatus.INVENTED and is_added(fact, text, added))
    )


def unsupported_facts(sources: Sequence[str], text: str, added: Sequence[str] = ()) -> list[str]:
    """Return the facts of an English bullet that its sources lack.

    These are numbers, dates, names and quotations. A bullet that is too long to compare is
    returned whole.
    """
    if not is_readable(" ".join(sources), text):
        return [text]
    return [
        fact.target.text
        for fact in bullet_facts(sources, text, added)
        if fact.status is FactStatus.INVENTED and fact.target is not None
    ]


def unsupported_words(sources: Sequence[str], text: str, added: Sequence[str] = ()) -> list[str]:
    """Return the words of an Indonesian bullet that its sources lack."""
    known = {word.lower() for source in [*sources, *added] for word in _WORD.findall(source)}
    return [word for word in _WORD.findall(text) if word.lower() not in known]


def is_added(fact: Fact, text: str, added: Sequence[str]) -> bool:
    """Whether a fact of a text is inside one of its `added` parts.

    The position counts: the 8 of `18 February` allows no other 8.
    """
    target = fact.target
    return target is not None and any(
        found.start() <= target.start and target.end <= found.end()
        for part in added
        for found in re.finditer(re.escape(part), text)
    )
