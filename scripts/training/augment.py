"""Rules that rewrite pairs into forms of news that corpora lack.

A rule covers one phenomenon. It returns another pair that is as correct as the first, or None if
it does not apply. Only the given generator is random, so a seed gives the same data. `templates`
has whole invented sentences (amounts, dates, agencies …).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from scripts.training.corpora import Pair

Rule = Callable[[Pair, Random], Pair | None]

_FULL_STOP = re.compile(r"(?<![.])\.$")
_WORD = re.compile(r"\w+")
_CURRENCY = re.compile(r"\bRp|\$")  # the service does not lowercase it

# Words in lower case in headlines.
_SMALL_ID = frozenset(
    "dan di ke dari yang untuk dengan pada dalam oleh atau tak para bagi agar saat".split()
)
_SMALL_EN = frozenset(
    "a an the and or but nor for of in on at to by as from with into than over via".split()
)

_NAMES = (
    "Budi Santoso,Siti Rahmawati,Agus Wijaya,Dewi Lestari,Hendra Gunawan,Rina Marlina,"
    "Joko Prasetyo,Ahmad Fauzi,Maria Simanjuntak,Yohanes Tapilatu,Made Suardana,Nurul Hidayati,"
    "Teuku Iskandar,Andi Mappasessu,Fransiska Wenda,Bambang Sutrisno,Lina Kartika,Rizky Ramadhan,"
    "Sri Wahyuni,Dedi Kurniawan,Putri Anggraini,Lukas Kogoya,Hasan Basri,Indah Permata,"
    "Michael Turner,Sarah Collins,Ali Hassan,Chen Wei,Anna Kowalska,Daniel Okafor,Wayan Sudirta,"
    "Ratna Dewanti"
).split(",")

# Verbs that report speech. The English is "said", except for those below.
_SAID = ("kata", "kata", "kata", "ujar", "ujar", "ucap", "tutur", "ungkap", "imbuh", "jelas")
_SAID_EN = {"imbuh": "added", "jelas": "explained"}

WEEKDAYS = {
    "Senin": "Monday",
    "Selasa": "Tuesday",
    "Rabu": "Wednesday",
    "Kamis": "Thursday",
    "Jumat": "Friday",
    "Sabtu": "Saturday",
    "Minggu": "Sunday",
}

# Written Indonesian words, and the spoken forms.
_SPOKEN = {
    "tidak": ("nggak", "gak", "enggak", "ga"),
    "sudah": ("udah", "dah"),
    "saja": ("aja",),
    "saya": ("gue", "aku", "gua"),
    "kamu": ("lo", "lu"),
    "seperti": ("kayak",),
    "tetapi": ("tapi",),
    "bagaimana": ("gimana",),
    "mengapa": ("kenapa",),
    "ingin": ("pengen", "mau"),
    "membuat": ("bikin",),
    "begini": ("gini",),
    "hanya": ("cuma",),
    "memang": ("emang",),
    "terima": ("makasih",),
    "sebentar": ("bentar",),
    "melihat": ("ngeliat",),
    "berbicara": ("ngomong",),
    "memberi": ("ngasih",),
    "memakai": ("pake",),
    "habis": ("abis",),
}

_EMOJI = ("🙏", "😂", "🔥", "❤️", "😭", "👏", "🇮🇩", "⚽", "🎉", "😅", "👍", "🚨", "📸", "✅")
_HASHTAGS = ("#Gempa", "#PrayForIndonesia", "#Pemilu2024", "#InfoBMKG", "#TimnasDay", "#Jakarta")


def headline(pair: Pair, random: Random) -> Pair | None:
    """Remove the full stop, as in headlines; use title case half the time."""
    if not _ends_alike(pair) or len(pair.source.split()) > 16:
        return None
    source, target = _FULL_STOP.sub("", pair.source), _FULL_STOP.sub("", pair.target)
    if random.random() < 0.5:
        source, target = _title(source, _SMALL_ID), _title(target, _SMALL_EN)
    return Pair(source, target)


def small_letters(pair: Pair, random: Random) -> Pair | None:
    """Put the source in sentence case, with or without its full stop.

    The service does this to text in capitals. The target keeps its capitals, so that the model
    learns to recognize names without them.
    """
    if len(pair.source.split()) > 20 or _CURRENCY.search(pair.source):
        return None
    if random.random() < 0.6 and _ends_alike(pair):
        pair = Pair(_FULL_STOP.sub("", pair.source), _FULL_STOP.sub("", pair.target))
    return Pair(pair.source.capitalize(), pair.target)


def numbers(pair: Pair, random: Random) -> Pair | None:
    """Replace every number that both sides have once by one of the same shape."""
    shared = [
        (found.group(), _english_number(found.group()))
        for found in re.finditer(
            r"(?<![\w.,:/])(?<![A-Za-z]-)\d+(?:[.,]\d+)*(?![\w/:]|[.,]\d)", pair.source
        )
    ]
    source, target = pair.source, pair.target
    changed = False
    for number, english in shared:
        pattern, answer = _standing_alone(number), _standing_alone(english)
        if len(pattern.findall(source)) != 1 or len(answer.findall(target)) != 1:
            continue
        # 0 and 1 decide between singular and plural, and a number after an article between a and
        # an.
        if number in ("0", "1") or re.search(rf"\ban? {re.escape(english)}", target, re.IGNORECASE):
            continue
        fresh = "".join(
            random.choice("123456789" if index == 0 else "0123456789") if c.isdigit() else c
            for index, c in enumerate(number)
        )
        if re.fullmatch(r"(?:19|20)\d\d", number):
            fresh = str(random.randint(1945, 2026))
        elif len(number) == 1:
            fresh = str(random.randint(2, 9))
        elif re.fullmatch(r"[123]?\d", number):
            fresh = str(random.randint(10, 28))  # it may be a day of a month
        source = pattern.sub(fresh, source)
        target = answer.sub(_english_number(fresh), target)
        changed = True
    return Pair(source, target) if changed else None


def quotation(pair: Pair, random: Random) -> Pair | None:
    """Quote the sentence, whole or as a part of a longer quotation."""
    if '"' in pair.source + pair.target or "“" in pair.source or not _ends_alike(pair):
        return None
    said, english = _FULL_STOP.sub("", pair.source), _FULL_STOP.sub("", pair.target)
    name, verb = random.choice(_NAMES), random.choice(_SAID)
    english_verb = _SAID_EN.get(verb, "said")
    day, when, when_en = random.choice(list(WEEKDAYS)), "", ""
    if random.random() < 0.4:
        date = f" ({random.randint(1, 28)}/{random.randint(1, 12)}/{random.randint(2004, 2026)})"
        date = date if random.random() < 0.7 else ""
        when, when_en = f", {day}{date}", f" on {WEEKDAYS[day]}{date}"
    shape = random.random()
    if shape < 0.4:
        source = f'"{said}," {verb} {name}{when}.'
        target = f'"{english}," {english_verb} {name}{when_en}.'
    elif shape < 0.55:
        source, target = (
            f'{verb.capitalize()} {name}, "{said}."',
            f'{name} {english_verb}, "{english}."',
        )
    elif shape < 0.7:
        source, target = f'"{said}.', f'"{english}.'  # the quotation continues
    elif shape < 0.8:
        source, target = f'{said}."', f'{english}."'  # it began before
    elif shape < 0.9:
        source = f'{said}," {verb} {name}{when}.'
        target = f'{english}," {english_verb} {name}{when_en}.'
    else:
        source, target = f'"{said}."', f'"{english}."'
    if random.random() < 0.5:
        source = curly(source)
    return Pair(source, target)


def weekday(pair: Pair, random: Random) -> Pair | None:
    """Add a date in brackets after a day of the week, as in Indonesian news."""
    for day, english in WEEKDAYS.items():
        # English puts the date after the part of the day.
        bare = re.compile(rf"\b{day}\b(?! \()")
        answer = re.compile(rf"\b{english}\b(?! \(| (?:morning|afternoon|evening|night)\b)")
        if len(bare.findall(pair.source)) != 1 or len(answer.findall(pair.target)) != 1:
            continue
        date = f"{random.randint(1, 28)}/{random.randint(1, 12)}"
        if random.random() < 0.75:
            date += f"/{random.choice([random.randint(2004, 2026), 2025])}"
        return Pair(
            bare.sub(f"{day} ({date})", pair.source), answer.sub(f"{english} ({date})", pair.target)
        )
    return None


def spoken(pair: Pair, random: Random) -> Pair | None:
    """Replace written words by spoken ones; add a quotation half the time."""
    words = re.split(r"(\W+)", pair.source)
    changed = 0
    for index, word in enumerate(words):
        forms = _SPOKEN.get(word.lower())
        if forms and not (word.lower() == "terima" and "kasih" not in words[index + 2 : index + 3]):
            fresh = random.choice(forms)
            changed += 1
            if word.lower() == "terima":
                words[index + 1] = words[index + 2] = ""
            words[index] = fresh.capitalize() if word[0].isupper() else fresh
    if not changed or len(pair.source.split()) > 25:
        return None
    informal = Pair("".join(words), pair.target)
    if random.random() < 0.5:
        return quotation(informal, random) or informal
    return informal


def list_item(pair: Pair, random: Random) -> Pair | None:
    """Put a bullet, a number or a letter before the sentence."""
    if not (pair.source[:1].isalpha() and pair.target[:1].isalpha()):
        return None
    number = random.randint(1, 12)
    marks = [
        "- ",
        "- ",
        "• ",
        "* ",
        f"{number}. ",
        f"{number}. ",
        f"{number}) ",
        "a. ",
        "b. ",
        "c) ",
    ]
    mark = random.choice(marks)
    return Pair(mark + pair.source, mark + pair.target)


def social(pair: Pair, random: Random) -> Pair | None:
    """Add emoji, hashtags, mentions or URLs, which stay the same in English."""
    extra = random.choice(
        [
            random.choice(_EMOJI),
            random.choice(_EMOJI) + random.choice(_EMOJI),
            random.choice(_HASHTAGS),
            f"@{random.choice(_NAMES).split()[0].lower()}{random.randint(1, 99)}",
            f"https://contoh.id/berita/{random.randint(1000, 99999)}",
        ]
    )
    if random.random() < 0.2:
        return Pair(f"{extra} {pair.source}", f"{extra} {pair.target}")
    return Pair(f"{pair.source} {extra}", f"{pair.target} {extra}")


def dashes(pair: Pair, random: Random) -> Pair | None:
    """Make quotation marks curly and dashes long.

    The target's quotation marks stay straight.
    """
    # A single mark may be a typing error, and an apostrophe does not open a quotation.
    paired = all(side.count('"') % 2 == 0 for side in (pair.source, pair.target))
    source, target = curly(pair.source) if paired else pair.source, pair.target
    if " - " in source and " - " in target:
        source, target = source.replace(" - ", " – "), target.replace(" - ", " – ")
    return Pair(source, target) if source != pair.source else None


def curly(text: str) -> str:
    """Turn straight quotation marks into opening and closing ones."""
    text = re.sub(r'(^|[\s(\[])"', r"\1“", text).replace('"', "”")
    return re.sub(r"(?<=\w)'(?=\w)", "’", text)


# The share of pairs on which each rule is tried. At most one is applied to a pair.
RULES: tuple[tuple[Rule, float], ...] = (
    (numbers, 0.30),
    (weekday, 0.50),
    (dashes, 0.30),
    (headline, 0.12),
    (small_letters, 0.04),
    (quotation, 0.06),
    (spoken, 0.06),
    (list_item, 0.015),
    (social, 0.012),
)


def augment(pair: Pair, random: Random) -> tuple[Pair, str]:
    """Apply at most one rule; return the pair and the rule's name, if any."""
    for rule, share in RULES:
        if random.random() < share and (changed := rule(pair, random)):
            return changed, rule.__name__
    return pair, ""


def _ends_alike(pair: Pair) -> bool:
    return bool(_FULL_STOP.search(pair.source) and _FULL_STOP.search(pair.target))


def _title(text: str, small: frozenset[str]) -> str:
    words = text.split(" ")
    return " ".join(
        word
        if index and word.lower() in small
        else _WORD.sub(lambda found: found.group()[0].upper() + found.group()[1:], word, count=1)
        for index, word in enumerate(words)
    )


def _standing_alone(number: str) -> re.Pattern[str]:
    """Match the number alone, not within a longer number or COVID-19."""
    return re.compile(rf"(?<![\w.,:/])(?<![A-Za-z]-){re.escape(number)}(?![\w/:]|[.,]\d)")


def _english_number(number: str) -> str:
    """Change Indonesian separators to English ones: `1.500,25` to `1,500.25`."""
    return number.translate(str.maketrans(".,", ",."))
