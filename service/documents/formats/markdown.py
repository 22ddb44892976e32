"""Markdown (CommonMark with tables): everything but the words stays as it is.

The parser markdown-it-py tells the blocks of a file and their lines. The text of a block becomes a
`Block` with its emphasis, links, images and code as marks. It is written back in its own place, on
one line; code, HTML blocks, link definitions and front matter are not touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from markdown_it import MarkdownIt
from markdown_it.token import Token

from service.article import Article, Block, Kind, Mark, Span
from service.documents.decode import decode
from service.documents.formats.base import Document, FormatOptions, Unit, read_whole
from service.documents.manuscript import canonical
from service.documents.rendering import tagged

_FRONT_MATTER = re.compile(r"---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)
_ACTIVE = re.compile(r"[\\`*_\[\]<~|]|&(?=#?\w{0,32};)")
_AT_START = re.compile(r"(?:[-+](?=[\s-]|$)|[=>#]|\d{1,9}(?=[.)](?:\s|$)))")
_PAIRS = {"em_open": "*", "strong_open": "**", "s_open": "~~"}


class Markdown(Document):
    """A Markdown file."""

    def units(self) -> Iterator[Unit]:
        self._text = canonical(decode(read_whole(self.path))) + "\n"
        self._spans: list[Span] = []
        blocks: list[Block] = []
        for kind, span, token in _inlines(self._text):
            text, marks = _marked(token)
            words = text.strip()
            if not words:
                continue
            self._spans.append(span)
            cut = len(text) - len(text.lstrip())
            marks = [_shifted(mark, cut, len(words)) for mark in marks]
            separator = "\n" if kind is Kind.LIST_ITEM else "\n\n"
            blocks.append(Block(f"b{len(blocks) + 1}", kind, words, separator, marks=tuple(marks)))
        yield Unit(Article(tuple(blocks)))

    def write(self, file: IO[bytes], articles: Sequence[Article]) -> None:
        (article,) = articles
        pieces: list[str] = []
        at = 0
        for (start, end), block in zip(self._spans, article.blocks, strict=True):
            pieces += self._text[at:start], self._english(block, self._text[start:end])
            at = end
        file.write("".join([*pieces, self._text[at:]]).encode())

    def _english(self, block: Block, raw: str) -> str:
        if block.target == block.source:
            return raw
        english = tagged(block.target, block.target_marks, _escaped).replace("\n", " ")
        english = _AT_START.sub(_escape_start, english, count=1)
        if not self.options.bilingual:
            return english
        # A break inside the block keeps lists, headings and tables whole.
        return f"{' '.join(raw.split())}<br>{english}"


def _inlines(text: str) -> Iterator[tuple[Kind, Span, Token]]:
    """Yield kind, place and token of each text, in order."""
    front = _FRONT_MATTER.match(text)
    start = front.end() if front else 0
    lines = [start]
    for line in text[start:].splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    around: list[str] = []
    cursor = start
    for token in parser.parse(text[start:]):
        if token.nesting > 0:
            around.append(f"{token.type} {token.tag}")
        elif token.nesting < 0:
            around.pop()
        if token.type != "inline" or token.map is None:
            continue
        span = _place(text, token.content, max(cursor, lines[token.map[0]]))
        if span is None:
            continue
        cursor = span[1]
        yield _kind(around), span, token


def _place(text: str, content: str, start: int) -> Span | None:
    """Return the span of a block's content, whose lines may have prefixes in the file."""
    begin = end = -1
    for line in content.split("\n"):
        at = text.find(line, start)
        if at < 0:
            return None
        begin, end = (at if begin < 0 else begin), at + len(line)
        start = end
    return begin, end


def _kind(around: Sequence[str]) -> Kind:
    if around[-1] == "heading_open h1":
        return Kind.HEADLINE
    if around[-1].startswith("heading_open"):
        return Kind.SUBHEADING
    if any(name.startswith("blockquote_open") for name in around):
        return Kind.QUOTATION
    # Markers of lists are not part of the text.
    return Kind.PARAGRAPH


def _marked(inline: Token) -> tuple[str, list[Mark]]:
    """Return the text of a block and its marks."""
    text = ""
    marks: list[Mark] = []
    waiting: list[int] = []
    for token in inline.children or []:
        depth = len(waiting)
        if token.nesting > 0:
            waiting.append(len(marks))
            marks.append(_opened(token, len(text), depth))
        elif token.nesting < 0:
            at = waiting.pop()
            marks[at] = replace(marks[at], end=len(text))
        elif token.type == "text":
            text += token.content
        elif token.type == "softbreak":
            text += " "
        elif token.type == "hardbreak":
            marks.append(Mark(len(text), len(text), "br", "<br>", depth=depth))
            text += "\n"
        elif token.type == "code_inline":
            fence = token.markup
            end = len(text) + len(token.content)
            marks.append(Mark(len(text), end, "code", fence, fence, depth, verbatim=True))
            text += token.content
        else:  # an image, or a tag of HTML
            marks.append(Mark(len(text), len(text), token.type, _raw(token), depth=depth))
    return text, marks


def _opened(token: Token, at: int, depth: int) -> Mark:
    if token.type in _PAIRS:
        sign = _PAIRS[token.type]
        return Mark(at, at, token.tag, sign, sign, depth)
    address = str(token.attrs.get("href", ""))
    if token.markup == "autolink":
        return Mark(at, at, "a", "<", ">", depth, verbatim=True, address=address)
    return Mark(at, at, "a", "[", f"]({_destination(token, 'href')})", depth, address=address)


def _raw(token: Token) -> str:
    if token.type == "image":
        return f"![{_escaped(token.content)}]({_destination(token, 'src')})"
    return token.content


def _destination(token: Token, name: str) -> str:
    title = token.attrs.get("title")
    quoted = str(title).replace('"', '\\"')
    address = str(token.attrs.get(name, "")).replace("(", "%28").replace(")", "%29")
    return f'{address} "{quoted}"' if title else address


def _shifted(mark: Mark, cut: int, length: int) -> Mark:
    start = min(max(mark.start - cut, 0), length)
    return replace(mark, start=start, end=min(max(mark.end - cut, start), length))


def _escaped(text: str) -> str:
    return _ACTIVE.sub(r"\\\g<0>", text)


def _escape_start(match: re.Match[str]) -> str:
    return match[0] + "\\" if match[0].isdecimal() else "\\" + match[0]


def open_document(path: Path, options: FormatOptions) -> Markdown:
    """Open a Markdown file."""
    return Markdown(path, options)
