"""A summary as plain text, Markdown, or an HTML fragment.

In: headline, line, and bullets with their sources. Out: strings without blanks at the ends of
lines and without a final line feed. Every text stands on one line, with single blanks. Characters
that neither XML nor HTML can hold become U+FFFD. Text is escaped, and empty text is left out.

In plain text a bullet begins with `- `, since `•` is in neither ASCII nor Latin-1: a mail in one of
those shows `?`, and a short message with a `•` has room for 70 characters, not 160. Where the text
is read as Markdown, `- ` makes a list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from service.article import Article, Block, Kind
from service.documents import rendering
from service.documents.xml_text import on_one_line

BULLET = "- "


@dataclass(frozen=True, slots=True)
class PrintedBullet:
    """One bullet, and the ids of its sentences."""

    text: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PrintedSummary:
    """The texts of a summary in one language (`en`, `id`).

    A line that equals the headline is printed once.
    """

    headline: str | None
    line: str | None
    bullets: tuple[PrintedBullet, ...]
    language: str = "en"


def plain(summary: PrintedSummary) -> str:
    """Return plain text: headline and line as paragraphs, then the bullets."""
    lines = [BULLET + text for text in _texts(summary)]
    return _joined([*_above(summary), "\n".join(lines)])


def markdown(summary: PrintedSummary) -> str:
    """Return CommonMark, with the headline as a second-level heading."""
    headline, line = map(_escaped, _above(summary))
    lines = [f"- {_escaped(text)}" for text in _texts(summary)]
    heading = f"## {headline}" if headline else ""
    return _joined([heading, line, "\n".join(lines)])


def html(summary: PrintedSummary) -> str:
    """Return an HTML fragment: `h2`, `p` and `ul`, each with its `lang`.

    `data-sources` of a bullet are the ids of its sentences, separated by blanks.
    """
    headline, line = map(escape, _above(summary))
    lang = f' lang="{escape(on_one_line(summary.language))}"'
    items = "\n".join(_item(bullet) for bullet in summary.bullets if on_one_line(bullet.text))
    return "\n".join([
        *([f"<h2{lang}>{headline}</h2>"] if headline else []),
        *([f"<p{lang}>{line}</p>"] if line else []),
        *([f"<ul{lang}>\n{items}\n</ul>"] if items else []),
    ])  # fmt: skip


def _above(summary: PrintedSummary) -> tuple[str, str]:
    """Return headline and line, empty where there is none."""
    headline, line = on_one_line(summary.headline or ""), on_one_line(summary.line or "")
    return headline, "" if line == headline else line


def _texts(summary: PrintedSummary) -> list[str]:
    return [text for bullet in summary.bullets if (text := on_one_line(bullet.text))]


def _joined(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(filter(None, paragraphs))


def _escaped(text: str) -> str:
    """Return the text escaped for Markdown, as a paragraph of an article is."""
    return rendering.markdown(Article((Block("", Kind.PARAGRAPH, text, target=text),)))


def _item(bullet: PrintedBullet) -> str:
    ids = escape(" ".join(filter(None, map(on_one_line, bullet.sources))))
    sources = f' data-sources="{ids}"' if ids else ""
    return f"<li{sources}>{escape(on_one_line(bullet.text))}</li>"
