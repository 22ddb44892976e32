"""The date beside the day in a bullet, for readers of any later day.

English dates read `Tuesday, 18 February`, with the year where the source writes it or where it is
not the year of publication. Indonesian dates read `Selasa (18/2/2025)`, always with the year. A
date that the source gives beside its day is written in this form, once. A date that contradicts
its day stays as it is, and so do quotations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from service.summaries.days import ZONES, DayMention, find_day
from service.summaries.spans import overlaps, quotation_spans
from service.text.lexicon import numbers as lexicon
from service.text.lexicon.numbers import Language

_WEEKDAYS = tuple(lexicon.WEEKDAYS["id"][name.lower()] for name in lexicon.DAYS)
_MONTHS = tuple(month.capitalize() for month in lexicon.MONTHS["en"])
_RELATIVE = {
    "hari ini": r"today",
    "kemarin": r"yesterday|last (?=night)",
    "besok": r"tomorrow",
    "lusa": r"(?:the )?day after tomorrow",
}
_ANY_RELATIVE = re.compile(r"\b(?:today|yesterday|tomorrow|tonight|last night)\b", re.I)

_PART = r" (?:early )?(?:morning|afternoon|evening|night)\b"
_MONTH = f"(?:{'|'.join(_MONTHS)})"
_DATE = re.compile(
    rf"\d{{1,2}}/\d{{1,2}}|\b{_MONTH}\b (?=\d)|\d(?:st|nd|rd|th)?(?: of)? {_MONTH}\b"
)
_NUMERIC = r"\d{1,2}/\d{1,2}(?:/(?:\d{4}|\d{2}))?(?!\d)"
_SPELLED = rf"(?:{_MONTH} \d{{1,2}}|\d{{1,2}} {_MONTH})(?:,? \d{{4}})?\b(?!\d)"
_PREPOSITIONS = frozenset(
    "since until till from by before after of for between through to as and on during".split()
)
# `Good Friday` and `every Tuesday` take no date.
_NO_DAY_AFTER = frozenset(
    "every each black good ash holy easter palm cyber super maundy earlier later".split()
)
_IS = re.compile(r" (?:is|was|will be|marks?|marked)\b")


@dataclass(frozen=True, slots=True)
class DatedText:
    """A text with the date of its day.

    `added` are the computed dates, as written there; a date of the source is not among them.
    """

    text: str
    added: tuple[str, ...] = ()


def with_date(
    source: str,
    text: str,
    published: date | None,
    language: Language,
    article: Sequence[str] = (),
) -> DatedText:
    """Return the text with the date of its one day.

    It stays unchanged where the date is unsure. `text` is the English of `source`, or `source`
    itself where `language` is `id`. A date in `article` (its sentences) must not contradict it.
    """
    mention = find_day(source, text if language == "en" else "", published, article)
    if mention is None:
        return DatedText(text)
    if language == "id":
        return _indonesian(text, mention) if text == source else DatedText(text)
    year = mention.has_year or published is None or mention.day.year != published.year
    return _english(text, mention, _english_date(mention.day, year))


def _english_date(day: date, with_year: bool) -> str:
    """Return `18 February` or `18 February 2025`."""
    written = f"{day.day} {_MONTHS[day.month - 1]}"
    return f"{written} {day.year}" if with_year else written


def _indonesian(text: str, mention: DayMention) -> DatedText:
    if mention.has_date:
        return DatedText(text)
    day = mention.day
    written = f"{day.day}/{day.month}/{day.year}"
    name = lexicon.DAYS[day.weekday()]
    part = f" {mention.part.lower()}" if mention.part else ""
    after = text[mention.end :]
    return DatedText(f"{text[: mention.start]}{name} ({written}){part}{after}", (written,))


def _english(text: str, mention: DayMention, written: str) -> DatedText:
    name = _WEEKDAYS[mention.day.weekday()]
    days = re.findall(rf"\b(?:{'|'.join(_WEEKDAYS)})(?:s\b|\b)", text)
    if mention.is_weekday:
        return _beside_weekday(text, mention, name, written) if days == [name] else DatedText(text)
    assert mention.relative is not None  # each day that is not a weekday is relative
    found = list(_ANY_RELATIVE.finditer(text))
    if days or len(found) != 1 or _DATE.search(text):
        return DatedText(text)
    match = re.search(
        rf"(?P<on>\b[Oo]n )?\b(?:{_RELATIVE[mention.relative]})(?P<part>{_PART}| ?night\b)?",
        text,
        re.I,
    )
    if match is None or (mention.part == "malam") != bool(
        match["part"] and re.search("night|evening", match["part"])
    ):
        return DatedText(text)
    if match.start() == 0 and _IS.match(text, match.end()):
        return DatedText(text)
    part = f" {match['part'].strip()}" if match["part"] else ""
    return _replace_day(text, match, f"{name}{part}, {written}", written)


def _beside_weekday(text: str, mention: DayMention, name: str, written: str) -> DatedText:
    match = re.search(
        r"(?P<relative>\b(?:today|yesterday|tomorrow),? )?(?P<on>\b[Oo]n )?"
        r"(?P<which>\b(?:last|next|this(?: coming| past)?) )?"
        rf"\b{name}\b(?P<part>{_PART})?"
        rf"(?:,? ?\((?P<numeric>{_NUMERIC})\)|,? (?P<spelled>{_SPELLED}))?"
        rf"(?P<part2>{_PART})?(?P<week> (?:last|next|this) week)?",
        text,
        re.I,
    )
    if match is None:
        return DatedText(text)
    target_date = match["numeric"] or match["spelled"]
    if target_date and not _is_date_of(target_date, mention):
        return DatedText(text)
    rest = text[: match.start()] + text[match.end() :]
    if _DATE.search(rest) or (not target_date and _precedes_date(text, match.end())):
        return DatedText(text)
    if not target_date and re.match(rf" (?!{ZONES})[A-Z]", text[match.end() :]):
        return DatedText(text)
    follows_name = re.search(r"\b[A-Z]\w* $", text[: match.start()])
    if follows_name and not (match["on"] or match["which"] or target_date):
        return DatedText(text)
    part = match["part"] or match["part2"] or ""
    computed = not mention.has_date or (written[-4:].isdecimal() and not mention.has_year)
    bare = not (match["relative"] or match["which"] or match["week"] or match["on"])
    new = f"{name}{part}, {written}"
    return _replace_day(text, match, new, written, computed=computed, bare=bare)


def _is_date_of(target_date: str, mention: DayMention) -> bool:
    """Whether a date beside the English weekday is that of the source."""
    if "/" in target_date:
        day, month, *year = (int(part) for part in target_date.split("/"))
    else:
        day, *year = (int(part) for part in re.findall(r"\d+", target_date))
        month = next(n for n, name in enumerate(_MONTHS, 1) if name in target_date)
    same_year = not year or year[0] in (mention.day.year, mention.day.year % 100)
    return (day, month) == (mention.day.day, mention.day.month) and same_year and mention.has_date


def _precedes_date(text: str, end: int) -> bool:
    return bool(re.match(rf",? (?:the )?(?:\d|{_MONTH}\b)", text[end:]))


def _replace_day(
    text: str,
    match: re.Match[str],
    new: str,
    written: str,
    *,
    computed: bool = True,
    bare: bool = False,
) -> DatedText:
    """Replace a day by `new`, with `on` where English needs it.

    `bare`: the day had no `on` and needs none.
    """
    before, after = text[: match.start()], text[match.end() :]
    if overlaps(match.span(), quotation_spans(text)) or re.match(r"['’-]\w", after):
        return DatedText(text)
    word = re.search(r"(\w+) $", before)
    previous = word[1].lower() if word else ""
    if previous in _NO_DAY_AFTER:
        return DatedText(text)
    if match["on"]:
        new = match["on"] + new
    elif not bare and previous not in _PREPOSITIONS:
        new = ("on " if before.strip() else "On ") + new
    if re.match(rf" (?!{ZONES})[\w\"“]", after):
        new += ","
    return DatedText(before + new + after, (written,) if computed else ())
