"""Plain text as pasted from a page, read into an article of typed blocks.

Text comes in, an `Article` without sentences goes out; nothing raises. Nothing is lost: the
article's `source` is the text, and only white space stands between two blocks.

Blank lines separate blocks. A single line end does too, except where lines were wrapped at a column
or a page's links were pasted as lines of their own in the middle of a sentence. What a block is
comes from its form and its neighbours; in doubt it is a paragraph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from service.article import Article, Block, Kind
from service.documents.furniture import (
    PAGE_HEADING,
    PAGE_NUMBER,
    RELATED_HEADING,
    RELATED_LINK,
    furniture,
)
from service.segment import segment

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(slots=True)
class _Line:
    """A line, or lines that belong together: `text[start:end]`, without outer white space."""

    start: int
    end: int
    text: str
    blank_before: bool
    kind: Kind | None = None


_CREDIT = r"(?:Foto|FOTO|Photo|Dok(?:umentasi)?|Kredit|[Cc]redit|Image by|Ilustrasi)"
_CAPTIONS = (
    re.compile(r"\(?(?:Foto|FOTO|Keterangan [Ff]oto|Ilustrasi)\s*: ?\S.{1,240}"),
    re.compile(rf"[^.!?]{{0,240}}[.!?]? ?[(\[]{_CREDIT}\s*[:/]?\s?[^()]{{2,80}}[)\]]\.?"),
    re.compile(r"[^.!?]{3,240}[.!?]? ?(?:/ ?)?Foto\s*: ?[^!?]{2,60}"),
)
_BYLINES = (
    re.compile(
        r"(?:Oleh|Penulis|Reporter|Editor|Pewarta|Penyunting|Redaktur|Kontributor|Wartawan|Jurnalis)"
        r"\s*: ?[A-Z][^.!?:]{1,79}(?:[|/;,] ?(?:Editor|Penulis|Reporter)\s*: ?[^.!?:]{2,60})?"
    ),
    re.compile(r"(?:Oleh|By) (?!Karena|Sebab)(?:[A-Z][\w'’.-]*[,]? ?){1,5}"),
)
_ITEM = re.compile(r"[-*] +\S|[•●▪◦·] ?\S|[–—] \S|-[A-Za-z]|\d{1,3}[.)] +\S|[a-z][.)] +\S")
_CITY = r"[A-Z][A-Za-z'’]+(?:[ .][A-Z][A-Za-z'’.]+){0,3}"
_SITE = (
    r"(?:[A-Za-z0-9]{2,20}\.(?:[Cc]om|COM|co\.id|CO\.ID|[Ii]d|ID|[Cc]o|CO|[Nn]et|[Tt][Vv])|detik\w*"
    r"|CNN Indonesia|CNBC Indonesia|ANTARA(?:NEWS)?|Antara(?:news)?|VIVA|Republika)"
)
_DASH = r"[^\S\n]*\n?[^\S\n]*[-–—]{1,2}(?=\s|[A-Z\"“])"
_DATELINE = re.compile(
    # KOMPAS.com -; Liputan6.com, Jakarta -; JAKARTA, KOMPAS.com -; Jakarta (ANTARA) -
    rf"(?:{_SITE}|{_SITE},\s?{_CITY}|{_CITY},\s?{_SITE}|{_CITY} \({_SITE}\)){_DASH}"
    # Liputan6.com, JakartaHarga emas: the dash was lost, and the space with it
    r"|Liputan6\.com, [A-Z][a-z]+(?=[A-Z])"
    # JAKARTA- and, with spaces around the dash, Jakarta -; `TNI-Polri` is none
    r"|[A-Z]{3,}(?: [A-Z]{2,}){0,2}[^\S\n]*[-–—]{1,2}(?=[^\S\n]+[A-Z\"“])"
    r"|[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+){0,2}\r?\n[-–—]{1,2}(?=\r?\n)"
    r"|[A-Z][a-z]+(?: [A-Z][a-z]+){0,2} [-–—]{1,2}(?= [A-Z\"“][^\n]{40,}[.?!\"”][^\S\n]*(?:\n|$))"
)
_FIRST_LINES = 8
# `Video: …` above everything else is a headline.
_NEVER_FIRST = {"video", "tags"}
_FINAL = '.?!…:;"”’»)]'
_GOES_ON = re.compile(
    r"(?:,|(?:^|\s)(?:dan|atau|yang|di|ke|dari|pada|oleh|untuk|dengan|kepada|dalam|dilansir|melansir"
    r"|soal|menurut|para|serta|bahwa|akan|sebuah|seorang))$"
)
_PAIRS = {'"': '"', "“": "”", "«": "»"}


def read_text(text: str) -> Article:
    """The article that `text`, as pasted from a page, holds; blank text has no blocks."""
    return _article(text, _lines(text, 0), headline=True)


def read_fields(headline: str | None, body: str | Sequence[str]) -> Article:
    """The article of a headline, if any, and a body: a text, or one text for each paragraph."""
    title = (headline or "").strip()
    paragraphs = [body] if isinstance(body, str) else list(body)
    text = "\n\n".join([title, *paragraphs] if title else paragraphs)
    lines = _lines(text, len(title))
    if title:
        lines.insert(0, _Line(0, len(title), title, blank_before=True, kind=Kind.HEADLINE))
    return _article(text, lines, headline=False)


def _article(text: str, lines: list[_Line], headline: bool) -> Article:
    lines = _cut_dateline(text, lines)
    _mark_furniture(lines)
    _mark_forms(lines)
    blocks = _joined(text, lines)
    _mark_rest(blocks, headline)
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


def _lines(text: str, start: int) -> list[_Line]:
    lines: list[_Line] = []
    blank = True
    for raw in text[start:].splitlines(keepends=True):
        line = raw.strip()
        if line:
            begin = start + len(raw) - len(raw.lstrip())
            lines.append(_Line(begin, begin + len(line), line, blank))
        blank = not line
        start += len(raw)
    return lines


def _cut_dateline(text: str, lines: list[_Line]) -> list[_Line]:
    """Makes the dateline a line of its own, also where its dash stands on the next line."""
    for n, line in enumerate(lines[:_FIRST_LINES]):
        if line.kind is not None or furniture(line.text, top=True):
            continue
        if sum(earlier.text.endswith(".") for earlier in lines[:n]) > 1:
            break
        match = _DATELINE.match(text, line.start)
        if match is None or match.end() >= lines[-1].end:
            continue
        rest = [other for other in lines[n:] if other.end > match.end()]
        dateline = _Line(line.start, match.end(), match[0], line.blank_before, Kind.DATELINE)
        first = rest[0]
        words = text[max(match.end(), first.start) : first.end].lstrip()
        rest[0] = _Line(first.end - len(words), first.end, words, blank_before=True)
        return [*lines[:n], dateline, *rest]
    return lines


def _mark_furniture(lines: list[_Line]) -> None:
    top, tail = True, False
    heading: re.Match[str] | None = None
    pages = False
    for n, line in enumerate(lines):
        if line.kind is not None:
            continue
        name = furniture(line.text, top)
        if n == 0 and name in _NEVER_FIRST:
            name = None
        related = RELATED_HEADING.fullmatch(line.text)
        if (
            name
            or related
            or (heading and heading[1] and _is_link(lines, n))
            or (pages and PAGE_NUMBER.fullmatch(line.text))
            or (tail and len(line.text) <= 40 and line.text.islower() and _open(line))
        ):
            line.kind = Kind.FURNITURE
        else:
            top = top and _open(line)
            tail = False
        pages = bool(PAGE_HEADING.fullmatch(line.text)) or (pages and line.kind is Kind.FURNITURE)
        heading = related
        tail = tail or name == "initials"  # tags may follow


def _is_link(lines: list[_Line], n: int) -> bool:
    """Whether a line after `Baca juga:` is a title: whole, and written like one."""
    line = lines[n].text
    following = lines[n + 1].text if n + 1 < len(lines) else ""
    words = [word for word in line.split() if len(word) > 4 and word[0].isalpha()]
    return (
        RELATED_LINK.fullmatch(line) is not None
        and not _ITEM.match(line)
        and sum(word[0].isupper() for word in words) >= 0.6 * len(words)
        and not (following[:1].islower() or following.startswith((",", ".", ";", ")")))
    )


def _mark_forms(lines: list[_Line]) -> None:
    for line in lines:
        if line.kind is None and len(line.text) <= 330:
            for kind, forms in ((Kind.BYLINE, _BYLINES), (Kind.CAPTION, _CAPTIONS)):
                if any(form.fullmatch(line.text) for form in forms):
                    line.kind = kind


def _open(line: _Line) -> bool:
    """Whether the line does not end like a sentence."""
    return line.text[-1] not in _FINAL


def _joined(text: str, lines: list[_Line]) -> list[_Line]:
    """Lines that are one paragraph, joined."""
    column = _wrap_column(lines)
    soft = [False] * len(lines)  # whether a line goes on in the next
    for n in range(len(lines) - 2, -1, -1):
        soft[n] = _goes_on(lines[n], lines[n + 1], column, soft[n + 1])
    blocks: list[_Line] = []
    for n, line in enumerate(lines):
        if n and soft[n - 1]:
            first = blocks[-1]
            first.end = line.end
            first.text = text[first.start : line.end]
        else:
            blocks.append(line)
    return blocks


def _may_join(line: _Line, following: _Line) -> bool:
    apart = line.kind or following.kind or following.blank_before
    return not apart and not _ITEM.match(following.text)


def _goes_on(line: _Line, following: _Line, column: int, following_goes_on: bool) -> bool:
    if not _may_join(line, following):
        return False
    if column:
        return _reach(line, following) > column
    if not _open(line):
        # `(\nBBNI\n)`, and a link that ends in a bracket
        return following.text[0] in ",;)" and line.text[-1] not in ".?!"
    if following.text[0] in ",.;)?!" or following.text[0].islower() or line.text[-1] in "(,":
        return True
    # a link in mid-sentence: `... seperti dilansir\nAFP\n, Selasa`
    link = following_goes_on and _open(following) and len(following.text) <= 60
    return link or _GOES_ON.search(line.text) is not None


def _reach(line: _Line, following: _Line) -> int:  # the line's length with the next word on it
    return len(line.text) + 1 + len(following.text.split(None, 1)[0])


def _wrap_column(lines: list[_Line]) -> int:
    """The column that single line ends were wrapped at, or 0 where they were not."""
    pairs = [pair for pair in pairwise(lines) if _may_join(*pair)]
    if not pairs:
        return 0
    lengths = sorted(len(line.text) for line, _ in pairs)
    column = lengths[-1 - len(lengths) // 50]
    full = sum(_reach(*pair) > column for pair in pairs)
    broken = sum(_open(line) and following.text[0].islower() for line, following in pairs)
    wrapped = 40 <= column <= 120 and full >= 0.7 * len(pairs) and broken >= 0.25 * len(pairs)
    return column if wrapped else 0


def _mark_rest(blocks: list[_Line], headline: bool) -> None:
    story = [block for block in blocks if block.kind not in (Kind.FURNITURE, Kind.CAPTION)]
    if headline and len(story) > 1 and story[0].kind is None and _is_headline(story[0].text):
        story[0].kind = Kind.HEADLINE
    for n, block in enumerate(story):
        if block.kind is not None:
            continue
        if _ITEM.match(block.text):
            block.kind = Kind.LIST_ITEM
        elif _is_quotation(block.text):
            block.kind = Kind.QUOTATION
        elif 0 < n < len(story) - 1 and _is_subheading(story[n - 1], block, story[n + 1]):
            block.kind = Kind.SUBHEADING
        else:
            block.kind = Kind.PARAGRAPH


def _is_headline(text: str) -> bool:
    return (
        len(text) <= 160
        and len(text.split()) >= 2
        and text.count("\n") <= 1
        and len(segment(text)) == 1
        and text[-1] not in ".,:;"
        and (text[0].isupper() or text[0].isdecimal() or text[0] in "\"“'‘")
        and not _ITEM.match(text)
    )


def _is_quotation(text: str) -> bool:
    """Whether the paragraph is one quotation and nothing else."""
    close = _PAIRS.get(text[0], "")
    return len(text) > 2 and text[-1] == close and not {text[0], close} & set(text[1:-1])


def _is_subheading(before: _Line, block: _Line, after: _Line) -> bool:
    text = block.text
    return (
        len(text) <= 80
        and (_open(block) or text[-1] == "?")
        and text[-1] not in ",-–—"
        and text[0].isupper()
        and "\n" not in text
        and not _open(before)
        and ((len(after.text) > len(text) and not _open(after)) or bool(_ITEM.match(after.text)))
    )
