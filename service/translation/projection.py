"""Projection of spans from a sentence onto its target, by word alignment.

In: a sentence, its target and their alignment. Out: spans of the target, in characters. Each is
inside a window and outside the taken spans, which are in order and do not overlap. If no word of a
span is aligned, the target words at the same relative position are its counterpart.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence

from models.alignment.aligner import Aligner, Alignment
from service.article import Span

Align = Callable[[str, str], Alignment]

# Classes of punctuation. A sign at the edge of a span takes along a target sign of its class.
_CLASSES = ("\"'“”‘’«»„‹›", "([{)]}", ".!?…", ",;:", "–—-", "%‰°", "$€£¥")
_OPENING = "\"'“‘«„‹([{"
# Characters on either side in which a span without words is searched for.
_SEARCH_CHARS = 200


def align_words(source: str, target: str) -> Alignment:
    """Align with the default aligner. Raises `ModelMissing`, `ModelCorrupt`."""
    return Aligner.load().align(source, target)


def nearest_free(offset: int, taken: Sequence[Span]) -> int:
    """Return the offset, or the nearer edge of a taken span around it."""
    at = bisect_left(taken, (offset, offset)) - 1
    if at < 0 or taken[at][1] <= offset:
        return offset
    start, end = taken[at]
    return start if offset - start <= end - offset else end


def overlaps(span: Span, taken: Sequence[Span]) -> bool:
    """Return whether any part of the span is taken."""
    at = bisect_left(taken, (span[1], span[1]))
    return at > 0 and taken[at - 1][1] > span[0]


def largest_free(span: Span, taken: Sequence[Span]) -> Span | None:
    """Return the longest part of the span that is not taken, or None."""
    return max(_free(span, taken), key=lambda free: free[1] - free[0], default=None)


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


class Projection:
    """Maps spans and offsets of one sentence onto its target."""

    def __init__(self, source: str, target: str, alignment: Alignment) -> None:
        self._source, self._target = source, target
        self._source_words, self._target_words = alignment.source, alignment.target
        self._starts = [word.start for word in self._source_words]
        self._ends = [word.end for word in self._source_words]
        self._links: list[list[int]] = [[] for _ in self._source_words]
        self._is_linked = [False] * len(self._target_words)
        for i, j in alignment.links:
            self._links[i].append(j)
            self._is_linked[j] = True

    def span(
        self, start: int, end: int, window: Span, taken: Sequence[Span], by_position: bool = False
    ) -> Span | None:
        """Return the counterpart of `source[start:end]`, or None without room.

        If all linked words are taken, it is None too, unless `by_position` allows other words.
        """
        part = self._part_of_word(start, end, window, taken)
        if part is not None:
            return part
        linked = self.linked_span(start, end, window, taken)
        if linked is not None or (self._linked_words(start, end) and not by_position):
            return linked
        words = self._words_by_position(start, end, window, taken)
        return None if words is None else self._with_punctuation(start, end, words, window, taken)

    def linked_span(self, start: int, end: int, window: Span, taken: Sequence[Span]) -> Span | None:
        """Return the counterpart by links alone: words and their punctuation.

        It is the run of target words with the most links to the span and the fewest to other words
        (Kadane's algorithm).
        """
        linked = self._linked_words(start, end)
        if not linked:
            return None
        best: Span | None = None
        best_score = score = 0
        low = -1
        for j in range(min(linked), max(linked) + 1):
            if not self._is_free(j, window, taken):
                low = -1
            elif j in linked:
                if low < 0 or score < 0:
                    low, score = j, 0
                score += 1
                if score > best_score:
                    best, best_score = (low, j), score
            elif self._is_linked[j]:
                score -= 1
        if best is None:
            return None
        words = self._target_words[best[0]].start, self._target_words[best[1]].end
        return self._with_punctuation(start, end, words, window, taken)

    def offset(self, source_offset: int) -> int:
        """Return the offset between target words for an offset in the source."""
        source_words, target_words, links = self._source_words, self._target_words, self._links
        if source_offset <= 0 or not target_words:
            return 0
        if source_offset >= len(self._source):
            return len(self._target)
        after = bisect_left(self._starts, source_offset)
        if after < len(source_words) and links[after]:
            offset = target_words[min(links[after])].start
            while offset and self._target[offset - 1] in _OPENING:
                offset -= 1
            return offset
        if after and links[after - 1]:
            return target_words[max(links[after - 1])].end
        number = after * len(target_words) // max(1, len(source_words))
        return target_words[number].start if number < len(target_words) else target_words[-1].end

    def _words_inside(self, start: int, end: int) -> Span:
        """Return the range of source words that overlap `source[start:end]`."""
        return bisect_right(self._ends, start), bisect_left(self._starts, end)

    def _linked_words(self, start: int, end: int) -> set[int]:
        return {j for i in range(*self._words_inside(start, end)) for j in self._links[i]}

    def _is_free(self, j: int, window: Span, taken: Sequence[Span]) -> bool:
        start, end = self._target_words[j].start, self._target_words[j].end
        return window[0] <= start and end <= window[1] and not overlaps((start, end), taken)

    def _part_of_word(
        self, start: int, end: int, window: Span, taken: Sequence[Span]
    ) -> Span | None:
        """Return the same part of an unchanged word, for a part of a word."""
        first, last = self._words_inside(start, end)
        if last - first != 1:
            return None
        word = self._source_words[first]
        if start <= word.start and end >= word.end:
            return None
        for j in self._links[first]:
            other = self._target_words[j]
            span = (
                other.start + max(start, word.start) - word.start,
                other.start + min(end, word.end) - word.start,
            )
            inside = window[0] <= span[0] and span[1] <= window[1]
            if other.text == word.text and inside and not overlaps(span, taken):
                return span
        return None

    def _words_by_position(
        self, start: int, end: int, window: Span, taken: Sequence[Span]
    ) -> Span | None:
        """Return the free target words at the same relative position."""
        first, last = self._words_inside(start, end)
        if first >= last:
            return self._copied_sign(start, end, window, taken)
        m, n = len(self._source_words), len(self._target_words)
        low = first * n // m
        high = max(low + 1, last * n // m)
        free = [
            (word.start, word.end)
            for j, word in enumerate(self._target_words[low:high], low)
            if self._is_free(j, window, taken)
        ]
        return largest_free((free[0][0], free[-1][1]), taken) if free else None

    def _copied_sign(
        self, start: int, end: int, window: Span, taken: Sequence[Span]
    ) -> Span | None:
        """Return the same text nearby in the target, for a span without words."""
        text, near = self._source[start:end].strip(), self.offset(start)
        low, high = max(window[0], near - _SEARCH_CHARS), min(window[1], near + _SEARCH_CHARS)
        found = self._target.find(text, low, high)
        if not text or found < 0 or overlaps((found, found + len(text)), taken):
            return None
        return found, found + len(text)

    def _with_punctuation(
        self, start: int, end: int, words: Span, window: Span, taken: Sequence[Span]
    ) -> Span:
        """Extend target words by the punctuation at the edges of the source."""
        first, last = self._words_inside(start, end)
        if first >= last:
            return words
        a, b = words
        lead = self._source[start : max(start, self._source_words[first].start)]
        trail = self._source[min(end, self._source_words[last - 1].end) : end]
        while a > window[0] and _has_class_of(self._target[a - 1], lead):
            if overlaps((a - 1, a), taken):
                break
            a -= 1
        while b < window[1] and _has_class_of(self._target[b], trail):
            if overlaps((b, b + 1), taken):
                break
            b += 1
        return a, b


def _has_class_of(sign: str, edge: str) -> bool:
    return any(sign in signs and any(other in signs for other in edge) for signs in _CLASSES)
