"""The word aligner for an Indonesian sentence and its English translation.

The main path is `Aligner.align`. It finds the words, the evidence for each pair, and the posterior
given their places, and links the pairs that both directions support. A sentence takes well under a
millisecond. A long text is aligned in windows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.alignment.evidence import EvidenceFinder, Unmatched
from models.alignment.lexicon import Lexicon, read_lexicon
from models.alignment.posterior import posterior
from models.alignment.words import Word, words

__all__ = ["Aligner", "Alignment", "Unmatched", "Word", "words"]

# Minimum geometric mean of both posteriors for a link.
_MIN_POSTERIOR = 0.25
# A text with more words than `_MAX_WORDS` on a side is aligned in windows of `_WINDOW` words. Each
# is paired with the same part of the target and a margin of words around it.
_MAX_WORDS, _WINDOW, _MARGIN = 300, 100, 50
# Two parts of a span are joined if at most this many more other words lie between them than the
# shorter part has.
_MAX_EXCESS = 2


@dataclass(frozen=True, slots=True)
class Alignment:
    """An alignment of two sentences.

    `links` are pairs of word indexes, ascending. `coverage` says, from 0 to 1, how surely each
    source word is translated. Words that often have no counterpart, such as `yang`, are near 1 for
    any target. `source_unmatched` and `target_unmatched` have, by index, the capitalized words
    without a known or similarly spelled counterpart. Only their places support their links.
    """

    source: tuple[Word, ...]
    target: tuple[Word, ...]
    links: tuple[tuple[int, int], ...]
    coverage: tuple[float, ...]
    source_unmatched: Mapping[int, Unmatched] = field(default_factory=dict)
    target_unmatched: Mapping[int, Unmatched] = field(default_factory=dict)

    def target_span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the target's span for source characters `start` to `end`.

        Returns None if no word in there has a counterpart; a word counts if any of its characters
        is inside. If counterparts of other words separate the target's words into groups, the span
        has the largest group and those near it. So a stray link does not stretch it.
        """
        inside = [word.start < end and word.end > start for word in self.source]
        linked = {j for i, j in self.links if inside[i]}
        if not linked:
            return None
        others = {j for i, j in self.links if not inside[i]} - linked
        first, last = _main_part(sorted(linked), others)
        return self.target[first].start, self.target[last].end


class Aligner:
    """A thread-safe aligner of sentences; `signature` identifies its weights."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._evidence = EvidenceFinder(lexicon)
        self._tension = lexicon.tension
        self.signature = lexicon.signature

    @classmethod
    def load(cls) -> Aligner:
        """Return the aligner with the packaged weights. Raises a `ModelError`."""
        return _packaged()

    def align(self, source: str, target: str) -> Alignment:
        """Align a sentence with its translation. Any text is valid."""
        source_words, target_words = tuple(words(source)), tuple(words(target))
        if not source_words or not target_words:
            return Alignment(source_words, target_words, (), (0.0,) * len(source_words))
        if max(len(source_words), len(target_words)) <= _MAX_WORDS:
            return self._align_words(source_words, target_words)
        return self._align_windows(source_words, target_words)

    def _align_windows(self, source: tuple[Word, ...], target: tuple[Word, ...]) -> Alignment:
        m, n = len(source), len(target)
        links: list[tuple[int, int]] = []
        coverage: list[float] = []
        source_unmatched: dict[int, Unmatched] = {}
        target_unmatched: dict[int, Unmatched] = {}
        # The number of windows in which a target word is, and in which it is unmatched.
        seen, unmatched = [0] * n, [0] * n
        windows = -(-max(m, n) // _WINDOW)
        for number in range(windows):
            top, bottom = number * m // windows, (number + 1) * m // windows
            left = max(0, number * n // windows - _MARGIN)
            right = (number + 1) * n // windows + _MARGIN
            if top == bottom:
                continue
            part = self._align_words(source[top:bottom], target[left:right])
            links += [(top + i, left + j) for i, j in part.links]
            coverage += part.coverage
            source_unmatched |= {top + i: kind for i, kind in part.source_unmatched.items()}
            target_unmatched |= {left + j: kind for j, kind in part.target_unmatched.items()}
            for j in range(left, min(right, n)):
                seen[j] += 1
                unmatched[j] += j - left in part.target_unmatched
        return Alignment(
            source,
            target,
            tuple(links),
            tuple(coverage),
            source_unmatched,
            {j: kind for j, kind in target_unmatched.items() if unmatched[j] == seen[j]},
        )

    def _align_words(self, source: tuple[Word, ...], target: tuple[Word, ...]) -> Alignment:
        evidence = self._evidence(source, target)
        linked = posterior(evidence, self._tension)
        rows, columns = np.nonzero(linked.both() > _MIN_POSTERIOR)
        # The expected number of target words for each source word; one is enough.
        expected = np.minimum(linked.forward.sum(axis=1), 1)
        coverage: NDArray[np.float32] = 1 - (1 - expected) * (1 - evidence.source_missing)
        return Alignment(
            source,
            target,
            tuple(zip(rows.tolist(), columns.tolist(), strict=True)),
            tuple(coverage.tolist()),
            evidence.source_unmatched,
            evidence.target_unmatched,
        )


@lru_cache(maxsize=1)
def _packaged() -> Aligner:
    return Aligner(read_lexicon())


def _main_part(linked: list[int], others: set[int]) -> tuple[int, int]:
    """Return the ends of the longest run of `linked`, with near runs."""
    runs: list[list[int]] = [[linked[0]]]
    gaps: list[int] = []
    for before, after in pairwise(linked):
        between = sum(j in others for j in range(before + 1, after))
        if between:
            gaps.append(between)
            runs.append([])
        runs[-1].append(after)
    low = high = max(range(len(runs)), key=lambda at: len(runs[at]))
    while low > 0 and gaps[low - 1] <= len(runs[low - 1]) + _MAX_EXCESS:
        low -= 1
    while high < len(gaps) and gaps[high] <= len(runs[high + 1]) + _MAX_EXCESS:
        high += 1
    return runs[low][0], runs[high][-1]
