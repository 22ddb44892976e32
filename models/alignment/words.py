"""The words of Indonesian and English texts, with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass

_APOSTROPHE = "['’]"
_LETTER = r"[^\W\d_]"
# English clitics that count as words; `n't` stays with its verb.
_JOINED = rf"{_APOSTROPHE}(?:s|S|re|ve|ll|d|m)(?!\w)"
_PART = rf"{_LETTER}+(?:(?!{_JOINED}){_APOSTROPHE}{_LETTER}+)*"
_WORD = re.compile(
    r"\d+(?:[.,:/]\d+)*"
    rf"|(?<!\w){_LETTER}\.(?:{_LETTER}\.)+"
    rf"|{_PART}"
    rf"|(?<=\w){_JOINED}"
)
_VOWELS = str.maketrans("", "", "aeiou")
# Longer parts are not Indonesian words, and would be slow to compare.
_MAX_PART = 24


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written; `start` and `end` are offsets in characters."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Return the words of a text in order, without punctuation and symbols.

    A word is a run of letters or of digits; `Rp5` and `G20` are two words each. A number with its
    separators is one word (`1.500`, `10:30`, `18/2/2025`). So are an abbreviation with full stops
    (`U.S.`) and a reduplication (`kata-kata`, `bolak-balik`). Other hyphens separate words. `don't`
    is one word, and `Prabowo's` two.
    """
    found: list[Word] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        if (
            found
            and start == found[-1].end + 1
            and text[start - 1] == "-"
            and _reduplicated(found[-1].text, match[0])
        ):
            start = found.pop().start
        found.append(Word(text[start:end], start, end))
    return found


def _reduplicated(first: str, second: str) -> bool:
    """Return whether two words are a reduplication."""
    shorter, longer = sorted((first.lower(), second.lower()), key=len)
    if len(longer) > _MAX_PART or not (shorter.isalpha() and longer.isalpha()):
        return False
    # They differ only in vowels (`gerak-gerik`), or one has most of the other (`buku-bukunya`,
    # `bermain-main`, `sayur-mayur`).
    skeletons = shorter.translate(_VOWELS), longer.translate(_VOWELS)
    if skeletons[0] == skeletons[1] and len(skeletons[0]) > 1:
        return True
    size = max(2, -(-len(shorter) * 7 // 10))
    return any(shorter[at : at + size] in longer for at in range(len(shorter) - size + 1))
