from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import SAMPLE
from reading import STORY, blocks

from service.article import Article, Repair
from service.documents.text import read_fields, read_text
from service.text.segmentation import segment


def test_the_sample_article() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    article = read_text(text)
    assert article.source == text
    assert [block.kind.value for block in article.blocks] == [
        *("headline", "caption", "dateline", "paragraph", "paragraph", "paragraph", "paragraph"),
        *("furniture", *["paragraph"] * 7),
    ]
    assert [block.id for block in article.blocks] == [f"b{n}" for n in range(1, 16)]
    assert article.blocks[2].source == "BOJONEGORO, WARTASENJA.com -"
    assert article.blocks[2].separator == " "
    assert [len(segment(block.source)) for block in article.blocks] == [
        *(1, 2, 1, 2, 2, 2, 2, 1, 2, 3, 2, 2, 2, 1, 2),
    ]


def test_repairs_are_listed_and_the_source_is_repaired() -> None:
    article = read_text("Kesehatan mentalyang baik")
    assert article.source == "Kesehatan mental yang baik"
    assert article.repairs == (Repair("word", "mentalyang", "mental yang", 10),)


def test_repairs_of_fields_have_offsets_into_the_joined_text() -> None:
    article = read_fields("Kesehatan mentalyang baik", ["Air surut.", "CafÃ© tutup."])
    assert article.source == "Kesehatan mental yang baik\n\nAir surut.\n\nCafé tutup."
    assert article.repairs == (
        Repair("word", "mentalyang", "mental yang", 10),
        Repair("encoding", "Ã©", "é", 42),
    )


def test_a_headline_of_marks_without_width_is_dropped() -> None:
    assert blocks(read_fields("\u200b", [STORY])) == [("paragraph", STORY)]


def test_lines_without_blank_lines_are_blocks() -> None:
    text = f"Banjir Surut di Demak\n{STORY}\nSekolah dibuka lagi.\nPasar masih tutup."
    assert [source for _, source in blocks(read_text(text))] == text.split("\n")


WRAPPED = """Banjir yang merendam tiga desa di Kabupaten Demak akhirnya
surut pada Rabu pagi. Warga yang mengungsi sejak akhir pekan
mulai kembali ke rumah untuk membersihkan lumpur.

Pemerintah daerah menyiapkan air bersih dan dapur umum bagi
keluarga yang rumahnya rusak. Bantuan itu akan diberikan
selama dua pekan.

- Beras dan lauk siap makan untuk seluruh keluarga yang masih
  tinggal di pengungsian
- Selimut"""


def test_wrapped_lines_are_one_paragraph() -> None:
    article = read_text(WRAPPED)
    assert [block.source for block in article.blocks] == [
        *WRAPPED.split("\n\n")[:2],
        WRAPPED.split("\n\n")[2].removesuffix("\n- Selimut"),
        "- Selimut",
    ]


def test_links_on_separate_lines_are_joined() -> None:
    text = f"Seorang warga, seperti dilansir\nWarta Senja\n, Selasa (18/2), selamat.\n{STORY}"
    assert [source for _, source in blocks(read_text(text))] == [
        "Seorang warga, seperti dilansir\nWarta Senja\n, Selasa (18/2), selamat.",
        STORY,
    ]


def test_fields() -> None:
    article = read_fields(" Banjir Surut ", [f"JAKARTA, KOMPAS.com - {STORY}", "ADVERTISEMENT"])
    assert blocks(article) == [
        ("headline", "Banjir Surut"),
        ("dateline", "JAKARTA, KOMPAS.com -"),
        ("paragraph", STORY),
        ("furniture", "ADVERTISEMENT"),
    ]
    assert article.source == f"Banjir Surut\n\nJAKARTA, KOMPAS.com - {STORY}\n\nADVERTISEMENT"


@pytest.mark.parametrize("headline", [None, "", " "])
def test_fields_without_headline(headline: str | None) -> None:
    assert blocks(read_fields(headline, f"Banjir Surut\n{STORY}")) == [
        ("paragraph", "Banjir Surut"),
        ("paragraph", STORY),
    ]


def test_empty_fields() -> None:
    assert read_fields(None, []) == Article(blocks=())
    assert read_text(" \n") == Article(blocks=(), lead=" \n")


PAGE = st.lists(
    st.sampled_from(
        [
            *("\n", "\n\n", "\r\n", "\r", " ", "\u2028", "\x0b", "-", "JAKARTA, KOMPAS.com - "),
            *("Jakarta", "Baca juga:", "Halaman:", "1", "(rin/bud)", "banjir", STORY, "- beras"),
            *("Foto: Rina", '"Ya."', "Oleh: Rina", ", kata dia", "Liputan6.com, Jakarta -"),
            *("mentalyang", "Ã©", "\u200b", "\u00ad", "Baca juga: Harga Beras Naik", "kata dia."),
            *("[Gambas:Video 20detik]", "Simak", "kepadaRina", "Tags", "WhatsApp", "KPKtelah"),
        ]
    )
).map("".join)


def repaired_text(text: str, repairs: tuple[Repair, ...]) -> str:
    parts, at = [], 0
    for repair in repairs:
        assert text[repair.start : repair.start + len(repair.before)] == repair.before
        assert repair.start >= at
        parts += [text[at : repair.start], repair.after]
        at = repair.start + len(repair.before)
    return "".join([*parts, text[at:]])


def check_lossless(article: Article, text: str) -> None:
    assert article.source == repaired_text(text, article.repairs)
    assert article.lead.strip() == ""
    assert all(block.source == block.source.strip() != "" for block in article.blocks)
    assert all(block.separator.strip() == "" for block in article.blocks)
    assert [block.id for block in article.blocks] == [
        f"b{n}" for n in range(1, len(article.blocks) + 1)
    ]


@given(st.one_of(st.text(), PAGE))
def test_no_text_is_lost(text: str) -> None:
    check_lossless(read_text(text), text)


@given(st.one_of(st.none(), st.text(), PAGE), st.lists(st.one_of(st.text(), PAGE), max_size=4))
def test_no_text_of_fields_is_lost(headline: str | None, body: list[str]) -> None:
    title = (headline or "").strip()
    text = "\n\n".join([title, *body] if title else body)
    check_lossless(read_fields(headline, body), text)


def test_a_huge_text_is_read_in_linear_time() -> None:
    # quadratic time would take minutes here
    text = f"{STORY}\nBaca juga:\nHarga Beras Naik\n(rin/bud)\n" * 5_000
    assert len(read_text(text).blocks) == 20_000


@pytest.mark.parametrize(
    "unit",
    [
        *("a", "kata\n", "Simak\n", "dia.Baca juga: Harga Beras Naik ", '.Baca juga: Kopi Pagi "A'),
        *("[Gambas:", "Harga Beras Naik\n", "Tags\n", "Foto: ", "JAKARTA - ", ".Baca JugaKopi"),
        *("9 Juli 2026 ", "Ikuti kami di ", "Home / ", "Pilihan Redaksi\n", "Hak cipta 2014 "),
    ],
)
def test_time_is_linear(unit: str) -> None:
    times = []
    for characters in (10_000, 80_000):
        text = unit * (characters // len(unit))
        began = time.process_time()
        article = read_text(text)
        times.append(time.process_time() - began)
        check_lossless(article, text)
    # eight times the text; quadratic time would be 64 times as long
    assert times[1] < 25 * max(times[0], 0.05)
