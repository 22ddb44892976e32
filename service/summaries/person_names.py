"""Words of people's names, and those beside a name that belong to no name."""

from __future__ import annotations

import re

_WORD = r"(?:[A-Z][\w'’.-]*|bin|binti)"
# Capitalized words in a row.
CAPITALIZED = rf"[A-Z][\w'’.-]*(?: {_WORD})*"

RANKS = (
    "AKP AKBP Kombes Kompol Iptu Ipda Aiptu Aipda Bripka Brigjen Irjen Komjen Letjen Mayjen Kolonel"
    " Letkol Kapten Jenderal Presiden Profesor Prof Prof. Dr dr Dr. dr. Ustaz KH Haji Hj Pol Pol."
    " Purn Ir Ir."
).split()
_ROLES = frozenset(
    "kepala ketua wakil menteri bupati gubernur wali walikota presiden kapolres kapolsek kapolda"
    " kapolri direktur manajer pelatih kapten jaksa hakim anggota sekretaris jubir bicara komisaris"
    " dosen peneliti pengamat pakar ahli dokter guru rektor camat lurah kades kasat kasi kasie"
    " kabid kabag kanit humas kadis plt plh deputi dirjen sekjen ceo chief presdir founder pendiri"
    " pemilik warga korban saksi aktor aktris artis penyanyi pemain penulis pengacara kuasa ekonom"
    " analis politikus politisi pengusaha pedagang petani nelayan mahasiswa koordinator pimpinan"
    " kasubdit dirut dirreskrimum dirreskrimsus danramil dandim panglima pangdam juru manager"
    " general president director senator mantan menko menkeu mendagri menhub mendikbud seorang"
    " bernama psikolog epidemiolog desainer sutradara".split()
)
_ORGANIZATIONS = frozenset(
    "badan dinas kementerian komisi dewan majelis bank universitas institut polda polres polsek"
    " pt cv tbk kemenkes kemenpar kemenag kemendagri kejaksaan kejagung kejari pemprov pemkot"
    " pemkab pemda polri indonesia perusahaan yayasan partai fraksi satuan unit bidang divisi"
    " direktorat biro pusat rumah sakit pengadilan mahkamah istana gedung asosiasi persatuan"
    " federasi serikat arab saudi amerika korea inggris jepang tiongkok china rusia israel iran"
    " palestina malaysia singapura timnas tim grup group kota kabupaten provinsi kecamatan desa"
    " kelurahan jalan reuters antara kompas tempo detik".split()
)
PLACES = frozenset(
    "jakarta bogor depok tangerang bekasi bandung semarang surabaya medan makassar palembang"
    " denpasar bali jawa sumatera kalimantan sulawesi papua maluku aceh riau jambi lampung banten"
    " yogyakarta solo surakarta malang sleman bantul demak kudus pati jepara cirebon garut sukabumi"
    " lombok ntb ntt kupang mataram manado ambon ternate padang pekanbaru batam pontianak"
    " banjarmasin samarinda balikpapan utara selatan barat timur tengah tenggara raya daya dki"
    " diy".split()
)


def name_words(phrase: str) -> tuple[str, ...]:
    """Return the words of a name, without the full stop of a sentence."""
    words = phrase.split()
    return (*words[:-1], words[-1].rstrip(".") if len(words[-1]) > 3 else words[-1])


def is_non_name(word: str) -> bool:
    """Whether a word is a role, a rank, an organization, a place or an acronym."""
    bare = word.strip(".,'’")
    return (
        bare.lower() in _ROLES | _ORGANIZATIONS | PLACES
        or word in RANKS
        or (len(bare) > 1 and bare.isupper() and "." not in word)
    )


def has_non_name(phrase: str) -> bool:
    """Whether a phrase has such a word."""
    return any(is_non_name(word) for word in phrase.split())


def has_role(phrase: str) -> bool:
    """Whether a phrase has a role (`Kepala`) or a rank (`AKP`)."""
    return any(word.strip(".,").lower() in _ROLES for word in re.split(r"[\s/]", phrase)) or any(
        word in RANKS for word in phrase.split()
    )
