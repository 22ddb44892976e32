"""The abbreviations of Indonesian, whose full stops may end no sentence.

A `Stop` comes in, a bool goes out; nothing raises. An abbreviation may also end a sentence. A
capital after it then counts by the kind of the abbreviation:

- Titles and `Jl.`, `PT.`, `Jr.` belong to names, which go on with capitals. Only a word that
  clearly opens a sentence (`Ia`, `Namun`, `Menurut` ...) splits.
- A letter is an initial, but not after a label or a number (`Grup C.`, `1446 H.`). Nouns that begin
  sentences and not names (`Polisi`, `Warga` ...) split too.
- `Tbk.` and the like end a company's name. A capital splits, except in a headline, and between an
  office and the name of its holder.
- `dll.`, `dsb.`, `dkk.` and degrees after a comma (`, S.H.`) close an enumeration or a name. Any
  capital splits, except another degree.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from service.text.lexicon import numbers as lexicon


class Stop(NamedTuple):
    """A full stop behind `text[begin:end]`; the text goes on at `after`."""

    text: str
    start: int  # of the sentence
    begin: int
    end: int
    closers: str  # brackets and quotation marks between the stop and `after`
    after: int
    following: str  # the first word from `after` on, or ""
    headline: bool  # the whole text ends without a stop


def word_set(text: str) -> frozenset[str]:
    """Return the words, and those of three letters or more in capitals too.

    Shorter words in capitals are acronyms.
    """
    words = text.split()
    return frozenset(words) | {word.upper() for word in words if len(word) > 2}


# Before a name.
_TITLES = word_set(
    "Dr dr DR drg Drg drh Drh Drs Dra Ir IR Prof prof Hj HJ KH K.H Ust Pdt Ev Rm Mgr Mr Mrs Ms Ny"
    " Nn Tn Br Fr Sdr Sdri Bpk Yth Alm alm Almh almh Plt Plh Pj Pjs plt plh pj Purn"
    # shortened first names
    " Moh Muh Mohd Muhd Abd Ach Rd Rr RAA Tb Tgk"
    # ranks
    " Jend Letjen Mayjen Brigjen Kol Letkol Kapt Lettu Letda Peltu Pelda Serma Serka Sertu Serda"
    " Kopka Koptu Kopda Praka Pratu Prada Irjen Komjen Kombes Kombespol Pol AKBP Kompol AKP Iptu"
    " Ipda Aiptu Aipda Bripka Brigpol Briptu Bripda Bharada Laksda Laksma Marsda Marsma"
    " Inf Czi Arh Arm Cba Caj Cpm Kav"
    # places, firms, institutions
    " St Sta Sto PT CV UD Jl jl JL Jln jln Gg Kab Kec Kel Prov Ds Dk Kp Blk Perum Komp Univ Fak"
    " Dept Gd Tj Tg Kep Sei"
    # verses
    " QS HR"
    " No NO no Rp RP vs Vs Dok"
)
# Before a number; without one most are ordinary words (`hal`, `art`).
_BEFORE_NUMBERS = word_set(
    "no nomor hal Hal hlm Hlm tgl Tgl vol Vol telp Telp tel Tel tlp Tlp hp Hp th Th thn ps Ps psl"
    " Psl ay art Art ed Ed cet Cet jil Jil lt Lt pkl Pkl RT RW KM Km km NIP"
)
# Unlike `numbers.py`: with `Agust` and `Nop`, without `Ags` and the whole word `Nopember`.
_MONTHS = word_set(
    " ".join(
        month.capitalize()
        for month in (*lexicon.SHORT_MONTHS["id"], "agust", "nop")
        if month not in ("ags", "nopember")
    )
)
# At the end of a company's name.
_COMPANIES = word_set("Tbk tbk Inc Ltd Corp Co Bhd Sdn Pte")
# After a person's name, which may go on.
_SUFFIXES = word_set("Jr Sr bin al")
# At the end of an enumeration or a reference, and often of the sentence.
_LIST_ENDS = word_set("dll dsb dst dkk dlsb etc sbb red tsb ybs")
# Before a single letter that is a label and no initial.
_LABELS = word_set(
    "grup group kelompok blok kaveling vitamin kelas tipe type model varian seri serie liga formula"
    " euro hepatitis golongan darah gen generasi rencana plan paket opsi pilihan sim pelat ijazah"
    " nilai poin butir huruf dunia buwono bagian wilayah zona area sektor divisi kategori peringkat"
    " level tahap inisial berinisial terminal gedung tower menara gerbang gate pintu ruang lapangan"
    " rute jalur koridor kloter platform kode lampiran bab jilid alam"
)
# At the beginning of a sentence; no names.
_OPENERS = word_set(
    "Ia Dia Beliau Mereka Kami Kita Saya Aku Anda Ini Itu Hal Namun Tetapi Tapi Menurut Selain"
    " Sementara Sedangkan Adapun Sebelumnya Sebaliknya Kemudian Lalu Saat Ketika Kini Pada Dalam Di"
    " Ke Dari Untuk Dengan Tanpa Karena Sebab Jika Bila Kalau Apabila Meski Meskipun Walau Walaupun"
    " Hingga Sejak Setelah Sesudah Sebelum Usai Seusai Akibat Akibatnya Oleh Bahkan Tak Tidak Bukan"
    " Belum Ada Para Sejumlah Beberapa Seorang Semua Seluruh Setiap Selama Selanjutnya Berikut"
    " Demikian Begitu Pihaknya Terkait Bagi Seperti Sebagai Berdasarkan Diketahui Dilansir Sontak"
    " Padahal Apalagi Misalnya Artinya Jadi Maka Pasalnya Kendati Lebih Salah Yang Sebanyak Sekitar"
    " Sebagian Sebuah Tentu Memang Justru Malah Siapa Mengapa Bagaimana Kapan Berapa Melalui Semoga"
    " Sudah Telah Akan Masih Hanya Keduanya Ketiganya Keempatnya Lantas Adalah Antara Atas Terakhir"
    " Saksikan Barulah Sampai Agar Supaya"
)
# At the beginning of a sentence, but also after titles and addresses (`Plt. Bupati`, `Jl. Pasar
# Minggu`).
_NOUNS = word_set(
    "Polisi Polres Polda Polri Warga Pemerintah Petugas Korban Pelaku Tersangka Terdakwa Saksi"
    " Jaksa Penyidik Pengacara Kuasa Wartawan Presiden Menteri Gubernur Bupati Wakil Kepala Ketua"
    " Panitia Sidang Rapat Acara Hasil Data Harga Saham Emiten Manajemen Investor Analis Pasar Laba"
    " Indeks Tim Laga Gol Skor Babak Pelatih Pemain Penonton Penumpang Pasien Siswa Umat Keluarga"
    " Massa Jumlah Angka Nilai Kondisi Informasi Kasus Peristiwa Insiden Gempa Banjir Kebakaran"
    " Aksi Program Aturan Kebijakan Langkah Proses Rencana Video Film Buku Lagu Pihak Barang Mobil"
    " Kapal Pesawat Kereta Truk Surat Dokumen Dana Uang Biaya Tarif Pajak Utang Kerugian Perusahaan"
    " Rumah Bangunan Sekolah Cuaca Hujan Satunya Hari Pabrik "
    + " ".join(map(str.capitalize, lexicon.UNITS["id"][1:11]))
)
# Affixes that names lack: `Hasilnya`, `Penumpang`, `Kenaikan`.
_BUILT = re.compile(r"[A-Z][a-z]{3,30}nya|(?:Pe[mnr]|Ke)[a-z]{4,30}an")
_OFFICE = re.compile(
    r"\b(?:Direktur|Dirut|Komisaris|Sekretaris|Presiden|Manajer|Kepala|Ketua|Pendiri|Pemilik|CEO"
    r"|Head|Analis)\b"
)
_PERSON = re.compile(r"[A-Z][a-z]+ [A-Z]")

_DEGREE = re.compile(
    r"(?:S\.(?:[HESTPK]|H\.I|I\.[KP])|M\.(?:[HAMTEPS]|B\.A|P\.H)|B\.(?:A|Sc)|(?:Sp|Ph|Lic)\.[A-Z]+[a-z]*"
    r"|[SMDA]\.[A-Z][A-Za-z]{1,5}(?:\.[A-Z][A-Za-z]{0,3})?)(?![A-Za-z])"
)
_BARE_DEGREES = frozenset(
    "SH SE ST MH MM MT MA BA MBA SIK SIP SPd MPd MSi SKM SSos SKep Ners Ak Apt Lc".split()
)
_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")


def abbreviates(stop: Stop) -> bool:
    """Return whether the stop is an abbreviation's, and the sentence goes on."""
    text, start, begin = stop.text, stop.start, stop.begin
    token = text[begin : stop.end]
    before = text[max(start, begin - 32) : begin].rstrip()
    opens = stop.following in _OPENERS
    if len(token) == 1 and token.isalpha():
        return not opens and _is_initial(before, stop.following)
    if _number_follows(text, stop.after):
        if token in _MONTHS:
            return True
        # `RW` of `RT. 03/RW. 05`; `sejauh 4 km. 23 mobil` is no `Km. 23`
        if token.rpartition("/")[2] in _BEFORE_NUMBERS and not before[-1:].isdecimal():
            return True
    # `M.H.` is a degree after a comma or another degree, and a name in `Jalan M.H. Thamrin`
    bare = token in _BARE_DEGREES
    if bare or (_DEGREE.fullmatch(token) and (len(token) > 3 or before.endswith((",", ".", "(")))):
        another = stop.following in _BARE_DEGREES or _DEGREE.match(text, stop.after) is not None
        bracket = text[stop.after] == "(" and not bare
        return another or bracket or (")" in stop.closers and not opens)
    if token in _LIST_ENDS:
        return ")" in stop.closers and not opens
    if token in _COMPANIES:
        return not opens and _name_goes_on(stop)
    if token in _TITLES or (token.islower() and _DOTTED.fullmatch(token)):
        return not opens
    if token in _SUFFIXES or _DOTTED.fullmatch(token):
        return not opens and not _begins_sentence(stop.following)
    return False


def _is_initial(before: str, following: str) -> bool:
    """Return whether a letter is an initial in a name with `following`."""
    words = [word.strip('("“,').casefold() for word in before.split(" ")[-2:]]
    label = words[-1]
    # `1446 H.`, `lebar 1,6 m.`; `Grup C dan D.`
    if label in _LABELS or label[-1:].isdecimal():
        return False
    if len(words) == 2 and len(words[0]) == 1 and label in ("dan", "atau", "hingga", "sampai"):
        return False
    return not _begins_sentence(following)


def _begins_sentence(word: str) -> bool:
    """Return whether the word is a noun that begins sentences, not names."""
    return word in _NOUNS or _BUILT.fullmatch(word) is not None


def _name_goes_on(stop: Stop) -> bool:
    """Return whether the capital after `Tbk.` belongs to the same sentence."""
    if stop.text[stop.after] in "\"“'‘«":
        return False
    if stop.headline or stop.following in _COMPANIES or not stop.following:
        return True
    office = _OFFICE.search(stop.text, max(stop.start, stop.begin - 96), stop.begin)
    return (
        office is not None
        and not _begins_sentence(stop.following)
        and _PERSON.match(stop.text, stop.after) is not None
    )


def _number_follows(text: str, at: int) -> bool:
    sign = text[at] in "(+"  # `Telp. (021) 555`
    return text[at + sign : at + sign + 1].isdecimal()
