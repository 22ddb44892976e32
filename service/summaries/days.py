"""Days that need no calendar: `Tuesday` in a bullet says which Tuesday it was.

In: a sentence of an article, its English (or, for an Indonesian bullet, the sentence again) and the
day the article came out. Out: the text with the date beside its day, and what was added to it.

English dates are `Tuesday, 18 February`: with the year where the source writes it, or where it is
not that of publication. Indonesian ones are `Selasa (18/2/2025)`, always with the year. A date that
the source gives beside its day is used as it is, in this form, and written once; one that
contradicts its day is left alone. So is everything said inside quotation marks.

A bare weekday of a report is the most recent such day, that of publication included; where the
clause is about the future it is the next one. Whatever has two readings stays as it was: several
days, days that are names (`Jumat Agung`), a bare weekday more than three days back, `lalu` and
`depan` where this week's day and the next week's differ, and a day of which the article gives
another date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from service.summaries.spans import quoted, touches
from service.text.lexicon import numbers as lexicon
from service.text.lexicon import reporting
from service.text.lexicon.numbers import Language

_WIB = timezone(timedelta(hours=7))
_ENGLISH_NAMES = tuple(lexicon.WEEKDAYS["id"][name.lower()] for name in lexicon.DAYS)
_MONTHS = tuple(month.capitalize() for month in lexicon.MONTHS["en"])

_DAY = f"{lexicon.DAY_PATTERN}|Ahad"
_PART = r"dini hari|subuh|pagi|siang|sore|petang|malam"
_MONTH_NAMES = "|".join((*lexicon.MONTHS["id"], *lexicon.SHORT_MONTHS["id"]))
_DATE = (
    r"\(\s?(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?\s?\)"
    rf"|(?P<day_too>\d{{1,2}}) (?P<name>(?i:{_MONTH_NAMES}))\b(?: (?P<year_too>\d{{4}}))?"
)
_WEEKDAY = re.compile(
    rf"(?:\b(?P<near>[Hh]ari ini|[Kk]emarin|[Bb]esok),? (?:pada )?(?:hari )?)?"
    rf"\b(?P<weekday>{_DAY})\b(?: (?P<part>{_PART})\b)?(?:,? ?(?P<date>{_DATE}))?"
    rf"(?: (?P<part_too>{_PART})\b)?(?: tadi\b)?"
    r"(?: (?P<shift>(?:pekan|minggu) (?:lalu|depan|ini)|lalu|kemarin|depan|mendatang|nanti|ini)\b)?"
)
_NEAR = re.compile(rf"\b(?P<near>hari ini|kemarin|besok|lusa)\b(?: (?P<part>{_PART})\b)?", re.I)
_OFFSETS = {"hari ini": 0, "kemarin": -1, "besok": 1, "lusa": 2}
_ENGLISH_NEAR = {
    "hari ini": r"today",
    "kemarin": r"yesterday|last (?=night)",
    "besok": r"tomorrow",
    "lusa": r"(?:the )?day after tomorrow",
}
# `dua hari ini` are two days, `hingga hari ini` is so far, `pekan kemarin` is last week.
_NOT_A_DAY = frozenset(
    "dua tiga empat lima enam tujuh beberapa sepuluh hingga sampai masa dunia era zaman saat yang "
    "pekan minggu bulan tahun musim waktu lebaran libur liburan malam dari dan terakhir"
    " horoskop".split()
)
_RECURRING = re.compile(r"\b(?:setiap|tiap|tiap-tiap|saban)\b", re.I)
_ZONES = rf"(?:{'|'.join(lexicon.INDONESIAN_ZONES)}|GMT|UTC)\b"

_SAID = f"(?:{'|'.join((*reporting.ROOTS, *reporting.FURTHER_ROOTS, 'tulis'))})(?:nya)?"
_SAYING = f"(?:{'|'.join(reporting.VERBS)})"
# `ujar Agus di Demak, Selasa` and `mengatakan di Demak, Selasa, bahwa`: the day of saying it.
_SAID_THEN = re.compile(rf"\b{_SAID}\b(?P<between>[^\"“”]{{0,160}})$")
_SAYING_THEN = re.compile(rf"\b{_SAYING}(?: di [A-Z]\w+(?: [A-Z]\w+)*)?,?(?: pada| hari)*\s*$")
_CLAUSE = re.compile(r"\b(?:bahwa|akan|untuk|agar|yang|sebelum|setelah|usai)\b")
_FUTURE = re.compile(
    r"\b(?:akan|bakal|mendatang|depan|nanti|rencananya|dijadwalkan|direncanakan|hendak|segera"
    r"|berikutnya|besok|lusa|jelang|menjelang)\b",
    re.I,
)
_ENGLISH_FUTURE = re.compile(
    r"\b(?:will|would|shall|next|upcoming|scheduled|set to|to be|plans?|expected|due)\b", re.I
)
# What leads to a day of the future with no clause in between.
_WILL_THEN = re.compile(r"\b(?:akan|bakal|dijadwalkan|rencananya|hendak)\b(?P<between>[^,;\"“”]*)$")
# Words of what lies further back than the news does.
_LONG_AGO = re.compile(r"\b(?:sebelumnya|silam|pernah|awalnya|semula|kala itu|saat itu)\b", re.I)
# Days that a bare weekday may lie back; beyond, it is as likely one to come.
_RECENT = 3

_ENGLISH_PART = r" (?:early )?(?:morning|afternoon|evening|night)\b"
_MONTH = f"(?:{'|'.join(_MONTHS)})"
_ENGLISH_DATE = re.compile(
    rf"\d{{1,2}}/\d{{1,2}}|\b{_MONTH}\b (?=\d)|\d(?:st|nd|rd|th)?(?: of)? {_MONTH}\b"
)
_SLASHES = r"\d{1,2}/\d{1,2}(?:/(?:\d{4}|\d{2}))?(?!\d)"
_SPELLED = rf"(?:{_MONTH} \d{{1,2}}|\d{{1,2}} {_MONTH})(?:,? \d{{4}})?\b(?!\d)"
_PREPOSITIONS = frozenset(
    "since until till from by before after of for between through to as and on during".split()
)
_NO_DAY_AFTER = frozenset(
    "every each black good ash holy easter palm cyber super maundy earlier later".split()
)
_ANY_NEAR = re.compile(r"\b(?:today|yesterday|tomorrow|tonight|last night)\b", re.I)
_IS = re.compile(r" (?:is|was|will be|marks?|marked)\b")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A text with its day resolved. `added` are the dates that were computed, as written there: a
    date that the source has itself is not among them."""

    text: str
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Mention:
    """The one day of a source, at `start` to `end`. `stated`: the source gives the date itself,
    `with_year` with its year."""

    day: date
    start: int
    end: int
    near: str | None
    is_weekday: bool
    part: str | None
    stated: bool
    with_year: bool


def day_of(published: str | None) -> date | None:
    """The day of an article's `published`, in Indonesia; nothing where it is no date.

    A time with the offset of an Indonesian zone keeps its day, any other is read in WIB.
    """
    if not published:
        return None
    try:
        moment = datetime.fromisoformat(published.strip())
    except ValueError:
        return None
    # No newspaper is older, and days at the ends of the calendar have no day before or after.
    if not 1600 <= moment.year <= 9000:
        return None
    offset = moment.utcoffset()
    if offset is not None and not timedelta(hours=7) <= offset <= timedelta(hours=9):
        moment = moment.astimezone(_WIB)
    return moment.date()


def resolved(
    source: str,
    text: str,
    published: date | None,
    language: Language,
    article: Sequence[str] = (),
) -> Resolved:
    """The text with the date of its one day, if it is sure; else as it is.

    `text` is the source's English, or the source itself where `language` is `id`; `article` are the
    sentences of the article, whose dates must not contradict.
    """
    mention = _mention(source, text if language == "en" else "", published)
    if mention is None or (not mention.stated and _contradicted(mention, article, published)):
        return Resolved(text)
    if language == "id":
        return _indonesian(text, mention) if text == source else Resolved(text)
    year = mention.with_year or published is None or mention.day.year != published.year
    return _english(text, mention, english_date(mention.day, year))


def english_date(day: date, with_year: bool) -> str:
    """`18 February` or `18 February 2025`."""
    written = f"{day.day} {_MONTHS[day.month - 1]}"
    return f"{written} {day.year}" if with_year else written


def _contradicted(mention: _Mention, article: Sequence[str], published: date | None) -> bool:
    """Whether the article gives another date with the same weekday."""
    dates = {
        _stated(found, published)
        for sentence in article
        for found in _WEEKDAY.finditer(sentence)
        if found["date"]
    }
    return any(
        day is not None and day != mention.day and day.weekday() == mention.day.weekday()
        for day in dates
    )


def _mention(source: str, english: str, published: date | None) -> _Mention | None:
    weekdays = list(_WEEKDAY.finditer(source))
    taken = [found.span() for found in weekdays]
    near = [found for found in _NEAR.finditer(source) if not touches(found.span(), taken)]
    if len(weekdays) + len(near) != 1 or _RECURRING.search(source):
        return None
    found = (weekdays or near)[0]
    if touches(found.span(), quoted(source)):
        return None
    if weekdays:
        return _weekday(source, english, found, published)
    return None if published is None else _near(source, found, published)


def _near(source: str, found: re.Match[str], published: date) -> _Mention | None:
    before = source[: found.start()]
    word = re.search(r"([\w-]+) $", before)
    # `hari ini, 18 Juni 2025` has its date, and `kemarin-kemarin` is no day.
    if before.endswith("-") or re.match(r"-|,? ?\(?(?:tanggal )?\d", source[found.end() :]):
        return None
    if word and (word[1].lower() in _NOT_A_DAY or not word[1][0].islower()):
        return None
    name = found["near"].lower()
    day = published + timedelta(days=_OFFSETS[name])
    return _Mention(
        day, found.start(), found.end(), name, False, found["part"], stated=False, with_year=False
    )


def _weekday(
    source: str, english: str, found: re.Match[str], published: date | None
) -> _Mention | None:
    written = found["weekday"].replace("'", "").replace("’", "").replace("Ahad", "Minggu")
    weekday = lexicon.DAYS.index(written)
    day = None
    if found["date"]:
        day = _stated(found, published)
        if day is not None and day.weekday() != weekday:
            return None
    elif published is not None and not _is_name(source, found, written):
        day = _nearest(source, english, found, weekday, published)
    if day is None:
        return None
    return _Mention(
        day,
        found.start(),
        found.end(),
        found["near"],
        True,
        found["part"] or found["part_too"],
        stated=bool(found["date"]),
        with_year=bool(found["year"] or found["year_too"]),
    )


def _stated(found: re.Match[str], published: date | None) -> date | None:
    """The date beside a weekday; a missing year is the one that brings it nearest."""
    day = int(found["day"] or found["day_too"])
    name = (found["name"] or "").lower()
    if found["month"]:
        month = int(found["month"])
    elif name in lexicon.MONTHS["id"]:
        month = lexicon.MONTHS["id"].index(name) + 1
    else:
        month = lexicon.SHORT_MONTHS["id"][name]
    year = found["year"] or found["year_too"]
    if year:
        return _valid(int(year) if len(year) == 4 else 2000 + int(year), month, day)
    if published is None:
        return None
    near = [_valid(published.year + n, month, day) for n in (-1, 0, 1)]
    return min(
        (one for one in near if one is not None), key=lambda one: abs(one - published), default=None
    )


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_name(source: str, found: re.Match[str], written: str) -> bool:
    """`Jumat Agung`, `Pasar Senin`, `Republika Minggu`; `Minggu` may be a week as well."""
    if re.match(rf" (?!{_ZONES})[A-Z]|-", source[found.end() :]):
        return True
    before = source[: found.start()]
    if re.search(r"(?:\d|\b(?:satu|dua|tiga|empat|[Pp]asar|[Ee]disi)|-)[ -]?$", before):
        return True
    in_week = (found["shift"] or "").startswith(("pekan", "minggu"))
    if not in_week and re.search(r"\b[A-Z][\w'’]* $", before):
        return True
    if written != "Minggu" or found["part"] or found["weekday"] == "Ahad":
        return False
    return not before.strip() or not re.search(r"(?:,|pada|hari|sejak|hingga) $", before)


def _nearest(
    source: str, english: str, found: re.Match[str], weekday: int, published: date
) -> date | None:
    """The day that a bare weekday is of, where that is sure."""
    back = (published.weekday() - weekday) % 7
    last, following = published - timedelta(days=back or 7), published + timedelta(days=7 - back)
    monday = published - timedelta(days=published.weekday())
    shift = found["shift"] or ""
    if shift.startswith(("pekan", "minggu")):
        # Which week a Sunday belongs to, people differ.
        if 6 in (published.weekday(), weekday):
            return None
        weeks = {"lalu": -7, "ini": 0, "depan": 7}[shift.split()[1]]
        return monday + timedelta(days=weeks + weekday)
    if shift == "lalu":
        return last if last < monday else None
    if shift == "depan":
        return following if following >= monday + timedelta(days=7) else None
    if shift in ("mendatang", "nanti"):
        return following if shift == "mendatang" or back else None
    if shift == "kemarin":
        return last
    if shift == "ini" or found["near"]:
        near = published + timedelta(days=_OFFSETS.get((found["near"] or "").lower(), 9))
        return near if near.weekday() == weekday else None
    return _bare(source, english, found, back, published)


def _bare(
    source: str, english: str, found: re.Match[str], back: int, published: date
) -> date | None:
    before, after = source[: found.start()], source[found.end() :]
    last, following = published - timedelta(days=back), published + timedelta(days=7 - back)
    if _LONG_AGO.search(source):
        return None
    if _is_day_of_saying(before, after):
        return last if back <= _RECENT else None
    if future := _WILL_THEN.search(before):
        near = len(future["between"].split())
        in_clause = before[: future.start()].endswith("yang ") and near > 4
        return following if back and near <= 12 and not in_clause else None
    if _FUTURE.search(source) or _ENGLISH_FUTURE.search(english):
        return None
    return last if back <= _RECENT else None


def _is_day_of_saying(before: str, after: str) -> bool:
    if _SAYING_THEN.search(before):
        return True
    said = _SAID_THEN.search(before)
    return bool(said and not _CLAUSE.search(said["between"]) and not _FUTURE.search(after))


def _indonesian(text: str, mention: _Mention) -> Resolved:
    if mention.stated:
        return Resolved(text)
    day = mention.day
    written = f"{day.day}/{day.month}/{day.year}"
    name = lexicon.DAYS[day.weekday()]
    part = f" {mention.part.lower()}" if mention.part else ""
    after = text[mention.end :]
    return Resolved(f"{text[: mention.start]}{name} ({written}){part}{after}", (written,))


def _english(text: str, mention: _Mention, written: str) -> Resolved:
    name = _ENGLISH_NAMES[mention.day.weekday()]
    days = re.findall(rf"\b(?:{'|'.join(_ENGLISH_NAMES)})(?:s\b|\b)", text)
    if mention.is_weekday:
        return _beside_weekday(text, mention, name, written) if days == [name] else Resolved(text)
    assert mention.near is not None  # what is no weekday is `kemarin` or the like
    found = list(_ANY_NEAR.finditer(text))
    if days or len(found) != 1 or _ENGLISH_DATE.search(text):
        return Resolved(text)
    pattern = (
        rf"(?P<on>\b[Oo]n )?\b(?:{_ENGLISH_NEAR[mention.near]})(?P<part>{_ENGLISH_PART}| ?night\b)?"
    )
    match = re.search(pattern, text, re.I)
    if match is None or (mention.part == "malam") != bool(
        match["part"] and re.search("night|evening", match["part"])
    ):
        return Resolved(text)
    if match.start() == 0 and _IS.match(text, match.end()):
        return Resolved(text)
    part = f" {match['part'].strip()}" if match["part"] else ""
    return _put(text, match, f"{name}{part}, {written}", written)


def _beside_weekday(text: str, mention: _Mention, name: str, written: str) -> Resolved:
    match = re.search(
        r"(?P<near>\b(?:today|yesterday|tomorrow),? )?(?P<on>\b[Oo]n )?"
        r"(?P<which>\b(?:last|next|this(?: coming| past)?) )?"
        rf"\b{name}\b(?P<part>{_ENGLISH_PART})?"
        rf"(?:,? ?\((?P<slash>{_SLASHES})\)|,? (?P<spelled>{_SPELLED}))?"
        rf"(?P<part_too>{_ENGLISH_PART})?(?P<week> (?:last|next|this) week)?",
        text,
        re.I,
    )
    if match is None:
        return Resolved(text)
    given = match["slash"] or match["spelled"]
    if given and not _says(given, mention):
        return Resolved(text)
    rest = text[: match.start()] + text[match.end() :]
    if _ENGLISH_DATE.search(rest) or (not given and _follows_a_date(text, match.end())):
        return Resolved(text)
    if not given and re.match(rf" (?!{_ZONES})[A-Z]", text[match.end() :]):
        return Resolved(text)
    follows_name = re.search(r"\b[A-Z]\w* $", text[: match.start()])
    if follows_name and not (match["on"] or match["which"] or given):
        return Resolved(text)
    part = match["part"] or match["part_too"] or ""
    new = f"{name}{part}, {written}"
    computed = not mention.stated or (written[-4:].isdecimal() and not mention.with_year)
    if match["near"] or match["which"] or match["week"] or match["on"]:
        return _put(text, match, new, written, computed=computed)
    return _put(text, match, new, written, computed=computed, bare=True)


def _says(given: str, mention: _Mention) -> bool:
    """Whether a date beside the weekday in the English is the source's."""
    if "/" in given:
        day, month, *year = (int(part) for part in given.split("/"))
    else:
        day, *year = (int(part) for part in re.findall(r"\d+", given))
        month = next(n for n, name in enumerate(_MONTHS, 1) if name in given)
    same_year = not year or year[0] in (mention.day.year, mention.day.year % 100)
    return (day, month) == (mention.day.day, mention.day.month) and same_year and mention.stated


def _follows_a_date(text: str, end: int) -> bool:
    return bool(re.match(rf",? (?:the )?(?:\d|{_MONTH}\b)", text[end:]))


def _put(
    text: str,
    match: re.Match[str],
    new: str,
    written: str,
    *,
    computed: bool = True,
    bare: bool = False,
) -> Resolved:
    """The text with a day in the place of another; `bare`: it stood there without `on`."""
    before, after = text[: match.start()], text[match.end() :]
    if touches(match.span(), quoted(text)) or re.match(r"['’-]\w", after):
        return Resolved(text)
    word = re.search(r"(\w+) $", before)
    previous = word[1].lower() if word else ""
    if previous in _NO_DAY_AFTER:
        return Resolved(text)
    if match["on"]:
        new = match["on"] + new
    elif not bare and previous not in _PREPOSITIONS:
        new = ("on " if before.strip() else "On ") + new
    if re.match(rf" (?!{_ZONES})[\w\"“]", after):
        new += ","
    return Resolved(before + new + after, (written,) if computed else ())
