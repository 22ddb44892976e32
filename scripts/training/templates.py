"""Sentences from templates: amounts, dates, agencies, offices and more.

They are frequent in news and rare in corpora. A template (`templates.txt`) is a source and its
target with the same gaps. Each gap gets a random value, the same on both sides; `gaps.toml` has
the names. `{rp}` is a gap of the kind `rp`, and `{rp2}` another one.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from importlib.resources import files
from random import Random

from scripts.training.augment import WEEKDAYS
from scripts.training.corpora import Pair

# Draws the Indonesian and English text of a gap.
Filler = Callable[[Random], tuple[str, str]]

_FILES = files("scripts.training")
_GAPS = tomllib.loads(_FILES.joinpath("gaps.toml").read_text(encoding="utf-8"))
_DAYS = tuple(WEEKDAYS.items())
_TEMPLATES = tuple(
    (block.split("\n")[0], block.split("\n")[1])
    for block in _FILES.joinpath("templates.txt").read_text(encoding="utf-8").strip().split("\n\n")
)

_GAP = re.compile(r"\{([A-Za-z]+)(\d?)\}")


def invent(random: Random) -> Pair:
    """Return a sentence and its translation from a random template."""
    source, target = random.choice(_TEMPLATES)
    filled: dict[str, tuple[str, str]] = {}
    for kind, number in _GAP.findall(source):
        key = kind.lower() + number
        if key not in filled:
            filled[key] = _FILLERS[kind.lower()](random)
        if kind == "small":
            filled["ordinal" + number] = ("", _ordinal(int(filled[key][0])))

    def fill_source(found: re.Match[str]) -> str:
        text = filled[found[1].lower() + found[2]][0]
        return text.upper() if found[1].isupper() else text

    pair = Pair(
        _GAP.sub(fill_source, source),
        _GAP.sub(lambda found: filled[found[1].lower() + found[2]][1], target),
    )
    # A name may have an article itself, also at the beginning of the sentence.
    target = re.sub(r"\b([Tt])he the\b", r"\1he", pair.target)
    return Pair(pair.source.strip(), target[0].upper() + target[1:])


def _pair(values: Sequence[Sequence[str]]) -> Filler:
    def fill(random: Random) -> tuple[str, str]:
        indonesian, english = random.choice(values)
        return indonesian, english

    return fill


def _same(values: Sequence[str]) -> Filler:
    def fill(random: Random) -> tuple[str, str]:
        value = random.choice(values)
        return value, value

    return fill


def _grouped(low: int, high: int) -> Filler:
    """Draw a number, written with separators of thousands."""

    def fill(random: Random) -> tuple[str, str]:
        number = random.randint(low, high)
        return f"{number:,}".replace(",", "."), f"{number:,}"

    return fill


def _plain(low: int, high: int) -> Filler:
    def fill(random: Random) -> tuple[str, str]:
        number = str(random.randint(low, high))
        return number, number

    return fill


def _quantity(random: Random) -> tuple[str, str]:
    """Return a number before `juta` or `miliar`, with up to two decimals."""
    whole = str(
        random.choice([random.randint(2, 9), random.randint(10, 99), random.randint(100, 999)])
    )
    decimals = random.choice(["", "", f"{random.randint(1, 9)}", f"{random.randint(1, 99):02d}"])
    if decimals:
        return f"{whole},{decimals}", f"{whole}.{decimals}"
    return whole, whole


_SCALES = (("juta", "million"), ("miliar", "billion"), ("triliun", "trillion"))


def _rupiah(random: Random) -> tuple[str, str]:
    sign = random.choice(["Rp", "Rp", "Rp "])
    shape = random.random()
    if shape < 0.25:
        number = random.randint(5, 990) * 500
        return f"{sign}{number:,}".replace(",", "."), f"Rp{number:,}"
    if shape < 0.35:
        number = random.randint(2, 950)
        return f"{sign}{number} ribu", f"Rp{number},000"
    if shape < 0.40:
        number = random.randint(1_000_000, 90_000_000) // 1000 * 1000
        return f"{sign}{number:,}".replace(",", "."), f"Rp{number:,}"
    quantity, quantity_en = _quantity(random)
    scale, scale_en = random.choice(_SCALES)
    return f"{sign}{quantity} {scale}", f"Rp{quantity_en} {scale_en}"


def _dollars(random: Random) -> tuple[str, str]:
    quantity, quantity_en = _quantity(random)
    scale, scale_en = random.choice(_SCALES[:2])
    if random.random() < 0.5:
        return f"US${quantity} {scale}", f"US${quantity_en} {scale_en}"
    return f"{quantity} {scale} dolar AS", f"US${quantity_en} {scale_en}"


def _percent(random: Random) -> tuple[str, str]:
    number = f"{random.randint(0, 99)}"
    if random.random() < 0.7:
        number += f".{random.choice([random.randint(1, 9), random.randint(11, 99)])}"
    indonesian = number.replace(".", ",")
    if random.random() < 0.6:
        return f"{indonesian} persen", f"{number} percent"
    return f"{indonesian}%", f"{number}%"


def _date(random: Random) -> tuple[str, str]:
    day, year = random.randint(1, 28), random.randint(1945, 2026)
    month, month_en = random.choice(_GAPS["months"])
    return f"{day} {month} {year}", f"{month_en} {day}, {year}"


def _slash(random: Random) -> tuple[str, str]:
    text = f"{random.randint(1, 28)}/{random.randint(1, 12)}"
    if random.random() < 0.85:
        text += f"/{random.choice([2024, 2025, 2026, random.randint(2004, 2026)])}"
    return text, text


def _clock(random: Random) -> tuple[str, str]:
    hour, minute = random.randint(0, 23), random.choice([0, 15, 30, 45, random.randint(1, 59)])
    zone = random.choice([" WIB", " WIB", " WIB", " WITA", " WIT", ""])
    return f"{hour:02d}.{minute:02d}{zone}", f"{hour:02d}:{minute:02d}{zone}"


def _decimal(random: Random) -> tuple[str, str]:
    text = f"{random.randint(1000, 9999):,}.{random.randint(1, 99):02d}"
    return text.translate(str.maketrans(".,", ",.")), text


def _magnitude(random: Random) -> tuple[str, str]:
    whole, tenth = random.randint(3, 45), random.randint(1, 9)
    return f"{whole},{tenth}", f"{whole}.{tenth}"


def _millions(random: Random) -> tuple[str, str]:
    quantity, quantity_en = _quantity(random)
    return f"{quantity} juta", f"{quantity_en} million"


def _win(random: Random) -> tuple[str, str]:
    less = random.randint(0, 3)
    text = f"{random.randint(less + 1, less + 4)}-{less}"
    return text, text


def _loss(random: Random) -> tuple[str, str]:
    text = "-".join(reversed(_win(random)[0].split("-")))
    return text, text


def _games(random: Random) -> tuple[str, str]:
    games = [f"21-{random.randint(5, 19)}", f"21-{random.randint(5, 19)}"]
    if random.random() < 0.3:
        games.insert(1, f"{random.randint(8, 19)}-21")
    text = ", ".join(games)
    return text, text


def _agency(random: Random) -> tuple[str, str]:
    agency, agency_en, initials = random.choice(_GAPS["agencies"])
    if random.random() < 0.6:
        return (
            f"{agency} ({initials})",
            f"{agency_en} ({_english_initials(initials)})",
        )
    return agency, agency_en


def _initials(random: Random) -> tuple[str, str]:
    initials = random.choice(_GAPS["agencies"])[2]
    return initials, _english_initials(initials)


def _english_initials(initials: str) -> str:
    english: str = _GAPS["english_initials"].get(initials, initials)
    return english


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


_FILLERS: dict[str, Filler] = {
    "rp": _rupiah,
    "usd": _dollars,
    "pct": _percent,
    "date": _date,
    "slash": _slash,
    "clock": _clock,
    "decimal": _decimal,
    "mag": _magnitude,
    "million": _millions,
    "win": _win,
    "loss": _loss,
    "games": _games,
    "agency": _agency,
    "initials": _initials,
    "count": _grouped(120, 48000),
    "small": _plain(11, 89),
    "few": _plain(2, 12),
    "age": _plain(16, 79),
    "year": _plain(1950, 2026),
    "person": _same(_GAPS["people"]),
    "city": _same(_GAPS["cities"]),
    "province": _pair(_GAPS["provinces"]),
    "office": _pair(_GAPS["offices"]),
    "day": _pair(_DAYS),
    "month": _pair(_GAPS["months"]),
}
