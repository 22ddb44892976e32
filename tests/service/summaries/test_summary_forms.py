"""A summary as plain text, Markdown and HTML."""

import re
from collections.abc import Callable
from dataclasses import replace

import lxml.html
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from service.documents.xml_text import printable
from service.summaries.forms import Point, Printed, html, markdown, on_one_line, plain

FLOOD = Printed(
    headline="Floods hit Demak & Kudus",
    one_line="River <Wulan> burst its banks",
    points=(
        Point("Floods covered 1,240 homes.", ("b4.1", "b5.2")),
        Point(' "Water\n rises," *he* said. ', ("b6.1",)),
        Point("2. Roads_are [closed]"),
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


def test_an_indonesian_summary() -> None:
    summary = Printed(None, None, (Point("Air surut."),), "id")
    assert html(summary) == '<ul lang="id">\n<li>Air surut.</li>\n</ul>'


@pytest.mark.parametrize("form", [plain, markdown, html])
def test_what_is_empty_is_left_out(form: Callable[[Printed], str]) -> None:
    assert form(Printed(None, " \n", (Point(" "),))) == ""


def test_a_line_that_is_the_headline_stands_once() -> None:
    summary = Printed("Floods hit Demak", "Floods hit\nDemak", ())
    assert plain(summary) == "Floods hit Demak"
    assert markdown(summary) == "## Floods hit Demak"
    assert html(summary) == '<h2 lang="en">Floods hit Demak</h2>'


def test_what_is_no_text_is_replaced() -> None:
    assert printable("a\x00b\tc\ud800\uffff😀\x1f") == "a\ufffdb\tc\ufffd\ufffd😀\ufffd"
    assert on_one_line(" a\u00a0\n b\x1cc ") == "a b\ufffdc"


# Signs that mean something in a form are rare in any text.
_TEXTS = st.text() | st.text("<>&\"'*_`[]()#+-=\\|~!1. \n\ta😀\x00\x85\u2028é;/:", max_size=20)


@settings(deadline=None)
@given(_TEXTS, _TEXTS, _TEXTS)
@example("]]>", "-- <!-- &amp; &copy;", "<script>'\"")
@example("\x85\x9f", "# a #", "1) - [ ] x")
def test_any_text_is_read_again(headline: str, line: str, text: str) -> None:
    summary = Printed(headline, line, (Point(text, (text,)), Point("End.")))
    title, said, bullet = map(on_one_line, (headline, line, text))
    shown = [
        *([title] if title else []),
        *([said] if said and said != title else []),
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
    points = "\n".join(f"- {text}" for text in shown[len(above) :])
    assert plain(summary) == "\n\n".join([*above, points])
    for form in (plain, markdown, html):
        written = form(summary)
        assert not re.search(r"[ \t\n]$|[ \t]\n", written)
        assert written == form(replace(summary))
