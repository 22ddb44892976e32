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

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from service.article import Article, Block, Kind
from service.documents import rendering as render
from service.documents.xml_text import printable

BULLET = "- "


@dataclass(frozen=True, slots=True)
class Point:
    """One bullet. `sources` are the ids of its sentences."""

    text: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Printed:
    """What is printed of a summary; a one-line that is the headline is printed once. `language`
    is a code (`en`, `id`)."""

    headline: str | None
    one_line: str | None
    points: tuple[Point, ...]
    language: str = "en"


def on_one_line(text: str) -> str:
    """The text as it is printed, before it is escaped."""
    return " ".join(printable(text).split())


def plain(summary: Printed) -> str:
    """Plain text: a line for every bullet; headline and one line are paragraphs."""
    lines = [BULLET + text for text in _texts(summary)]
    return _joined([*_above(summary), "\n".join(lines)])


def markdown(summary: Printed) -> str:
    """CommonMark; the headline is a heading of the second level."""
    headline, line = map(_escaped, _above(summary))
    lines = [f"- {_escaped(text)}" for text in _texts(summary)]
    heading = f"## {headline}" if headline else ""
    return _joined([heading, line, "\n".join(lines)])


def html(summary: Printed) -> str:
    """An HTML fragment: `h2`, `p` and `ul` for headline, one line and bullets, each with its
    `lang`. The ids of a bullet's sentences are its `data-sources`, parted by blanks."""
    headline, line = map(escape, _above(summary))
    lang = f' lang="{escape(on_one_line(summary.language))}"'
    items = "\n".join(_item(point) for point in summary.points if on_one_line(point.text))
    return "\n".join([
        *([f"<h2{lang}>{headline}</h2>"] if headline else []),
        *([f"<p{lang}>{line}</p>"] if line else []),
        *([f"<ul{lang}>\n{items}\n</ul>"] if items else []),
    ])  # fmt: skip


def _above(summary: Printed) -> tuple[str, str]:
    """Headline and one line; empty where there is none."""
    headline, line = on_one_line(summary.headline or ""), on_one_line(summary.one_line or "")
    return headline, "" if line == headline else line


def _texts(summary: Printed) -> list[str]:
    """The bullets, without those that are empty."""
    return [text for point in summary.points if (text := on_one_line(point.text))]


def _joined(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(filter(None, paragraphs))


def _escaped(text: str) -> str:
    """Text as Markdown writes it: as an article's paragraph."""
    return render.markdown(Article((Block("", Kind.PARAGRAPH, text, target=text),)))


def _item(point: Point) -> str:
    ids = escape(" ".join(filter(None, map(on_one_line, point.sources))))
    sources = f' data-sources="{ids}"' if ids else ""
    return f"<li{sources}>{escape(on_one_line(point.text))}</li>"
