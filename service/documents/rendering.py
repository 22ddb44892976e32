"""A translated article as text, HTML and Markdown.

For an article read from HTML, `html` returns the same document with the English in it; for any
other, a plain fragment. `markdown` returns CommonMark with the source's links, emphasis and code.
Both escape the text, so that markup comes from the source alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from service.article import Article, Block, Kind, Mark

_TAGS = {
    Kind.HEADLINE: ("<h1>", "</h1>"),
    Kind.DECK: ('<p class="deck">', "</p>"),
    Kind.BYLINE: ('<p class="byline">', "</p>"),
    Kind.DATELINE: ('<p class="dateline">', "</p>"),
    Kind.PARAGRAPH: ("<p>", "</p>"),
    Kind.SUBHEADING: ("<h2>", "</h2>"),
    Kind.QUOTATION: ("<blockquote><p>", "</p></blockquote>"),
    Kind.CAPTION: ("<figure><figcaption>", "</figcaption></figure>"),
}
_BEFORE = {Kind.HEADLINE: "# ", Kind.SUBHEADING: "## ", Kind.QUOTATION: "> "}
_OMITTED = {Kind.FURNITURE, Kind.TITLE}
_NUMBER = re.compile(r"\(?(\d{1,3})[.)]")

_ACTIVE = re.compile(r"[\\`*_\[\]<~|]|(?<!\S)#|&(?=#?\w{0,32}(?:;|$))")
_AT_START = re.compile(r"(?:[-+](?=[\s-]|$)|=|>|\d{1,9}(?=[.)](?:\s|$)))")
_EMPHASIS = {"b": "**", "strong": "**", "i": "_", "em": "_"}
_CODE = frozenset({"code", "kbd", "samp"})
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_SCHEMES = ("http:", "https:", "mailto:")
_CONTROLS = "".join(map(chr, range(33)))
_UNSAFE = re.compile(r"[\s<>()\\\x00-\x1f]")


def escaped(text: str) -> str:
    """Return the text escaped for HTML."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\u00a0", "&nbsp;")


def tagged(text: str, marks: Sequence[Mark], escape: Callable[[str], str] = escaped) -> str:
    """Return the text with the tags of its marks, by default as HTML."""
    out: list[str] = []
    around: list[Mark] = []
    at = 0
    for mark in (*marks, Mark(len(text), len(text), "", "")):
        while len(around) > mark.depth:
            ended = around.pop()
            inner = "" if ended.placeholder else escape(text[at : ended.end])
            out += inner, ended.closing
            at = ended.end
        out += escape(text[at : mark.start]), mark.opening
        at = mark.start
        around.append(mark)
    return "".join(out)


def plain_text(article: Article) -> str:
    """Return the English article: its blocks in order, separated as in the source."""
    if article.whole:
        return article.lead + "".join(block.target + block.separator for block in article.blocks)
    text, gap = "", ""
    for block in article.blocks:
        if block.kind is Kind.TITLE:
            continue
        if block.kind is not Kind.FURNITURE:
            text += gap + block.target if text else block.target
            gap = block.separator
            if block.kind is Kind.DATELINE and not gap:
                gap = " "
        elif len(block.separator) > len(gap):
            # The white space around furniture separates its neighbors.
            gap = block.separator
    return text.strip()


def html(article: Article, *, bilingual: bool = False) -> str:
    """Return the article as HTML; with `bilingual`, the source above each English block.

    Only an article with a frame can have both.
    """
    if article.frame:
        show = _both if bilingual else _inner
        return "".join(p if isinstance(p, str) else show(article.blocks[p]) for p in article.frame)
    return "\n".join(_fragment(group) for group in _groups(article))


def markdown(article: Article) -> str:
    """Return the article as Markdown."""
    return "\n\n".join(_passage(group) for group in _groups(article))


def _inner(block: Block) -> str:
    if block.kind is Kind.FURNITURE:
        return tagged(block.source, block.marks)
    return tagged(block.target, block.target_marks)


def _both(block: Block) -> str:
    """Return the source and the English of a block that has both."""
    if block.kind in _OMITTED or block.target == block.source:
        return _inner(block)
    source = tagged(block.source, block.marks)
    return f'<span lang="id">{source}</span><br>{_inner(block)}'


def _groups(article: Article) -> Iterator[list[Block]]:
    """Yield the blocks in groups: a list, or a dateline with its paragraph."""
    group: list[Block] = []
    for block in article.blocks:
        if block.kind in _OMITTED or not block.target.strip():
            continue
        if group and not _goes_on(group[-1], block):
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _goes_on(before: Block, block: Block) -> bool:
    if before.kind is Kind.DATELINE:
        return block.kind is Kind.PARAGRAPH and "\n" not in before.separator
    if not before.kind is block.kind is Kind.LIST_ITEM:
        return False
    number, following = _number(before), _number(block)
    return following == (number if number is None else number + 1)


def _marker(block: Block) -> str:
    return block.source[: block.sentences[0].start].lstrip() if block.sentences else ""


def _number(block: Block) -> int | None:
    match = _NUMBER.match(_marker(block))
    return int(match[1]) if match else None


def _fragment(group: Sequence[Block]) -> str:
    first = group[0]
    if first.kind is Kind.LIST_ITEM:
        number = _number(first)
        name = "ul" if number is None else "ol"
        start = "" if number in (None, 1) else f' start="{number}"'
        items = [f"<li>{escaped(item.target[len(_marker(item)) :])}</li>" for item in group]
        return "\n".join([f"<{name}{start}>", *items, f"</{name}>"])
    opening, closing = _TAGS[group[-1].kind]
    return opening + escaped(" ".join(block.target for block in group)) + closing


def _passage(group: Sequence[Block]) -> str:
    first = group[0]
    if first.kind is Kind.LIST_ITEM:
        number = _number(first)
        markers = (
            ["-"] * len(group) if number is None else [f"{number + n}." for n in range(len(group))]
        )
        items = zip(markers, group, strict=True)
        return "\n".join(f"{marker} {_Prose.of(item)}" for marker, item in items)
    if any(mark.tag == "pre" for mark in first.target_marks):
        return _fenced(first.target)
    return _BEFORE.get(first.kind, "") + " ".join(_Prose.of(block) for block in group)


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


class _Prose:
    """The text of one block as Markdown."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._out: list[str] = []
        self._at = 0

    @classmethod
    def of(cls, block: Block) -> str:
        """Return the block's English without a list item's marker."""
        cut = len(_marker(block)) if block.kind is Kind.LIST_ITEM else 0
        marks = [
            replace(mark, start=max(0, mark.start - cut), end=max(0, mark.end - cut))
            for mark in block.target_marks
        ]
        lines = block.kind not in (Kind.HEADLINE, Kind.SUBHEADING)
        return cls(block.target[cut:])._render(marks, lines)

    def _render(self, marks: Sequence[Mark], lines: bool) -> str:
        around: list[tuple[Mark, str]] = []
        for mark in (*marks, Mark(len(self._text), len(self._text), "", "")):
            while len(around) > mark.depth:
                ended, closing = around.pop()
                self._up_to(ended.end)
                self._out.append(closing)
            if mark.start < self._at:  # inside code
                around.append((mark, ""))
                continue
            self._up_to(mark.start)
            if mark.tag == "br" and lines:
                self._out.append("\\\n")
            mark, opening, closing = self._signs(mark, [sign for _, sign in around])
            self._up_to(mark.start)
            if opening == "[":
                self._escape_exclamation()
            self._out.append(opening)
            if opening == "`":
                self._out.append(" ".join(self._text[mark.start : mark.end].split()))
                self._at = mark.end
            around.append((mark, closing))
        parts = [line.strip() for line in "".join(self._out).split("\\\n")]
        return "\\\n".join(_escape_start(line) for line in parts if line)

    def _up_to(self, end: int) -> None:
        if end > self._at:
            text = " ".join(re.split(r"\s+", self._text[self._at : end]))
            self._out.append(_ACTIVE.sub(r"\\\g<0>", text))
            self._at = end

    def _escape_exclamation(self) -> None:
        """Escape a last `!`, which would make an image of the link behind it."""
        while self._out and not self._out[-1]:
            self._out.pop()
        if self._out and self._out[-1].endswith("!"):
            self._out[-1] = self._out[-1][:-1] + "\\!"

    def _signs(self, mark: Mark, around: Sequence[str]) -> tuple[Mark, str, str]:
        """Return a mark without outer white space, and the signs around it.

        Signs that Markdown cannot express there are empty.
        """
        text = self._text[mark.start : mark.end]
        start = mark.end - len(text.lstrip())
        end = mark.start + len(text.rstrip())
        if start >= end:
            return mark, "", ""
        trimmed = replace(mark, start=start, end=end)
        inside = text.strip()
        address = _safe_address(mark.address) if mark.tag == "a" else ""
        if address and not any(sign.startswith("](") for sign in around):
            return trimmed, "[", f"]({address})"
        beside_code = "".join(self._out[-3:]).endswith("`")
        if mark.tag in _CODE and "`" not in inside and not beside_code:
            return trimmed, "`", "`"
        sign = _EMPHASIS.get(mark.tag, "")
        beside = self._text[max(0, start - 1) : start] + self._text[end : end + 1]
        # Markdown does not read signs of emphasis beside a letter or a symbol.
        alone = all(c.isspace() or unicodedata.category(c)[0] == "P" for c in beside)
        if sign and alone and sign not in around:
            return trimmed, sign, sign
        return mark, "", ""


def _escape_start(line: str) -> str:
    """Escape a line that would begin a list, heading or quotation."""
    match = _AT_START.match(line)
    if match is None:
        return line
    at = match.end() if match[0].isdecimal() else 0
    return line[:at] + "\\" + line[at:]


def _safe_address(address: str) -> str:
    """Return a link's address, or an empty string if it may run a program."""
    # Browsers remove these characters (URL standard, basic URL parser).
    address = re.sub(r"[\t\r\n]", "", address).strip(_CONTROLS)
    scheme = _SCHEME.match(address)
    if scheme and scheme[0].lower() not in _SCHEMES:
        return ""
    return _UNSAFE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), address)
