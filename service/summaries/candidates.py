"""Sentences of articles that make bullets: put into English, worded, checked against their sources.

In: sentences, the best first. Out: those that pass, and those that were chosen before them and do
not. Only what is chosen is translated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.article import Fact
from service.summaries.english import English
from service.summaries.receipts import bullet_facts, unsupported
from service.summaries.records import Bullet, Given, Language, Refused, Wishes
from service.summaries.story import Chosen
from service.summaries.wording import Worded

# A sentence whose English has one of these is passed over while there is another.
DOUBTFUL = frozenset(
    {"failed", "untranslated", "unfinished", "loop", "prompt", "echo", "foreign", "script",
     "number_missing", "number_invented", "name_invented", "quotation", "dropped"}
)  # fmt: skip

# So many sentences more than bullets are tried, so that what fails can be replaced.
SPARE = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence with the wordings that passed the checks, the longest first; in Indonesian only
    where that was asked for."""

    chosen: Chosen
    given: Given | None
    english: tuple[Worded, ...]
    indonesian: tuple[Worded, ...]

    @property
    def at(self) -> tuple[int, int]:
        return self.chosen.at

    @property
    def flags(self) -> tuple[str, ...]:
        return () if self.given is None else self.given.flags

    def wordings(self, language: Language) -> tuple[Worded, ...]:
        """Those of the language, of both the English ones."""
        return self.indonesian if language == "id" else self.english

    def bullet(self, way: Worded, indonesian: Worded | None) -> Bullet:
        """The bullet in one of its wordings, and in Indonesian too where that is asked for."""
        facts: tuple[Fact, ...] = ()
        if self.given is not None:
            facts = bullet_facts(*self.chosen.receipt(way))
        return Bullet(
            text=way.text,
            sources=(self.chosen.cited(self.given), *self.chosen.witnesses(way, indonesian)),
            indonesian=None if indonesian is None else indonesian.text,
            changed=way.changed,
            added=way.added,
            facts=facts,
            flags=self.flags,
        )


def candidates(
    order: Sequence[Chosen], english: English, wishes: Wishes, wanted: int
) -> tuple[list[Candidate], list[Refused]]:
    """The best sentences that make bullets, and those that were chosen before them and do not.
    What has flags comes at all only where too little is left without it."""
    most = wanted + SPARE
    good: list[Candidate] = []
    doubtful: list[Candidate] = []
    refused: list[Refused] = []
    order = _standing_alone(order, wanted)[:most]
    while len(good) < wanted and order:
        some, order = order[: wanted - len(good)], order[wanted - len(good) :]
        texts: Sequence[Given | None] = [None] * len(some)
        if wishes.language != "id":
            texts = english.of(some)
        for chosen, given in zip(some, texts, strict=True):
            candidate = _candidate(chosen, given, wishes)
            if not candidate.wordings(wishes.language):
                refused.append(Refused(chosen.cited(given), ("unsupported",)))
            elif DOUBTFUL & set(candidate.flags):
                doubtful.append(candidate)
            else:
                good.append(candidate)
    lacking = wanted - len(good)
    refused += [Refused(one.chosen.cited(one.given), one.flags) for one in doubtful[lacking:]]
    return good + doubtful[:lacking], refused


def _candidate(chosen: Chosen, given: Given | None, wishes: Wishes) -> Candidate:
    english: tuple[Worded, ...] = ()
    indonesian: tuple[Worded, ...] = ()
    if wishes.language != "en":
        indonesian = chosen.indonesian(tight=wishes.tight)
    if given is not None and given.corrected:
        # The editor has the last word, here too.
        english = (Worded(given.target),)
    elif given is not None:
        ways = chosen.ways(given.target, "en", tight=wishes.tight)
        english = tuple(way for way in ways if not unsupported(*chosen.receipt(way)))
    return Candidate(chosen, given, english, indonesian)


def _standing_alone(order: Sequence[Chosen], count: int) -> list[Chosen]:
    """The best first, but those that nobody understands alone after the others."""
    first: list[Chosen] = []
    later: list[Chosen] = []
    for chosen in order:
        # No more have to be looked at than can be tried.
        look = len(first) < count + SPARE
        alone = not look or not chosen.unresolved
        (first if alone else later).append(chosen)
    enough = first[: count + SPARE]
    return enough + later + first[len(enough) :]
