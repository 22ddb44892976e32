"""A newsletter's slot, and the wordings that fit it.

In: candidates, best first, each with its wordings, longest first, and a slot. Out: the chosen
candidates and their wordings. A wording is taken whole or not at all.

Each candidate asks for room with its shortest wording, best first. The first that fits is admitted.
A later one that fits is admitted too, unless it takes the room of two: it is skipped where more of
the next `_LOOKAHEAD` candidates fit without it than with it. The remaining room then makes wordings
longer, the best candidate's first. The result is deterministic, and the time is proportional to the
number of candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from service.documents.xml_text import on_one_line
from service.summaries.rendering import BULLET

MAX_BULLETS = 7

# Candidates that are compared with one before it is admitted.
_LOOKAHEAD = 4


class Slot(NamedTuple):
    """Maximum bullets (1 to 7), and words and characters of them all.

    None means no limit. Words are separated by blanks. Characters are Unicode's, of the bullets
    alone as `rendering.plain` prints them, with the `- ` before each and the line feeds between
    them. Where more is printed in the slot (a headline, names of articles, addresses), subtract it
    first.
    """

    bullets: int = MAX_BULLETS
    words: int | None = None
    characters: int | None = None


class Choice(NamedTuple):
    """A wording, by index: `candidates[candidate][wording]`."""

    candidate: int
    wording: int


class _Size(NamedTuple):
    """The size of a wording, or of the room for wordings.

    The line feed after a bullet is counted with it, so that a slot has one more.
    """

    words: float
    characters: float

    def fits(self, room: _Size) -> bool:
        return self.words <= room.words and self.characters <= room.characters

    def minus(self, other: _Size) -> _Size:
        return _Size(self.words - other.words, self.characters - other.characters)

    def plus(self, other: _Size) -> _Size:
        return _Size(self.words + other.words, self.characters + other.characters)


def fit(candidates: Sequence[Sequence[str]], slot: Slot) -> list[Choice]:
    """Return the wordings that fit, the best candidate first.

    Blank wordings are skipped. Raises `ValueError` for a slot without room, or for more than 7
    bullets.
    """
    room = _room(slot)
    usable = [n for n, wordings in enumerate(candidates) if any(map(str.strip, wordings))]
    shortest = [_size(next(filter(str.strip, reversed(candidates[n])))) for n in usable]
    admitted = _admitted(shortest, room, slot.bullets)
    for place in admitted:
        room = room.minus(shortest[place])
    choices = []
    for place in admitted:
        room = room.plus(shortest[place])
        wording, size = _longest(candidates[usable[place]], room)
        room = room.minus(size)
        choices.append(Choice(usable[place], wording))
    return choices


def _room(slot: Slot) -> _Size:
    words = inf if slot.words is None else slot.words
    characters = inf if slot.characters is None else slot.characters
    if not 1 <= slot.bullets <= MAX_BULLETS or words < 1 or characters < 1:
        raise ValueError(
            f"{slot} holds no bullets: give 1 to {MAX_BULLETS} bullets, and at least 1 word and "
            f"1 character"
        )
    return _Size(words, characters + 1)


def _size(wording: str) -> _Size:
    text = on_one_line(wording)
    return _Size(text.count(" ") + 1, len(BULLET) + len(text) + 1)


def _longest(wordings: Sequence[str], room: _Size) -> tuple[int, _Size]:
    """Return the first wording that fits; the shortest always fits."""
    sizes = ((n, _size(text)) for n, text in enumerate(wordings) if text.strip())
    return next((n, size) for n, size in sizes if size.fits(room))


def _admitted(sizes: Sequence[_Size], room: _Size, bullets: int) -> list[int]:
    """Return the indexes of the admitted candidates, by their shortest sizes."""
    admitted: list[int] = []
    for n, size in enumerate(sizes):
        left = bullets - len(admitted)
        if not left:
            break
        if not size.fits(room):
            continue
        following = sizes[n + 1 : n + 1 + _LOOKAHEAD]
        without = _count(following, room, left)
        if admitted and without > 1 + _count(following, room.minus(size), left - 1):
            continue
        admitted.append(n)
        room = room.minus(size)
    return admitted


def _count(sizes: Sequence[_Size], room: _Size, maximum: int) -> int:
    """Return how many fit, each in turn."""
    count = 0
    for size in sizes:
        if count < maximum and size.fits(room):
            room = room.minus(size)
            count += 1
    return count
