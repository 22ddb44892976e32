"""Inline markup, projected onto the English."""

import time
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naughty import NaughtyEngine

from models.alignment.aligner import Alignment, words
from models.engine import DecodingOptions, Engine, Hypothesis
from service.article import Article, Block, Kind, Mark, Sentence
from service.documents.html import read_html
from service.documents.rendering import html, tagged
from service.scheduling.batcher import Batcher
from service.translation.markup import place_marks
from service.translation.pipeline import Pipeline
from service.translation.records import Translation
from service.translation.sentences import Sentences
from service.translation.verbatim import join_verbatim

ENGLISH = {
    "Banjir merendam ratusan rumah di Demak.": "Floods inundated hundreds of houses in Demak.",
    "Warga mengungsi ke balai desa.": "Residents fled to the village hall.",
    "Ini rumah besar milik kepala desa.": "This is the village head's big house.",
    'Film "Air Surut" tayang besok.': 'The film "Low Water" opens tomorrow.',
    "Jalankan pip install kabar di terminal.": "Run pip installs kabar in the terminal.",
    "Kompas memuat berita itu.": "Kompas carried the news.",
    "Emisi CO2 turun 5 persen.": "CO2 emissions fell 5 percent.",
    "Bupati Demak, Agus Nugroho, tiba.": "The regent of Demak, Agus Nugroho, arrived.",
    "Perusahaan Air Bening didirikan pada 1998.": "The Water Company was founded in 1998.",
    "Toko Air Bening dan kedai Air Bening tutup.": "Air Bening store and Water kiosk closed.",
    "Harga ≥ 5 persen.": "Prices are ≥ 5 percent.",
    "Ia berkata begitu.": "So it was.",
}


class Phrasebook(NaughtyEngine):
    """Knows the sentences above, and brackets the words of others."""

    max_source_tokens = 99

    def _one(self, source: str) -> Hypothesis:
        target = ENGLISH.get(source) or super()._one(source).text
        return Hypothesis(target, -0.1, len(source.split()), len(target.split()), True)


def translated(markup: str, engine: Engine | None = None) -> Translation:
    pipeline = Pipeline(Sentences(Batcher(engine or Phrasebook())), DecodingOptions(beam=1))
    return pipeline.translate(read_html(markup))


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (
            'Banjir <b>merendam</b> ratusan <a href="/x">rumah</a> di Demak.',
            'Floods <b>inundated</b> hundreds of <a href="/x">houses</a> in Demak.',
        ),
        # whole sentences, with and without the full stop
        (
            "<b>Kompas memuat berita itu.</b> Warga mengungsi ke balai desa.",
            "<b>Kompas carried the news.</b> Residents fled to the village hall.",
        ),
        (
            "<b>Banjir merendam ratusan rumah di Demak</b>.",
            "<b>Floods inundated hundreds of houses in Demak</b>.",
        ),
        (
            "Warga mengungsi ke <a>balai desa.</a>",
            "Residents fled to the <a>village hall.</a>",
        ),
        ("Warga mengungsi ke <a>balai desa</a>.", "Residents fled to the <a>village hall</a>."),
        # from one sentence into the next
        (
            "Kompas memuat <i>berita itu. Warga</i> mengungsi ke balai desa.",
            "Kompas carried <i>the news. Residents</i> fled to the village hall.",
        ),
        # another order
        (
            "Ini <b>rumah besar</b> milik <i>kepala desa</i>.",
            "This is the <i>village head</i>'s <b>big house</b>.",
        ),
        (
            "Ini <b>rumah <i>besar</i></b> milik kepala desa.",
            "This is the village head's <b><i>big</i> house</b>.",
        ),
        (
            "Bupati Demak, <a><strong>Agus Nugroho</strong></a>, <em>tiba</em>.",
            "The regent of Demak, <a><strong>Agus Nugroho</strong></a>, <em>arrived</em>.",
        ),
        # quotation marks inside and outside the mark
        ('Film <a>"Air Surut"</a> tayang besok.', 'The film <a>"Low Water"</a> opens tomorrow.'),
        ('Film "<a>Air Surut</a>" tayang besok.', 'The film "<a>Low Water</a>" opens tomorrow.'),
        # parts of words
        ("<b>K</b>ompas memuat berita itu.", "<b>K</b>ompas carried the news."),
        ("<b>K</b><i>ompas</i> memuat berita itu.", "<b>K</b><i>ompas</i> carried the news."),
        ("Kompas memuat be<b>rita</b> itu.", "Kompas carried the <b>news</b>."),
        ("Emisi CO<sub>2</sub> turun 5 persen.", "CO<sub>2</sub> emissions fell 5 percent."),
        # signs
        ("Harga <b>≥</b> 5 persen.", "Prices are <b>≥</b> 5 percent."),
        # elements without text
        (
            'Banjir merendam<img src="a.png" alt="banjir"> ratusan rumah<br>di Demak.',
            'Floods inundated <img src="a.png" alt="banjir">hundreds of houses <br>in Demak.',
        ),
        (
            "Kompas memuat berita itu.<br>Warga mengungsi ke balai desa.",
            "Kompas carried the news.<br> Residents fled to the village hall.",
        ),
        (
            "<img>Kompas memuat <a><img></a>berita itu.<!-- x -->",
            "<img>Kompas carried the <a><img></a>news.<!-- x -->",
        ),
        # verbatim text
        (
            "Jalankan <code>pip install kabar</code> di terminal.",
            "Run <code>pip install kabar</code> in the terminal.",
        ),
        (
            'Perusahaan <span translate="no">Air <b>Bening</b></span> didirikan pada 1998.',
            'The <span translate="no">Air <b>Bening</b></span> Company was founded in 1998.',
        ),
        (
            'Toko <i class="notranslate">Air Bening</i> dan kedai <kbd>Air Bening</kbd> tutup.',
            '<i class="notranslate">Air Bening</i> store and <kbd>Air Bening</kbd> kiosk closed.',
        ),
        (
            '<span translate="no">Jangan ubah. Ini juga.</span> Kompas memuat berita itu.',
            '<span translate="no">Jangan ubah. Ini juga.</span> Kompas carried the news.',
        ),
    ],
)
def test_marks_are_around_the_same_words(source: str, target: str) -> None:
    assert html(translated(f"<p>{source}</p>").article) == f"<p>{target}</p>"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (
            "<h2 translate=no>Air Surut</h2><p>Kompas memuat berita itu.",
            '<h2 translate="no">Air Surut</h2><p>Kompas carried the news.</p>',
        ),
        ("<p lang=id>Kompas memuat berita itu.</p>", '<p lang="en">Kompas carried the news.</p>'),
        (
            "<ol><li><b>1.</b> Kompas memuat berita itu.</ol>",
            "<ol><li><b>1.</b> Kompas carried the news.</li></ol>",
        ),
        (
            "<p><b>JAKARTA, KOMPAS.com</b> - Kompas memuat <b>berita itu</b>.",
            "<p><b>JAKARTA, KOMPAS.com</b> - Kompas carried <b>the news</b>.</p>",
        ),
        ("<p>Oleh: <a>Rina Wijaya</a></p>", "<p>By: <a>Rina Wijaya</a></p>"),
        (
            "<p>Baca juga: <a>Air Surut di Sini</a></p>",
            "<p>Baca juga: <a>Air Surut di Sini</a></p>",
        ),
    ],
)
def test_kinds_of_blocks(source: str, target: str) -> None:
    assert html(translated(source).article) == target


def test_model_gets_no_markup() -> None:
    engine = Phrasebook()
    translated(
        "<script>a</script><style>b</style><p title=c>Ia <b>berkata</b><img alt=d> <i>begitu</i>."
        "<code>e</code></p><pre>f</pre><p translate=no>g</p><noscript>h</noscript><nav>i</nav>",
        engine,
    )
    assert engine.asked == ["Ia berkata begitu.e"]


def test_verbatim_text_without_a_place_is_flagged() -> None:
    translation = translated('<p>Ia <span translate="no">berkata</span> begitu.</p>')
    (sentence,) = translation.article.blocks[0].sentences
    assert sentence.target.split().count("berkata") == 1
    assert sentence.flags == ("term_missing",)
    assert '<span translate="no">berkata</span>' in html(translation.article)


def test_facts_after_verbatim_text_is_restored() -> None:
    translation = translated("<p>Perusahaan <code>Air Bening</code> didirikan pada 1998.</p>")
    (sentence,) = translation.article.blocks[0].sentences
    assert sentence.target == "The Air Bening Company was founded in 1998."
    assert sentence.flags == ()
    spans = [fact.target for fact in sentence.facts if fact.target is not None]
    assert "1998" in [span.text for span in spans]
    assert [sentence.target[span.start : span.end] for span in spans] == [
        span.text for span in spans
    ]


@pytest.mark.parametrize(
    ("spans", "verbatim", "whole"),
    [
        ([(0, 5), (6, 9)], [], [(0, 5), (6, 9)]),
        ([(0, 5), (6, 9)], [(6, 9)], [(0, 5), (6, 9)]),
        ([(0, 5), (6, 9)], [(5, 7)], [(0, 9)]),
        ([(0, 5), (6, 9), (10, 12)], [(4, 11)], [(0, 12)]),
        ([(0, 5), (6, 9), (10, 12)], [(4, 8)], [(0, 9), (10, 12)]),
        ([], [], []),
    ],
)
def test_join_verbatim(
    spans: list[tuple[int, int]],
    verbatim: list[tuple[int, int]],
    whole: list[tuple[int, int]],
) -> None:
    assert join_verbatim(spans, verbatim) == whole


def article(source: str, target: str, *marks: Mark) -> Article:
    sentence = Sentence("b1.1", source, 0, len(source), target)
    return Article((Block("b1", Kind.PARAGRAPH, source, "", (sentence,), target, marks=marks),))


def aligned(*links: tuple[int, int]):  # type: ignore[no-untyped-def]
    def align(source: str, target: str) -> Alignment:
        left, right = tuple(words(source)), tuple(words(target))
        return Alignment(left, right, links, (1.0,) * len(left))

    return align


def mark(start: int, end: int, tag: str, depth: int = 0) -> Mark:
    return Mark(start, end, tag, f"<{tag}>", f"</{tag}>", depth)


@pytest.mark.parametrize(
    ("links", "marks", "target"),
    [
        # `a b c d` -> `w x y z`
        ([(0, 0)], [mark(0, 1, "b")], "<b>w</b> x y z"),
        ([(0, 3)], [mark(0, 1, "b")], "w x y <b>z</b>"),
        ([(0, 0), (0, 3)], [mark(0, 1, "b")], "<b>w x y z</b>"),
        ([(0, 0), (0, 3), (1, 1), (2, 2)], [mark(0, 1, "b")], "<b>w</b> x y z"),
        # no links: by position
        ([], [mark(2, 3, "b")], "w <b>x</b> y z"),
        ([], [mark(2, 3, "b"), mark(4, 7, "i")], "w <b>x</b> <i>y z</i>"),
        # one word for two marks
        ([(0, 0), (1, 0)], [mark(0, 1, "b"), mark(2, 3, "i")], "<b><i>w</i></b> x y z"),
        ([(0, 0), (1, 0)], [mark(0, 1, "a"), mark(2, 3, "a")], "<a>w</a> <a>x</a> y z"),
        # marks that would cross
        (
            [(0, 0), (1, 2), (2, 1), (3, 3)],
            [mark(0, 3, "b"), mark(4, 7, "i")],
            "<b>w</b> <i>x</i> y z",
        ),
        # the inner one stays inside
        ([(0, 0), (1, 3)], [mark(0, 3, "b"), mark(2, 3, "i", 1)], "<b>w x y <i>z</i></b>"),
        ([(0, 0), (2, 0)], [mark(0, 7, "b"), mark(4, 5, "i", 1)], "<b><i>w</i> x y z</b>"),
    ],
)
def test_marks_by_alignment(links: list[tuple[int, int]], marks: list[Mark], target: str) -> None:
    (block,) = place_marks(article("a b c d", "w x y z", *marks), aligned(*links)).blocks
    assert tagged(block.target, block.target_marks) == target


class Tags(HTMLParser):
    """The tags and the text of an HTML document, which must be well-formed."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()
        self.text = ""
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[f"{tag} {attrs}"] += 1
        if tag not in ("img", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


TEXTS = st.sampled_from(
    ["Banjir ", "rumah", " besar. ", "Warga, ", '"Air" ', "1.240", "(desa) ", " ", "é", "<b>&"]
).map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;"))
INLINE = st.recursive(
    st.one_of(TEXTS, st.sampled_from(["<img src='x'>", "<br>", "<img>"])),
    lambda inner: st.tuples(
        st.sampled_from(["b", "i", "em", "span translate='no'", "code", "sup", "u"]),
        st.lists(inner, max_size=4),
    ).map(lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0].split()[0]}>"),
    max_leaves=15,
)
LINKS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=9)


@given(st.lists(INLINE, max_size=6).map("".join), LINKS, st.booleans())
@settings(deadline=None, max_examples=300)
def test_every_tag_is_in_the_target_once(
    inline: str, links: list[tuple[int, int]], known: bool
) -> None:
    def align(source: str, target: str) -> Alignment:
        left, right = tuple(words(source)), tuple(words(target))
        inside = sorted({(i, j) for i, j in links if i < len(left) and j < len(right)})
        return Alignment(left, right, tuple(inside), (1.0,) * len(left))

    article = read_html(f"<div>{inline}</div>")
    pipeline = Pipeline(Sentences(Batcher(NaughtyEngine())), DecodingOptions(beam=1))
    made = pipeline.translate(article).article
    if not known:
        made = place_marks(made, align)
    before, after = Tags(f"<div>{inline}</div>"), Tags(html(made))
    assert after.count == before.count
    text = "".join(block.target for block in made.blocks)
    assert "".join(after.text.split()) == "".join(text.split())


def test_a_thousand_nested_marks() -> None:
    inner = "<b>" * 1000 + "rumah besar" + "</b>" * 1000
    out = html(translated(f"<p>Ini {inner} milik kepala desa.</p>").article)
    assert out == (f"<p>This is the village head's {'<b>' * 1000}big house{'</b>' * 1000}.</p>")


@pytest.mark.parametrize(
    "markup",
    [
        "<b>rumah</b> " * 3000,
        "<b>rumah. Ia</b> " * 3000,
        "<b>≥</b> " * 3000,
        "<b></b>" * 3000 + "rumah",
        "<code>a1</code> x " * 2000,
        "".join(f"<b>rumah {n} " for n in range(900)),
    ],
    ids=lambda markup: markup[:14],
)
def test_time_for_many_marks(markup: str) -> None:
    article = read_html(f"<p>{markup}</p>")
    pipeline = Pipeline(Sentences(Batcher(NaughtyEngine())), DecodingOptions(beam=1))
    began = time.process_time()
    out = html(pipeline.translate(article).article)
    assert time.process_time() - began < 20
    assert out.count("<b>") + out.count("<code>") == markup.count("<b>") + markup.count("<code>")


def test_with_the_embedded_model(embedded_engine: Engine) -> None:
    source = (
        "<p><strong>Presiden</strong> tiba di <a href='/surabaya'>Surabaya</a> pada "
        "<time>Selasa</time>. Kode <code>KABAR-7</code> dipakai di pos itu.</p>"
    )
    translation = translated(source, embedded_engine)
    out = html(translation.article)
    assert '<a href="/surabaya">Surabaya</a>' in out
    assert "<time>Tuesday</time>" in out
    assert "<code>KABAR-7</code>" in out
    assert "president</strong>" in out.lower()
    assert Tags(out).text == translation.text
