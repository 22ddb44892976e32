"""HTML into typed blocks, and back into the same document."""

import time
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.article import Article
from service.documents.html import UnreadableHtml, read_html
from service.documents.rendering import html

STORY = "Banjir merendam 1.240 rumah di tiga desa."


def kinds(markup: str) -> list[tuple[str, str]]:
    return [(block.kind.value, block.source) for block in read_html(markup).blocks]


def untranslated(markup: str) -> str:
    """Return the document again, with each block as its own translation."""
    article = read_html(markup)
    blocks = (
        replace(block, target=block.source, target_marks=block.marks) for block in article.blocks
    )
    return html(replace(article, blocks=tuple(blocks)))


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        ("<p>Satu.</p><p>Dua.</p>", [("paragraph", "Satu."), ("paragraph", "Dua.")]),
        ("Satu.<p>Dua.</p>Tiga.", [("paragraph", p) for p in ("Satu.", "Dua.", "Tiga.")]),
        ("<h1>Banjir Surut</h1>", [("headline", "Banjir Surut")]),
        ("<h2>Upaya Warga</h2>", [("subheading", "Upaya Warga")]),
        ("<ul><li>Satu<li>Dua</ul>", [("list_item", "Satu"), ("list_item", "Dua")]),
        ("<li><p>Satu.</p></li>", [("list_item", "Satu.")]),
        (
            "<blockquote><p>Air surut.</p><footer>Agus</footer></blockquote>",
            [("quotation", "Air surut."), ("quotation", "Agus")],
        ),
        (
            "<figure><img src=a.jpg><figcaption>Warga di balai.</figcaption></figure>",
            [("caption", "Warga di balai.")],
        ),
        ("<p class=deck>Tiga desa terendam.</p>", [("deck", "Tiga desa terendam.")]),
        ('<div class="big byline">Rina Wijaya</div>', [("byline", "Rina Wijaya")]),
        ("<p>Penulis: Rina Wijaya</p>", [("byline", "Penulis: Rina Wijaya")]),
        (
            "<hgroup><h1>Banjir Surut</h1><p>Warga pulang</p></hgroup>",
            [("headline", "Banjir Surut"), ("deck", "Warga pulang")],
        ),
        (
            f"<p><b>DEMAK, WARTASENJA.com</b> - {STORY}</p>",
            [("dateline", "DEMAK, WARTASENJA.com -"), ("paragraph", STORY)],
        ),
        (
            f"<p>{STORY}</p><p>Baca juga: <a href=1>Air Surut di Demak</a></p>",
            [("paragraph", STORY), ("furniture", "Baca juga: Air Surut di Demak")],
        ),
        (
            f"<p>{STORY}</p><h3>Baca Juga</h3><ul><li><a href=1>air surut</a></ul><p>Warga pulang.",
            [
                ("paragraph", STORY),
                ("furniture", "Baca Juga"),
                ("furniture", "air surut"),
                ("paragraph", "Warga pulang."),
            ],
        ),
        (
            "<nav><ul><li><a href=/>Beranda</a><li><a href=/k>Kota</a></ul></nav><p>Satu.</p>",
            [("furniture", "Beranda Kota"), ("paragraph", "Satu.")],
        ),
        (
            "<header><a href=/>Warta Senja</a></header><article><header><h1>Banjir</h1></header>",
            [("furniture", "Warta Senja"), ("headline", "Banjir")],
        ),
        ('<div role="navigation"><p>Beranda</p></div>', [("furniture", "Beranda")]),
        ("<form><input value=x><label>Cari</label></form>", [("furniture", "Cari")]),
        ("<form><div><p>Satu.</p></div></form>", [("paragraph", "Satu.")]),
        ("<table><tr><td>Desa<td>Rumah</table>", [("paragraph", "Desa"), ("paragraph", "Rumah")]),
        (
            "<a href=1><h2>Banjir</h2><p>Satu.</p></a>",
            [("subheading", "Banjir"), ("paragraph", "Satu.")],
        ),
        ("<p>Satu<br>dua.</p>", [("paragraph", "Satu\ndua.")]),
        ("Satu.<br> <br>Dua.<br><br><br>", [("paragraph", "Satu."), ("paragraph", "Dua.")]),
        ("<p><b>Satu.<br><br>Dua.</b></p>", [("paragraph", "Satu.\n\nDua.")]),
        ("<p>  Satu\n\t dua&nbsp;&amp; <i> tiga</i> </p>", [("paragraph", "Satu dua\u00a0& tiga")]),
        ("<p>Kafe\u0301</p>", [("paragraph", "Kaf\u00e9")]),
        ("<pre>pip  install\n kabar</pre>", [("paragraph", "pip  install\n kabar")]),
        ("<p>a<script>b</script><style>c</style><svg><text>d</text></svg>e", [("paragraph", "ae")]),
        ("<p>a<!-- b -->c<![CDATA[d]]><?php e ?></p>", [("paragraph", "ac")]),
        ("<p hidden>a</p><p aria-hidden=true>b</p><p style='display: none'>c</p>", []),
        ("<noscript>a</noscript><template><p>b</p></template><iframe>c</iframe>", []),
        ("<p>&nbsp;</p><p> </p><p><img src=a></p>", []),
        ("", []),
        ("<", [("paragraph", "<")]),
    ],
)
def test_blocks(markup: str, blocks: list[tuple[str, str]]) -> None:
    assert kinds(markup) == blocks


PAGE = """<!DOCTYPE html>
<html lang="id-ID">
<head><meta charset="cp1252"><title>{title}</title><script>if (a < b) w("</html>")</script></head>
<body class="x">{body}</body>
</html>"""


@pytest.mark.parametrize(
    ("title", "body", "blocks"),
    [
        (
            "Banjir Surut - WartaSenja.com",
            "<h1>Banjir Surut</h1>",
            [("title", "Banjir Surut"), ("headline", "Banjir Surut")],
        ),
        (
            "Banjir Surut: Warga Pulang | Warta Senja | Kota",
            "<h1>Banjir Surut: Warga Pulang</h1>",
            [("title", "Banjir Surut: Warga Pulang"), ("headline", "Banjir Surut: Warga Pulang")],
        ),
        ("Banjir Surut", "<p>Satu.</p>", [("headline", "Banjir Surut"), ("paragraph", "Satu.")]),
        (
            "",
            "<h1>Warta Senja</h1><article><h1>Banjir Surut</h1></article>",
            [("furniture", "Warta Senja"), ("headline", "Banjir Surut")],
        ),
        ("", "<h1>Satu</h1><h1>Dua</h1>", [("headline", "Satu"), ("subheading", "Dua")]),
    ],
)
def test_a_page_has_one_headline(title: str, body: str, blocks: list[tuple[str, str]]) -> None:
    assert kinds(PAGE.format(title=title, body=body)) == blocks


def test_a_page_keeps_its_markup_but_names_english_and_utf8() -> None:
    body = "<nav><b>Kota</b></nav>\n<p>Satu <b class='a\"b' onclick=x>dua</b></p>"
    assert untranslated(PAGE.format(title="Banjir Surut - Warta Senja", body=body)) == (
        '<!DOCTYPE html><html lang="en">\n'
        '<head><meta charset="utf-8"><title>Banjir Surut - Warta Senja</title>'
        '<script>if (a < b) w("</html>")</script></head>\n'
        '<body class="x"><nav><b>Kota</b></nav>\n'
        '<p>Satu <b class="a&quot;b" onclick="x">dua</b></p>\n'
        "</body></html>"
    )


@pytest.mark.parametrize(
    ("markup", "same"),
    [
        ("<p>Satu <b>dua</p><p>tiga", "<p>Satu <b>dua</b></p><p>tiga</p>"),
        ("<p>Satu</p></div></b><p>dua", "<p>Satu</p><p>dua</p>"),
        ("<tr><td>Satu</td></tr>", None),
        ("<p>a &lt;b&gt; &amp; &quot;c&quot;&nbsp;d</p>", '<p>a &lt;b&gt; &amp; "c"&nbsp;d</p>'),
        ("<p>a\0b</p>", "<p>ab</p>"),
        ('<p><a href="javascript:alert(1)" title="x &amp; &quot;y&quot;">a</a></p>', None),
        ('<p><a href="?a=1&amp;b=2">a</a></p>', None),
        (
            '<p>a<img src="b.png" alt="Banjir di &lt;b&gt;">c</p>',
            '<p>a<img src="b.png" alt="Banjir di <b>">c</p>',
        ),
        ("<p>a<!-- b --><wbr>c</p>", None),
        ('<p lang="id">a <i lang="jv">b</i></p>', '<p lang="en">a <i lang="jv">b</i></p>'),
        ('<p lang="id" translate="no">a <i lang="id">b</i></p>', None),
        ("<pre>  a\n <b>b</b></pre>", None),
        (
            "<p><img src=a><a href=b><img src=c></a></p>",
            '<p><img src="a"><a href="b"><img src="c"></a></p>',
        ),
        ("<strong>a<p>b</p>c</strong>", None),
        ("<p>a <b></b><i> </i>b</p>", "<p>a <b></b><i></i>b</p>"),
        ("a</body></html>b<p>c</p>", "ab<p>c</p>"),
        (
            "<script>'</html>'</script><textarea></body>&amp;</textarea>",
            "<script>'</html>'</script><textarea>&lt;/body&gt;&amp;</textarea>",
        ),
        ("\n  <div>\n    <p>\n  a </p>\n </div>\n", "\n  <div>\n    <p>\n  a </p>\n </div>\n"),
        ("<p><b>JAKARTA, KOMPAS.com - Air <i>surut</i>.</b></p>", None),
        (
            "<p><b>JAKARTA, KOMPAS.com - Air</b> surut di sini.</p>",
            "<p><b>JAKARTA, KOMPAS.com -</b> Air surut di sini.</p>",
        ),
        ("<!-- only -->", None),
        (
            "<svg viewbox='0 0 1 1'><path d='M0'/></svg>a",
            '<svg viewbox="0 0 1 1"><path d="M0"></path></svg>a',
        ),
    ],
)
def test_markup_survives(markup: str, same: str | None) -> None:
    assert untranslated(markup) == (markup if same is None else same)


def check_source(article: Article) -> None:
    assert article.source == "".join(b.source + b.separator for b in article.blocks)
    for block in article.blocks:
        assert block.source == block.source.strip() != ""
        for mark in block.marks:
            assert 0 <= mark.start <= mark.end <= len(block.source)


WORDS = st.sampled_from(["Air surut.", " ", "kata", "\n", "Baca juga: Judul Lain", "&amp;", "- "])
NAMES = st.sampled_from("p b i a div span ul li h1 h2 nav table td code pre script br img".split())
TREES = st.recursive(
    WORDS,
    lambda inner: st.tuples(NAMES, st.lists(inner, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=20,
)


@given(st.lists(TREES, max_size=5).map("".join))
@settings(deadline=None)
@example("Air surut.<b><br>Air surut.</b>")
@example("<b>- </b><br>Air surut.")
@example("Air surut.<br></br> <br></br>")
def test_a_written_tree_stays_the_same_when_read_again(markup: str) -> None:
    check_source(read_html(markup))
    once = untranslated(markup)
    assert untranslated(once) == once


@given(st.text(st.sampled_from("<>/!-=\"'& abp\0\n?[]")))
@settings(deadline=None)
def test_broken_markup_is_read(markup: str) -> None:
    check_source(read_html(markup))
    check_source(read_html("<!doctype html>" + markup))


@pytest.mark.parametrize("name", ["div", "b", "span", "ul><li", "svg", "table", "blockquote"])
def test_a_thousand_nested_elements_are_read(name: str) -> None:
    depth = 1000 // len(name.split("><"))
    assert kinds(f"<{name}>" * depth + "Satu")[-1:] in (
        [("paragraph", "Satu")],
        [("list_item", "Satu")],
        [("quotation", "Satu")],
        [],
    )


@pytest.mark.parametrize("name", ["div", "b", "svg", "nav"])
def test_a_hundred_thousand_nested_elements_are_refused(name: str) -> None:
    began = time.process_time()
    with pytest.raises(UnreadableHtml, match="nested more than 2,000 deep"):
        read_html(f"<{name}>" * 100_000 + "Satu")
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "markup",
    [
        "a" * 10_000_000,
        "<" * 1_000_000,
        "<!--" * 300_000,
        "<!-- " + " " * 1_000_000,
        " " * 5_000_000 + "<p>a",
        "&" * 1_000_000,
        "<p>kata" * 20_000,
        "<br>" * 100_000,
        "kata<br>" * 50_000,
        "".join(f"<p><b id={n}>a" for n in range(20_000)),
        "</b>" * 300_000,
        "<p " + "".join(f"a{n}=1 " for n in range(10_000)) + ">a",
        "<b></b>" * 100_000,
        "<b>kata</b> " * 50_000,
        "<p>" + "Baca juga " * 100_000,
        "<title>" + "a - " * 300_000,
        "<form>" * 1000 + "<i>a</i>" * 20_000,
    ],
    ids=lambda markup: markup[:12],
)
def test_reading_takes_bounded_time(markup: str) -> None:
    began = time.process_time()
    check_source(read_html(markup))
    assert time.process_time() - began < 20
