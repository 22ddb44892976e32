"""Words of Indonesian and English, by their place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_APOSTROPHE = "['’]"
_LETTER = r"[^\W\d_]"
# What English joins to a word that stands for a word of its own; `n't` stays with its verb.
_JOINED = rf"{_APOSTROPHE}(?:s|S|re|ve|ll|d|m)(?!\w)"
_PART = rf"{_LETTER}+(?:(?!{_JOINED}){_APOSTROPHE}{_LETTER}+)*"
_WORD = re.compile(
    r"\d+(?:[.,:/]\d+)*"
    rf"|(?<!\w){_LETTER}\.(?:{_LETTER}\.)+"
    rf"|{_PART}"
    rf"|(?<=\w){_JOINED}"
)
_VOWELS = str.maketrans("", "", "aeiou")
# Longer parts are no Indonesian words, and comparing them would cost.
_LONGEST_PART = 24


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, and where: `start` and `end` are offsets in characters."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """The words of a text in order; punctuation and symbols are none.

    A word is a run of letters or of digits (`Rp5` and `G20` are two each); a number with its
    separators (`1.500`, `10:30`, `18/2/2025`); an abbreviation with its full stops (`U.S.`); a
    reduplication (`kata-kata`, `bolak-balik`), while other hyphens part words; `don't`, but
    `Prabowo` and `'s`.
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
    """Whether the two make one word: the one is much of the other (`buku-bukunya`,
    `bermain-main`, `sayur-mayur`), or they differ by vowels only (`gerak-gerik`)."""
    shorter, longer = sorted((first.lower(), second.lower()), key=len)
    if len(longer) > _LONGEST_PART or not (shorter.isalpha() and longer.isalpha()):
        return False
    skeletons = shorter.translate(_VOWELS), longer.translate(_VOWELS)
    if skeletons[0] == skeletons[1] and len(skeletons[0]) > 1:
        return True
    size = max(2, -(-len(shorter) * 7 // 10))
    return any(shorter[at : at + size] in longer for at in range(len(shorter) - size + 1))
