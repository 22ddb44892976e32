"""Lines of subtitles: the text of a sentence divided among cues, and lines of readable length.

The limits are those of broadcasters: 42 characters a line and two lines, where the text allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

MAX_LINE_CHARS = 42


def divided(text: str, lengths: Sequence[int]) -> list[str]:
    """Return the words of a text in as many parts as there are lengths, in proportion.

    A break after punctuation is preferred to one inside a clause. No part is empty if there are
    enough words.
    """
    words = text.split()
    count = len(lengths)
    if len(words) <= count:
        return [words[n] if n < len(words) else "" for n in range(count)]
    ends = list(accumulate(len(word) + 1 for word in words))
    total, whole = ends[-1], sum(lengths) or 1
    cuts = [0]
    for n, before in enumerate(list(accumulate(lengths))[:-1], start=1):
        goal = total * before / whole
        # Leave a word for each part before and after.
        allowed = range(cuts[-1] + 1, len(words) - (count - n) + 1)
        cuts.append(min(allowed, key=lambda at: _cost(words, ends, at, goal)))
    cuts.append(len(words))
    return [" ".join(words[a:b]) for a, b in pairwise(cuts)]


def wrapped(text: str) -> str:
    """Return the text on as few lines as the limit allows, of similar length."""
    words = text.split()
    length = len(" ".join(words))
    count = -(-length // MAX_LINE_CHARS)
    if count <= 1:
        return " ".join(words)
    for lines in range(count, count + 3):
        parts = [part for part in divided(" ".join(words), [1] * lines) if part]
        if all(len(part) <= MAX_LINE_CHARS for part in parts):
            break
    return "\n".join(parts)


def _cost(words: Sequence[str], ends: Sequence[int], at: int, goal: float) -> float:
    bonus = 8 if words[at - 1][-1] in ",.;:?!…" else 0
    return abs(ends[at - 1] - goal) - bonus
