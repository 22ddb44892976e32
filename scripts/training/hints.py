"""Hints in sources: the English of a rare word, in braces after it.

`ranjau paku {nail trap}`. A model that is trained with such sources uses the hint, inflects it, and
chooses between two senses, `{treasurer/cashier}` (inline annotation: Dinu et al. 2019). The service
gives hints from its dictionary (`service/translation/hints.py`).

Hints for training come from the word alignment of the pairs: the English of a rare source word or
phrase, in its basic form.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from random import Random

import simplemma

from models.alignment.aligner import Aligner, Alignment
from scripts.training.corpora import Pair

# A word with more uses than this in the corpora gets no hint of its own.
_MAX_USES = 150
_MIN_LETTERS = 4
# Numbers of hints in a pair, one of which is drawn.
_COUNTS = (1, 1, 1, 2, 2, 3)
_PHRASE, _SECOND_SENSE, _WRONG = 0.35, 0.25, 0.04
_MAX_SOURCE_WORDS, _MAX_TARGET_WORDS = 3, 4

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_BRACES = re.compile(r"[{}]")
# English words that begin or end a phrase without being part of a word's sense.
_LEADING = frozenset(
    "the a an to of in on at by for with and or was were is are be been had has have will would can"
    " could he she it they i we you his her its their my our your this that these those not".split()
)
_TRAILING = frozenset(
    "the a an to of in on at by for with and or from it him her them me us over that than"
    " as".split()
)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A source phrase with the basic form of its English; `end` is in characters."""

    word: str
    end: int
    first: int
    last: int
    hint: str


@dataclass(slots=True)
class Hints:
    """The uses of words in the corpora, and their English."""

    uses: Counter[str] = field(default_factory=Counter)
    senses: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @classmethod
    def learn(cls, pairs: Iterable[Pair]) -> Hints:
        """Count words and align the rare ones; about a third of a millisecond a pair."""
        hints = cls()
        pairs = [pair for pair in pairs if not pair.machine]
        for pair in pairs:
            hints.uses.update(_WORD.findall(pair.source.lower()))
        aligner = Aligner.load()
        for pair in pairs:
            for phrase in hints._phrases(pair, aligner.align(pair.source, pair.target), 1):
                hints.senses[phrase.word][phrase.hint] += 1
        return hints

    def add(self, pair: Pair, random: Random) -> Pair:
        """Return the pair with hints in its source, or as it is where none fits."""
        if pair.machine or _BRACES.search(pair.source + pair.target):
            return pair
        alignment = Aligner.load().align(pair.source, pair.target)
        longest = _MAX_SOURCE_WORDS if random.random() < _PHRASE else 1
        phrases = self._phrases(pair, alignment, longest)
        if not phrases:
            return pair
        # The rarer a word, the likelier it gets a hint.
        order = sorted(
            phrases,
            key=lambda p: (
                random.random() ** (1 + self.uses[p.word.split()[0]] / 20) * (1 + p.last - p.first)
            ),
            reverse=True,
        )
        taken: list[_Phrase] = []
        for phrase in order[: 2 * max(_COUNTS)]:
            if all(phrase.last < other.first or phrase.first > other.last for other in taken):
                taken.append(phrase)
            if len(taken) == random.choice(_COUNTS):
                break
        source = pair.source
        for phrase in sorted(taken, key=lambda p: -p.end):
            hint = self._shown(phrase, random)
            source = f"{source[: phrase.end]} {{{hint}}}{source[phrase.end :]}"
        return replace(pair, source=source)

    def _shown(self, phrase: _Phrase, random: Random) -> str:
        others = [s for s in self.senses.get(phrase.word, ()) if s.lower() != phrase.hint.lower()]
        if others and random.random() < _WRONG:
            return random.choice(others)
        if others and random.random() < _SECOND_SENSE:
            senses = [phrase.hint, random.choice(others)]
            random.shuffle(senses)
            return "/".join(senses)
        return phrase.hint

    def _phrases(self, pair: Pair, alignment: Alignment, longest: int) -> list[_Phrase]:
        """Return source phrases whose English is a phrase of its own."""
        forward: dict[int, set[int]] = defaultdict(set)
        backward: dict[int, set[int]] = defaultdict(set)
        for i, j in alignment.links:
            forward[i].add(j)
            backward[j].add(i)
        source, target = alignment.source, alignment.target
        found = []
        for first, word in enumerate(source):
            last = first
            text = pair.source[word.start : word.end]
            if not self._is_rare(text):
                continue
            for last in range(first, min(first + longest, len(source))):
                linked = {j for i in range(first, last + 1) for j in forward.get(i, ())}
                if (
                    not linked
                    or last not in forward
                    or any(not first <= i <= last for j in linked for i in backward[j])
                ):
                    continue
                low, high = min(linked), max(linked)
                if high - low >= _MAX_TARGET_WORDS or any(
                    not first <= i <= last
                    for j in range(low, high + 1)
                    for i in backward.get(j, ())
                ):
                    continue
                between = pair.source[word.start : source[last].end]
                english = pair.target[target[low].start : target[high].end]
                if re.search(r"[^\w\s-]", between) or re.search(r'[",.:;()]', english):
                    continue
                title = low == 0 or _in_title_case(pair.target)
                hint = _basic(english.split(), lower=title)
                if hint and hint.lower() != between.lower():
                    found.append(_Phrase(between.lower(), source[last].end, first, last, hint))
        return found

    def _is_rare(self, text: str) -> bool:
        lower = text.lower()
        return (
            len(text) >= _MIN_LETTERS
            and _WORD.fullmatch(text) is not None
            and 0 < self.uses[lower] <= _MAX_USES
        )


def _in_title_case(text: str) -> bool:
    words: list[str] = _WORD.findall(text)
    return sum(word[0].isupper() for word in words) > len(words) / 2


def _basic(words: list[str], *, lower: bool) -> str:
    """Return English words in their basic form, or nothing for what is no word."""
    while words and words[0].lower() in _LEADING:
        words = words[1:]
    while words and words[-1].lower() in _TRAILING:
        words = words[:-1]
    if not words or any(not _WORD.fullmatch(word) for word in words):
        return ""
    if lower:
        words = [word if word.isupper() else word.lower() for word in words]
    # The number of a noun is at the end of a phrase.
    if words[-1].islower():
        words[-1] = simplemma.lemmatize(words[-1], lang="en")
    # The tense of a verb is at its beginning.
    if words[0].islower() and words[0].endswith("ed"):
        words[0] = simplemma.lemmatize(words[0], lang="en")
    return " ".join(words)
