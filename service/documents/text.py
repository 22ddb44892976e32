"""The reader of plain text: a pasted page into an article of typed blocks.

An `Article` without sentences goes out; nothing raises. The reader first repairs certain damage by
scrapers (`repair.py`) and lists the repairs. It loses no text: the article's `source` is the
repaired text, and two blocks are at most white space apart.

Blank lines separate blocks, and single line ends do too. The exceptions are lines wrapped at a
column, and links that were pasted as lines of their own in mid-sentence. Furniture that was pasted
onto a line of the story becomes a block. A block's kind comes from its form and its neighbors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from service.article import Article, Block, Kind, Repair
from service.documents.datelines import cut_dateline, cut_dateline_of_part
from service.documents.forms import is_quotation
from service.documents.kinds import mark_furniture, mark_story
from service.documents.lines import Line, join_paragraphs, join_scattered, lines_of
from service.documents.repair import repair

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Part:
    """A text that stands apart from others, and the white space after it.

    A `kind` of None leaves the kind to the rules.
    """

    text: str
    kind: Kind | None = None
    separator: str = "\n\n"


def read_text(text: str) -> Article:
    """Return the article in the text of a page; blank text has no blocks."""
    repaired = repair(text)
    article = _article(repaired.text, lines_of(repaired.text, 0), headline=True)
    return replace(article, repairs=repaired.changes)


def read_fields(
    headline: str | None,
    body: str | Sequence[str],
    above: Sequence[Part] = (),
    captions: Sequence[str] = (),
) -> Article:
    """Return the article of a headline, a body and other parts.

    The body is one text, or one text per paragraph. Other parts stand `above` it, and captions
    after it.
    """
    head = _stripped([Part(headline or "", Kind.HEADLINE), *above])
    tail = _stripped([Part(caption, Kind.CAPTION) for caption in captions])
    paragraphs = [body] if isinstance(body, str) else list(body)
    middle = [Part("\n\n".join(paragraphs))] if paragraphs else []
    parts, repairs = _repaired([*head, *middle, *tail])
    text = "\n\n".join(part.text for part in parts)
    head, tail = parts[: len(head)], parts[len(head) + len(middle) :]
    start = len("\n\n".join(part.text for part in head))
    end = len(text) - len("\n\n".join(part.text for part in tail))
    lines = [*_lines_of_parts(head, 0), *lines_of(text[:end], start), *_lines_of_parts(tail, end)]
    return replace(_article(text, lines, headline=False), repairs=repairs)


def read_parts(parts: Sequence[Part]) -> Article:
    """Return the article of parts that are one block each.

    A dateline becomes a block of its own. Parts must not be blank or have white space around them.
    """
    text = "".join(part.text + part.separator for part in parts)
    lines = _lines_of_parts(parts, 0)
    cut_dateline_of_part(lines)
    mark_furniture(lines)
    for line in lines:
        if line.kind is None and is_quotation(line.text):
            line.kind = Kind.QUOTATION
    return _of_blocks(text, lines)


def _repaired(parts: Sequence[Part]) -> tuple[list[Part], tuple[Repair, ...]]:
    """Return the repaired parts, and repairs with offsets into the joined parts."""
    repaired_parts: list[Part] = []
    repairs: list[Repair] = []
    start = 0
    for part in parts:
        repaired = repair(part.text)
        repaired_parts.append(replace(part, text=repaired.text))
        repairs += [replace(change, start=start + change.start) for change in repaired.changes]
        start += len(part.text) + len(part.separator)
    return repaired_parts, tuple(repairs)


def _stripped(parts: Sequence[Part]) -> list[Part]:
    """Return the parts without outer white space, and without blank ones."""
    stripped = [Part(part.text.strip(), part.kind) for part in parts]
    return [part for part in stripped if part.text]


def _lines_of_parts(parts: Sequence[Part], start: int) -> list[Line]:
    lines = []
    for part in parts:
        words = part.text.strip()
        if words:
            begin = start + len(part.text) - len(part.text.lstrip())
            lines.append(Line(begin, begin + len(words), words, blank_before=True, kind=part.kind))
        start += len(part.text) + len(part.separator)
    return lines


def _article(text: str, lines: list[Line], headline: bool) -> Article:
    lines = join_scattered(text, cut_dateline(text, lines))
    mark_furniture(lines)
    blocks = join_paragraphs(text, lines)
    mark_story(blocks, headline)
    return _of_blocks(text, blocks)


def _of_blocks(text: str, blocks: list[Line]) -> Article:
    if not blocks:
        return Article((), lead=text)
    ends = [*(block.start for block in blocks[1:]), len(text)]
    return Article(
        lead=text[: blocks[0].start],
        blocks=tuple(
            Block(f"b{n}", block.kind or Kind.PARAGRAPH, block.text, text[block.end : end])
            for n, (block, end) in enumerate(zip(blocks, ends, strict=True), start=1)
        ),
    )
