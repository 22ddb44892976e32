"""The kinds of lines and blocks, by form and neighbors.

Lines and blocks without a kind get one in place; in doubt they are paragraphs.
"""

from __future__ import annotations

from collections.abc import Sequence

from service.article import Kind
from service.documents.forms import ITEM, ROLE, form, has_capitals, is_open, is_quotation
from service.documents.furniture import furniture
from service.documents.headline import is_headline, mark_headline
from service.documents.lines import Line, in_sentence
from service.documents.links import (
    PAGE_HEADING,
    PAGE_NUMBER,
    RELATED_HEADING,
    RELATED_LINK,
    REST_HEADING,
    TAGS_HEADING,
)

# `Video: …` above everything else is a headline, and `***` may be the whole text.
_NEVER_FIRST = {"video", "tags", "rule", "copyright"}
# Below the story a line `WhatsApp` is a button only beside other furniture.
_NEVER_ALONE = {"share", "site"}
# Titles below a heading such as `Pilihan Redaksi`, and the words of each.
_MAX_LINKS, _MIN_LINK_WORDS = 5, 4
_MARKS = ":>»›→"  # before a title
_MIN_SENTENCE_WORDS = 5
_MAX_NAME_WORDS = 4


def mark_furniture(lines: Sequence[Line]) -> None:
    """Mark furniture, captions and bylines; the last two also above the story."""
    end = _end_of_story(lines)
    top, tail, tags, rest = True, False, False, False
    links = 0  # titles that may follow a heading
    pages = story = False
    for n, line in enumerate(lines):
        if line.kind is not None:
            story, links = True, _links_below(line, links)
            continue
        name = _furniture_name(lines, n, top, n >= end)
        if n == 0 and name in _NEVER_FIRST:
            name = None
        short = len(line.text) <= 40 and is_open(line.text) and not ITEM.match(line.text)
        is_form = form(line.text) is not None
        if (
            name
            or (links and _is_link(lines, n))
            or (pages and PAGE_NUMBER.fullmatch(line.text))
            or (tags and short and not is_form)
            or (tail and short and line.text.islower())
            or (rest and not is_form and _leads_elsewhere(line.text))
            or _is_repeated_title(lines, n)
        ):
            line.kind = Kind.FURNITURE
            tags = tags or (n >= end and TAGS_HEADING.fullmatch(line.text) is not None)
            rest = rest or (n >= end and REST_HEADING.fullmatch(line.text) is not None)
        else:
            line.kind = form(line.text, top and story)
            if line.kind is None and (top or n >= end) and _is_name_of_author(lines, n):
                line.kind = Kind.BYLINE
            if line.kind is None:
                top = top and (not _is_sentence(line.text) or _is_deck(lines, n))
                story = True
            tail = tags = False
        pages = bool(PAGE_HEADING.fullmatch(line.text)) or (pages and line.kind is Kind.FURNITURE)
        links = _links_below(line, links)
        tail = tail or name == "initials"  # tags may follow


def _is_name_of_author(lines: Sequence[Line], n: int) -> bool:
    """Return whether the line is `Oleh`, `Editor:` or the name below it."""
    text, before = lines[n].text, lines[n - 1] if n else None
    if ROLE.fullmatch(text):
        return text[-1] == ":" or not in_sentence(lines, n)
    return (
        before is not None
        and before.kind is Kind.BYLINE
        and ROLE.fullmatch(before.text) is not None
        and is_open(text)
        and len(text.split()) <= _MAX_NAME_WORDS
    )


def _links_below(line: Line, links: int) -> int:
    """Return how many titles may follow the line, if `links` could before it."""
    if heading := RELATED_HEADING.fullmatch(line.text):
        return _MAX_LINKS if heading[1] else int(heading[2] is not None)
    return max(links - 1, 0) if line.kind is Kind.FURNITURE else 0


def _is_sentence(text: str) -> bool:
    """Return whether the story begins with the line; a headline may be a question."""
    if is_open(text) or is_headline(text):
        return False
    return text[-1] == "." or len(text.split()) >= _MIN_SENTENCE_WORDS


def _is_deck(lines: Sequence[Line], n: int) -> bool:
    """Return whether the byline stands below the sentence."""
    return n + 1 < len(lines) and form(lines[n + 1].text, top=True) is Kind.BYLINE


def _leads_elsewhere(text: str) -> bool:
    """Return whether a line below a heading of links may be one of them."""
    return not ITEM.match(text) and (is_open(text) or RELATED_LINK.fullmatch(text) is not None)


def _end_of_story(lines: Sequence[Line]) -> int:
    """Return the index after the last sentence and its list, if it opens one."""
    for n in range(len(lines) - 1, -1, -1):
        line = lines[n]
        known = furniture(line.text, end=True) or form(line.text) or ROLE.fullmatch(line.text)
        aside = line.kind is not None or known
        if not aside and not is_open(line.text) and not _is_question_title(line.text):
            return len(lines) if line.text[-1] == ":" else n + 1
    return len(lines)


def _is_question_title(text: str) -> bool:
    return text[-1] == "?" and RELATED_LINK.fullmatch(text) is not None and has_capitals(text)


def _furniture_name(lines: Sequence[Line], n: int, top: bool, end: bool) -> str | None:
    """Return the name of the furniture in a line, or None.

    The place on the page does not count for a line that may be part of a sentence.
    """
    line = lines[n]
    name = furniture(line.text)
    if name or not (top or end):
        return name
    name = furniture(line.text, top, end)
    if not top and name in _NEVER_ALONE and (n == 0 or lines[n - 1].kind is not Kind.FURNITURE):
        return None
    inner = in_sentence(lines, n) and not TAGS_HEADING.fullmatch(line.text)
    return None if inner else name


def _is_repeated_title(lines: Sequence[Line], n: int) -> bool:
    """Return whether the line is a title that stands twice above the initials."""
    first = n if n + 1 < len(lines) and lines[n + 1].text == lines[n].text else n - 1
    return (
        0 <= first < len(lines) - 2
        and lines[first].text == lines[first + 1].text
        and is_open(lines[n].text)
        and RELATED_LINK.fullmatch(lines[n].text) is not None
        and furniture(lines[first + 2].text) == "initials"
    )


def _is_link(lines: Sequence[Line], n: int) -> bool:
    """Return whether the line after `Baca juga:` is a title with its capitals.

    Below a heading without a mark it has four words: a short line may be a subheading.
    """
    line, before = lines[n].text, lines[n - 1].text
    following = lines[n + 1].text if n + 1 < len(lines) else ""
    return (
        RELATED_LINK.fullmatch(line) is not None
        and not ITEM.match(line)
        and has_capitals(line)
        and (before[-1] in _MARKS or len(line.split()) >= _MIN_LINK_WORDS)
        and not (following[:1].islower() or following.startswith((",", ".", ";", ")")))
    )


def mark_story(blocks: Sequence[Line], headline: bool) -> None:
    """Mark the blocks of the story, its headline too if `headline` is set."""
    story = [block for block in blocks if block.kind not in (Kind.FURNITURE, Kind.CAPTION)]
    if headline and len(story) > 1:
        mark_headline(story)
        story = [block for block in story if block.kind is not Kind.FURNITURE]
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
