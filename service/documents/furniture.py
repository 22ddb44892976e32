"""Page furniture of Indonesian news sites: lines that are pasted along but are not the story.

A line comes in, the name of the pattern that knows it goes out. Taking story for furniture is the
worst mistake here, so a pattern matches a whole line, says where on the page it may stand, and
stays silent in doubt. To teach a new line, add a row.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple


class Place(Enum):
    """Where on a page a pattern holds."""

    ANYWHERE = "anywhere"
    TOP = "top"  # before the first paragraph of the story


class Pattern(NamedTuple):
    """One kind of furniture; `line` must match the whole line, without its white space."""

    name: str
    line: re.Pattern[str]
    place: Place = Place.ANYWHERE


_DAY = r"(?:Senin|Selasa|Rabu|Kamis|Jum['’]?at|Sabtu|Minggu)"
_MONTH = (
    r"(?:Jan(?:uari)?|Feb(?:ruari)?|Mar(?:et)?|Apr(?:il)?|Mei|Jun[i]?|Jul[i]?|Agu(?:stus)?|Agt"
    r"|Sep(?:tember)?|Okt(?:ober)?|Nov(?:ember)?|Des(?:ember)?)"
)
_DATE = rf"(?:{_DAY},? )?(?:\d{{1,2}} {_MONTH} \d{{4}}|\d{{1,2}}/\d{{1,2}}/\d{{4}})"
_TIME = r"\d{1,2}[:.]\d{2}(?: (?:WIB|WITA|WIT))?"
_SITE = r"[A-Za-z0-9]+\.(?:com|co\.id|id|net|tv|co)"
_REPORTED = r"(?!.*[,\"”’] ?(?:kata|ujar|ucap|tutur|jelas|imbau|pinta|ajak|pesan)(?:nya)?\b)"
# A title of another article: no full stop or comma at its end, no reporting clause in it.
_TITLE = rf"{_REPORTED}(?=.{{8,200}}$).*[^.,;\s]"

_A = re.compile
FURNITURE = (
    Pattern("advertisement", _A(r"(?=[A-Z])(?i:advertisement|iklan|advertorial)")),
    Pattern("advertisement", _A(r"(?i:scroll to (?:continue|resume)(?: with)? content)")),
    Pattern("advertisement", _A(r"SCROLL UNTUK (?:MELANJUTKAN|LANJUT) [A-Z ]{0,40}")),
    Pattern("image", _A(r"image|IMAGE|\[(?i:image|gambar)\]")),
    Pattern("embed", _A(r"\[(?:Gambas|Embed|Video)\s*:[^\]]{1,80}\]")),
    Pattern("embed", _A(r"(?:A post shared by|Lihat postingan ini di Instagram)\b.{0,120}")),
    Pattern("related", _A(rf"(?:Baca [Jj]uga|BACA JUGA)\s*[:|]\s*[\"“'‘\[]?[A-Z0-9]{_TITLE}")),
    Pattern("related", _A(r"(?=[A-Z])(?i:(?:berita|artikel|baca|video|foto|topik) terkait)\s*:?")),
    Pattern("related", _A(r"(?=[A-Z])(?i:(?:berita|artikel) (?:lainnya|populer|terpopuler))\s*:?")),
    Pattern("related", _A(r"(?=[A-Z])(?i:rekomendasi untuk anda|pilihan editor)\s*:?")),
    Pattern("video", _A(rf"(?:Simak|Lihat|Tonton)(?: [Jj]uga)? [Vv]ideo:? ?['\"‘“A-Z0-9]{_TITLE}")),
    Pattern("video", _A(r"Tonton(?: juga)? [\"“][^\"”]{5,150}[\"”] di sini\s*:?")),
    Pattern("video", _A(r"Saksikan (?:juga )?Live [A-Z]\w{2,20}(?: [A-Z]\w+){0,3}\s*:?")),
    Pattern("video", _A(rf"Video: ['\"‘“]?[A-Z0-9]{_TITLE}")),
    Pattern(
        "more",
        _A(
            r"(?=[A-Z])(?i:(?:baca|simak|lihat)? ?(?:berita|artikel)? ?selengkapnya)"
            r"(?: ?di ?(?:sini|halaman (?:selanjutnya|berikutnya)))?[.:]?"
        ),
    ),
    Pattern("more", _A(r"Daftar [Ii]si")),
    Pattern(
        "more",
        _A(
            r"Artikel ini (?:telah|sudah)(?: lebih dulu)? (?:tayang|naik|terbit) di"
            rf" (?:detik\w*|CNN Indonesia|CNBC Indonesia|{_SITE}).{{0,160}}"
        ),
    ),
    Pattern("pages", _A(r"Halaman\s*:(?: ?\d{1,3})*|Halaman(?: \d{1,2})+")),
    Pattern("pages", _A(r"Hal(?:aman|\.)? \d{1,3} ?(?:dari|of|/) ?\d{1,3}")),
    Pattern("pages", _A(r"(?=[A-Z])(?i:halaman (?:selanjutnya|berikutnya|sebelumnya))\s*[>»→]*")),
    Pattern("pages", _A(r"1 2 3(?: 4(?: 5)?)?(?: (?:Next|Selanjutnya|Semua|All|»|>))*")),
    Pattern("pages", _A(r"Next|Show All|Tampilkan Semua|(?:Next|Selanjutnya) ?[>»→]+")),
    Pattern("initials", _A(r"\([a-z]{2,4}\d?(?:/[a-z]{2,4}\d?){1,3}\)")),
    Pattern("initials", _A(r"\([a-z]{3}\)|\[[a-z]{3}(?:/[a-z]{3}){0,2}\]")),
    Pattern(
        "tags",
        _A(
            r"(?:Tags?|TAGS?|Topik|TOPIK)\s*:\s*"
            r"(?:[^.,]{2,40}(?:,\s?[^.,]{2,40})+|\S+(?: \S+){0,3})"
        ),
    ),
    Pattern("tags", _A(r"#\w+(?:,? #\w+)+")),
    Pattern("date", _A(rf"{_DATE} ?[|•·] ?{_TIME}")),
    Pattern("date", _A(rf"{_SITE} ?[-–|] ?{_DATE}(?:,? ?[|-]? ?{_TIME})?")),
    Pattern(
        "date",
        _A(
            r"(?:(?:Diperbarui|Diterbitkan|Dipublikasikan|Terbit|Tayang|Updated?|Published)\s*:? )?"
            rf"{_DATE}(?:,? ?[-–|]? ?{_TIME})?"
        ),
        Place.TOP,
    ),
    Pattern("date", _A(r"\d{1,2} (?:menit|jam|hari) (?:yang )?lalu"), Place.TOP),
    Pattern("share", _A(r"(?:Bagikan|Share|Komentar|Comments?|Salin [Tt]autan|Copy [Ll]ink)\s*:?")),
    Pattern(
        "follow",
        _A(
            r"\(?(?:Ayo )?[Ii]kuti (?:[Ss]aluran |[Kk]anal |[Cc]hannel )?"
            rf"(?:Whats[Aa]pp|Telegram|Google News){_REPORTED}[^\"“”]{{0,200}}"
        ),
    ),
    Pattern(
        "follow",
        _A(
            rf"{_REPORTED}(?:Dapatkan|Cek|Ikuti|Simak) (?:update )?(?:[Bb]erita|artikel)"
            r"[^\"“”]{0,160}"
            r"(?:Google News|WhatsApp Channel|saluran WhatsApp|Grup Telegram)[^\"“”]{0,240}"
        ),
    ),
    Pattern("promotion", _A(r"Baca kisah inspiratif kandidat polisi teladan di sini")),
    Pattern("copyright", _A(r"(?:Copyright|COPYRIGHT|Hak [Cc]ipta) ?(?:©|\([cC]\)|\d{4}).{0,120}")),
    Pattern("copyright", _A(r"© ?.{0,60}\d{4}.{0,60}|(?i:all rights? reserved)\.?")),
)

# A heading whose link stands on the next line; with a colon it surely does.
RELATED_HEADING = _A(r"(?:Baca [Jj]uga|BACA JUGA|Lihat [Jj]uga|Simak [Jj]uga)\s*(:?)")
RELATED_LINK = _A(rf"(?:[\"“'‘]?[A-Z0-9]){_TITLE}")
# A bare number counts as a page only right after one of these.
PAGE_HEADING = _A(r"Halaman\s*:?(?: ?\d{1,3})*")
PAGE_NUMBER = _A(r"\d{1,2}")


def furniture(line: str, top: bool = False) -> str | None:
    """The name of the furniture that the stripped `line` is, or None: then it is story.

    `top`: whether the line stands before the first paragraph.
    """
    if len(line) > 500:
        return None
    for pattern in FURNITURE:
        if (top or pattern.place is Place.ANYWHERE) and pattern.line.fullmatch(line):
            return pattern.name
    return None
