from __future__ import annotations

import pytest

from service.documents.headline import is_headline
from service.documents.text import read_text

HEADLINE = "Stroberi Putih Pertama Dipanen di Lereng Merbabu"
BODY = (
    "Petani di lereng Merbabu memanen stroberi putih untuk pertama kali pada Senin pagi.\n\n"
    "Kebun seluas dua hektare itu menghasilkan 400 kilogram buah."
)


def headlines(text: str) -> list[str]:
    return [block.source for block in read_text(text).blocks if block.kind.value == "headline"]


@pytest.mark.parametrize(
    "label",
    [
        "Ahad Pon, 5 Juli 2026",
        "JULY 9, 2026",
        "2026-07-09T10:15:00+07:00",
        "10.15 WIB",
        "Kemarin, 10:15",
        "By Admin - 9 Juli 2026",
        "Home / Daerah / Jateng",
        "Wartasenja.com > Regional",
        "Dibaca 1.240 kali",
        "3 menit baca",
        "Skip to content",
        "Dengarkan artikel ini",
        "Bagikan ke WhatsApp",
        "SOROTAN",
        "Kabar Lereng",
        "Kabupaten Semarang, Jawa Tengah",
        "Kirim kisah Anda lewat tombol merah di bawah",
    ],
)
@pytest.mark.parametrize("break_", ["\n", "\n\n"])
def test_a_label_is_no_headline(label: str, break_: str) -> None:
    assert headlines(f"{label}{break_}{HEADLINE}{break_}{BODY}") == [HEADLINE]


def test_short_labels_are_furniture_and_long_lines_stay() -> None:
    long = "Kirim kisah Anda lewat tombol merah di bawah"
    text = f"SOROTAN\nKabar Lereng\n{long}\n{HEADLINE}\n{BODY}"
    assert [block.kind.value for block in read_text(text).blocks] == [
        *("furniture", "furniture", "paragraph", "headline", "paragraph", "paragraph"),
    ]


@pytest.mark.parametrize(
    "headline",
    [
        "Mengapa Stroberi Ini Putih? Begini Kata Petani",
        "Panen! Stroberi Putih Merbabu Laku Keras",
        "Stroberi Putih Dipanen. Pembeli Antre Sejak Pagi",
        "Stroberi Putih Laku Keras, tapi...",
        "Jadwal Panen Stroberi 9 Juli 2026",
        "iStroberi, Aplikasi Petani Merbabu, Diluncurkan",
        "'Kami Mencoba Tiga Musim', Kata Petani Stroberi",
    ],
)
def test_headlines_of_several_forms(headline: str) -> None:
    assert headlines(f"Daerah\n{headline}\n{BODY}") == [headline]


@pytest.mark.parametrize("headline", [HEADLINE, "Petani Merbabu panen stroberi putih pertama"])
def test_a_long_label_shares_only_names_with_the_body(headline: str) -> None:
    label = "Kabar Merbabu dan Sekitarnya Senin Ini"
    assert headlines(f"{label}\n{headline}\n{BODY}") == [headline]


def test_a_short_headline_above_a_deck() -> None:
    text = f"Panen Stroberi\nPetani di lereng Merbabu menanam buah yang tidak merah\n{BODY}"
    assert headlines(text) == ["Panen Stroberi"]


def test_a_page_that_begins_with_its_title() -> None:
    text = f"{HEADLINE} - WartaSenja.com\nDaerah\n{HEADLINE}\n{BODY}"
    assert [block.kind.value for block in read_text(text).blocks] == [
        *("furniture", "furniture", "headline", "paragraph", "paragraph"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Petani memanen stroberi putih. Sampai kapan harganya bertahan?",
        "Petani memanen stroberi putih pada Senin pagi.",
        "- Stroberi putih dari Merbabu",
        "Stroberi",
        "Kata petani:",
        "Satu. Dua. Tiga. Empat",
    ],
)
def test_no_headline(text: str) -> None:
    assert not is_headline(text)
