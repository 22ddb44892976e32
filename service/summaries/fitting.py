"""Which bullets fit a newsletter's slot, in which wording; and the one line above them.

In: candidates, the best first, each with the wordings it may have, the longest first; and how much
room there is. Out: which candidate in which wording. A wording is taken whole or not at all.

How it is chosen: every candidate asks for room with its shortest wording, the best first. The first
that fits is in. One after it is in where it fits, unless it takes the room of two: where more of
the next `_AHEAD` would come in without it than with it, it is passed over. The room that is left
then makes wordings longer, the best candidate's first. The answer is the same every time, and
takes time in proportion to the number of candidates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from math import inf
from typing import NamedTuple

from service.checks.numbers import numbers
from service.summaries.forms import BULLET, on_one_line
from service.text.lexicon.function_words import NEGATIONS

MAX_BULLETS = 7

# Candidates that are looked at before one is let in.
_AHEAD = 4

# What is cut down to fewer words says too little.
_FEWEST_WORDS = 4

# A comma and what begins a circumstance: before it stands a sentence that is whole without it.
_CIRCUMSTANCE = re.compile(r",\s+(?:after|amid|because|following)\b", re.IGNORECASE)
# A circumstance with one of these may take back what stands before it, or tell who says so.
_TAKES_BACK = re.compile(
    rf"\b(?:{'|'.join(NEGATIONS['en'])}|either|but|(?:al)?though|however|unless|if|except"
    r"|only|later|until|despite|would|could|may|might|said|say(?:s|ing)?|t(?:old|ells?)|according"
    r"|report(?:s|ed|edly)?|claim\w*|alleg\w*|accus\w*|den(?:y|ie[sd]|ying|ials?)|false\w*"
    r"|apparent\w*|withdr\w+|retract\w*|reject\w*|disput\w*|doubt\w*|cancel\w*|clear(?:s|ed)"
    r"|acquit\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
# What is yet to come, or may, depends on its circumstance: `will open, after repairs`.
_OPEN = re.compile(r"\b(?:will|shall|would|can|could|may|might|must|should)\b|['’]ll\b", re.I)
# After a circumstance that goes on, or holds another, the sentence may go on too.
_GOES_ON = re.compile(r"[,;:()\[\]—–]|\s-|[.!?…]\s")
_QUOTATION_MARK = re.compile(r"[\"“”„«»‘]|(?<!\w)['’]|['’](?!\w)")
_SENTENCE_END = (".", "!")
# A full stop that is part of the word before it, or of `...`.
_OWN_STOP = re.compile(
    r"(?:\.|\b(?:Inc|Ltd|Corp|Co|Tbk|Jr|Sr|St|etc|dll|dsb|dst|dkk|[A-Z]|(?:[A-Za-z]\.)+[A-Za-z]))\.$"
)


class Slot(NamedTuple):
    """The room there is: at most so many bullets (1 to 7), words in all and characters in all;
    None is any number.

    Words are what blanks part. Characters are Unicode's, of the bullets as `forms.plain` prints
    them when they are all there is: the `- ` before each is counted, and the line feeds between
    them. Where more is printed in the slot (a headline, names of articles, addresses), the caller
    asks for so much less.
    """

    bullets: int = MAX_BULLETS
    words: int | None = None
    characters: int | None = None


class Choice(NamedTuple):
    """A wording, by index: `candidates[candidate][wording]`."""

    candidate: int
    wording: int


class _Size(NamedTuple):
    """What a wording takes, or what room there is. The line feed after a bullet is counted with it,
    so that a slot has one more."""

    words: float
    characters: float

    def within(self, room: _Size) -> bool:
        return self.words <= room.words and self.characters <= room.characters

    def less(self, other: _Size) -> _Size:
        return _Size(self.words - other.words, self.characters - other.characters)

    def more(self, other: _Size) -> _Size:
        return _Size(self.words + other.words, self.characters + other.characters)


def fit(candidates: Sequence[Sequence[str]], slot: Slot) -> list[Choice]:
    """What is printed, the best candidate first; empty where nothing fits.

    Blank wordings are passed by, and candidates that have no others. Raises `ValueError` for a slot
    of no room or of more than 7 bullets.
    """
    room = _room(slot)
    some = [n for n, wordings in enumerate(candidates) if any(map(str.strip, wordings))]
    shortest = [_size(next(filter(str.strip, reversed(candidates[n])))) for n in some]
    admitted = _admitted(shortest, room, slot.bullets)
    for place in admitted:
        room = room.less(shortest[place])
    choices = []
    for place in admitted:
        room = room.more(shortest[place])
        choice, size = _longest(candidates[some[place]], room)
        room = room.less(size)
        choices.append(Choice(some[place], choice))
    return choices


def _room(slot: Slot) -> _Size:
    words = inf if slot.words is None else slot.words
    characters = inf if slot.characters is None else slot.characters
    if not 1 <= slot.bullets <= MAX_BULLETS or words < 1 or characters < 1:
        raise ValueError(f"{slot} is no room for 1 to {MAX_BULLETS} bullets")
    return _Size(words, characters + 1)


def _size(wording: str) -> _Size:
    text = on_one_line(wording)
    return _Size(text.count(" ") + 1, len(BULLET) + len(text) + 1)


def _longest(wordings: Sequence[str], room: _Size) -> tuple[int, _Size]:
    """The first wording that fits; the shortest does."""
    sizes = ((n, _size(text)) for n, text in enumerate(wordings) if text.strip())
    return next((n, size) for n, size in sizes if size.within(room))


def _admitted(sizes: Sequence[_Size], room: _Size, bullets: int) -> list[int]:
    """The candidates that come in, by index, each of the size that it has at least."""
    admitted: list[int] = []
    for n, size in enumerate(sizes):
        left = bullets - len(admitted)
        if not left:
            break
        if not size.within(room):
            continue
        following = sizes[n + 1 : n + 1 + _AHEAD]
        without = _count(following, room, left)
        if admitted and without > 1 + _count(following, room.less(size), left - 1):
            continue
        admitted.append(n)
        room = room.less(size)
    return admitted


def _count(sizes: Sequence[_Size], room: _Size, most: int) -> int:
    """How many come in, one by one where they fit."""
    count = 0
    for size in sizes:
        if count < most and size.within(room):
            room = room.less(size)
            count += 1
    return count


def one_line(headline: str | None, wordings: Sequence[str], limit: int = 110) -> str | None:
    """What tells in fewer characters than `limit` what the summary is about, without a full stop;
    None where nothing can.

    It is the English headline; or else the shortest of the best bullet's English wordings, which
    come the longest first; or else what one of these says before a circumstance at its end (`,
    after ...`) that holds no number, no quotation and nothing that takes back what stands before.
    """
    title = on_one_line(headline or "")
    if title and len(title) < limit:
        return title
    shortest_first = [text for text in map(on_one_line, reversed(wordings)) if text]
    whole = (text for text in map(_without_stop, shortest_first) if len(text) < limit)
    cut = (_without_circumstance(text, limit) for text in shortest_first)
    return next(filter(None, chain(whole, cut)), None)


def _without_stop(text: str) -> str:
    return text if _OWN_STOP.search(text) else text.removesuffix(".").rstrip()


def _without_circumstance(text: str, limit: int) -> str | None:
    """A sentence without the circumstance at its end, in fewer characters than `limit`; None where
    that may not be left out."""
    found = [match.start() for match in _CIRCUMSTANCE.finditer(text)]
    if not found or found[-1] >= limit or len(text[: found[-1]].split()) < _FEWEST_WORDS:
        return None
    head, circumstance = text[: found[-1]], text[found[-1] + 1 :]
    unsafe = (
        not text.endswith(_SENTENCE_END)
        or _QUOTATION_MARK.search(text)
        or _OPEN.search(head)
        or _TAKES_BACK.search(circumstance)
        or _GOES_ON.search(circumstance)
        or re.search(r"\d", circumstance)
        or len(numbers(text, "en")) > len(numbers(head, "en"))
    )
    return None if unsafe else head
