"""Plain text as pasted from a page, read into an article of typed blocks.

Text comes in, an `Article` without sentences goes out; nothing raises. What was surely scraped
badly is mended first (`repair.py`), and the article tells where. Nothing is lost: the article's
`source` is the mended text, and only white space, or nothing, stands between two blocks.

Blank lines separate blocks. A single line end does too, except where lines were wrapped at a column
or a page's links were pasted as lines of their own in the middle of a sentence. Furniture that was
pasted onto a line of the story is cut off. What a block is comes from its form and its neighbours;
in doubt it is a paragraph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from service.article import Article, Block, Kind, Repair
from service.documents.forms import (
    DATELINE,
    ITEM,
    form,
    is_headline,
    is_open,
    is_quotation,
)
from service.documents.furniture import (
    PAGE_HEADING,
    PAGE_NUMBER,
    RELATED_HEADING,
    RELATED_LINK,
    TAGS_HEADING,
    furniture,
)
from service.documents.lines import Line, gathered, in_sentence, joined, lines_of
from service.documents.repair import repair

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Part:
    """A text that its sender keeps apart from others, what it is (None: what its form says), and
    the white space after it."""

    text: str
    kind: Kind | None = None
    separator: str = "\n\n"


_FIRST_LINES = 8
# The name of a section (`Surabaya Raya`) is shorter than a headline below it.
_LABEL_WORDS, _HEADLINE_WORDS = 2, 5
# `Video: …` above everything else is a headline, and `***` alone all there is.
_NEVER_FIRST = {"video", "tags", "rule"}
# Below the story a line `WhatsApp` is a button only beside other furniture.
_NEVER_ALONE = {"share", "site"}


def read_text(text: str) -> Article:
    """The article that `text`, as pasted from a page, holds; blank text has no blocks."""
    repaired = repair(text)
    article = _article(repaired.text, lines_of(repaired.text, 0), headline=True)
    return replace(article, repairs=repaired.changes)


def read_fields(
    headline: str | None,
    body: str | Sequence[str],
    above: Sequence[Part] = (),
    captions: Sequence[str] = (),
) -> Article:
    """The article of a headline, if any, and a body: a text, or one text for each paragraph.

    `above`: what else stands above the body. Captions come after it.
    """
    head = _filled([Part(headline or "", Kind.HEADLINE), *above])
    tail = _filled([Part(caption, Kind.CAPTION) for caption in captions])
    paragraphs = [body] if isinstance(body, str) else list(body)
    middle = [Part("\n\n".join(paragraphs))] if paragraphs else []
    parts, repairs = _mended([*head, *middle, *tail])
    text = "\n\n".join(part.text for part in parts)
    head, tail = parts[: len(head)], parts[len(head) + len(middle) :]
    start = len("\n\n".join(part.text for part in head))
    end = len(text) - len("\n\n".join(part.text for part in tail))
    lines = [*_known(head, 0), *lines_of(text[:end], start), *_known(tail, end)]
    return replace(_article(text, lines, headline=False), repairs=repairs)


def read_parts(parts: Sequence[Part]) -> Article:
    """The article of parts, of which each is a block: only a dateline is cut off from its
    paragraph. Parts must not be blank or have white space around them."""
    text = "".join(part.text + part.separator for part in parts)
    lines = _known(parts, 0)
    _cut_dateline_of_part(lines)
    _mark_furniture(lines)
    for line in lines:
        if line.kind is None and is_quotation(line.text):
            line.kind = Kind.QUOTATION
    return _of_blocks(text, lines)


def _cut_dateline_of_part(lines: list[Line]) -> None:
    """Makes the dateline a line of its own where the first lines below the headline have one."""
    kinds = [line.kind for line in lines]
    first = kinds.index(Kind.HEADLINE) + 1 if Kind.HEADLINE in kinds else 0
    paragraphs = 0
    for n, line in enumerate(lines[first : first + _FIRST_LINES], first):
        alone = Line(0, len(line.text), line.text, blank_before=True, kind=line.kind)
        cut = _cut_dateline(line.text, [alone])
        if len(cut) > 1:
            for piece in cut:
                piece.start, piece.end = piece.start + line.start, piece.end + line.start
            lines[n : n + 1] = cut
        paragraphs += line.kind is None and line.text.endswith(".")
        if len(cut) > 1 or paragraphs > 1:
            return


def _mended(parts: Sequence[Part]) -> tuple[list[Part], tuple[Repair, ...]]:
    """The parts with repaired texts, and the repairs; offsets are into the parts' texts, joined
    with their separators."""
    mended: list[Part] = []
    repairs: list[Repair] = []
    start = 0
    for part in parts:
        repaired = repair(part.text)
        mended.append(replace(part, text=repaired.text))
        repairs += [replace(change, start=start + change.start) for change in repaired.changes]
        start += len(part.text) + len(part.separator)
    return mended, tuple(repairs)


def _filled(parts: Sequence[Part]) -> list[Part]:
    stripped = [Part(part.text.strip(), part.kind) for part in parts]
    return [part for part in stripped if part.text]


def _known(parts: Sequence[Part], start: int) -> list[Line]:
    lines = []
    for part in parts:
        words = part.text.strip()
        if words:
            begin = start + len(part.text) - len(part.text.lstrip())
            lines.append(Line(begin, begin + len(words), words, blank_before=True, kind=part.kind))
        start += len(part.text) + len(part.separator)
    return lines


def _article(text: str, lines: list[Line], headline: bool) -> Article:
    lines = gathered(text, _cut_dateline(text, lines))
    _mark_furniture(lines)
    blocks = joined(text, lines)
    _mark_rest(blocks, headline)
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


def _cut_dateline(text: str, lines: list[Line]) -> list[Line]:
    """Makes the dateline a line of its own, also where its dash stands on the next line."""
    seen = stops = 0
    for n, line in enumerate(lines):
        if line.kind is not None or furniture(line.text, top=True) not in (None, "site"):
            continue
        if seen == _FIRST_LINES or stops > 1:
            break
        seen += 1
        stops += line.text.endswith(".")
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


def _mark_furniture(lines: list[Line]) -> None:
    """Marks furniture, and captions and bylines, which may stand above the story too."""
    end = _end_of_story(lines)
    top, tail, tags = True, False, False
    heading: re.Match[str] | None = None
    pages = story = False
    for n, line in enumerate(lines):
        if line.kind is not None:
            story = True
            continue
        name = _name(lines, n, top, n >= end)
        if n == 0 and name in _NEVER_FIRST:
            name = None
        related = RELATED_HEADING.fullmatch(line.text)
        short = len(line.text) <= 40 and is_open(line.text) and not ITEM.match(line.text)
        if (
            name
            or related
            or (heading and heading[1] and _is_link(lines, n))
            or (pages and PAGE_NUMBER.fullmatch(line.text))
            or (tags and short and form(line.text) is None)
            or (tail and short and line.text.islower())
            or _is_repeated_title(lines, n)
        ):
            line.kind = Kind.FURNITURE
            tags = tags or (n >= end and TAGS_HEADING.fullmatch(line.text) is not None)
        else:
            line.kind = form(line.text, top and story)
            if line.kind is None:
                # a headline may be a question or a quotation
                top = top and (is_open(line.text) or (not story and line.text[-1] not in ".:"))
                story = True
            tail = tags = False
        pages = bool(PAGE_HEADING.fullmatch(line.text)) or (pages and line.kind is Kind.FURNITURE)
        heading = related
        tail = tail or name == "initials"  # tags may follow


def _end_of_story(lines: list[Line]) -> int:
    """The index of the first line after the last sentence; of none where a list belongs to it."""
    for n in range(len(lines) - 1, -1, -1):
        line = lines[n]
        aside = line.kind is not None or furniture(line.text, end=True) or form(line.text)
        if not aside and not is_open(line.text):
            return len(lines) if line.text[-1] == ":" else n + 1
    return len(lines)


def _name(lines: list[Line], n: int, top: bool, end: bool) -> str | None:
    """The furniture that a line is; where it may be part of a sentence, its place on the page is
    not counted."""
    line = lines[n]
    name = furniture(line.text)
    if name or not (top or end):
        return name
    name = furniture(line.text, top, end)
    if not top and name in _NEVER_ALONE and (n == 0 or lines[n - 1].kind is not Kind.FURNITURE):
        return None
    inner = in_sentence(lines, n) and not TAGS_HEADING.fullmatch(line.text)
    return None if inner else name


def _is_repeated_title(lines: list[Line], n: int) -> bool:
    """Whether the line is a video's title, which stands twice above the initials."""
    first = n if n + 1 < len(lines) and lines[n + 1].text == lines[n].text else n - 1
    return (
        0 <= first < len(lines) - 2
        and lines[first].text == lines[first + 1].text
        and is_open(lines[n].text)
        and RELATED_LINK.fullmatch(lines[n].text) is not None
        and furniture(lines[first + 2].text) == "initials"
    )


def _is_link(lines: list[Line], n: int) -> bool:
    """Whether a line after `Baca juga:` is a title: whole, and written like one."""
    line = lines[n].text
    following = lines[n + 1].text if n + 1 < len(lines) else ""
    words = [word for word in line.split() if len(word) > 4 and word[0].isalpha()]
    return (
        RELATED_LINK.fullmatch(line) is not None
        and not ITEM.match(line)
        and sum(word[0].isupper() for word in words) >= 0.6 * len(words)
        and not (following[:1].islower() or following.startswith((",", ".", ";", ")")))
    )


def _mark_rest(blocks: list[Line], headline: bool) -> None:
    story = [block for block in blocks if block.kind not in (Kind.FURNITURE, Kind.CAPTION)]
    if headline and len(story) > 1:
        _mark_headline(story)
    for n, block in enumerate(story):
        if block.kind is not None:
            continue
        if ITEM.match(block.text):
            block.kind = Kind.LIST_ITEM
        elif is_quotation(block.text):
            block.kind = Kind.QUOTATION
        elif 0 < n < len(story) - 1 and _is_subheading(story[n - 1], block, story[n + 1]):
            block.kind = Kind.SUBHEADING
        else:
            block.kind = Kind.PARAGRAPH


def _mark_headline(story: list[Line]) -> None:
    """The headline is the first block that can be one, or where that is a label, the one below."""
    first = next((n for n, block in enumerate(story) if block.kind is not Kind.BYLINE), 0)
    candidates = []
    for block in story[first : first + 3]:
        if block.kind is not None or not is_headline(block.text):
            break
        candidates.append(block)
    if candidates:
        words = [len(block.text.split()) for block in candidates]
        longer = [n for n, count in enumerate(words) if count >= _HEADLINE_WORDS]
        chosen = longer[0] if words[0] <= _LABEL_WORDS and longer else 0
        candidates[chosen].kind = Kind.HEADLINE


def _is_subheading(before: Line, block: Line, after: Line) -> bool:
    text = block.text
    return (
        len(text) <= 80
        and (is_open(block.text) or text[-1] == "?")
        and text[-1] not in ",-–—"
        and text[0].isupper()
        and "\n" not in text
        and not is_open(before.text)
        and (
            (len(after.text) > len(text) and not is_open(after.text))
            or ITEM.match(after.text) is not None
        )
    )
