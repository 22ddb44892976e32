"""The furniture of Indonesian news pages: lines that are not the story.

A line comes in, the name of its pattern goes out. `furniture_spans` finds furniture on a line of
the story.
"""

from __future__ import annotations

import re

from service.documents.links import LINKS
from service.documents.notices import NOTICES
from service.documents.patterns import Place

FURNITURE = (*NOTICES, *LINKS)
# The first line of furniture whose links were pasted as lines of their own.
SCATTERED = re.compile(r"Simak|Artikel ini (?:telah|sudah)\b.{0,60}|https?://\S+")
MAX_SCATTERED_LINES = 8

_END_OF_SENTENCE = r"(?<=[.?!…])[\"”’)\]]{0,3}"
# The beginning of furniture on a line of the story, after a sentence or right behind a word.
_INSIDE = re.compile(
    rf"(?:{_END_OF_SENTENCE}\s{{0,3}}|(?<=[a-z])|^)"
    r"([(\[]?(?:(?:Baca|Lihat|Simak) (?:[Jj]uga|[Pp]ula)|(?:BACA|LIHAT|SIMAK) (?:JUGA|PULA))"
    r"(?=\s?(?:[:|]|[>»]{1,3}))|Baca Juga(?=[A-Z0-9]))"
    rf"|{_END_OF_SENTENCE}\s{{0,3}}"
    r"(Ikuti Whats[Aa]pp Channel |\([a-z]{2,4}\d?/[a-z]{2,4}\d?\)$)"
    r"|(SCROLL TO (?:CONTINUE|RESUME)(?: WITH)? CONTENT|\[Gambas:[^\]\n]{1,80}\])"
    rf"|{_END_OF_SENTENCE}\s{{0,3}}(ADVERTISEMENT(?=\s?[A-Z\"“]|$))"
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_MAX_LENGTH = 500
# The story after a title: a quotation that ends in a stop, or words in small letters.
_STORY_AGAIN = re.compile(
    r"(?<=\S)\s?(?=\"[A-Z][^\"\n]{5,400}[,.?!]\"|“[A-Z][^”\n]{5,400}[,.?!]”)"
    r"|(?<=[?!])\s?(?=[A-Z][a-z]+(?: [a-z]+){3})"
)


def furniture(line: str, top: bool = False, end: bool = False) -> str | None:
    """Return the name of the furniture in a stripped line, or None for story.

    `top` and `end` tell whether it stands before the first paragraph, or after the last.
    """
    if len(line) > _MAX_LENGTH:
        return None
    places = {Place.ANYWHERE, *((Place.TOP, Place.EDGE) if top else (Place.BELOW,))}
    if end:
        places |= {Place.END, Place.EDGE}
    for pattern in FURNITURE:
        if pattern.place in places and pattern.line.fullmatch(line):
            return pattern.name
    return None


def furniture_spans(line: str) -> list[tuple[int, int]]:
    """Return the spans of certain furniture in a line of the story, in order."""
    spans: list[tuple[int, int]] = []
    for match in _INSIDE.finditer(line):
        start = match.start(match.lastindex or 0)
        if spans and start < spans[-1][1]:
            continue
        if match[3] or match[4]:
            spans.append(match.span(match.lastindex or 0))
        elif end := _end_of_title(line, start):
            spans.append((start, end))
    return spans


def _end_of_title(line: str, start: int) -> int:
    """Return the end of furniture that begins at `start`, or 0 if uncertain."""
    rest = line[start : start + _MAX_LENGTH + 1]
    if furniture(rest) and _quotes_pair(rest):
        return start + len(rest)
    if bracket := _BRACKETS.match(rest):
        return start + bracket.end() if furniture(bracket[0]) else 0
    if again := _STORY_AGAIN.search(rest):
        title = rest[: again.start()]
        if furniture(title) and _quotes_pair(title):
            return start + len(title)
    return 0


def _quotes_pair(text: str) -> bool:
    return text.count('"') % 2 == 0 and text.count("“") == text.count("”")
