"""The lines of a pasted page, and the joins within a paragraph.

Text comes in, lines with their offsets go out; nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from service.article import Kind
from service.documents.forms import ITEM, begins_small, is_open
from service.documents.furniture import MAX_SCATTERED_LINES, SCATTERED, furniture, furniture_spans


@dataclass(slots=True)
class Line:
    """A line or joined lines, `page[start:end]` without outer white space."""

    start: int
    end: int
    text: str
    blank_before: bool
    kind: Kind | None = None
    indent: int = 0  # characters before it on its line of the page


# The end of a line that goes on in the next: a comma, or a word that opens a phrase.
_GOES_ON = re.compile(
    r"(?:,|(?:^|\s)(?:dan|atau|yang|di|ke|dari|pada|oleh|untuk|dengan|kepada|dalam|dilansir|melansir"
    r"|soal|menurut|para|serta|bahwa|akan|sebuah|seorang))$"
)


def lines_of(text: str, start: int) -> list[Line]:
    """Return the lines of the text from `start` on, blank ones left out."""
    lines: list[Line] = []
    blank = True
    for raw in text[start:].splitlines(keepends=True):
        line = raw.strip()
        if line:
            begin = start + len(raw) - len(raw.lstrip())
            lines += _split(Line(begin, begin + len(line), line, blank))
        blank = not line
        start += len(raw)
    return lines


def _split(line: Line) -> list[Line]:
    """Return the line and the furniture pasted onto it as separate lines."""
    spans = furniture_spans(line.text)
    if not spans:
        return [line]
    edges = [0, *(edge for span in spans for edge in span), len(line.text)]
    parts: list[Line] = []
    for n, (start, end) in enumerate(pairwise(edges)):
        part = line.text[start:end]
        words = part.strip()
        if words:
            indent = start + len(part) - len(part.lstrip())
            begin = line.start + indent
            kind = Kind.FURNITURE if n % 2 else None
            blank = line.blank_before and not parts
            parts.append(Line(begin, begin + len(words), words, blank, kind, indent))
    return parts


def join_scattered(text: str, lines: list[Line]) -> list[Line]:
    """Join furniture whose links were pasted as lines of their own."""
    whole: list[Line] = []
    end = 0
    for n, line in enumerate(lines):
        if n < end:
            continue
        end = n + 1
        if line.kind is None and SCATTERED.fullmatch(line.text):
            end = _end_of_scattered(lines, n)
        if end > n + 1:
            last = lines[end - 1].end
            words = text[line.start : last]
            line = Line(line.start, last, words, line.blank_before, Kind.FURNITURE, line.indent)
        whole.append(line)
    return whole


def _end_of_scattered(lines: list[Line], n: int) -> int:
    whole = lines[n].text
    for end in range(n + 1, min(n + MAX_SCATTERED_LINES, len(lines))):
        if lines[end].blank_before or lines[end].kind is not None:
            break
        whole = f"{whole} {lines[end].text}"
        if furniture(whole):
            return end + 1
    return n + 1


def join_paragraphs(text: str, lines: list[Line]) -> list[Line]:
    """Join the lines of each paragraph."""
    column = _wrap_column(lines)
    soft = [False] * len(lines)  # whether a line goes on in the next
    for n in range(len(lines) - 2, -1, -1):
        soft[n] = _goes_on(lines[n], lines[n + 1], column, soft[n + 1])
    blocks: list[Line] = []
    for n, line in enumerate(lines):
        if n and soft[n - 1]:
            first = blocks[-1]
            first.end = line.end
            first.text = text[first.start : line.end]
        else:
            blocks.append(line)
    return blocks


def _may_join(line: Line, following: Line) -> bool:
    apart = line.kind or following.kind or following.blank_before
    return not apart and not ITEM.match(following.text)


def _goes_on(line: Line, following: Line, column: int, following_goes_on: bool) -> bool:
    if not _may_join(line, following):
        return False
    if column:
        return _reach(line, following) > column
    if not is_open(line.text):
        # `(\nBBNI\n)`, and a link that ends in a bracket
        return following.text[0] in ",;)" and line.text[-1] not in ".?!"
    if following.text[0] in ",.;)?!" or begins_small(following.text) or line.text[-1] in "(,":
        return True
    # a link in mid-sentence: `... seperti dilansir\nAFP\n, Selasa`
    link = following_goes_on and is_open(following.text) and len(following.text) <= 60
    return link or _GOES_ON.search(line.text) is not None


def _reach(line: Line, following: Line) -> int:
    """Return the column that the next word would have reached on the line."""
    return line.indent + len(line.text) + 1 + len(following.text.split(None, 1)[0])


def _wrap_column(lines: list[Line]) -> int:
    """Return the column at which the lines were wrapped, or 0."""
    pairs = [pair for pair in pairwise(lines) if _may_join(*pair)]
    if not pairs:
        return 0
    lengths = sorted(line.indent + len(line.text) for line, _ in pairs)
    column = lengths[-1 - len(lengths) // 50]
    full = sum(_reach(*pair) > column for pair in pairs)
    broken = sum(is_open(line.text) and following.text[0].islower() for line, following in pairs)
    wrapped = 40 <= column <= 120 and full >= 0.7 * len(pairs) and broken >= 0.25 * len(pairs)
    return column if wrapped else 0


def in_sentence(lines: Sequence[Line], n: int) -> bool:
    """Return whether the line may be a link from the middle of a sentence."""
    line = lines[n]
    if n and not line.blank_before and lines[n - 1].kind is None:
        before = lines[n - 1].text
        if before[-1] in ",(" or _GOES_ON.search(before):
            return True
    if n + 1 == len(lines) or lines[n + 1].blank_before:
        return False
    after = lines[n + 1].text
    return (begins_small(after) or after[0] in ",.;)?!") and not furniture(after, top=True)
