"""A translated article as HTML and as Markdown."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from service.article import Article, Block, Kind, Mark, Sentence
from service.documents.rendering import escaped, html, markdown, tagged

ENGLISH = "Floods hit *Demak* & <Kudus>."


def block(kind: Kind, target: str, marker: str = "", separator: str = "\n\n") -> Block:
    start, end = len(marker), len(marker) + 1
    sentence = Sentence("b1.1", "x", start, end, target)
    return Block("b1", kind, f"{marker}x", separator, (sentence,), marker + target)


def marked(target: str, *marks: Mark, kind: Kind = Kind.PARAGRAPH) -> Article:
    sentence = Sentence("b1.1", "x", 0, 1, target)
    return Article((Block("b1", kind, "x", "", (sentence,), target, target_marks=marks),))


@pytest.mark.parametrize(
    ("kind", "as_html", "as_markdown"),
    [
        (Kind.HEADLINE, "<h1>{}</h1>", "# {}"),
        (Kind.DECK, '<p class="deck">{}</p>', "{}"),
        (Kind.BYLINE, '<p class="byline">{}</p>', "{}"),
        (Kind.DATELINE, '<p class="dateline">{}</p>', "{}"),
        (Kind.PARAGRAPH, "<p>{}</p>", "{}"),
        (Kind.SUBHEADING, "<h2>{}</h2>", "## {}"),
        (Kind.LIST_ITEM, "<ul>\n<li>{}</li>\n</ul>", "- {}"),
        (Kind.QUOTATION, "<blockquote><p>{}</p></blockquote>", "> {}"),
        (Kind.CAPTION, "<figure><figcaption>{}</figcaption></figure>", "{}"),
    ],
)
def test_every_kind_of_block(kind: Kind, as_html: str, as_markdown: str) -> None:
    article = Article((block(kind, ENGLISH),))
    assert html(article) == as_html.format("Floods hit *Demak* &amp; &lt;Kudus&gt;.")
    assert markdown(article) == as_markdown.format(r"Floods hit \*Demak\* & \<Kudus>.")


def test_lists_and_datelines_are_grouped() -> None:
    article = Article((
        block(Kind.TITLE, "Low Water"),
        block(Kind.DATELINE, "DEMAK -", separator=" "),
        block(Kind.PARAGRAPH, "One."),
        block(Kind.FURNITURE, "Read also"),
        block(Kind.LIST_ITEM, "Two", "- ", "\n"),
        block(Kind.LIST_ITEM, "Three", "• ", "\n"),
        block(Kind.LIST_ITEM, "Four", "1. ", "\n"),
        block(Kind.LIST_ITEM, "Five", "2) ", "\n"),
        block(Kind.LIST_ITEM, "Six", "9. ", "\n"),
    ))  # fmt: skip
    assert html(article) == (
        "<p>DEMAK - One.</p>\n<ul>\n<li>Two</li>\n<li>Three</li>\n</ul>\n"
        '<ol>\n<li>Four</li>\n<li>Five</li>\n</ol>\n<ol start="9">\n<li>Six</li>\n</ol>'
    )
    assert markdown(article) == ("DEMAK - One.\n\n- Two\n- Three\n\n1. Four\n2. Five\n\n9. Six")


def test_a_document_keeps_its_frame() -> None:
    mark = Mark(0, 4, "b", "<b>", "</b>")
    blocks = (
        Block("b1", Kind.PARAGRAPH, "Dua.", "", (), "Two <&>.", None, (), (mark,)),
        Block("b2", Kind.FURNITURE, "Baca juga", "", (), "", None, (mark,), ()),
    )
    article = Article(blocks, frame=("<main><p>", 0, "</p><p>", 1, "</p></main>"))
    assert html(article) == ("<main><p><b>Two </b>&lt;&amp;&gt;.</p><p><b>Baca</b> juga</p></main>")


def test_an_empty_article_is_empty() -> None:
    assert html(Article(())) == markdown(Article(())) == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# one #", r"\# one \#"),
        ("1. one", r"1\. one"),
        ("2025) one", r"2025\) one"),
        ("2025.", r"2025\."),
        ("1.5 one", "1.5 one"),
        ("- one", r"\- one"),
        ("---", r"\---"),
        ("-5 degrees", "-5 degrees"),
        ("+ one", r"\+ one"),
        ("> one", r"\> one"),
        ("a_b [c](d) `e` ~~f~~ g|h \\i", r"a\_b \[c\](d) \`e\` \~\~f\~\~ g\|h \\i"),
        ("R&B &amp; &#65;", r"R&B \&amp; \&#65;"),
        ("![a](b) <c>", r"!\[a\](b) \<c>"),
        ("a\n  b", "a b"),
    ],
)
def test_markdown_escapes_the_text(text: str, shown: str) -> None:
    assert markdown(marked(text)) == shown


def at(text: str, part: str, tag: str, depth: int = 0, address: str = "") -> Mark:
    start = text.index(part)
    return Mark(start, start + len(part), tag, "", "", depth, address=address)


TEXT = 'One "two" three, four.'


@pytest.mark.parametrize(
    ("marks", "shown"),
    [
        ([at(TEXT, "three", "b")], 'One "two" **three**, four.'),
        ([at(TEXT, TEXT, "strong")], '**One "two" three, four.**'),
        ([at(TEXT, '"two" ', "em")], 'One _"two"_ three, four.'),
        ([at(TEXT, "thr", "b")], TEXT),
        ([at(TEXT, "three", "u")], TEXT),
        (
            [at(TEXT, "three, four", "b"), at(TEXT, "four", "i", 1), at(TEXT, "four", "b", 2)],
            'One "two" **three, _four_**.',
        ),
        (
            [at(TEXT, "two", "a", 0, "/x y(1)?a=1&b=2")],
            'One "[two](/x%20y%281%29?a=1&b=2)" three, four.',
        ),
        ([at(TEXT, "two", "a", 0, "https://a.id/")], 'One "[two](https://a.id/)" three, four.'),
        ([at(TEXT, "two", "a", 0, "javascript:alert(1)")], TEXT),
        ([at(TEXT, "two", "a", 0, " java\nscript:x")], TEXT),
        ([at(TEXT, "two", "a", 0, "data:text/html,x")], TEXT),
        ([at(TEXT, "two", "a")], TEXT),
        ([at(TEXT, "two", "code"), at(TEXT, "two", "b", 1)], 'One "`two`" three, four.'),
        ([Mark(9, 9, "br", "<br>")], 'One "two"\\\nthree, four.'),
        ([Mark(9, 9, "img", "<img>")], TEXT),
    ],
)
def test_markdown_has_the_marks_of_the_source(marks: list[Mark], shown: str) -> None:
    assert markdown(marked(TEXT, *marks)) == shown


def test_preformatted_text_is_fenced() -> None:
    text = "a\n ```b"
    assert markdown(marked(text, Mark(0, len(text), "pre", ""))) == "````\na\n ```b\n````"


class _Text(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


# Letters, signs of Markdown and HTML, and blanks, but no control characters.
CHARACTERS = st.text(
    st.one_of(
        st.sampled_from('ab 1.)(-+*_#>`~[]!<&;|\\"=:\n\u00a0/'),
        st.characters(categories=["L", "N", "P", "S", "Zs"]),
    ),
    max_size=30,
)
SPANS = st.lists(
    st.tuples(
        st.integers(0, 30), st.integers(0, 30), st.sampled_from("b i a code br em u".split())
    ),
    max_size=4,
)


def nested(text: str, spans: list[tuple[int, int, str]]) -> list[Mark]:
    """Return marks that do not cross, made of spans that may."""
    marks: list[Mark] = []
    for start, length, tag in sorted(spans):
        end = min(start + (0 if tag == "br" else length), len(text))
        around = [mark for mark in marks if mark.start <= start < mark.end or mark.end > start]
        if start <= end and all(mark.end >= end for mark in around):
            address = "/x" if tag == "a" else ""
            marks.append(Mark(start, end, tag, "", "", len(around), address=address))
    return marks


@given(CHARACTERS, SPANS, st.sampled_from([Kind.PARAGRAPH, Kind.HEADLINE, Kind.LIST_ITEM]))
@example("a", [(0, 1, "b")], Kind.PARAGRAPH)
@example("0!0", [(2, 1, "a")], Kind.PARAGRAPH)
def test_rendered_markdown_shows_the_text(
    text: str, spans: list[tuple[int, int, str]], kind: Kind
) -> None:
    article = marked(text, *nested(text, spans), kind=kind)
    seen = _Text(MarkdownIt("commonmark").enable("table").render(markdown(article)))
    assert "".join(seen.text.split()) == "".join(text.split())
    assert set(seen.tags) <= {"p", "h1", "ul", "li", "strong", "em", "a", "code", "br"}


@given(st.text())
def test_escaped_html_shows_the_text(text: str) -> None:
    text = re.sub(r"[\x00\r\ud800-\udfff]", "", text)
    assert _Text(escaped(text)).text == text
    assert tagged(text, [Mark(0, len(text), "b", "<b>", "</b>")]) == f"<b>{escaped(text)}</b>"
