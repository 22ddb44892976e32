"""The words of numbers, dates and units, in Indonesian and English."""

from __future__ import annotations

from typing import Literal

Language = Literal["id", "en"]

UNITS = {
    "id": "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas".split(),
    "en": (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen"
    ).split(),
}
ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()

# Single words that stand for a number.
NUMERALS: dict[Language, dict[str, int]] = {
    "id": {
        "pertama": 1, "tunggal": 1, "seorang": 1, "sebuah": 1, "seekor": 1, "kedua": 2,
        "ganda": 2, "sepasang": 2, "kembar": 2, "selusin": 12, "lusin": 12, "sejuta": 10**6,
        "semiliar": 10**9, "setriliun": 10**12, "berdua": 2, "bertiga": 3, "berempat": 4,
        "keduanya": 2, "ketiganya": 3, "keempatnya": 4,
    },
    "en": {
        "first": 1, "once": 1, "single": 1, "second": 2, "both": 2, "pair": 2,
        "twice": 2, "twins": 2, "twin": 2, "double": 2, "doubled": 2, "doubles": 2,
        "doubling": 2, "couple": 2, "third": 3, "triple": 3, "tripled": 3, "trio": 3,
        "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12, "dozen": 12, "noon": 12,
        "midday": 12, "midnight": 12, "hundredth": 100, "thousandth": 1000, "twenties": 20,
        "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70,
        "eighties": 80, "nineties": 90,
    },
}  # fmt: skip

SCALES: dict[Language, dict[str, int]] = {
    "id": {"ratus": 100, "ribu": 10**3, "juta": 10**6, "miliar": 10**9, "milyar": 10**9,
           "triliun": 10**12, "trilyun": 10**12, "rb": 10**3, "jt": 10**6},
    "en": {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9,
           "trillion": 10**12, "tn": 10**12, "trn": 10**12, "bn": 10**9, "mn": 10**6},
}  # fmt: skip
# Names with a number that counts nothing: street vendors, and a group of islands.
NOT_COUNTED = frozenset({("kaki", "lima"), ("kepulauan", "seribu"), ("pulau", "seribu")})
# Millions or meters, thousands or nothing. After a sum, Indonesian headlines mean miliar: `Rp2 M`.
UNSURE_SCALES: dict[Language, dict[str, int]] = {
    "id": {"m": 10**9, "t": 10**12},
    "en": {"m": 10**6, "k": 10**3, "b": 10**9},
}
ENGLISH_SCALE = {10**3: "thousand", 10**6: "million", 10**9: "billion", 10**12: "trillion"}

# Quantities without a number: `ratusan orang`, `hundreds of people`.
ROUGH: dict[Language, dict[str, str]] = {
    "id": {"belasan": "dozens", "puluhan": "dozens", "ratusan": "hundreds", "ribuan": "thousands",
           "jutaan": "millions", "miliaran": "billions", "triliunan": "trillions"},
    "en": {"tens": "dozens", "dozens": "dozens", "scores": "dozens", "decades": "dozens",
           "hundreds": "hundreds", "thousands": "thousands", "millions": "millions",
           "billions": "billions", "trillions": "trillions"},
}  # fmt: skip

# Rough quantities only before `of`: they have other meanings.
UNSURE_ROUGH = frozenset({"tens", "scores", "decades"})

MONTHS: dict[Language, list[str]] = {
    "id": "januari februari maret april mei juni juli agustus september oktober november "
    "desember".split(),
    "en": "january february march april may june july august september october november "
    "december".split(),
}
SHORT_MONTHS: dict[Language, dict[str, int]] = {
    "id": {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "agu": 8, "agt": 8,
           "ags": 8, "sep": 9, "sept": 9, "okt": 10, "nov": 11, "des": 12, "nopember": 11},
    "en": {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9,
           "sept": 9, "oct": 10, "nov": 11, "dec": 12},
}  # fmt: skip
# Months only beside a number: they are other words too.
AMBIGUOUS_MONTHS = frozenset({"may", "march", "mei", "maret"})

# `Minggu` is also a week: it is a Sunday only with a capital, away from a sentence's beginning.
WEEKDAYS: dict[Language, dict[str, str]] = {
    "id": {"senin": "Monday", "selasa": "Tuesday", "rabu": "Wednesday", "kamis": "Thursday",
           "jumat": "Friday", "sabtu": "Saturday", "minggu": "Sunday", "ahad": "Sunday"},
    "en": {day.lower(): day for day in
           "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()},
}  # fmt: skip
# The Indonesian days from Monday, without `Ahad`; as a pattern, with the older spelling `Jum'at`.
DAYS = tuple(day.capitalize() for day in WEEKDAYS["id"] if day != "ahad")
DAY_PATTERN = "|".join(DAYS).replace("Jumat", "Jum['’]?at")

HOUR_WORDS = frozenset({"pukul", "jam"})
INDONESIAN_ZONES = ("WIB", "WITA", "WIT")
# Hours ahead of UTC, by zone.
ZONE_OFFSETS = {"WIB": 7, "WITA": 8, "WIT": 9, "GMT": 0, "UTC": 0}
ZONES = frozenset(map(str.lower, ZONE_OFFSETS))
ENGLISH_ZONES = {"western": "WIB", "central": "WITA", "eastern": "WIT"}
# Hours after noon, by the word behind them.
AFTERNOON = {
    "siang": range(1, 4),
    "sore": range(1, 8),
    "petang": range(4, 8),
    "malam": range(6, 12),
}

# Words between two numbers that share a scale or a unit: `10 to 15 million`.
JOINING = frozenset("dan atau hingga sampai dengan menjadi ke to and or rp us usd".split())

CURRENCY_BEFORE = {
    "rp": "rupiah", "idr": "rupiah", "$": "dollar", "usd": "dollar", "€": "euro", "£": "pound",
    "¥": "yen", "rm": "ringgit",
}  # fmt: skip

# Words of measure after a number, with their English names.
MEASURES: dict[Language, dict[str, str]] = {
    "id": {
        "persen": "percent", "prosen": "percent", "%": "percent", "rupiah": "rupiah",
        "dolar": "dollar", "dollar": "dollar", "euro": "euro", "yen": "yen", "yuan": "yuan",
        "ringgit": "ringgit", "pound": "pound", "poundsterling": "pound", "jam": "hour",
        "km": "kilometre", "kilometer": "kilometre", "meter": "metre", "cm": "centimetre",
        "sentimeter": "centimetre", "mm": "millimetre", "milimeter": "millimetre",
        "kg": "kilogram", "kilogram": "kilogram", "gram": "gram", "ton": "tonne",
        "liter": "litre", "hektare": "hectare", "hektar": "hectare",
        "ha": "hectare",
        "detik": "second", "menit": "minute", "hari": "day", "pekan": "week", "minggu": "week",
        "bulan": "month", "tahun": "year", "abad": "century", "derajat": "degree", "°": "degree",
        "mil": "mile", "kaki": "foot",
    },
    "en": {
        "%": "percent", "percent": "percent", "per cent": "percent", "percentage": "percent",
        "pct": "percent", "rupiah": "rupiah", "rupiahs": "rupiah", "dollar": "dollar",
        "dollars": "dollar", "euro": "euro", "euros": "euro", "yen": "yen", "yuan": "yuan",
        "ringgit": "ringgit", "pound": "pound", "pounds": "pound", "hour": "hour", "hours": "hour",
        "km": "kilometre", "kilometer": "kilometre", "kilometers": "kilometre",
        "kilometre": "kilometre", "kilometres": "kilometre", "kms": "kilometre",
        "meter": "metre", "meters": "metre", "metre": "metre", "metres": "metre",
        "cm": "centimetre", "centimeter": "centimetre", "centimeters": "centimetre",
        "centimetre": "centimetre", "centimetres": "centimetre", "mm": "millimetre",
        "millimeter": "millimetre", "millimeters": "millimetre", "millimetre": "millimetre",
        "millimetres": "millimetre", "kg": "kilogram", "kilogram": "kilogram",
        "kilograms": "kilogram", "kilo": "kilogram", "kilos": "kilogram", "gram": "gram",
        "grams": "gram", "ton": "tonne", "tons": "tonne",
        "tonne": "tonne", "tonnes": "tonne", "liter": "litre", "liters": "litre",
        "litre": "litre", "litres": "litre", "hectare": "hectare", "hectares": "hectare",
        "ha": "hectare", "second": "second", "seconds": "second", "minute": "minute",
        "minutes": "minute", "day": "day", "days": "day", "week": "week", "weeks": "week",
        "month": "month", "months": "month", "year": "year", "years": "year",
        "century": "century", "centuries": "century", "degree": "degree", "degrees": "degree",
        "°": "degree", "mile": "mile", "miles": "mile", "foot": "foot", "feet": "foot",
    },
}  # fmt: skip
# Smaller measures, with their count in a larger one.
SUBUNITS: dict[str, dict[str, int]] = {
    "minute": {"second": 60}, "hour": {"minute": 60}, "day": {"hour": 24}, "week": {"day": 7},
    "year": {"month": 12}, "century": {"year": 100}, "metre": {"centimetre": 100},
    "centimetre": {"millimetre": 10}, "kilometre": {"metre": 1000}, "kilogram": {"gram": 1000},
    "tonne": {"kilogram": 1000},
}  # fmt: skip
# Measures as a repair writes them behind a figure.
ENGLISH_MEASURES = {
    "kilometre": "kilometers", "metre": "meters", "centimetre": "centimeters",
    "millimetre": "millimeters", "kilogram": "kilograms", "gram": "grams", "tonne": "tons",
    "litre": "liters", "hectare": "hectares", "second": "seconds", "minute": "minutes",
    "hour": "hours", "day": "days", "week": "weeks", "month": "months", "year": "years",
    "mile": "miles", "foot": "feet",
}  # fmt: skip
CURRENCIES = frozenset({"rupiah", "dollar", "euro", "yen", "yuan", "ringgit", "pound"})
