"""A summary as it is printed: plain text, Markdown, an HTML fragment.

In: headline, one line, and bullets with their sources. Out: strings without blanks at the ends of
lines and without a line feed at the end, the same each time. Every text stands on one line, white
space in it as single blanks, and what neither XML nor HTML can hold is U+FFFD. Text is escaped, so
that none of it is read as markup; what is empty is left out.

In plain text a bullet begins with `- `. `•` looks better, but is in neither ASCII nor Latin-1: a
mail in one of those shows `?`, and a short message that holds one has room for 70 characters, not
160. `- ` reads the same everywhere, and as a list wherever the text is taken for Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from service import render
from service.article import Article, Block, Kind
from service.xml_text import printable

BULLET = "- "

_ADDRESS = re.compile(r"https?://[^/\s]", re.IGNORECASE)
# What could end an address in one of the forms; it is written as %XX.
_UNSAFE = re.compile(r"[\s<>()\\\"'`{}|^\ufffd\x7f]")
_ENTITY = re.compile(r"&(?=#?\w+;)")

_SOURCE = {"id": "Sumber"}


@dataclass(frozen=True, slots=True)
class Point:
    """One bullet. `sources` are the ids of its sentences, `articles` the names of those that
    support it, where that is said; `link` is the address of one of them (`Printed`)."""

    text: str
    sources: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Printed:
    """What is printed of a summary; a one-line that is the headline is printed once.

    `language` is a code (`en`, `id`), and `link` the address of the article. An address that is
    not http or https is not printed: it could run a program.
    """

    headline: str | None
    one_line: str | None
    points: tuple[Point, ...]
    language: str = "en"
    link: str | None = None


def on_one_line(text: str) -> str:
    """The text as it is printed, before it is escaped."""
    return " ".join(printable(text).split())


def plain(summary: Printed) -> str:
    """Plain text: a line for every bullet; headline, one line and address are paragraphs."""
    lines = [
        BULLET + _text(point) + (f" {address}" if (address := _address(point.link)) else "")
        for point in _points(summary)
    ]
    return _joined([*_above(summary), "\n".join(lines), _address(summary.link)])


def markdown(summary: Printed) -> str:
    """CommonMark; the headline is a heading of the second level."""
    headline, line = map(_escaped, _above(summary))
    lines = [
        f"- {_escaped(_text(point))} {_markdown_link(point.link, summary)}".rstrip()
        for point in _points(summary)
    ]
    heading = f"## {headline}" if headline else ""
    return _joined([heading, line, "\n".join(lines), _markdown_link(summary.link, summary)])


def html(summary: Printed) -> str:
    """An HTML fragment: `h2`, `p`, `ul` and `p` for headline, one line, bullets and link, each with
    its `lang`. The ids of a bullet's sentences are its `data-sources`, parted by blanks."""
    headline, line = map(escape, _above(summary))
    lang = f' lang="{escape(on_one_line(summary.language))}"'
    items = "\n".join(_item(point, summary) for point in _points(summary))
    link = _html_link(summary.link, summary)
    return "\n".join([
        *([f"<h2{lang}>{headline}</h2>"] if headline else []),
        *([f"<p{lang}>{line}</p>"] if line else []),
        *([f"<ul{lang}>\n{items}\n</ul>"] if items else []),
        *([f"<p{lang}>{link}</p>"] if link else []),
    ])  # fmt: skip


def _above(summary: Printed) -> tuple[str, str]:
    """Headline and one line; empty where there is none."""
    headline, line = on_one_line(summary.headline or ""), on_one_line(summary.one_line or "")
    return headline, "" if line == headline else line


def _points(summary: Printed) -> list[Point]:
    return [point for point in summary.points if on_one_line(point.text)]


def _text(point: Point) -> str:
    """A bullet's text, and after it the names of the articles that support it."""
    names = "; ".join(filter(None, map(on_one_line, point.articles)))
    return on_one_line(point.text) + (f" ({names})" if names else "")


def _joined(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(filter(None, paragraphs))


def _escaped(text: str) -> str:
    """Text as Markdown writes it: as an article's paragraph."""
    return render.markdown(Article((Block("", Kind.PARAGRAPH, text, target=text),)))


def _markdown_link(link: str | None, summary: Printed) -> str:
    address = _ENTITY.sub("&amp;", _address(link))
    return f"[{_source(summary)}]({address})" if address else ""


def _html_link(link: str | None, summary: Printed) -> str:
    address = escape(_address(link))
    return f'<a href="{address}">{_source(summary)}</a>' if address else ""


def _item(point: Point, summary: Printed) -> str:
    ids = escape(" ".join(filter(None, map(on_one_line, point.sources))))
    sources = f' data-sources="{ids}"' if ids else ""
    text = f"{escape(_text(point))} {_html_link(point.link, summary)}".rstrip()
    return f"<li{sources}>{text}</li>"


def _source(summary: Printed) -> str:
    return _SOURCE.get(summary.language, "Source")


def _address(link: str | None) -> str:
    """The address as every form can hold it; empty where it is none or may not be printed."""
    address = printable(link or "").strip()
    if not _ADDRESS.match(address):
        return ""
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), address)
