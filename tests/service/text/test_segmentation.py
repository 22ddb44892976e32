from __future__ import annotations

import time
from pathlib import Path

import pytest
from covers import NEWS, check_cover
from hypothesis import given
from hypothesis import strategies as st

from scripts.evaluate_segmentation import Score, read_gold, score
from service.text.segmentation import segment

# A bar marks the end of a sentence; the text is the row without bars.
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
Rapat dipimpin Plt. Kepala Dinas, Moh. Arifin. | Hasilnya belum diumumkan.
Laga digelar di Grup C dan D. | Tuan rumah libur.
Peserta dibagi ke grup A dan grup B. | Undian digelar besok.
Lebar jalan 1,6 m. | Ruas itu rusak.
Tahun baru 1447 H. | Kantor libur.
Ia lahir di Washington, D.C. | Keluarganya pindah pada 1990.
Direktur PT Maju Jaya Tbk. | Perusahaan itu merugi.
Anak usahanya, Maju Sdn. Bhd. | Kantornya di Johor.
Gedung itu di Jl. Merdeka Km. 12 dekat Lt. 3 pasar.
Banjir sepanjang 4 km. | 23 mobil terjebak.
Hubungi Telp. (021) 555 atau Telp. +62 21 555.
Alamatnya RT. 02/RW. 07 Kampung Baru.
Hakimnya Rudi Halim, SH. MH. | Sidang ditutup.
Ia mengutip "Bacalah." (QS. Al-Alaq: 1). | Jemaah menyimak.
Terima kasih. | @info.warga menulis lagi.
Rapat usai. | detikcom menemui menteri itu.
a. Isi formulir. | b. Serahkan berkas. c. tanpa huruf besar
"Ke mana?" Rina bertanya. | "Ke pasar!" | Toko itu tutup.
Selamat! 🎉🎉 | Tim menang. 🙏 | Terima kasih.
✅ Pintu terkunci. | ✅ Lampu padam.
Ya... Begitulah. | Ia pergi.
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
        ("Rapat selesai.Kemudian ia pulang.", ["Rapat selesai.", "Kemudian ia pulang."]),
        ('"Ya," ujarnya."Kami siap."', ['"Ya," ujarnya.', '"Kami siap."']),
        ('"Kami siap."Polisi pergi.', ['"Kami siap."', "Polisi pergi."]),
        ("Itu benar.“Kami siap.”", ["Itu benar.", "“Kami siap.”"]),
        ("“Kami siap.”Polisi pergi.", ["“Kami siap.”", "Polisi pergi."]),
        ("Ia menyebut “kacau”.Polisi diam.", ["Ia menyebut “kacau”.", "Polisi diam."]),
        ("Pada Rabu (1/4/2025).Warga diam.", ["Pada Rabu (1/4/2025).", "Warga diam."]),
        ("Rp2,3 triliun.IHSG turun.", ["Rp2,3 triliun.", "IHSG turun."]),
        ("Harganya Rp189.Lalu naik.", ["Harganya Rp189.", "Lalu naik."]),
        ("1. Matikan lampu.2. Tutup pintu.", ["1. Matikan lampu.", "2. Tutup pintu."]),
        ("Jalan dibuka.\u200bWarga lewat.", ["Jalan dibuka.\u200b", "Warga lewat."]),
    ],
)
def test_lost_spaces(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Surat Dr.Rina, H.Ahmad, Prof.Emil, S.Pd.I dan M.Si.",
        "Warga Jl.Mawar No.5 dan Jln.Melati",
        "Situs Detik.Com dan www.Kabar.Co.Id",
        "Versi v2.0 dan 1.240 unit",
        "Perkara 14/Pdt.Sus-PKPU/2018/PN.Jkt.Pst itu",
        "Surel nama.Belakang@kabar.id dan tautan https://kabar.id/Berita.Hari/Ini",
        "1. Jakarta2. Bandung3. Medan",
    ],
)
def test_complete_spaces(text: str) -> None:
    assert sentences(text) == [text]


GOLD = Path(__file__).parent / "segmentation"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # The rules were written on the first half, and frozen before the second was written.
        ("before.txt", Score(right=213, missed=0, invented=1)),
        ("after.txt", Score(right=218, missed=1, invented=3)),
    ],
)
def test_gold_boundaries(name: str, expected: Score) -> None:
    with (GOLD / name).open(encoding="utf-8") as lines:
        items = read_gold(lines)
    assert score(items, segment) == expected
    for item in items:
        check_cover(item.text, segment(item.text))


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
        ("Usai.\U0001f468\u200d\U0001f469 Ia", [(0, 8), (9, 11)]),
        ('Usai."🙏Ia', [(0, 7), (7, 9)]),
        ("Satu。Dua。", [(0, 5), (5, 9)]),
        ("***", [(0, 3)]),
    ],
)
def test_white_space_is_outside(text: str, expected: list[tuple[int, int]]) -> None:
    assert segment(text) == expected


@given(st.one_of(st.text(), NEWS))
def test_only_white_space_is_lost(text: str) -> None:
    check_cover(text, segment(text))


@pytest.mark.parametrize(
    "part",
    [
        *("Menurut Dr. Budi, S.H. harga naik. ", ". ", "\n \n", ".", '."', '. "', "1. ", "… ("),
        *("Ya... ", "A. ", "(a.", "a. B b. ", 'a."Kami', "usai.2. A", ". (aa", ". 🙏", "\u200b"),
    ],
)
def test_time_is_linear(part: str) -> None:
    # quadratic time would take minutes here
    text = part * (400_000 // len(part)) + " " * 100_000
    check_cover(text, segment(text))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("x" * 1_000_000, 1),
        ("selesai.Kemudian" * 62_500, 62_501),
        ("kata\n" * 100_000, 1),
        ("Kata.\n" * 100_000, 100_000),
    ],
)
def test_a_megabyte_without_a_space_and_lines_of_one_word(text: str, count: int) -> None:
    began = time.process_time()
    spans = segment(text)
    assert time.process_time() - began < 20  # a second at most was measured
    assert len(spans) == count
    check_cover(text, spans)
