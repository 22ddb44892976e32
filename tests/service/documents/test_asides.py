from __future__ import annotations

import time

import pytest

from service.documents.html import read_html

STORY = "<p>Petani garam di Pamekasan memakai terpal sejak tahun lalu.</p>"


def blocks(html: str) -> list[tuple[str, str]]:
    return [(block.kind.value, block.source) for block in read_html(html).blocks]


def article(before: str = "", inside: str = "", after: str = "") -> list[tuple[str, str]]:
    """Return the blocks other than the headline and the story."""
    found = blocks(f"{before}<h1>Garam Madura Naik</h1>{inside}{STORY}{STORY}{after}")
    assert found.count(("headline", "Garam Madura Naik")) == 1
    return [block for block in found if block[0] != "headline" and block[1] not in STORY]


@pytest.mark.parametrize(
    "html",
    [
        "<ul><li><a href=/>WartaSenja.com</a></li><li><a href=/d>Daerah</a></li></ul>",
        "<div><a href=/>wartaSenja</a> <a href=/d>Kabar Daerah</a></div>",
        "<div>Kabar Daerah</div>",
        "<h2>Sorotan</h2>",
    ],
)
def test_short_runs_above_the_headline_are_furniture(html: str) -> None:
    assert {kind for kind, _ in article(before=html)} == {"furniture"}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<ul><li>Senin, 6 Juli 2026 10:15 WIB</li><li>waktu baca 2 menit</li></ul>",
            [("furniture", "Senin, 6 Juli 2026 10:15 WIB"), ("furniture", "waktu baca 2 menit")],
        ),
        ("<h6>Tim Redaksi</h6>", [("byline", "Tim Redaksi")]),
        (
            "<div><span>BAGIKAN</span><a href=#>Facebook</a><a href=#>X</a> <a>komentar</a></div>",
            [("furniture", "BAGIKANFacebookX komentar")],
        ),
        ("<div><strong>Pamekasan</strong> - </div>", [("dateline", "Pamekasan -")]),
    ],
)
def test_runs_below_the_headline(html: str, expected: list[tuple[str, str]]) -> None:
    assert article(inside=html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<ul><li>Tags:</li><li><a href=#>garam</a></li><li><a href=#>terpal</a></li></ul>",
        "<div class=body-tag><a href=#>tembakau</a></div>",
        "<div class='share-buttons'><div><a href=#>WhatsApp</a></div></div>",
        "<table class=linksisip><tr><td><strong>Baca juga: </strong><a>Harga Garam</a></table>",
        "<h3>Berita Terkait</h3><h3><a href=#>Impor Garam Dibatasi</a></h3>",
        "<amp-sidebar><ul><li><a href=#>Beranda</a></li></ul></amp-sidebar>",
    ],
)
def test_furniture_below_the_story(html: str) -> None:
    assert {kind for kind, _ in article(after=html)} == {"furniture"}


@pytest.mark.parametrize(
    "html",
    [
        "<p><a href=#>Rina</a> menemui <a href=#>Budi</a> dan petani lain.</p>",
        "<p>Tiga pasar itu adalah:</p><ul><li><a href=#>Pasar Kolpajung</a></li></ul>",
        "<div class=related-story>Petani lain memakai plastik. Hasilnya sama.</div>",
        "<div class=share><p>Petani lain memakai plastik</p></div>",
    ],
)
def test_links_and_boxes_of_the_story_stay(html: str) -> None:
    found = article(inside=STORY + html)
    assert found
    assert "furniture" not in {kind for kind, _ in found}


def test_a_list_of_links_that_ends_the_story_stays() -> None:
    html = "<p>Berikut pasar itu.</p><ul><li><a href=#>Kolpajung</a></li><li><a>Waru</a></li></ul>"
    assert article(after=html)[1:] == [("list_item", "Kolpajung"), ("list_item", "Waru")]


def test_short_runs_between_sentences_and_a_late_headline_stay() -> None:
    html = f"{STORY}<h2>Harga Naik</h2>{STORY}<h1>Warta Senja</h1>"
    assert ("subheading", "Harga Naik") in blocks(html)


BROKEN = (
    "<div>Warga pulang.<br><br><b>Baca juga: <a href=/a>Harga Garam Naik di Madura</a></b><br>"
    "Baca juga: <a href=/b>Impor Garam Dibatasi</a><br><br>Air surut.<br>Pasar dibuka.<br><br>"
    "Pewarta: Rina Wulandari<br>Editor: Agus Setiawan<br>Copyright © ANTARA 2026</div>"
)


def test_furniture_and_bylines_parted_by_line_breaks() -> None:
    assert blocks(BROKEN) == [
        ("paragraph", "Warga pulang."),
        ("furniture", "Baca juga: Harga Garam Naik di Madura"),
        ("furniture", "Baca juga: Impor Garam Dibatasi"),
        ("paragraph", "Air surut.\nPasar dibuka."),
        ("byline", "Pewarta: Rina Wulandari"),
        ("byline", "Editor: Agus Setiawan"),
        ("furniture", "Copyright © ANTARA 2026"),
    ]
    marks = read_html(BROKEN).blocks[1].marks
    assert [(mark.tag, mark.start, mark.end) for mark in marks] == [("b", 0, 37), ("a", 11, 37)]


def test_line_breaks_between_parts_stay_in_the_document() -> None:
    frame = "".join(part for part in read_html(BROKEN).frame if isinstance(part, str))
    assert frame.count("<br>") == BROKEN.count("<br>") - 1  # one is inside a block


@pytest.mark.parametrize(
    "unit",
    ["Editor: Rina<br>", "<a href=#>Rina</a> ", "<div class=share><i></i></div>", "<li><a>X</a>"],
)
def test_time_is_linear(unit: str) -> None:
    times = []
    for count in (2_000, 16_000):
        began = time.process_time()
        assert read_html("<h1>Garam Naik</h1><div>" + unit * count).blocks
        times.append(time.process_time() - began)
    assert times[1] < 25 * max(times[0], 0.05)


def test_nested_boxes_take_bounded_time() -> None:
    began = time.process_time()
    read_html("<div class=share>" * 1_000 + "<i></i>" * 20_000)
    assert time.process_time() - began < 10
