from __future__ import annotations

import pytest
from reading import STORY, blocks, kinds

from service.article import Kind
from service.documents.furniture import furniture
from service.documents.text import read_text


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
        (
            "Copyright 2008 - 2025 PT. Warta Senja (Grup Lembayung). All rights reserved.",
            "copyright",
        ),
        ("Diperbarui 02 April 2025, 14:00 WIB", "date"),
        ("BACA JUGA >> Harga Beras Naik", "related"),
        ("Baca Juga » Harga Beras Naik", "related"),
        ("Baca Pula: Harga Beras Naik", "related"),
        ("LIHAT JUGA: Harga Beras Naik", "related"),
        ("(Baca juga: Harga Beras Naik)", "related"),
        ("- Baca juga: Harga Beras Naik", "related"),
        ("**Baca Juga: Harga Beras Naik**", "related"),
        ("Baca juga: Harga Beras Naik di Tiga Kota.", "related"),
        ("Simak juga Harga Beras Naik di Tiga Kota", "related"),
        ("Artikel Terkait: Harga Beras Naik", "related"),
        ("Read also: Harga Beras Naik", "related"),
        ("- Advertisement -", "advertisement"),
        ("ADVERTISEMENTS", "advertisement"),
        ("Scroll untuk membaca", "advertisement"),
        ("Gulir ke bawah untuk melanjutkan", "advertisement"),
        ("Artikel berlanjut setelah iklan ini", "advertisement"),
        ("Halaman 1 2 3 Selanjutnya", "pages"),
        ("1 2 3 Next Page", "pages"),
        ("Show All", "pages"),
        ("Lanjut ke halaman 2 >>", "pages"),
        ("Read more", "more"),
        ("(*)", "end"),
        ("Share this:", "share"),
        ("Tinggalkan komentar", "share"),
        ("Bagikan ke Facebook Bagikan ke X", "share"),
        ("Ikuti Kami di WhatsApp Channel", "follow"),
        ("Gabung ke grup WhatsApp kami", "follow"),
        ("Simak berita pilihan di kanal Telegram Warta Senja. Klik untuk bergabung.", "follow"),
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
        "Hak cipta 2014 atas lagu itu tercatat atas nama Rina.",
        "Dilarang mengambil pasir laut tanpa izin, dan pelanggar didenda Rp500 juta.",
        "Dilarang keras mengutip isi sidang tanpa izin hakim, bunyi aturan itu.",
        "Dilarang memperbanyak konten itu tanpa izin penciptanya, tulis aturan baru itu.",
        "Ikuti Telegram, WhatsApp Batasi Penerusan Pesan",
        "Baca juga pesan itu, pinta Rina kepada warga.",
        "Unduh aplikasi itu sebelum Rabu, imbau petugas.",
        "Kunjungi situs desa untuk mendaftar.",
        "Bagikan masker kepada warga sekarang.",
        "1-2",
        "Scroll itu jatuh, kata dia.",
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
        (
            "Warga pulang. BACA JUGA >> Harga Beras Naik",
            ["Warga pulang.", "BACA JUGA >> Harga Beras Naik"],
        ),
        (
            "Warga pulang. Baca Pula: Harga Beras Naik",
            ["Warga pulang.", "Baca Pula: Harga Beras Naik"],
        ),
        (
            "Warga pulang. (Baca juga: Harga Beras Naik) Pasar masih tutup.",
            ["Warga pulang.", "(Baca juga: Harga Beras Naik)", "Pasar masih tutup."],
        ),
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
        # the end of the title is uncertain
        "Warga pulang. Baca juga: Harga Beras Naik Petani belum mau menjual gabah.",
        "Warga pulang. Baca juga: Mengapa Beras Mahal? Ini Jawaban Menteri Rina.",
        'Di pintu tertulis: "Awas! Baca juga: Aturan Parkir"',
        'Di pintu tertulis "Baca Juga: Aturan Parkir".',
        "Di pintu tertulis Baca juga: Aturan Parkir",
        "Rapat ditutup. Baca juga tulisan di dinding: begitulah pesannya",
        "Ia menulis (rin/bud)",
        "Warga pulang. (Baca juga: begitu tulisan di papan itu, kata dia.)",
        "Ia menulis ADVERTISEMENT di papan.",
    ],
)
def test_possible_story_is_not_cut_off(line: str) -> None:
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


def test_furniture_with_links_on_separate_lines() -> None:
    article = read_text(f"{STORY}\n{STORY}\nArtikel ini telah naik di\ndetikJatim.")
    assert blocks(article)[2:] == [("furniture", "Artikel ini telah naik di\ndetikJatim.")]


def test_the_title_of_a_video_stands_twice_above_the_initials() -> None:
    title = "Video Warga Demak Pulang dengan Perahu"
    assert kinds(f"{STORY}\n{STORY}\n{title}\n{title}\n(rin/bud)") == [
        *("paragraph", "paragraph", "furniture", "furniture", "furniture"),
    ]
    assert "furniture" not in kinds(f"{STORY}\n{title}\n{title}\n{STORY}")


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


@pytest.mark.parametrize("heading", ["BACA JUGA >>", "LIHAT JUGA :", "Pilihan Redaksi"])
def test_a_title_below_a_heading_with_a_mark(heading: str) -> None:
    text = f"{STORY}\n{heading}\nHarga Beras Naik di Tiga Kota\n{STORY}"
    assert kinds(text) == ["paragraph", "furniture", "furniture", "paragraph"]


def test_several_titles_below_a_heading() -> None:
    titles = "Harga Beras Naik di Tiga Kota\nMengapa Harga Beras Naik"
    assert kinds(f"{STORY}\nPilihan Redaksi\n{titles}\n{STORY}") == [
        *("paragraph", "furniture", "furniture", "furniture", "paragraph"),
    ]
    assert kinds(f"{STORY}\nBaca juga:\n{titles}\n{STORY}") == [
        *("paragraph", "furniture", "furniture", "subheading", "paragraph"),
    ]


def test_everything_below_a_heading_of_links_at_the_end() -> None:
    tail = "REKOMENDASI\nHarga Beras Naik di Tiga Kota\nMengapa Harga Beras Naik?\nTentang Kami"
    assert kinds(f"{STORY}\n{STORY}\n{tail}") == ["paragraph", "paragraph", *["furniture"] * 4]
    assert "furniture" not in kinds(f"{STORY}\nRekomendasi\nHarga Beras Naik\n{STORY}")


def test_a_video_in_the_headline() -> None:
    text = f"Lihat Video Palsu, Warga Demak Mengungsi\n{STORY}\n{STORY}"
    assert kinds(text) == ["headline", "paragraph", "paragraph"]


def test_a_page_about_itself_above_the_story_only() -> None:
    line = "Dengarkan artikel ini dalam 3 menit"
    assert kinds(f"Banjir Surut di Demak\n{line}\n{STORY}\n{STORY}")[1] == "furniture"
    assert "furniture" not in kinds(f"{STORY}\n\n{line}\n\n{STORY}")


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
    "line",
    [
        "Video: Detik-detik Gempa Mengguncang Cianjur",
        "Topik: Presiden akan mengumumkan kabinet baru pada Senin",
    ],
)
def test_the_first_line_is_never_a_video_or_tags(line: str) -> None:
    kinds = [block.kind.value for block in read_text(f"{line}\n\nGempa terasa kuat.").blocks]
    assert "furniture" not in kinds
    assert len(kinds) == 2
