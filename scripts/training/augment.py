"""What a desk meets and corpora lack: pairs rewritten by rule, each rule one phenomenon.

A rule takes a pair and gives another one that is as true a translation as the first, or nothing
where it does not apply. All chance comes from the generator that is handed in, so that a seed
gives the same data. Whole invented sentences (amounts, dates, agencies …) are in `templates`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from scripts.training.corpora import Pair

Rule = Callable[[Pair, Random], Pair | None]

_FULL_STOP = re.compile(r"(?<![.])\.$")
_WORD = re.compile(r"\w+")
_CURRENCY = re.compile(r"\bRp|\$")  # keeps its letters in the service

# Words that stay small in headlines.
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

# Verbs that report speech; all are "said" in English but for the last ones.
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

# Written Indonesian and what people say.
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
    """Without the full stop, as headlines are; in title case half the time."""
    if not _ends_alike(pair) or len(pair.source.split()) > 16:
        return None
    source, target = _FULL_STOP.sub("", pair.source), _FULL_STOP.sub("", pair.target)
    if random.random() < 0.5:
        source, target = _title(source, _SMALL_ID), _title(target, _SMALL_EN)
    return Pair(source, target)


def small_letters(pair: Pair, random: Random) -> Pair | None:
    """A source in small letters, with or without its full stop: so the service hands over what
    was all in capitals. The target keeps its capitals, for names have to be known without."""
    if len(pair.source.split()) > 20 or _CURRENCY.search(pair.source):
        return None
    if random.random() < 0.6 and _ends_alike(pair):
        pair = Pair(_FULL_STOP.sub("", pair.source), _FULL_STOP.sub("", pair.target))
    return Pair(pair.source.capitalize(), pair.target)


def numbers(pair: Pair, random: Random) -> Pair | None:
    """Every number that both sides have once each becomes another number of the same shape."""
    shared = [
        (found.group(), _english_number(found.group()))
        for found in re.finditer(
            r"(?<![\w.,:/])(?<![A-Za-z]-)\d+(?:[.,]\d+)*(?![\w/:]|[.,]\d)", pair.source
        )
    ]
    source, target = pair.source, pair.target
    changed = False
    for ours, theirs in shared:
        pattern, answer = _standing_alone(ours), _standing_alone(theirs)
        if len(pattern.findall(source)) != 1 or len(answer.findall(target)) != 1:
            continue
        # Small numbers decide between singular and plural, and what comes after an article
        # between a and an.
        if ours in ("0", "1") or re.search(rf"\ban? {re.escape(theirs)}", target, re.IGNORECASE):
            continue
        fresh = "".join(
            random.choice("123456789" if place == 0 else "0123456789") if c.isdigit() else c
            for place, c in enumerate(ours)
        )
        if re.fullmatch(r"(?:19|20)\d\d", ours):
            fresh = str(random.randint(1945, 2026))
        elif len(ours) == 1:
            fresh = str(random.randint(2, 9))
        elif re.fullmatch(r"[123]?\d", ours):
            fresh = str(random.randint(10, 28))  # it may be a day of a month
        source = pattern.sub(fresh, source)
        target = answer.sub(_english_number(fresh), target)
        changed = True
    return Pair(source, target) if changed else None


def quotation(pair: Pair, random: Random) -> Pair | None:
    """The sentence in somebody's mouth, whole or cut where a longer quotation was split."""
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
        source, target = f'"{said}.', f'"{english}.'  # the quotation goes on
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
    """A date in brackets after a day of the week, as Indonesian news has it."""
    for ours, theirs in WEEKDAYS.items():
        # English would have the date after the part of the day.
        bare = re.compile(rf"\b{ours}\b(?! \()")
        answer = re.compile(rf"\b{theirs}\b(?! \(| (?:morning|afternoon|evening|night)\b)")
        if len(bare.findall(pair.source)) != 1 or len(answer.findall(pair.target)) != 1:
            continue
        date = f"{random.randint(1, 28)}/{random.randint(1, 12)}"
        if random.random() < 0.75:
            date += f"/{random.choice([random.randint(2004, 2026), 2025])}"
        return Pair(
            bare.sub(f"{ours} ({date})", pair.source), answer.sub(f"{theirs} ({date})", pair.target)
        )
    return None


def spoken(pair: Pair, random: Random) -> Pair | None:
    """Everyday words for written ones, in a quotation half the time."""
    words = re.split(r"(\W+)", pair.source)
    changed = 0
    for place, word in enumerate(words):
        forms = _SPOKEN.get(word.lower())
        if forms and not (word.lower() == "terima" and "kasih" not in words[place + 2 : place + 3]):
            fresh = random.choice(forms)
            changed += 1
            if word.lower() == "terima":
                words[place + 1] = words[place + 2] = ""
            words[place] = fresh.capitalize() if word[0].isupper() else fresh
    if not changed or len(pair.source.split()) > 25:
        return None
    informal = Pair("".join(words), pair.target)
    if random.random() < 0.5:
        return quotation(informal, random) or informal
    return informal


def list_item(pair: Pair, random: Random) -> Pair | None:
    """A mark before the sentence: a bullet, a number, a letter."""
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
    """Emoji, hashtags, mentions and addresses of pages, which stay as they are."""
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
    """Quotation marks and dashes as typesetters have them; the target keeps straight ones."""
    # An odd mark may be a typing error, and an apostrophe opens nothing.
    paired = all(side.count('"') % 2 == 0 for side in (pair.source, pair.target))
    source, target = curly(pair.source) if paired else pair.source, pair.target
    if " - " in source and " - " in target:
        source, target = source.replace(" - ", " – "), target.replace(" - ", " – ")
    return Pair(source, target) if source != pair.source else None


def curly(text: str) -> str:
    """Straight quotation marks turned into opening and closing ones."""
    text = re.sub(r'(^|[\s(\[])"', r"\1“", text).replace('"', "”")
    return re.sub(r"(?<=\w)'(?=\w)", "’", text)


# How often each rule is tried on a pair: at most one is applied to it.
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
    """The pair, or what one rule makes of it, and the rule's name (empty: none)."""
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
        if place and word.lower() in small
        else _WORD.sub(lambda found: found.group()[0].upper() + found.group()[1:], word, count=1)
        for place, word in enumerate(words)
    )


def _standing_alone(number: str) -> re.Pattern[str]:
    """The number where no digit, letter or separator goes on at either side (as in COVID-19)."""
    return re.compile(rf"(?<![\w.,:/])(?<![A-Za-z]-){re.escape(number)}(?![\w/:]|[.,]\d)")


def _english_number(number: str) -> str:
    """Indonesian separators to English ones: `1.500,25` is `1,500.25`."""
    return number.translate(str.maketrans(".,", ",."))
