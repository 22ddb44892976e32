"""The dates and times that a page states about itself.

The patterns match in Indonesian and English, with days of the Javanese week and months of the
Muslim and Javanese calendars, in any case. They are for lines above the story: in the story, such
lines may be dates of events.
"""

from __future__ import annotations

from service.text.lexicon import numbers as lexicon

_MUSLIM_MONTHS = (
    "muharram|safar|rabiul (?:awal|akhir)|rabiulawal|rabiulakhir|jumadil (?:awal|akhir)"
    "|jumadilawal|jumadilakhir|rajab|sya['’]?ban|ramadh?an|syawal|d[zh]ul(?:kaidah|hijjah|qa['’]?dah)"
    "|zul(?:kaidah|hijah)"
)
_JAVANESE_MONTHS = (
    "sura|sapar|mulud|bakda ?mulud|jumadilawal|jumadilakir|rejeb|ruwah|pasa|sawal|dulkangidah|besar"
)
_SPELLINGS = "agust|nop|pebruari|peb"  # in use, but not in the lexicon


def _months() -> str:
    names = {
        *(month for months in lexicon.MONTHS.values() for month in months),
        *(month for months in lexicon.SHORT_MONTHS.values() for month in months),
    }
    return "|".join([*sorted(names, key=len, reverse=True), _SPELLINGS])


_MONTH = rf"(?:(?:{_months()})\.?|{_MUSLIM_MONTHS}|{_JAVANESE_MONTHS})"
_DAY = (
    rf"(?:{lexicon.DAY_PATTERN}|Ahad|{'|'.join(lexicon.WEEKDAYS['en'].values())}"
    r"|(?:mon|tue|wed|thu|fri|sat|sun)\b\.?)(?: (?:legi|pahing|pon|wage|kliwon))?"
)
_ZONE = rf"(?:{'|'.join(sorted(lexicon.ZONES, key=len, reverse=True))})(?: ?[+-]\d{{1,2}})?"
TIME = (
    r"(?:(?:pukul|jam|at) )?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[ap]\.?m\.?)?"
    rf"(?: ?\(?{_ZONE}\)?)?"
)
_ISO = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
# A complete date, in any of its forms.
DATE = (
    rf"(?:(?:{_DAY},? ?[/(]? ?)?(?:"
    rf"\d{{1,2}}(?:st|nd|rd|th)?[ -]{_MONTH},?[ -]\d{{4}}(?: ?(?:H|M|J|Masehi)\b\.?)?"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|{_ISO}"
    r"|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}-\d{1,2}-\d{4}|\d{1,2}\.\d{1,2}\.\d{4})\)?)"
)
_PART = rf"\d{{1,2}} {_MONTH}|{_MONTH} \d{{4}}|{_DAY}"
_RELATIVE = (
    r"(?:\d{1,2}|an?|se) ?(?:detik|menit|jam|hari|pekan|minggu|bulan|tahun|sec(?:ond)?s?"
    r"|min(?:ute)?s?|h(?:ou)?rs?|days?|weeks?|months?|years?)\.? (?:yang )?(?:lalu|ago)"
    r"|baru saja|just now|kemarin|yesterday|hari ini|today"
)
_READING = (
    r"(?:(?:waktu|lama) (?:baca|membaca)|reading time|bacaan)\s*:? ?"
    r"\d{1,2} ?(?:menit|min(?:ute)?s?)"
    r"|\d{1,2} ?(?:menit|min(?:ute)?s?) (?:waktu )?(?:baca(?:an)?|membaca|dibaca|read(?:ing)?)"
)
_COUNTED = (
    r"(?:dibaca|dilihat|ditonton|pembaca|views?|hits?|reads?|tayangan|komentar|comments?|shares?"
    r"|likes?|suka|disukai|dibagikan|kali|x)"
)
_NUMBER = r"\d[\d.,]{0,11}(?: ?(?:rb|ribu|jt|juta|k|m)\b)?\+?"
_COUNT = rf"(?:{_COUNTED}\s*:? ?)?{_NUMBER}(?: ?{_COUNTED}){{1,2}}|{_COUNTED}\s*:? ?{_NUMBER}"
_LABEL = (
    r"(?:posted|published?|publication|publish|dates?|updated?|last|modified|edited|created|written"
    r"|tanggal|tgl|tayang|terbit|edisi|rilis|dirilis|diterbitkan|dipublikasikan|publikasi|diperbarui"
    r"|diperbaharui|pembaruan|dibuat|diunggah|diposting|ditulis|dimuat|terakhir|waktu|hari|pada|on|at"
    r"|by|oleh|for)"
)
_BETWEEN = r"(?:\s*[,|·•–—/-]\s*|\s+)"
_STATEMENT = (
    rf"(?:{_LABEL}(?: {_LABEL}){{0,3}}\s*[:|]?\s*)?"
    rf"(?:{DATE}|{TIME}|{_RELATIVE}|{_READING}|{_COUNT}|{_PART})"
)
# Dates, times, times to read and counts of readers, on one line.
STATEMENTS = rf"(?i:{_STATEMENT}(?:{_BETWEEN}{_STATEMENT}){{0,5}})"
