"""Which words of an English sentence stand for which of the Indonesian one.

The main path is `Aligner.align`: words, the evidence that they stand for each other, how surely
they do given their places, and the links that both directions believe in. All of it takes well
under a millisecond for a sentence; a long text is aligned window by window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.alignment.evidence import Alone, Witness
from models.alignment.lexicon import Lexicon, read_lexicon
from models.alignment.posterior import posterior
from models.alignment.words import Word, words

__all__ = ["Aligner", "Alignment", "Alone", "Word", "words"]

# The geometric mean of both posteriors from which on a link is believed.
_BELIEVED = 0.25
# A text with more words on either side is aligned in windows of so many words, each with the
# part of the target in the same place and so many words around it.
_WHOLE, _WINDOW, _AROUND = 300, 100, 50
# Others between two parts of a span may be so many more than the words of the lesser part.
_ASTRAY = 2


@dataclass(frozen=True, slots=True)
class Alignment:
    """Words of both sides; `links`, pairs of their indexes, ascending; and for each source word
    how surely it has a counterpart, 0 to 1 (words that often have none, such as `yang`, are near
    1 whatever the target). `source_alone` and `target_alone` say, by index, what the capitalised
    words are where nothing on the other side is known to stand for them or is spelt like them:
    their links have place alone for them."""

    source: tuple[Word, ...]
    target: tuple[Word, ...]
    links: tuple[tuple[int, int], ...]
    coverage: tuple[float, ...]
    source_alone: Mapping[int, Alone] = field(default_factory=dict)
    target_alone: Mapping[int, Alone] = field(default_factory=dict)

    def target_span(self, start: int, end: int) -> tuple[int, int] | None:
        """The characters of the target that stand for source characters `start` to `end`, or
        nothing where no word in there has a counterpart.

        A word counts where any character of it is inside. Where the target has them in several
        places with counterparts of other words between, the span is that of the largest group,
        and of what beside it is not far away: a stray link must not stretch it.
        """
        inside = [word.start < end and word.end > start for word in self.source]
        ours = {j for i, j in self.links if inside[i]}
        if not ours:
            return None
        others = {j for i, j in self.links if not inside[i]} - ours
        first, last = _main_part(sorted(ours), others)
        return self.target[first].start, self.target[last].end


class Aligner:
    """Aligns sentences; safe to share between threads. `signature` tells its weights."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._witness = Witness(lexicon)
        self._tension = lexicon.tension
        self.signature = lexicon.signature

    @classmethod
    def load(cls) -> Aligner:
        """With the weights that ship, read once. Raises `ModelMissing` and `ModelCorrupt`."""
        return _shipped()

    def align(self, source: str, target: str) -> Alignment:
        """Align a sentence with its translation; no text is an error."""
        left, right = tuple(words(source)), tuple(words(target))
        m, n = len(left), len(right)
        if not left or not right:
            return Alignment(left, right, (), (0.0,) * m)
        if max(m, n) <= _WHOLE:
            return self._part(left, right)
        links: list[tuple[int, int]] = []
        coverage: list[float] = []
        alone: dict[int, Alone] = {}
        strange: dict[int, Alone] = {}
        # How many windows a word of the target was seen in, and in how many it was alone.
        reached, lonely = [0] * n, [0] * n
        windows = -(-max(m, n) // _WINDOW)
        for number in range(windows):
            top, bottom = number * m // windows, (number + 1) * m // windows
            near = max(0, number * n // windows - _AROUND)
            far = (number + 1) * n // windows + _AROUND
            if top == bottom:
                continue
            part = self._part(left[top:bottom], right[near:far])
            links += [(top + i, near + j) for i, j in part.links]
            coverage += part.coverage
            alone |= {top + i: kind for i, kind in part.source_alone.items()}
            strange |= {near + j: kind for j, kind in part.target_alone.items()}
            for j in range(near, min(far, n)):
                reached[j] += 1
                lonely[j] += j - near in part.target_alone
        return Alignment(
            left,
            right,
            tuple(links),
            tuple(coverage),
            alone,
            {j: kind for j, kind in strange.items() if lonely[j] == reached[j]},
        )

    def _part(self, source: tuple[Word, ...], target: tuple[Word, ...]) -> Alignment:
        evidence = self._witness(source, target)
        believed = posterior(evidence, self._tension)
        rows, columns = np.nonzero(believed.both() > _BELIEVED)
        # How many target words, in sum, stand for it: enough is one.
        standing = np.minimum(believed.ahead.sum(axis=1), 1)
        coverage: NDArray[np.float32] = 1 - (1 - standing) * (1 - evidence.source_missing)
        return Alignment(
            source,
            target,
            tuple(zip(rows.tolist(), columns.tolist(), strict=True)),
            tuple(coverage.tolist()),
            evidence.source_alone,
            evidence.target_alone,
        )


@lru_cache(maxsize=1)
def _shipped() -> Aligner:
    return Aligner(read_lexicon())


def _main_part(ours: list[int], others: set[int]) -> tuple[int, int]:
    """First and last index of the longest run of `ours` without `others` between, joined by the
    runs beside it that are nearer, counted in others, than they are long and a little more."""
    runs: list[list[int]] = [[ours[0]]]
    gaps: list[int] = []
    for before, after in pairwise(ours):
        between = sum(j in others for j in range(before + 1, after))
        if between:
            gaps.append(between)
            runs.append([])
        runs[-1].append(after)
    low = high = max(range(len(runs)), key=lambda at: len(runs[at]))
    while low > 0 and gaps[low - 1] <= len(runs[low - 1]) + _ASTRAY:
        low -= 1
    while high < len(gaps) and gaps[high] <= len(runs[high + 1]) + _ASTRAY:
        high += 1
    return runs[low][0], runs[high][-1]
