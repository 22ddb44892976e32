"""What an article's new version changed in the one before, sentence by sentence.

The same sentences are found wherever they stand now. Of the rest, those that share most of their
telling words are one sentence that was changed; what is left is new, or gone.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.text.normalization import normalize

# Of the words of two sentences, those they share: from here on they are one that was changed.
_ALIKE = 0.5
# A word that so many sentences have tells none of them from the others.
_TELLING = 20

_WORD = re.compile(r"\w+")


class Change(StrEnum):
    """What became of a sentence."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a version, and its English."""

    id: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one sentence: `now` is None where it is gone, `before` where it is new."""

    change: Change
    now: Said | None
    before: Said | None


def compare(before: Sequence[Said], now: Sequence[Said]) -> list[Step]:
    """The sentences of the new version in order, and those that are gone where they stood."""
    old, new = [normalize(said.source) for said in before], [normalize(said.source) for said in now]
    pairs = _equal(old, new)
    there = set(pairs.values())
    changed = _alike(
        {n: text for n, text in enumerate(old) if n not in there},
        {n: text for n, text in enumerate(new) if n not in pairs},
    )
    return list(_in_order(before, now, pairs, changed))


def _equal(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """New sentences that are old ones, by index; the first of several with the first."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for n in reversed(range(len(old))):
        places[old[n]].append(n)
    return {n: places[text].pop() for n, text in enumerate(new) if places[text]}


def _alike(old: Mapping[int, str], new: Mapping[int, str]) -> dict[int, int]:
    """New sentences with the old ones that they were made of, the most alike first."""
    words = {n: Counter(_WORD.findall(text.lower())) for n, text in old.items()}
    having: defaultdict[str, list[int]] = defaultdict(list)
    for n, counted in words.items():
        for word in counted:
            having[word].append(n)
    ranked = []
    for n, text in new.items():
        mine = Counter(_WORD.findall(text.lower()))
        near = {o for word in mine if len(having[word]) <= _TELLING for o in having[word]}
        for o in near:
            shared = 2 * (mine & words[o]).total() / (mine.total() + words[o].total())
            if shared >= _ALIKE:
                ranked.append((-shared, n, o))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, n, o in sorted(ranked):
        if n not in pairs and o not in taken:
            pairs[n] = o
            taken.add(o)
    return pairs


def _in_order(
    before: Sequence[Said],
    now: Sequence[Said],
    pairs: Mapping[int, int],
    changed: Mapping[int, int],
) -> Iterator[Step]:
    found = {*pairs.values(), *changed.values()}
    gone = deque(place for place in range(len(before)) if place not in found)
    for n, said in enumerate(now):
        place = pairs.get(n, changed.get(n))
        while place is not None and gone and gone[0] < place:
            yield Step(Change.GONE, None, before[gone.popleft()])
        if place is None:
            yield Step(Change.NEW, said, None)
        else:
            change = Change.SAME if n in pairs else Change.CHANGED
            yield Step(change, said, before[place])
    for place in gone:
        yield Step(Change.GONE, None, before[place])
