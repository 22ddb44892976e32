"""The dateline of an article, as a line apart from its paragraph."""

from __future__ import annotations

from service.article import Kind
from service.documents.forms import DATELINE, DATELINE_ALONE
from service.documents.furniture import furniture
from service.documents.lines import Line

# Lines of the story that may begin with a dateline.
_MAX_LINES = 8


def cut_dateline(text: str, lines: list[Line]) -> list[Line]:
    """Return the lines with the dateline apart, its dash perhaps one line below."""
    seen = stops = 0
    for n, line in enumerate(lines):
        if line.kind is not None or furniture(line.text, top=True) not in (None, "site"):
            continue
        if seen == _MAX_LINES or stops > 1:
            break
        seen += 1
        stops += line.text.endswith(".")
        if DATELINE_ALONE.fullmatch(line.text) and n + 1 < len(lines) and lines[n + 1].blank_before:
            line.kind = Kind.DATELINE
            return lines
        match = DATELINE.match(text, line.start)
        if match is None or match.end() >= lines[-1].end:
            continue
        rest = [other for other in lines[n:] if other.end > match.end()]
        dateline = Line(line.start, match.end(), match[0], line.blank_before, Kind.DATELINE)
        first = rest[0]
        words = text[max(match.end(), first.start) : first.end].lstrip()
        begin = first.end - len(words)
        indent = first.indent + begin - first.start
        rest[0] = Line(begin, first.end, words, True, first.kind, indent)
        return [*lines[:n], dateline, *rest]
    return lines


def cut_dateline_of_part(lines: list[Line]) -> None:
    """Cut the dateline off one of the first blocks below the headline."""
    kinds = [line.kind for line in lines]
    first = kinds.index(Kind.HEADLINE) + 1 if Kind.HEADLINE in kinds else 0
    paragraphs = 0
    for n, line in enumerate(lines[first : first + _MAX_LINES], first):
        if line.kind is None and n + 1 < len(lines) and DATELINE_ALONE.fullmatch(line.text):
            line.kind = Kind.DATELINE
            return
        alone = Line(0, len(line.text), line.text, blank_before=True, kind=line.kind)
        cut = cut_dateline(line.text, [alone])
        if len(cut) > 1:
            for piece in cut:
                piece.start, piece.end = piece.start + line.start, piece.end + line.start
            lines[n : n + 1] = cut
        paragraphs += line.kind is None and line.text.endswith(".")
        if len(cut) > 1 or paragraphs > 1:
            return
