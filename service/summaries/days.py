"""The day that a sentence names, as a calendar date.

A bare weekday of a report is the most recent such day, the day of publication included. In a
clause about the future it is the next one. No date is given where two readings are possible:
several days in a sentence, names (`Jumat Agung`), a bare weekday more than three days back, `lalu`
and `depan` where this week's day and next week's day differ, and a weekday for which the article
gives another date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from service.summaries.spans import overlaps, quotation_spans
from service.text.lexicon import numbers as lexicon
from service.text.lexicon import reporting

ZONES = rf"(?:{'|'.join(lexicon.INDONESIAN_ZONES)}|GMT|UTC)\b"

_WIB = timezone(timedelta(hours=7))
_PART = r"dini hari|subuh|pagi|siang|sore|petang|malam"
_MONTHS = "|".join((*lexicon.MONTHS["id"], *lexicon.SHORT_MONTHS["id"]))
_DATE = (
    r"\(\s?(?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?\s?\)"
    rf"|(?P<day2>\d{{1,2}}) (?P<name>(?i:{_MONTHS}))\b(?: (?P<year2>\d{{4}}))?"
)
_WEEKDAY = re.compile(
    rf"(?:\b(?P<relative>[Hh]ari ini|[Kk]emarin|[Bb]esok),? (?:pada )?(?:hari )?)?"
    rf"\b(?P<weekday>{lexicon.DAY_PATTERN}|Ahad)\b(?: (?P<part>{_PART})\b)?"
    rf"(?:,? ?(?P<date>{_DATE}))?"
    rf"(?: (?P<part2>{_PART})\b)?(?: tadi\b)?"
    r"(?: (?P<shift>(?:pekan|minggu) (?:lalu|depan|ini)|lalu|kemarin|depan|mendatang|nanti|ini)\b)?"
)
_RELATIVE = re.compile(
    rf"\b(?P<relative>hari ini|kemarin|besok|lusa)\b(?: (?P<part>{_PART})\b)?", re.I
)
_OFFSETS = {"hari ini": 0, "kemarin": -1, "besok": 1, "lusa": 2}
# `dua hari ini` means two days, `hingga hari ini` so far, `pekan kemarin` last week.
_NOT_BEFORE_DAY = frozenset(
    "dua tiga empat lima enam tujuh beberapa sepuluh hingga sampai masa dunia era zaman saat yang "
    "pekan minggu bulan tahun musim waktu lebaran libur liburan malam dari dan terakhir"
    " horoskop".split()
)
_RECURRING = re.compile(r"\b(?:setiap|tiap|tiap-tiap|saban)\b", re.I)

_SAID = f"(?:{'|'.join((*reporting.ROOTS, *reporting.FURTHER_ROOTS, 'tulis'))})(?:nya)?"
_SAYING = f"(?:{'|'.join(reporting.VERBS)})"
# The day of the statement: `ujar Agus di Demak, Selasa`, `mengatakan di Demak, Selasa, bahwa`.
_SAID_BEFORE = re.compile(rf"\b{_SAID}\b(?P<between>[^\"“”]{{0,160}})$")
_SAYING_BEFORE = re.compile(rf"\b{_SAYING}(?: di [A-Z]\w+(?: [A-Z]\w+)*)?,?(?: pada| hari)*\s*$")
_CLAUSE = re.compile(r"\b(?:bahwa|akan|untuk|agar|yang|sebelum|setelah|usai)\b")
_FUTURE = re.compile(
    r"\b(?:akan|bakal|mendatang|depan|nanti|rencananya|dijadwalkan|direncanakan|hendak|segera"
    r"|berikutnya|besok|lusa|jelang|menjelang)\b",
    re.I,
)
_ENGLISH_FUTURE = re.compile(
    r"\b(?:will|would|shall|next|upcoming|scheduled|set to|to be|plans?|expected|due)\b", re.I
)
# A future verb with no clause between it and the day.
_FUTURE_BEFORE = re.compile(
    r"\b(?:akan|bakal|dijadwalkan|rencananya|hendak)\b(?P<between>[^,;\"“”]*)$"
)
# Words of events that are older than the news.
_LONG_AGO = re.compile(r"\b(?:sebelumnya|silam|pernah|awalnya|semula|kala itu|saat itu)\b", re.I)
# A bare weekday further back than this may as well be a day to come.
_MAX_DAYS_BACK = 3


@dataclass(frozen=True, slots=True)
class DayMention:
    """The one day of a sentence, at `[start, end)`.

    `relative` is the word that names it (`kemarin`), if any; `part` is the part of the day
    (`malam`). `has_date`: the sentence gives the date too; `has_year`: with its year.
    """

    day: date
    start: int
    end: int
    relative: str | None
    is_weekday: bool
    part: str | None
    has_date: bool
    has_year: bool


def publication_day(published: str | None) -> date | None:
    """Return the day of an article's `published` in Indonesia, or None.

    A time with the offset of an Indonesian zone keeps its day; any other is converted to WIB.
    """
    if not published:
        return None
    try:
        moment = datetime.fromisoformat(published.strip())
    except ValueError:
        return None
    # No newspaper is older, and the first and last days of the calendar have no neighbor.
    if not 1600 <= moment.year <= 9000:
        return None
    offset = moment.utcoffset()
    if offset is not None and not timedelta(hours=7) <= offset <= timedelta(hours=9):
        moment = moment.astimezone(_WIB)
    return moment.date()


def find_day(
    source: str, english: str, published: date | None, article: Sequence[str] = ()
) -> DayMention | None:
    """Return the one day of a sentence, or None where its date is unsure.

    `english` may be empty. A date in `article` (its sentences) must not contradict the day.
    """
    mention = _mention(source, english, published)
    if mention is None or mention.has_date or not _is_contradicted(mention, article, published):
        return mention
    return None


def _is_contradicted(mention: DayMention, article: Sequence[str], published: date | None) -> bool:
    """Whether the article gives another date with the same weekday."""
    dates = {
        _written_date(found, published)
        for sentence in article
        for found in _WEEKDAY.finditer(sentence)
        if found["date"]
    }
    return any(
        day is not None and day != mention.day and day.weekday() == mention.day.weekday()
        for day in dates
    )


def _mention(source: str, english: str, published: date | None) -> DayMention | None:
    weekdays = list(_WEEKDAY.finditer(source))
    spans = [found.span() for found in weekdays]
    relative = [found for found in _RELATIVE.finditer(source) if not overlaps(found.span(), spans)]
    if len(weekdays) + len(relative) != 1 or _RECURRING.search(source):
        return None
    found = (weekdays or relative)[0]
    if overlaps(found.span(), quotation_spans(source)):
        return None
    if weekdays:
        return _weekday_mention(source, english, found, published)
    return None if published is None else _relative_mention(source, found, published)


def _relative_mention(source: str, found: re.Match[str], published: date) -> DayMention | None:
    before = source[: found.start()]
    word = re.search(r"([\w-]+) $", before)
    # `hari ini, 18 Juni 2025` has its date, and `kemarin-kemarin` is not a day.
    if before.endswith("-") or re.match(r"-|,? ?\(?(?:tanggal )?\d", source[found.end() :]):
        return None
    if word and (word[1].lower() in _NOT_BEFORE_DAY or not word[1][0].islower()):
        return None
    name = found["relative"].lower()
    day = published + timedelta(days=_OFFSETS[name])
    return DayMention(
        day, *found.span(), name, False, found["part"], has_date=False, has_year=False
    )


def _weekday_mention(
    source: str, english: str, found: re.Match[str], published: date | None
) -> DayMention | None:
    name = found["weekday"].replace("'", "").replace("’", "").replace("Ahad", "Minggu")
    weekday = lexicon.DAYS.index(name)
    day = None
    if found["date"]:
        day = _written_date(found, published)
        if day is not None and day.weekday() != weekday:
            return None
    elif published is not None and not _is_name(source, found, name):
        day = _weekday_date(source, english, found, weekday, published)
    if day is None:
        return None
    return DayMention(
        day,
        *found.span(),
        found["relative"],
        True,
        found["part"] or found["part2"],
        has_date=bool(found["date"]),
        has_year=bool(found["year"] or found["year2"]),
    )


def _written_date(found: re.Match[str], published: date | None) -> date | None:
    """Return the date beside a weekday, or None.

    A date without a year gets the year that brings it nearest to publication.
    """
    day = int(found["day"] or found["day2"])
    name = (found["name"] or "").lower()
    if found["month"]:
        month = int(found["month"])
    elif name in lexicon.MONTHS["id"]:
        month = lexicon.MONTHS["id"].index(name) + 1
    else:
        month = lexicon.SHORT_MONTHS["id"][name]
    year = found["year"] or found["year2"]
    if year:
        return _valid_date(int(year) if len(year) == 4 else 2000 + int(year), month, day)
    if published is None:
        return None
    dates = [_valid_date(published.year + n, month, day) for n in (-1, 0, 1)]
    return min(
        (one for one in dates if one is not None),
        key=lambda one: abs(one - published),
        default=None,
    )


def _valid_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_name(source: str, found: re.Match[str], name: str) -> bool:
    """Whether a weekday is part of a name (`Jumat Agung`, `malam Jumat`), or means a week."""
    if re.match(rf" (?!{ZONES})[A-Z]|-", source[found.end() :]):
        return True
    before = source[: found.start()]
    if re.search(r"\bmalam $", before, re.I):  # the night before the day
        return True
    if re.search(r"(?:\d|\b(?:satu|dua|tiga|empat|[Pp]asar|[Ee]disi)|-)[ -]?$", before):
        return True
    in_week = (found["shift"] or "").startswith(("pekan", "minggu"))
    if not in_week and re.search(r"\b[A-Z][\w'’]* $", before):
        return True
    if name != "Minggu" or found["part"] or found["weekday"] == "Ahad":
        return False
    return not before.strip() or not re.search(r"(?:,|pada|hari|sejak|hingga) $", before)


def _weekday_date(
    source: str, english: str, found: re.Match[str], weekday: int, published: date
) -> date | None:
    """Return the date of a weekday without one, or None where it is unsure."""
    back = (published.weekday() - weekday) % 7
    last, following = published - timedelta(days=back or 7), published + timedelta(days=7 - back)
    monday = published - timedelta(days=published.weekday())
    shift = found["shift"] or ""
    if shift.startswith(("pekan", "minggu")):
        # Writers differ on whether a Sunday begins or ends its week.
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
    if found["relative"]:
        day = published + timedelta(days=_OFFSETS[found["relative"].lower()])
        return day if day.weekday() == weekday else None
    if shift == "ini":
        # The day in the same week, today or later; a Sunday may begin or end it.
        sunday = 6 in (published.weekday(), weekday)
        return (
            published + timedelta(days=(7 - back) % 7)
            if not back or (not sunday and weekday > published.weekday())
            else None
        )
    return _bare_weekday_date(source, english, found, back, published)


def _bare_weekday_date(
    source: str, english: str, found: re.Match[str], back: int, published: date
) -> date | None:
    before, after = source[: found.start()], source[found.end() :]
    last, following = published - timedelta(days=back), published + timedelta(days=7 - back)
    if _LONG_AGO.search(source):
        return None
    if _is_day_of_statement(before, after):
        return last if back <= _MAX_DAYS_BACK else None
    if future := _FUTURE_BEFORE.search(before):
        distance = len(future["between"].split())
        in_clause = before[: future.start()].endswith("yang ") and distance > 4
        return following if back and distance <= 12 and not in_clause else None
    if _FUTURE.search(source) or _ENGLISH_FUTURE.search(english):
        return None
    return last if back <= _MAX_DAYS_BACK else None


def _is_day_of_statement(before: str, after: str) -> bool:
    if _SAYING_BEFORE.search(before):
        return True
    said = _SAID_BEFORE.search(before)
    return bool(said and not _CLAUSE.search(said["between"]) and not _FUTURE.search(after))
