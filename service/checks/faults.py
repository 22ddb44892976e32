"""Targets that are no translation: loops, echoes, Indonesian text."""

from __future__ import annotations

import re
from collections import Counter

from service.text.lexicon.function_words import CORE

_INDONESIAN = CORE["id"] | {"di", "ke", "ada", "bisa", "dapat", "menjadi"}
_ENGLISH = CORE["en"]

_MIN_REPEATS = 3
_WORD = re.compile(r"\d+(?:[.,:/]\d+)*|\w+")


def loops(text: str, source: str = "") -> bool:
    """Return whether a phrase repeats 3 times, and more than in the source."""
    return _max_repeats(text) >= max(_MIN_REPEATS, _max_repeats(source) + 1)


def _max_repeats(text: str) -> int:
    """Return the longest run of one phrase of up to twelve words."""
    words = [word.lower() for word in _WORD.findall(text)]
    repeats = 1
    for length in range(1, min(12, len(words) // 2) + 1):
        run = 0
        for n in range(length, len(words)):
            run = run + 1 if words[n] == words[n - length] else 0
            repeats = max(repeats, 1 + run // length)
    return repeats


def echoes(source: str, hypothesis: str) -> bool:
    """Return whether the hypothesis copies 80% of four or more source words.

    Function words must be among them: a list of names is the same in English.
    """
    source_words = Counter(word.lower() for word in _WORD.findall(source))
    shared = source_words & Counter(word.lower() for word in _WORD.findall(hypothesis))
    if source_words.total() < 4 or not shared.keys() & _INDONESIAN:
        return False
    return shared.total() >= 0.8 * source_words.total()


def in_source_language(hypothesis: str) -> bool:
    """Return whether Indonesian function words prevail, with at least two."""
    words = Counter(word.lower() for word in _WORD.findall(hypothesis))
    indonesian = sum(count for word, count in words.items() if word in _INDONESIAN)
    english = sum(count for word, count in words.items() if word in _ENGLISH)
    return indonesian >= 2 and indonesian > english
