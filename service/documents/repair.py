"""The repair of text that a scraper damaged.

Text comes in; the repaired text and the list of changes go out. Nothing raises, and uncertain
damage stays. Time is linear in the length of the text. The kinds of repairs:

- `encoding`: UTF-8 that was read as Windows-1252 (`KlÃ¶cker`). The library ftfy decides.
- `invisible`: soft hyphens and marks without width between letters of the Latin alphabet.
- `line`: the line break around page furniture that was pasted onto a line of the story
  (`kata dia.Baca juga: …`).
- `word`: the space between two words that was lost with a link (`mentalyang`, `kepadaRepublika`),
  or a word that a line break cut (`service.text.mending`).
- `space`: the space after a full stop that ends a sentence (`selesai.Kemudian`) beside an
  Indonesian word, or after a comma before a capital.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ftfy import fix_encoding

from service.article import Repair
from service.documents.edits import Edit, apply, compose
from service.documents.furniture import furniture_spans
from service.text.lexicon.roots import is_known
from service.text.mending import mended_words
from service.text.segmentation import segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired text, and its changes against the text before."""

    text: str
    changes: tuple[Repair, ...]


# The first byte of a UTF-8 sequence and its next bytes, as Windows-1252 or Latin-1 show them.
_MISREAD = re.compile(
    r"[\u00c2-\u00f4][\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    r"\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]{1,60}"
)
_LATIN = "A-Za-z\u00c0-\u024f"
# Characters beside a Latin word; elsewhere marks without width have a meaning, as in emoji.
_BESIDE = r"\s.,;:!?\"'“”‘’()/-"
_INVISIBLE = re.compile(
    rf"(?<![^{_BESIDE}])[{_LATIN}0-9]*+(?:[\u00ad\u200b-\u200d\u2060\ufeff]++[{_LATIN}0-9]*+)++"
    rf"(?![^{_BESIDE}])"
)
_MARKS = str.maketrans("", "", "\u00ad\u200b\u200c\u200d\u2060\ufeff")

_LOST_SPACE = re.compile(r"[.?!…][\"'”’»)\]]{0,3}[\"“‘«(\[]{0,2}[A-Z0-9]")
_FILE_ENDING = re.compile(r"(?:PDF|JPE?G|PNG|GIF|DOCX?|XLSX?|PPTX?|ZIP|MP[34]|TXT|APK|EXE)\b")
_LAST_WORD = re.compile(r"([^\W\d_]+)\W*$")
_NEXT_WORD = re.compile(r"\W{0,4}([^\W\d_]+)")
_LOST_AFTER_COMMA = re.compile(r"(?<=[a-z]{2}),(?=[A-Z][a-z])")


def repair(text: str) -> Repaired:
    """Return the repaired text, and the changes with offsets into `text`."""
    edits: list[Edit] = []
    now = text
    for find in _PASSES:
        found = list(find(now))
        if found:
            edits = compose(now, edits, found)
            now = apply(now, found)
    changes = (Repair(e.kind, text[e.start : e.end], e.after, e.start) for e in edits)
    return Repaired(now, tuple(changes))


def _misread(text: str) -> Iterator[Edit]:
    for match in _MISREAD.finditer(text):
        after = _decoded(match[0])
        if after != match[0]:
            yield Edit("encoding", match.start(), match.end(), after)


def _decoded(run: str) -> str:
    return unicodedata.normalize("NFC", fix_encoding(run))


def _invisible(text: str) -> Iterator[Edit]:
    for match in _INVISIBLE.finditer(text):
        yield Edit("invisible", match.start(), match.end(), match[0].translate(_MARKS))


def _lost_lines(text: str) -> Iterator[Edit]:
    start = 0
    for line in text.splitlines(keepends=True):
        edges = {edge for span in furniture_spans(line.rstrip()) for edge in span}
        for edge in sorted(edges):
            pair = line[edge - 1 : edge + 1] if edge else ""
            # At an end of the line there is a line break already, or nothing.
            if len(pair) == 2 and not any(map(str.isspace, pair)):
                yield Edit("line", start + edge - 1, start + edge, pair[0] + "\n")
        start += len(line)


def _glued_words(text: str) -> Iterator[Edit]:
    for start, end, after in mended_words(text):
        yield Edit("word", start, end, after)


def _lost_spaces(text: str) -> Iterator[Edit]:
    start = 0
    for line in text.splitlines(keepends=True):
        places = [match.end() for match in _LOST_AFTER_COMMA.finditer(line)]
        if _LOST_SPACE.search(line):
            places += [
                end
                for (_, end), (begin, _) in pairwise(segment(line))
                if end == begin and _is_prose(line, end)
            ]
        for place in sorted(places):
            at = start + place
            yield Edit("space", at - 1, at, text[at - 1] + " ")
        start += len(line)


_PASSES: tuple[Callable[[str], Iterable[Edit]], ...] = (
    _misread,
    _invisible,
    _lost_lines,
    _lost_spaces,
    _glued_words,
    _glued_words,  # again, with the names that the first pass separated
)


def _is_prose(line: str, place: int) -> bool:
    """Return whether an Indonesian word stands before or after a place.

    None does in `W32.Gammima` and `just.Luc`.
    """
    if _FILE_ENDING.match(line, place):
        return False
    last = _LAST_WORD.search(line, max(0, place - 45), place)
    following = _NEXT_WORD.match(line, place)
    return any(match is not None and is_known(match[1].lower()) for match in (last, following))
