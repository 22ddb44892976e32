"""The changes between two versions of an article, sentence by sentence.

Equal sentences are paired wherever they are. Of the others, similar ones are one changed sentence.
The rest is new, or gone.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.text.normalization import normalize

# Two sentences that share this part of their words (Dice) are one changed sentence.
_MIN_SIMILARITY = 0.5
# A word in more old sentences than this is no evidence of similarity.
_MAX_SENTENCES = 20

_WORD = re.compile(r"\w+")


class Change(StrEnum):
    """The change of a sentence since the previous version."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class SentencePair:
    """A sentence of a version, and its English."""

    id: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class SentenceChange:
    """The change of one sentence.

    A new sentence has no `previous`, and a removed one no `current`.
    """

    change: Change
    current: SentencePair | None
    previous: SentencePair | None


def compare_versions(
    previous: Sequence[SentencePair], current: Sequence[SentencePair]
) -> list[SentenceChange]:
    """Return the current sentences in order, removed ones at old places."""
    old = [normalize(sentence.source) for sentence in previous]
    new = [normalize(sentence.source) for sentence in current]
    equal = _pair_equal(old, new)
    paired = set(equal.values())
    similar = _pair_similar(
        {n: text for n, text in enumerate(old) if n not in paired},
        {n: text for n, text in enumerate(new) if n not in equal},
    )
    return list(_in_order(previous, current, equal, similar))


def _pair_equal(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Map new sentences to equal old ones, by index and in order."""
    indexes: defaultdict[str, list[int]] = defaultdict(list)
    for n in reversed(range(len(old))):
        indexes[old[n]].append(n)
    return {n: indexes[text].pop() for n, text in enumerate(new) if indexes[text]}


def _pair_similar(old: Mapping[int, str], new: Mapping[int, str]) -> dict[int, int]:
    """Map new sentences to similar old ones, most similar pairs first."""
    old_words = {o: Counter(_WORD.findall(text.lower())) for o, text in old.items()}
    index: defaultdict[str, list[int]] = defaultdict(list)
    for o, counts in old_words.items():
        for word in counts:
            index[word].append(o)
    ranked = []
    for n, text in new.items():
        words = Counter(_WORD.findall(text.lower()))
        candidates = {
            o for word in words if len(index[word]) <= _MAX_SENTENCES for o in index[word]
        }
        for o in candidates:
            shared = (words & old_words[o]).total()
            similarity = 2 * shared / (words.total() + old_words[o].total())
            if similarity >= _MIN_SIMILARITY:
                ranked.append((-similarity, n, o))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, n, o in sorted(ranked):
        if n not in pairs and o not in taken:
            pairs[n] = o
            taken.add(o)
    return pairs


def _in_order(
    previous: Sequence[SentencePair],
    current: Sequence[SentencePair],
    equal: Mapping[int, int],
    similar: Mapping[int, int],
) -> Iterator[SentenceChange]:
    paired = {*equal.values(), *similar.values()}
    gone = deque(o for o in range(len(previous)) if o not in paired)
    for n, sentence in enumerate(current):
        o = equal.get(n, similar.get(n))
        while o is not None and gone and gone[0] < o:
            yield SentenceChange(Change.GONE, None, previous[gone.popleft()])
        if o is None:
            yield SentenceChange(Change.NEW, sentence, None)
        else:
            change = Change.SAME if n in equal else Change.CHANGED
            yield SentenceChange(change, sentence, previous[o])
    for o in gone:
        yield SentenceChange(Change.GONE, None, previous[o])
