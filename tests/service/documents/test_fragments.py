"""Fragments: texts that are translated whole."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.article import Article, Kind
from service.documents.fragment_rules import TagRules
from service.documents.fragments import Fragment, FragmentForm, Splitting, read_fragment
from service.documents.manuscript import Manuscript
from service.documents.rendering import html
from service.documents.xml import UnreadableXml
from service.translation.preparation import prepare


def sentences(article: Article) -> list[str]:
    return [s.source for block in prepare(article).blocks for s in block.sentences]


def again(fragment: Fragment) -> str:
    """Return the fragment again, with each block as its own translation."""
    article = read_fragment(fragment)
    assert article.whole
    assert all(block.kind is not Kind.FURNITURE for block in article.blocks)
    blocks = [replace(one, target=one.source, target_marks=one.marks) for one in article.blocks]
    if fragment.form != "text":
        return html(replace(article, blocks=tuple(blocks)))
    return article.lead + "".join(one.target + one.separator for one in blocks)


@pytest.mark.parametrize("splitting", ["lines", "punctuation", "none"])
@pytest.mark.parametrize("text", ["", " \n", " Air surut.\r\n\r\nWarga  pulang. Ya.\t\n"])
def test_a_text_stays_byte_for_byte(text: str, splitting: Splitting) -> None:
    assert again(Fragment(text, splitting=splitting)) == text


@pytest.mark.parametrize(
    ("form", "splitting", "text", "expected"),
    [
        ("text", "lines", "Satu\nDua. Tiga.", ["Satu", "Dua.", "Tiga."]),
        ("text", "punctuation", "Satu\nDua. Tiga.", ["Satu\nDua.", "Tiga."]),
        ("text", "none", "Satu\nDua. Tiga.", ["Satu\nDua. Tiga."]),
        ("text", "lines", "Baca juga: Air\nIKLAN", ["Baca juga: Air", "IKLAN"]),
        ("html", "punctuation", "<nav>Beranda</nav><p>Oleh: Rina</p>", ["Beranda", "Oleh: Rina"]),
        ("html", "punctuation", "Satu<br>Dua", ["Satu", "Dua"]),
        ("xml", "lines", "Satu\nDua", ["Satu", "Dua"]),
        ("xml", "lines", "<b>Air</b> <i>surut</i>", ["Air surut"]),
        ("xml", "lines", "<w:p><w:r>Air</w:r><w:r>surut</w:r></w:p>", ["Air", "surut"]),
        ("xml", "lines", "<p>Air <g id='1'>surut</g> lagi</p>", ["Air surut lagi"]),
    ],
)  # fmt: skip
def test_sentences(
    form: FragmentForm, splitting: Splitting, text: str, expected: list[str]
) -> None:
    assert sentences(read_fragment(Fragment(text, form, splitting))) == expected


@pytest.mark.parametrize(
    "text",
    [
        'Halo <x id="7"></x>, <x id="9"/> datang &amp; <b>pergi  lagi</b>.',
        '<x id="0"></x> Halo <x id="5"></x>',
        ' <x id="0"></x>',
        "<doc><head>Judul</head><par>Satu. <i>Dua</i>.</par>\n<par>Tiga</par></doc>",
        "<!-- catatan --><?app x?><p a='1'  b=\"2\">Air</p>",
        "<p>\n Air <b>surut</b>\n</p>",
    ],
)
def test_markup_of_xml_stays_byte_for_byte(text: str) -> None:
    assert again(Fragment(text, "xml")) == text


@pytest.mark.parametrize(
    "text",
    [
        '  Halo <x id="7"></x>, <b>Demak</b>.  ',
        '<x id="0"></x> Halo <img src="a"> ',
        '<p>Baca juga: <a href="1">Air surut</a></p><nav>Beranda</nav>',
        '<h1>Judul</h1><p class="byline">Oleh: Rina</p>',
    ],
)
def test_markup_of_html_stays(text: str) -> None:
    assert again(Fragment(text, "html", "punctuation")) == text


def test_rules_of_the_sender() -> None:
    rules = TagRules(frozenset({"n"}), frozenset({"br"}), frozenset({"par"}), outline=False)
    fragment = Fragment(
        "<a><par>Air <n>KPK</n></par><par>surut<br/>Lagi</par></a>", "xml", rules=rules
    )
    article = read_fragment(fragment)
    assert [block.source for block in article.blocks] == ["Air KPK", "surut", "Lagi"]
    assert article.blocks[0].verbatim == [(4, 7)]
    html_rules = TagRules(ignored=frozenset({"n"}))
    article = read_fragment(Fragment("Air <n>KPK</n>", "html", rules=html_rules))
    assert article.blocks[0].verbatim == [(4, 7)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<a>", "mismatched tag, line 1, column 6"),
        ("a & b", "line 1, column 4"),
        ("<a></b>", "mismatched tag"),
        ("<!DOCTYPE a><a/>", "not well-formed"),
        ("<a>" * 600 + "</a>" * 600, "more than 500 deep"),
    ],
)
def test_xml_that_is_not_well_formed(text: str, message: str) -> None:
    with pytest.raises(UnreadableXml, match=message):
        read_fragment(Fragment(text, "xml"))


def test_names_of_characters_that_only_html_knows() -> None:
    (block,) = read_fragment(Fragment("Air &nbsp;&euro; &lt; b", "xml")).blocks
    assert block.source == "Air \u00a0€ < b"


def test_a_fragment_survives_json() -> None:
    fragment = Fragment("Air", "xml", "none", "Sebelum.", TagRules(ignored=frozenset({"x"})))
    manuscript = Manuscript.from_fragment(fragment)
    assert Manuscript.from_json(json.loads(json.dumps(manuscript.to_json()))) == manuscript
    other = replace(fragment, context="")
    assert Manuscript.from_fragment(other).content != manuscript.content
    assert manuscript.characters == 3


@given(st.text(alphabet="ab <>/&;'\"\n.x=!-[]", max_size=60))
def test_any_xml_is_read_or_refused(text: str) -> None:
    fragment = Fragment(text, "xml")
    try:
        article = read_fragment(fragment)
    except UnreadableXml:
        return
    # Signs of CDATA are dropped, and characters are escaped in one way.
    assert again(Fragment(again(fragment), "xml")) == again(fragment)
    assert article.whole
