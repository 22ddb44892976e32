"""How often the written training pairs use an Indonesian word.

A word in lower case comes in, a count goes out; nothing raises. `scripts/count_words.py` writes the
table from `scripts/training/written`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def frequency(word: str) -> int:
    """Return the uses of a word in lower case; 0 for fewer than two."""
    return _table().get(word, 0)


@cache
def _table() -> dict[str, int]:
    listed = (files("service.text.lexicon") / "frequencies.txt").read_text(encoding="utf-8")
    return {word: int(count) for word, count in map(str.split, listed.splitlines())}
