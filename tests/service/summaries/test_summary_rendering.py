"""A summary as plain text, Markdown and HTML."""

import re
from collections.abc import Callable
from dataclasses import replace

import lxml.html
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from service.documents.xml_text import on_one_line, printable
from service.summaries.rendering import (
    PrintedBullet,
    PrintedSummary,
    html,
    markdown,
    plain,
)

FLOOD = PrintedSummary(
    headline="Floods hit Demak & Kudus",
    line="River <Wulan> burst its banks",
    bullets=(
        PrintedBullet("Floods covered 1,240 homes.", ("b4.1", "b5.2")),
        PrintedBullet(' "Water\n rises," *he* said. ', ("b6.1",)),
        PrintedBullet("2. Roads_are [closed]"),
    ),
)


def test_plain_text() -> None:
    assert plain(FLOOD) == (
        "Floods hit Demak & Kudus\n"
        "\n"
        "River <Wulan> burst its banks\n"
        "\n"
        "- Floods covered 1,240 homes.\n"
        '- "Water rises," *he* said.\n'
        "- 2. Roads_are [closed]"
    )


def test_markdown() -> None:
    assert markdown(FLOOD) == (
        "## Floods hit Demak & Kudus\n"
        "\n"
        "River \\<Wulan> burst its banks\n"
        "\n"
        "- Floods covered 1,240 homes.\n"
        '- "Water rises," \\*he\\* said.\n'
        "- 2\\. Roads\\_are \\[closed\\]"
    )


def test_html() -> None:
    assert html(FLOOD) == (
        '<h2 lang="en">Floods hit Demak &amp; Kudus</h2>\n'
        '<p lang="en">River &lt;Wulan&gt; burst its banks</p>\n'
        '<ul lang="en">\n'
        '<li data-sources="b4.1 b5.2">Floods covered 1,240 homes.</li>\n'
        '<li data-sources="b6.1">&quot;Water rises,&quot; *he* said.</li>\n'
        "<li>2. Roads_are [closed]</li>\n"
        "</ul>"
    )


def test_indonesian_html() -> None:
    summary = PrintedSummary(None, None, (PrintedBullet("Air surut."),), "id")
    assert html(summary) == '<ul lang="id">\n<li>Air surut.</li>\n</ul>'


@pytest.mark.parametrize("render", [plain, markdown, html])
def test_empty_text_is_left_out(render: Callable[[PrintedSummary], str]) -> None:
    assert render(PrintedSummary(None, " \n", (PrintedBullet(" "),))) == ""


def test_line_equal_to_the_headline_is_printed_once() -> None:
    summary = PrintedSummary("Floods hit Demak", "Floods hit\nDemak", ())
    assert plain(summary) == "Floods hit Demak"
    assert markdown(summary) == "## Floods hit Demak"
    assert html(summary) == '<h2 lang="en">Floods hit Demak</h2>'


def test_characters_that_are_not_text_are_replaced() -> None:
    assert printable("a\x00b\tc\ud800\uffff😀\x1f") == "a\ufffdb\tc\ufffd\ufffd😀\ufffd"
    assert on_one_line(" a\u00a0\n b\x1cc ") == "a b\ufffdc"


# Markup characters are rare in random text.
_TEXTS = st.text() | st.text("<>&\"'*_`[]()#+-=\\|~!1. \n\ta😀\x00\x85\u2028é;/:", max_size=20)


@settings(deadline=None)
@given(_TEXTS, _TEXTS, _TEXTS)
@example("]]>", "-- <!-- &amp; &copy;", "<script>'\"")
@example("\x85\x9f", "# a #", "1) - [ ] x")
def test_any_text_is_read_back(headline: str, line: str, text: str) -> None:
    summary = PrintedSummary(headline, line, (PrintedBullet(text, (text,)), PrintedBullet("End.")))
    title, shown_line, bullet = map(on_one_line, (headline, line, text))
    shown = [
        *([title] if title else []),
        *([shown_line] if shown_line and shown_line != title else []),
        *([bullet] if bullet else []),
        "End.",
    ]
    page = lxml.html.document_fromstring(f"<html><body>{html(summary)}</body></html>")
    assert [
        "".join(map(str, element.itertext())) for element in page.iter("h2", "p", "li")
    ] == shown
    assert page.xpath("//li/@data-sources") == ([bullet] if bullet else [])
    tokens = MarkdownIt("commonmark").parse(markdown(summary))
    read = [
        "".join(child.content for child in token.children or ())
        for token in tokens
        if token.type == "inline"
    ]
    assert read == shown
    above = shown[: -2 if bullet else -1]
    bullets = "\n".join(f"- {text}" for text in shown[len(above) :])
    assert plain(summary) == "\n\n".join([*above, bullets])
    for render in (plain, markdown, html):
        written = render(summary)
        assert not re.search(r"[ \t\n]$|[ \t]\n", written)
        assert written == render(replace(summary))
