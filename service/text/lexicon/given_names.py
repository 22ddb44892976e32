"""Indonesian given names that are ordinary words too, and the words before names."""

from __future__ import annotations

# `Bintang` is a star, `Juli` a month.
GIVEN_NAMES = tuple(
    "bintang juli mei mawar melati bunga intan mutiara cahaya surya fajar mentari langit angkasa "
    "samudra guntur permata berlian lestari cinta damai satria anggun elok murni untung harapan "
    "bulan pelangi embun gempa bayu".split()
)
TITLES = tuple(
    "bu ibu pak bapak mbak mas kak bang dik adik nyonya nona tuan saudara saudari si sang bernama "
    "alias".split()
)
# Words before a month: `pada Juli Presiden bertolak`.
NOT_BEFORE_NAME = frozenset(
    "pada bulan awal akhir pertengahan sejak hingga sampai mulai per di dari dan ke antara selama "
    "sepanjang medio tiap setiap jelang menjelang untuk dengan tanggal".split()
)
