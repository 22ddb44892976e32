from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.segment import segment, split_long

if TYPE_CHECKING:
    from collections.abc import Sequence

# A bar marks where a sentence ends; the text is the row without the bars.
HARD = """
Harga beras naik menjadi Rp. 15.000 per kilogram.
Ia tinggal di Jl. Sudirman No. 5, Jakarta.
Rapat dipimpin H. Ahmad Fauzi dan Hj. Siti Aminah.
Menurut Dr. Rina, vaksin itu aman. | Ia meminta warga tenang.
Pasien diperiksa dr. Budi di RS St. Carolus.
Drs. Slamet, Dra. Wati, Ir. Joko, dan Prof. Emil hadir.
Budi Santoso, S.H., M.H. menjadi hakim ketua.
Perkara ditangani Budi Santoso, S.H. | Hakim menunda sidang.
Hakim ketua adalah Budi Santoso, S.H. M.H. | Sidang ditunda.
Siti Rahma, S.Sos. M.Si. membuka acara.
Prof. Dr. Ir. H. Budi, M.Sc., Ph.D. mengajar. | Ia senang.
PT. Maju Jaya Tbk. mencatat laba. | CV. Sinar rugi.
Saham naik pada PT Maju Jaya Tbk. | Namun analis tetap waspada.
Direktur PT Maju Jaya Tbk. Hendra Gunawan mengundurkan diri.
Mereka membawa beras, gula, minyak, dll. | Bantuan itu tiba kemarin.
Mereka membawa beras, dsb. untuk korban, dst. sampai malam.
Budi dkk. ditahan.
Surat ditandatangani a.n. Bupati oleh sekretaris daerah.
Kirim ke Dinas Sosial u.p. Kepala Bagian Umum, d.a. Kantor Pos.
Lihat hal. 12 buku itu, surat tgl. 5 Mei.
Ia tidak paham akan hal. | Polisi menyelidiki.
Jend. Soedirman, Letjen. Suharto, Mayjen. Tono, Brigjen. Adi.
Kol. Inf. Surya memimpin operasi.
Kompol. Dedi dan AKBP. Rudi menjaga lokasi.
Ia naik pangkat menjadi AKBP. | Dia kini bertugas di Bogor.
Gg. Mawar, Kec. Beji, Kel. Kukusan, Kab. Bogor.
Persija vs. Persib berakhir imbang.
Mr. Smith dan Mrs. Smith tiba bersama Neymar Jr. Silva.
Pengamat J. Kristiadi menolak.
Jenderal A. H. Nasution dikenang.
Presiden Susilo B. Yudhoyono hadir. | Acara dimulai.
R.A. Kartini dan K.H. Ahmad Dahlan.
Jalan M.H. Thamrin macet.
Ditulis oleh W.S. Rendra. | Puisi itu terkenal.
Indonesia berada di Grup C. | Jepang memimpin.
Ia minum vitamin C. | Dokter menyarankannya.
Pelaku berinisial F. | Polisi menahannya.
Nilainya 1.000,50 atau Rp1.500.000. | Angka itu turun.
Gempa terjadi pukul 10.30 WIB. | Warga panik.
Tanggal 18.2.2025 ditetapkan. | Rapat usai.
Kejadian itu pada 2024. | Polisi menutup kasus.
Korban berjumlah 12. | Semua selamat.
1. Jakarta
1. Polisi datang. | 2. Warga pergi.
Ada tiga kota: 1. Jakarta 2. Bandung 3. Medan. | Semua aman.
Baca di KOMPAS.com, detik.com dan Liputan6.com. | Situs itu aman.
Kirim ke redaksi@kabar.co.id. | Terima kasih.
Kunjungi https://www.kpk.go.id/a.b?x=1.2 untuk melapor. | Layanan gratis.
Dia terdiam... lalu pergi.
"Saya... Saya tidak tahu," katanya.
"Saya tidak tahu..." | Budi menangis.
Ia menunggu… | Polisi akhirnya datang.
Pernyataan itu (...) Dibacakan di sidang.
"Kami siap." kata Budi.
"Kami siap." ujarnya. | Ia lalu pergi.
"Benarkah?" tanya dia. | Tidak ada jawaban.
"Ya!" ujarnya. | Semua tertawa.
"... sekarang," kata Sari.
"Kami siap. | Kami berangkat besok," kata Budi.
“Kami siap.” | “Kami berangkat besok.” kata Budi.
"Air naik cepat," kata Budi. | "Kami lari ke atap."
“Kami siap. ” | Budi pergi.
"Kami siap. " kata Budi.
«Kami siap.» kata Budi. | «Benar?» kata dia.
Ia berkata, "Pergi!" lalu menutup pintu.
Ia berkata, "Pergi!" | Polisi menutup pintu.
Ia bertanya (benarkah?) kepada polisi.
Ia pergi. | (Sumber: polisi.) | Warga tenang.
Letjen TNI (Purn.) Prabowo hadir.
Apa?! | Kami kaget.
Hebat!!! | 12 orang selamat.
Ia membeli iPhone. | iPhone itu rusak.
Didakwa oleh FA. | Chelsea membantah.
JAKARTA - PT. MAJU TBK. UNTUNG BESAR
"""
ROWS = HARD.strip().splitlines()


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in segment(text)]


@pytest.mark.parametrize("row", ROWS)
def test_hard_cases(row: str) -> None:
    assert sentences(row.replace("| ", "")) == row.split(" | ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t\u00a0", []),
        ("Satu", [(0, 4)]),
        ("  Satu.  Dua.  ", [(2, 7), (9, 13)]),
        ("Satu\nkalimat. Dua", [(0, 13), (14, 17)]),
        ("Satu.\r\nDua.", [(0, 5), (7, 11)]),
        ("Satu.\u00a0Dua.", [(0, 5), (6, 10)]),
        ("Satu \n\ndua.\n \nTiga", [(0, 4), (7, 11), (14, 18)]),
        ("Satu。Dua。", [(0, 5), (5, 9)]),
        ("***", [(0, 3)]),
    ],
)
def test_white_space_is_outside(text: str, expected: list[tuple[int, int]]) -> None:
    assert segment(text) == expected


def check_cover(text: str, spans: Sequence[tuple[int, int]]) -> None:
    assert all(start < end for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    assert "".join(text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)).strip() == ""


NEWS = st.lists(
    st.sampled_from(
        [*'ab.,?!…"”“()»。\n\r\t ', "\u00a0", "1. ", "Dr. ", "S.H. ", "dll. ", "Ia ", "Rp1.5"]
    )
).map("".join)


@given(st.one_of(st.text(), NEWS))
def test_nothing_but_white_space_is_lost(text: str) -> None:
    check_cover(text, segment(text))


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def pieces(text: str, limit: int) -> list[str]:
    return [text[start:end] for start, end in split_long(text, limit, words)]


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("", 3, []),
        (" satu dua ", 3, ["satu dua"]),
        ("satu dua tiga empat", 3, ["satu dua", "tiga empat"]),
        ("satu dua, tiga empat lima", 4, ["satu dua,", "tiga empat lima"]),
        ("satu dua; tiga, empat lima", 4, ["satu dua;", "tiga, empat lima"]),
        ("satu dua karena tiga empat lima", 4, ["satu dua", "karena tiga empat lima"]),
        ("satu dua dan tiga empat lima", 4, ["satu dua", "dan tiga empat lima"]),
        ("biaya proyek Rp 350 juta rupiah", 4, ["biaya proyek", "Rp 350 juta rupiah"]),
    ],
)
def test_cuts_at_clauses(text: str, limit: int, expected: list[str]) -> None:
    assert pieces(text, limit) == expected


def test_cuts_a_word_without_spaces_between_characters() -> None:
    text = "e\u0301" * 5
    assert split_long(text, 4, characters) == [(0, 4), (4, 8), (8, 10)]


def test_joined_emoji_stay_whole() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert split_long(family * 2, 5, characters) == [(0, 5), (5, 10)]


def test_a_very_long_sentence_takes_few_calls_and_few_pieces() -> None:
    calls = 0

    def count(texts: Sequence[str]) -> list[int]:
        nonlocal calls
        calls += 1
        return [1 + sum(1 + len(word) // 5 for word in text.split()) for text in texts]

    text = "pemerintah kota menyalurkan bantuan, karena banjir merendam permukiman dan " * 625
    spans = split_long(text, 400, count)
    assert calls <= 12
    check_cover(text, spans)
    assert max(count([text[a:b] for a, b in spans])) <= 400
    assert len(spans) <= 1.4 * count([text])[0] / 400


@given(NEWS, st.integers(1, 12))
def test_pieces_are_short_enough_and_lose_nothing(text: str, limit: int) -> None:
    spans = split_long(text, limit, characters)
    check_cover(text, spans)
    assert all(end - start <= limit for start, end in spans)


@given(NEWS, st.integers(1, 5))
def test_a_counter_that_sees_nothing_in_words_ends(text: str, limit: int) -> None:
    check_cover(text, split_long(text, limit, lambda texts: [len(text) // 4 for text in texts]))


@pytest.mark.parametrize(
    "part", ["Menurut Dr. Budi, S.H. harga naik. ", ". ", "\n \n", ".", '."', '. "', "1. ", "… ("]
)
def test_time_is_linear(part: str) -> None:
    # quadratic time would take minutes here
    text = part * (400_000 // len(part)) + " " * 100_000
    check_cover(text, segment(text))
