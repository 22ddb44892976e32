"""Where the parts of a sentence stand in its translation.

In: a sentence, its target and the alignment of their words. Out: spans of the target, in
characters, each inside a window and outside of what is taken already (spans in order that do not
overlap). Where no word is aligned, the words in the same part of the target stand for it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence

from models.alignment.aligner import Aligner, Alignment
from service.article import Span

Align = Callable[[str, str], Alignment]

# Punctuation of one sort: at the edge of a part it goes along with its like in the target.
_SORTS = ("\"'“”‘’«»„‹›", "([{)]}", ".!?…", ",;:", "–—-", "%‰°", "$€£¥")
_OPENING = "\"'“‘«„‹([{"
# Characters on either side in which a part that has no word is looked for.
_NEAR = 200


def align_words(source: str, target: str) -> Alignment:
    """`Align` with the aligner that ships. Raises `ModelMissing` and `ModelCorrupt`."""
    return Aligner.load().align(source, target)


def outside(place: int, taken: Sequence[Span]) -> int:
    """The place, moved to the nearer edge of what it stands in the middle of."""
    at = bisect_left(taken, (place, place)) - 1
    if at < 0 or taken[at][1] <= place:
        return place
    start, end = taken[at]
    return start if place - start <= end - place else end


def overlaps(span: Span, taken: Sequence[Span]) -> bool:
    """Whether anything in the span is taken."""
    at = bisect_left(taken, (span[1], span[1]))
    return at > 0 and taken[at - 1][1] > span[0]


def largest_free(span: Span, taken: Sequence[Span]) -> Span | None:
    """The longest part of the span that is not taken."""
    best: Span | None = None
    for free in _free(span, taken):
        if best is None or free[1] - free[0] > best[1] - best[0]:
            best = free
    return best


def _free(span: Span, taken: Sequence[Span]) -> Iterator[Span]:
    low, high = span
    at = bisect_right(taken, (low, low))
    if at and taken[at - 1][1] > low:
        at -= 1
    while at < len(taken) and taken[at][0] < high:
        if taken[at][0] > low:
            yield low, taken[at][0]
        low = max(low, taken[at][1])
        at += 1
    if low < high:
        yield low, high


class Counterparts:
    """The words of a sentence and of its target, and what stands for what."""

    def __init__(self, source: str, target: str, alignment: Alignment) -> None:
        self._source, self._target = source, target
        self._left, self._right = alignment.source, alignment.target
        self._starts = [word.start for word in self._left]
        self._ends = [word.end for word in self._left]
        self._linked: list[list[int]] = [[] for _ in self._left]
        self._linked_back = [False] * len(self._right)
        for i, j in alignment.links:
            self._linked[i].append(j)
            self._linked_back[j] = True

    def span(
        self, start: int, end: int, window: Span, taken: Sequence[Span], by_place: bool = False
    ) -> Span | None:
        """Where `source[start:end]` stands; None where there is no room for it, or where all its
        words are taken, unless others `by_place` will do."""
        part = self._part_of_word(start, end, window, taken)
        if part is not None:
            return part
        linked = self.linked(start, end, window, taken)
        if linked is not None or (self._own(start, end) and not by_place):
            return linked
        words = self._by_place(start, end, window, taken)
        return None if words is None else self._with_punctuation(start, end, words, window, taken)

    def linked(self, start: int, end: int, window: Span, taken: Sequence[Span]) -> Span | None:
        """The same by the alignment alone, in whole words with their punctuation: of all runs of
        target words the one in which most stand for the part and fewest for other words (Kadane's
        algorithm)."""
        own = self._own(start, end)
        if not own:
            return None
        best: Span | None = None
        best_score = score = 0
        low = -1
        for j in range(min(own), max(own) + 1):
            if not self._is_free(j, window, taken):
                low = -1
            elif j in own:
                if low < 0 or score < 0:
                    low, score = j, 0
                score += 1
                if score > best_score:
                    best, best_score = (low, j), score
            elif self._linked_back[j]:
                score -= 1
        if best is None:
            return None
        words = self._right[best[0]].start, self._right[best[1]].end
        return self._with_punctuation(start, end, words, window, taken)

    def gap(self, at: int) -> int:
        """The place between words of the target for the place `at` in the source."""
        if at <= 0 or not self._right:
            return 0
        if at >= len(self._source):
            return len(self._target)
        after = bisect_left(self._starts, at)
        if after < len(self._left) and self._linked[after]:
            place = self._right[min(self._linked[after])].start
            while place and self._target[place - 1] in _OPENING:
                place -= 1
            return place
        if after and self._linked[after - 1]:
            return self._right[max(self._linked[after - 1])].end
        number = after * len(self._right) // max(1, len(self._left))
        return self._right[number].start if number < len(self._right) else self._right[-1].end

    def _inside(self, start: int, end: int) -> Span:
        """The words with a character in `source[start:end]`, as a range of indexes."""
        return bisect_right(self._ends, start), bisect_left(self._starts, end)

    def _own(self, start: int, end: int) -> set[int]:
        """The target words that stand for words in there."""
        return {j for i in range(*self._inside(start, end)) for j in self._linked[i]}

    def _is_free(self, j: int, window: Span, taken: Sequence[Span]) -> bool:
        start, end = self._right[j].start, self._right[j].end
        return window[0] <= start and end <= window[1] and not overlaps((start, end), taken)

    def _part_of_word(
        self, start: int, end: int, window: Span, taken: Sequence[Span]
    ) -> Span | None:
        """Of a word that came through as it is, the same part."""
        first, last = self._inside(start, end)
        if last - first != 1:
            return None
        word = self._left[first]
        if start <= word.start and end >= word.end:
            return None
        for j in self._linked[first]:
            twin = self._right[j]
            span = (
                twin.start + max(start, word.start) - word.start,
                twin.start + min(end, word.end) - word.start,
            )
            inside = window[0] <= span[0] and span[1] <= window[1]
            if twin.text == word.text and inside and not overlaps(span, taken):
                return span
        return None

    def _by_place(self, start: int, end: int, window: Span, taken: Sequence[Span]) -> Span | None:
        first, last = self._inside(start, end)
        if first >= last:
            return self._as_it_is(start, end, window, taken)
        m, n = len(self._left), len(self._right)
        low = first * n // m
        high = max(low + 1, last * n // m)
        free = [
            (word.start, word.end)
            for j, word in enumerate(self._right[low:high], low)
            if self._is_free(j, window, taken)
        ]
        return largest_free((free[0][0], free[-1][1]), taken) if free else None

    def _as_it_is(self, start: int, end: int, window: Span, taken: Sequence[Span]) -> Span | None:
        """A part that has no word, such as a sign, where the target has it nearby."""
        text, near = self._source[start:end].strip(), self.gap(start)
        low, high = max(window[0], near - _NEAR), min(window[1], near + _NEAR)
        found = self._target.find(text, low, high)
        if not text or found < 0 or overlaps((found, found + len(text)), taken):
            return None
        return found, found + len(text)

    def _with_punctuation(
        self, start: int, end: int, words: Span, window: Span, taken: Sequence[Span]
    ) -> Span:
        """With what the part has at its edges and the target has beside the words."""
        first, last = self._inside(start, end)
        if first >= last:
            return words
        a, b = words
        lead = self._source[start : max(start, self._left[first].start)]
        trail = self._source[min(end, self._left[last - 1].end) : end]
        while a > window[0] and _goes_with(self._target[a - 1], lead):
            if overlaps((a - 1, a), taken):
                break
            a -= 1
        while b < window[1] and _goes_with(self._target[b], trail):
            if overlaps((b, b + 1), taken):
                break
            b += 1
        return a, b


def _goes_with(sign: str, edge: str) -> bool:
    return any(sign in sort and any(other in sort for other in edge) for sort in _SORTS)
