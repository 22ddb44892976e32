"""Placeholders: elements that stand for a word, such as a name that a program puts in.

Tools send `Halo <x id="5"></x>, selamat datang!`. A model translates a sentence with a gap badly:
`Hello , welcome back!`. With a word in the gap (`Halo X1, selamat datang!`) it puts the word where
it belongs, and the element is written in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from service.article import Mark


def fill_placeholders(
    text: str, marks: Sequence[Mark], names: frozenset[str]
) -> tuple[str, list[Mark]]:
    """Return a text with words in its gaps, and its marks.

    A gap is at an element of one of these `names` without text, and not beside a letter or a digit.
    """
    filled = list(marks)
    if not any(character.isalpha() for character in text):
        return text, filled
    number, around = 0, list[int]()
    for n in range(len(filled)):
        mark = filled[n]
        del around[mark.depth :]
        if mark.tag in names and mark.start == mark.end and _is_gap(text, mark.start):
            number += 1
            while f"X{number}" in text:
                number += 1
            text = _fill(text, filled, n, around, f"X{number}")
        around.append(n)
    return text, filled


def _is_gap(text: str, at: int) -> bool:
    return not (text[at - 1 : at].isalnum() if at else False) and not text[at : at + 1].isalnum()


def _fill(text: str, marks: list[Mark], n: int, around: Sequence[int], word: str) -> str:
    """Insert a word at mark `n`, inside the marks `around` it; return the text."""
    at, length = marks[n].start, len(word)
    for outer in around:
        marks[outer] = replace(marks[outer], end=marks[outer].end + length)
    marks[n] = replace(marks[n], end=at + length, verbatim=True, placeholder=True)
    for later in range(n + 1, len(marks)):
        mark = marks[later]
        marks[later] = replace(mark, start=mark.start + length, end=mark.end + length)
    return text[:at] + word + text[at:]
