"""Targets that no reader would take for a translation, found without a reference."""

from __future__ import annotations

import re
from collections import Counter

from service.text.lexicon.function_words import CORE

_INDONESIAN = CORE["id"] | {"di", "ke", "ada", "bisa", "dapat", "menjadi"}
_ENGLISH = CORE["en"]

_MIN_REPEATS = 3
_WORD = re.compile(r"\d+(?:[.,:/]\d+)*|\w+")


def loops(text: str, source: str = "") -> bool:
    """Whether a phrase stands three or more times in a row, more often than in the source."""
    return _max_repeats(text) >= max(_MIN_REPEATS, _max_repeats(source) + 1)


def _max_repeats(text: str) -> int:
    """The most times that one phrase of up to twelve words stands in a row."""
    words = [word.lower() for word in _WORD.findall(text)]
    most = 1
    for length in range(1, min(12, len(words) // 2) + 1):
        run = 0
        for place in range(length, len(words)):
            run = run + 1 if words[place] == words[place - length] else 0
            most = max(most, 1 + run // length)
    return most


def echoes(source: str, hypothesis: str) -> bool:
    """Whether the source comes back as it was: four words or more, nearly all of them, function
    words too (a list of names stays as it is)."""
    ours = Counter(word.lower() for word in _WORD.findall(source))
    shared = ours & Counter(word.lower() for word in _WORD.findall(hypothesis))
    if ours.total() < 4 or not shared.keys() & _INDONESIAN:
        return False
    return shared.total() >= 0.8 * ours.total()


def in_source_language(hypothesis: str) -> bool:
    """Whether the output has more Indonesian function words than English ones, two at least."""
    words = Counter(word.lower() for word in _WORD.findall(hypothesis))
    indonesian = sum(count for word, count in words.items() if word in _INDONESIAN)
    english = sum(count for word, count in words.items() if word in _ENGLISH)
    return indonesian >= 2 and indonesian > english
