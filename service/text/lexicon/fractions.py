"""The words of fractions, in Indonesian and English."""

from __future__ import annotations

from service.text.lexicon.numbers import Language

HALVES = frozenset("setengah separuh separo".split())
# `setengah hati` is half-hearted: no quantity.
NOT_HALVED = frozenset(
    "baya hati mati jalan main jadi matang sadar tiang dewa telanjang bercanda memaksa gila tua "
    "resmi putus percaya kosong lingkaran badan bulat final waktu kering basah berlari berbisik "
    "berteriak terbuka tidur berdiri duduk terpaksa nada kompetisi".split()
)
LARGE_DENOMINATORS = {
    "seratus": 100, "seribu": 1000, "sejuta": 10**6, "semiliar": 10**9,
}  # fmt: skip

# English denominators in the singular. `second` is none.
DENOMINATORS = {
    "half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "fifteenth": 15,
    "sixteenth": 16, "twentieth": 20, "thirtieth": 30, "fortieth": 40,
    "fiftieth": 50, "hundredth": 100, "thousandth": 1000,
    "millionth": 10**6,
    "billionth": 10**9,
}  # fmt: skip
ENGLISH_DENOMINATORS = {
    value: word for word, value in DENOMINATORS.items() if word != "fourth" and value <= 20
}
# The last word of `six-hundredth` and `ten-millionth`.
LARGE_ENGLISH = frozenset({"hundredth", "thousandth", "millionth"})
COMMON_DENOMINATORS = frozenset({2, 3, 4, 5, 8})
HALVED = frozenset("halve halved halving halfway midway".split())
RATIOS = (("in",), ("in", "every"), ("out", "of"), ("out", "of", "every"), ("of", "every"))

# A word behind a share: `a third of`, `a third more`.
AFTER_SHARE = frozenset("of more less longer higher lower cheaper larger smaller as".split())
# A word behind `half` as a quantity.
HALF_OF = frozenset("of the a an its his her their our my that those these".split())
# `the first half` and `the last quarter` are periods.
BEFORE_PERIOD = frozenset(
    "first second third fourth last this next previous each every per other better opening "
    "earlier same final later latter".split()
)
# `the eastern half`, `the final third`: parts of a whole.
BEFORE_PART = frozenset(
    "northern southern eastern western upper lower top bottom middle first last final front back "
    "left right other remaining outer inner".split()
)
# `sejam setengah` is an hour and a half.
ONE_UNITS = frozenset("sejam sehari sebulan setahun sepekan semeter sekilometer".split())

OF: dict[Language, frozenset[str]] = {
    "id": frozenset({"dari", "bagian"}),
    "en": frozenset({"of"}),
}
BEFORE_SHARE: dict[Language, frozenset[str]] = {
    "id": frozenset(
        "sekitar hampir kira sebanyak sebesar sisanya seluas nyaris sedikitnya setidaknya "
        "dari hanya".split()
    ),
    "en": frozenset("about nearly almost roughly around some than remaining only".split()),
}
BEFORE_DATE = frozenset(
    "tanggal tgl pada mulai sejak hingga sampai per on since until by from skor score rt rw no "
    "nomor pasal kelas".split()
)
AFTER_DATE = frozenset(
    "pukul malam pagi siang sore petang dini subuh lalu mendatang kemarin nanti at gb".split()
)
