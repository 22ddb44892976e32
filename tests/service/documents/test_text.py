from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import SAMPLE

from service.article import Article, Kind, Repair
from service.documents.furniture import furniture
from service.documents.text import read_fields, read_text
from service.text.segmentation import segment

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


@pytest.mark.parametrize(
    ("line", "sources"),
    [
        (
            "Warga pulang, kata dia.Baca Juga: Harga Beras Naik",
            ["Warga pulang, kata dia.", "Baca Juga: Harga Beras Naik"],
        ),
        (
            '"Kami pulang," kata dia. Baca juga:Harga Beras Naik',
            ['"Kami pulang," kata dia.', "Baca juga:Harga Beras Naik"],
        ),
        (
            "Warga pulangBaca juga: Harga Beras Naik",
            ["Warga pulang", "Baca juga: Harga Beras Naik"],
        ),
        (
            "Warga pulang.Baca JugaHarga Beras Naik di Tiga Kota",
            ["Warga pulang.", "Baca JugaHarga Beras Naik di Tiga Kota"],
        ),
        (
            "Warga pulang. Baca juga: Mengapa Beras Mahal? Petani belum mau menjual gabah.",
            [
                "Warga pulang.",
                "Baca juga: Mengapa Beras Mahal?",
                "Petani belum mau menjual gabah.",
            ],
        ),
        (
            'Baca juga: Harga Beras Naik "Kami siap," kata Rina.',
            ["Baca juga: Harga Beras Naik", '"Kami siap," kata Rina.'],
        ),
        (
            "Warga pulang.[Gambas:Video 20detik]Pasar masih tutup.",
            ["Warga pulang.", "[Gambas:Video 20detik]", "Pasar masih tutup."],
        ),
        (
            "Warga pulang. SCROLL TO CONTINUE WITH CONTENT Pasar masih tutup.",
            ["Warga pulang.", "SCROLL TO CONTINUE WITH CONTENT", "Pasar masih tutup."],
        ),
        (
            "Warga pulang.Ikuti Whatsapp Channel Republika",
            ["Warga pulang.", "Ikuti Whatsapp Channel Republika"],
        ),
        ("Warga pulang. (rin/bud)", ["Warga pulang.", "(rin/bud)"]),
    ],
)
def test_furniture_on_a_line_of_the_story_is_cut_off(line: str, sources: list[str]) -> None:
    article = read_text(f"{STORY}\n\n{line}\n\n{STORY}")
    assert [block.source for block in article.blocks] == [STORY, *sources, STORY]
    assert [block.source for block in article.blocks if block.kind is Kind.FURNITURE] == [
        source for source in sources if furniture(source)
    ]
    assert all(block.separator for block in article.blocks[:-1])


@pytest.mark.parametrize(
    "line",
    [
        # where the title ends cannot be told
        "Warga pulang. Baca juga: Harga Beras Naik Petani belum mau menjual gabah.",
        "Warga pulang. Baca juga: Mengapa Beras Mahal? Ini Jawaban Menteri Rina.",
        'Di pintu tertulis: "Awas! Baca juga: Aturan Parkir"',
        'Di pintu tertulis "Baca Juga: Aturan Parkir".',
        "Di pintu tertulis Baca juga: Aturan Parkir",
        "Rapat ditutup. Baca juga tulisan di dinding: begitulah pesannya",
        "Ia menulis (rin/bud)",
        "Ia menulis ADVERTISEMENT di papan.",
    ],
)
def test_what_may_be_story_is_not_cut_off(line: str) -> None:
    assert blocks(read_text(f"{STORY}\n\n{line}\n\n{STORY}"))[1][1] == line


@pytest.mark.parametrize(
    "line",
    [
        "Home",
        "NEWS / NUSANTARA",
        "kumparanNEWS",
        "Facebook",
        "Suara.com",
        "12 komentar",
        "Diperbarui 02 April 2025, 14:00 WIB",
        "pada 07 Jun 2025, 10:00 WIB",
    ],
)
def test_furniture_above_the_story_only(line: str) -> None:
    assert furniture(line) is None
    assert kinds(f"Banjir Surut di Demak\n{line}\n{STORY}\n{STORY}") == [
        *("headline", "furniture", "paragraph", "paragraph"),
    ]
    assert kinds(f"{STORY}\n\n{line}\n\n{STORY}")[1] != "furniture"


@pytest.mark.parametrize(
    "lines",
    [
        ["Tags", "banjir", "Rina Wulandari"],
        ["TOPIK TERKAIT", "banjir demak"],
        ["#banjir demak"],
        ["Sumber: Antara"],
        ["Ikuti kami di:", "Facebook", "WhatsApp"],
        ["Terpopuler"],
    ],
)
def test_furniture_below_the_story_only(lines: list[str]) -> None:
    tail = "\n".join(lines)
    assert kinds(f"{STORY}\n{STORY}\n{tail}") == [
        *("paragraph", "paragraph"),
        *["furniture"] * len(lines),
    ]
    assert "furniture" not in kinds(f"{STORY}\n{lines[-1]}\n{STORY}")


@pytest.mark.parametrize(
    "text",
    [
        # a list belongs to the sentence above it
        f"{STORY}\nWarga menghubungi petugas lewat:\nWhatsApp\nTelegram",
        f"{STORY}\n{STORY}\nInstagram",
        # a link in the middle of a sentence
        "Warga pulang, seperti dilansir\nKompas.com\n, Selasa (18/2), dengan perahu.",
        "Foto itu beredar di\nFacebook\ndan grup warga sejak Selasa pagi.",
    ],
)
def test_names_of_networks_and_sites_in_the_story(text: str) -> None:
    assert "furniture" not in kinds(text)


def test_furniture_whose_links_are_lines_of_their_own() -> None:
    article = read_text(f"{STORY}\n{STORY}\nArtikel ini telah naik di\ndetikJatim.")
    assert blocks(article)[2:] == [("furniture", "Artikel ini telah naik di\ndetikJatim.")]


def test_the_title_of_a_video_stands_twice_above_the_initials() -> None:
    title = "Video Warga Demak Pulang dengan Perahu"
    assert kinds(f"{STORY}\n{STORY}\n{title}\n{title}\n(rin/bud)") == [
        *("paragraph", "paragraph", "furniture", "furniture", "furniture"),
    ]
    assert "furniture" not in kinds(f"{STORY}\n{title}\n{title}\n{STORY}")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Surabaya Raya", "Kampung Lampion Terima 5.000 Pesanan"], ["paragraph", "headline"]),
        (["Banjir Demak", "Warga Pulang"], ["headline", "paragraph"]),
        (["Oleh: Rina Wulandari", "Warga Demak Pulang"], ["byline", "headline"]),
    ],
)
def test_the_headline_below_a_label(lines: list[str], expected: list[str]) -> None:
    assert kinds("\n".join([*lines, STORY])) == [*expected, "paragraph"]


def test_the_dateline_below_a_long_masthead() -> None:
    masthead = "\n".join(["Home", "News", "Regional", "Bagikan", "Share", "Komentar"] * 3)
    assert kinds(f"{masthead}\nBanjir Surut di Demak\nDemak\n-\n{STORY}")[-3:] == [
        *("headline", "dateline", "paragraph"),
    ]


def test_repairs_are_told_and_the_source_is_what_was_read() -> None:
    article = read_text("Kesehatan mentalyang baik")
    assert article.source == "Kesehatan mental yang baik"
    assert article.repairs == (Repair("word", "mentalyang", "mental yang", 10),)


def test_repairs_of_fields_are_told_in_the_joined_text() -> None:
    article = read_fields("Kesehatan mentalyang baik", ["Air surut.", "CafÃ© tutup."])
    assert article.source == "Kesehatan mental yang baik\n\nAir surut.\n\nCafé tutup."
    assert article.repairs == (
        Repair("word", "mentalyang", "mental yang", 10),
        Repair("encoding", "Ã©", "é", 42),
    )


def test_a_headline_of_marks_without_width_is_none() -> None:
    assert blocks(read_fields("\u200b", [STORY])) == [("paragraph", STORY)]


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
            *("mentalyang", "Ã©", "\u200b", "\u00ad", "Baca juga: Harga Beras Naik", "kata dia."),
            *("[Gambas:Video 20detik]", "Simak", "kepadaRina", "Tags", "WhatsApp", "KPKtelah"),
        ]
    )
).map("".join)


def mended(text: str, repairs: tuple[Repair, ...]) -> str:
    parts, at = [], 0
    for repair in repairs:
        assert text[repair.start : repair.start + len(repair.before)] == repair.before
        assert repair.start >= at
        parts += [text[at : repair.start], repair.after]
        at = repair.start + len(repair.before)
    return "".join([*parts, text[at:]])


def check_lossless(article: Article, text: str) -> None:
    assert article.source == mended(text, article.repairs)
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


@pytest.mark.parametrize(
    "unit",
    [
        *("a", "kata\n", "Simak\n", "dia.Baca juga: Harga Beras Naik ", '.Baca juga: Kopi Pagi "A'),
        *("[Gambas:", "Harga Beras Naik\n", "Tags\n", "Foto: ", "JAKARTA - ", ".Baca JugaKopi"),
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
