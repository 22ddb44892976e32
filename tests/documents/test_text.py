from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.article import Article, Kind
from service.documents import text as module
from service.documents.furniture import furniture
from service.documents.text import read_fields, read_text
from service.segment import segment

SAMPLE = Path(module.__file__).parents[1] / "samples" / "article.txt"
STORY = "Warga Desa Sumber kembali ke rumah setelah air surut pada Rabu pagi."


def blocks(article: Article) -> list[tuple[str, str]]:
    return [(block.kind.value, block.source) for block in article.blocks]


def kinds(text: str) -> list[str]:
    return [block.kind.value for block in read_text(text).blocks]


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


@pytest.mark.parametrize(
    ("dateline", "separator", "story"),
    [
        ("JAKARTA, KOMPAS.com -", " ", STORY),
        ("JAKARTA, KOMPAS.com –", "", STORY),
        ("JAKARTA, KOMPAS.com\n-", " ", STORY),
        ("KOMPAS.com -", " ", STORY),
        ("ORBITINDONESIA.COM -", " ", STORY),
        ("Liputan6.com, Jakarta -", "", STORY),
        ("Liputan6.com, Jakarta", "", STORY),
        ("REPUBLIKA.CO.ID, DENPASAR --", " ", STORY),
        ("REPUBLIKA.CO.ID,\u00a0JAKARTA —", " ", STORY),
        ("TEMPO.CO,Jakarta-", "", STORY),
        ("Jakarta, CNBC Indonesia –", " ", STORY),
        ("Jakarta (ANTARA) -", " ", STORY),
        ("JAKARTA -", " ", STORY),
        ("JAKARTA-", " ", STORY),
        ("Kuala Lumpur -", " ", STORY),
        ("Kuala Lumpur\n-", "\n", "Warga pulang."),
    ],
)
def test_datelines(dateline: str, separator: str, story: str) -> None:
    article = read_text(dateline + separator + story)
    assert blocks(article) == [("dateline", dateline), ("paragraph", story)]
    assert article.blocks[0].separator == separator


@pytest.mark.parametrize(
    "text",
    [
        "TNI-Polri mengamankan lokasi banjir sejak Selasa pagi hingga malam hari.",
        "COVID-19 kembali merebak di tiga kota besar di Pulau Jawa pekan ini.",
        "Jakarta-Bandung kini dapat ditempuh dalam waktu kurang dari satu jam saja.",
        "KOMPAS.com melaporkan bahwa banjir sudah surut di sebagian besar wilayah.",
        "Jakarta - kota yang sibuk itu - mulai lengang menjelang libur Lebaran tahun ini.",
    ],
)
def test_no_dateline(text: str) -> None:
    assert blocks(read_text(text)) == [("paragraph", text)]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Baca Juga: Harga Beras Naik di Tiga Kota", "related"),
        ("Baca juga:Mengapa Harga Beras Naik?", "related"),
        ("BACA JUGA: Harga Beras Naik", "related"),
        ("Berita Terkait", "related"),
        ("Artikel Terkait:", "related"),
        ("ADVERTISEMENT", "advertisement"),
        ("Advertisement", "advertisement"),
        ("SCROLL TO CONTINUE WITH CONTENT", "advertisement"),
        ("image", "image"),
        ("[Gambas:Video 20detik]", "embed"),
        ("[Gambas:Instagram]", "embed"),
        ("Simak Video 'Banjir Surut, Warga Pulang':", "video"),
        ("Simak juga Video: Banjir Surut di Demak", "video"),
        ("Saksikan Live DetikSore:", "video"),
        ("Halaman:", "pages"),
        ("Halaman: 1 2 3", "pages"),
        ("Halaman 2 dari 4", "pages"),
        ("Halaman Selanjutnya", "pages"),
        ("1 2 3 Selanjutnya", "pages"),
        ("(rin/bud)", "initials"),
        ("(ahs/nu2)", "initials"),
        ("(kha)", "initials"),
        ("Tag: banjir, demak", "tags"),
        ("Topik: Banjir", "tags"),
        ("Selasa, 18 Februari 2025 | 10:30 WIB", "date"),
        ("Kompas.com - 10/06/2025, 20:31 WIB", "date"),
        ("Ikuti saluran WhatsApp Warta Senja untuk berita terbaru", "follow"),
        ("Ikuti Whatsapp Channel Warta Senja", "follow"),
        ("Simak berita selengkapnya di halaman selanjutnya.", "more"),
        ("Copyright © 2025 Warta Senja", "copyright"),
    ],
)
def test_furniture(line: str, name: str) -> None:
    assert furniture(line) == name
    assert kinds(f"{STORY}\n\n{line}\n\n{STORY}") == ["paragraph", "furniture", "paragraph"]


@pytest.mark.parametrize(
    "line",
    [
        "Baca juga buku itu, kata Rina kepada murid-muridnya di perpustakaan desa.",
        "Baca juga: begitulah tulisan pada papan di depan perpustakaan desa itu.",
        "Halaman rumah warga penuh lumpur.",
        "Ia membuka halaman 12 buku itu.",
        "Foto itu diambil warga pada Selasa pagi.",
        "Simak video itu, kata Rina kepada warga.",
        'Simak Video Ini, "sangat jelas," kata Rina',
        "Ikuti saluran WhatsApp BMKG agar tidak tertipu, imbau Rina.",
        "Artikel ini telah terbit di jurnal ilmiah pada 2020.",
        "Topik: itulah yang dibahas dalam rapat. Semua hadir.",
        "Tanggal 18 Februari 2025 menjadi hari yang sulit.",
        "Iklan itu ditayangkan sejak Selasa.",
        "Advertisement itu menyesatkan, kata dia.",
        "(Rina/Budi)",
        "(ini bukan lelucon)",
        "Selanjutnya",
        '"Tidak."',
        "12",
        "Selasa, 18 Februari 2025",
    ],
)
def test_story_is_never_furniture(line: str) -> None:
    assert furniture(line) is None
    assert "furniture" not in kinds(f"{STORY}\n\n{line}\n\n{STORY}")


def test_a_date_line_is_furniture_above_the_story_only() -> None:
    assert kinds(f"Banjir Surut di Demak\nSelasa, 18 Februari 2025\n{STORY}\n{STORY}") == [
        *("headline", "furniture", "paragraph", "paragraph"),
    ]


def test_the_link_after_a_related_heading() -> None:
    text = f"{STORY}\nBaca juga:\nHarga Beras Naik di Tiga Kota\n{STORY}"
    assert kinds(text) == ["paragraph", "furniture", "furniture", "paragraph"]


@pytest.mark.parametrize(
    "following",
    [
        STORY,
        "Meskipun air surut, warga belum berani pulang",
        '"Kami siap," kata Rina',
        "1. Harga Beras Naik",
    ],
)
def test_no_link_after_a_related_heading(following: str) -> None:
    article = read_text(f"{STORY}\nBaca juga:\n{following}\n{STORY}")
    assert [block.kind.value for block in article.blocks][1] == "furniture"
    assert article.blocks[2].source.startswith(following)
    assert article.blocks[2].kind is not Kind.FURNITURE


def test_a_heading_without_colon_takes_no_link() -> None:
    text = f"{STORY}\nBaca Juga\nHarga Beras Naik\n{STORY}"
    assert kinds(text) == ["paragraph", "furniture", "subheading", "paragraph"]


def test_page_numbers_follow_their_heading() -> None:
    assert kinds(f"{STORY}\nHalaman:\n1\n2\n{STORY}") == [
        *("paragraph", "furniture", "furniture", "furniture", "paragraph"),
    ]


def test_tags_after_the_initials() -> None:
    article = read_text(f"{STORY}\n(rin/bud)\nbanjir demak\nbpbd\n{STORY}")
    assert [block.kind.value for block in article.blocks] == [
        *("paragraph", "furniture", "furniture", "furniture", "paragraph"),
    ]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Foto: Warga menyeberangi sungai", "caption"),
        ("(Foto: Antara/Rina)", "caption"),
        ("Warga menyeberangi sungai. (Foto: Antara/Rina)", "caption"),
        ("Ilustrasi banjir /Foto: Rina", "caption"),
        ("Oleh: Rina Wulandari", "byline"),
        ("Penulis: Rina Wulandari | Editor: Budi Santoso", "byline"),
        ("Reporter: Rina Wulandari", "byline"),
        ("- Beras 5 kilogram", "list_item"),
        ("• Beras 5 kilogram", "list_item"),
        ("1. Beras 5 kilogram", "list_item"),
        ("a. Beras 5 kilogram", "list_item"),
        ('"Kami tidak punya pilihan lain. Air naik cepat."', "quotation"),
        ("“Kami tidak punya pilihan lain.”", "quotation"),
        ('"Kami siap," kata Rina. "Besok berangkat."', "paragraph"),
        ("Bantuan Mulai Datang", "subheading"),
        ("Apa Penyebabnya?", "subheading"),
        ("10.30 WIB air mulai masuk.", "paragraph"),
        ("Foto: begitu kata dia. Lalu ia pergi. " + STORY * 4, "paragraph"),
        ("Editor: pekerjaan yang sepi.", "paragraph"),
        ("J. Kristiadi menolak rencana itu.", "paragraph"),
    ],
)
def test_kinds(line: str, kind: str) -> None:
    assert kinds(f"{STORY}\n\n{line}\n\n{STORY}") == ["paragraph", kind, "paragraph"]


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        ("Banjir Surut, Warga Demak Pulang", "headline"),
        ("Mengapa Harga Beras Naik?", "headline"),
        ("'Kami Siap', Kata Warga Demak", "headline"),
        ("Banjir surut di Demak.", "paragraph"),
        ("Banjir surut. Kapan warga Demak pulang?", "paragraph"),
        ("Foto: Banjir di Demak", "caption"),
        ("1. Banjir di Demak", "list_item"),
    ],
)
def test_headlines(first: str, kind: str) -> None:
    assert kinds(f"{first}\n{STORY}") == [kind, "paragraph"]


def test_a_heading_above_a_list_is_no_dateline() -> None:
    text = f"{STORY}\nDAFTAR BANTUAN\n- Beras\n- Selimut"
    assert kinds(text) == ["paragraph", "subheading", "list_item", "list_item"]


def test_one_line_is_a_paragraph() -> None:
    assert kinds("Banjir Surut di Demak") == ["paragraph"]


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


def test_links_on_lines_of_their_own_are_joined() -> None:
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


def test_fields_without_anything() -> None:
    assert read_fields(None, []) == Article(blocks=())
    assert read_text(" \n") == Article(blocks=(), lead=" \n")


PAGE = st.lists(
    st.sampled_from(
        [
            *("\n", "\n\n", "\r\n", "\r", " ", "\u2028", "\x0b", "-", "JAKARTA, KOMPAS.com - "),
            *("Jakarta", "Baca juga:", "Halaman:", "1", "(rin/bud)", "banjir", STORY, "- beras"),
            *("Foto: Rina", '"Ya."', "Oleh: Rina", ", kata dia", "Liputan6.com, Jakarta -"),
        ]
    )
).map("".join)


def check_lossless(article: Article, text: str) -> None:
    assert article.source == text
    assert article.lead.strip() == ""
    assert all(block.source == block.source.strip() != "" for block in article.blocks)
    assert all(block.separator.strip() == "" for block in article.blocks)
    assert [block.id for block in article.blocks] == [
        f"b{n}" for n in range(1, len(article.blocks) + 1)
    ]


@given(st.one_of(st.text(), PAGE))
def test_nothing_is_lost(text: str) -> None:
    check_lossless(read_text(text), text)


@given(st.one_of(st.none(), st.text(), PAGE), st.lists(st.one_of(st.text(), PAGE), max_size=4))
def test_nothing_is_lost_of_fields(headline: str | None, body: list[str]) -> None:
    title = (headline or "").strip()
    text = "\n\n".join([title, *body] if title else body)
    check_lossless(read_fields(headline, body), text)


def test_a_huge_text_is_read_in_one_go() -> None:
    # quadratic time would take minutes here
    text = f"{STORY}\nBaca juga:\nHarga Beras Naik\n(rin/bud)\n" * 5_000
    assert len(read_text(text).blocks) == 20_000


def test_a_headline_with_a_dash_is_no_dateline() -> None:
    headline = "Rusia - Ukraina Sepakat Gencatan Senjata Selama Tiga Puluh Hari ke Depan"
    blocks = read_text(f"{headline}\n\nKedua negara sepakat kemarin.").blocks
    assert [(block.kind.value, block.source) for block in blocks] == [
        ("headline", headline),
        ("paragraph", "Kedua negara sepakat kemarin."),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Video: Detik-detik Gempa Mengguncang Cianjur",
        "Topik: Presiden akan mengumumkan kabinet baru pada Senin",
    ],
)
def test_the_first_line_is_never_furniture_of_these_kinds(line: str) -> None:
    kinds = [block.kind.value for block in read_text(f"{line}\n\nGempa terasa kuat.").blocks]
    assert "furniture" not in kinds
    assert len(kinds) == 2


def test_a_conjunction_is_no_byline() -> None:
    assert read_text("Gempa Cianjur\n\nOleh Karena Itu\n\nWarga pergi.").blocks[1].kind != "byline"
