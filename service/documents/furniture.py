"""The furniture of Indonesian news pages: lines that are not the story.

A line comes in, the name of its pattern goes out. The worst mistake is to take story for furniture.
A pattern therefore matches a whole line, is bound to a place on the page, and leaves doubtful lines
alone. A new line is a new row. `furniture_spans` finds furniture on a line of the story.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from service.text.lexicon import numbers as lexicon


class Place(Enum):
    """The place on the page where a pattern holds."""

    ANYWHERE = "anywhere"
    TOP = "top"  # before the first paragraph of the story
    EDGE = "edge"  # there, or after its last
    END = "end"


class Pattern(NamedTuple):
    """One kind of furniture; `line` must match the whole stripped line."""

    name: str
    line: re.Pattern[str]
    place: Place = Place.ANYWHERE


# Short months that these patterns do not accept; nor do they accept the day `Ahad`.
_OTHER_SHORT_MONTHS = ("ags", "sept", "nopember")
_MONTHS = [
    *lexicon.MONTHS["id"],
    *(month for month in lexicon.SHORT_MONTHS["id"] if month not in _OTHER_SHORT_MONTHS),
]
_MONTH = rf"(?:{'|'.join(map(str.capitalize, _MONTHS))})"
_DATE = (
    rf"(?:(?:{lexicon.DAY_PATTERN}),? )?(?:\d{{1,2}} {_MONTH} \d{{4}}|\d{{1,2}}/\d{{1,2}}/\d{{4}})"
)
_TIME = rf"\d{{1,2}}[:.]\d{{2}}(?::\d{{2}})?(?: (?:{'|'.join(lexicon.INDONESIAN_ZONES)}))?"
_SITE = r"[A-Za-z0-9]+\.(?i:com|co\.id|id|net|tv|co)"
# Roots of saying and asking after a quotation; `lexicon.reporting` has none of asking.
_REPORTED = r"(?!.*[,\"”’] ?(?:kata|ujar|ucap|tutur|jelas|imbau|pinta|ajak|pesan)(?:nya)?\b)"
# A title of another article: no full stop or comma at its end, no reporting clause in it.
_TITLE = rf"{_REPORTED}(?=.{{8,200}}$).*[^.,;\s]"
_SECTION = (
    r"(?:Home|Beranda|News|Berita|Nasional|Regional|Peristiwa|Hukum(?: & Kriminal)?|Kriminal"
    r"|Politik|Ekonomi|Bisnis|Olahraga|Metropolitan|Metro|Megapolitan|Jabodetabek|Daerah|Nusantara"
    r"|Global|Internasional|Dunia|Bola|Sepak ?[Bb]ola|Sports?|Lifestyle|Gaya Hidup|Hiburan"
    r"|Entertainment|Showbiz|Seleb|Tekno|Teknologi|Otomotif|Travel|Wisata|Kesehatan|Health|Edukasi|Pendidikan"
    r"|Opini|Kolom|Finansial|Money|Finance|Market|Properti|Khazanah|Humaniora|Sains|Indeks|Terkini"
    r"|Terpopuler|Trending|Foto|Video|Food|Kuliner|Lingkungan|Masuk|Langganan)"
)
_NETWORK = (
    r"(?:Facebook|Twitter|X|Twitter/X|Whats[Aa]pp|Telegram|Line|LINE|Pinterest|LinkedIn|Instagram"
    r"|Threads|E-?mail)"
)
_FOLLOW_ON = r"(?:Whats[Aa]pp|Telegram|Google News)"

_AGENCY = r"(?:ANTARA|Antara(?: Foto)?|AFP|Reuters|AP|Xinhua|BBC|CNN|CNN Indonesia|CNBC Indonesia)"

_A = re.compile
# The heading of the page's tags, which stand below it on a line each.
TAGS_HEADING = _A(
    r"(?=[A-Z])(?i:tags?|topik|(?:tag|topik) terkait|terkait)\s*:?"
    r"|Simak berita lainnya seputar topik artikel ini,? di sini\s*:?"
)
FURNITURE = (
    Pattern("advertisement", _A(r"(?=[A-Z])(?i:advertisement|advertising|iklan|advertorial)")),
    Pattern("advertisement", _A(r"(?i:scroll to (?:continue|resume)(?: with)? content)")),
    Pattern("advertisement", _A(r"(?i:scroll untuk (?:melanjutkan|lanjut)(?: [a-z ]{0,40})?)")),
    Pattern("advertisement", _A(r"Scroll untuk info selengkapnya(?:, yuk)?!?")),
    Pattern("advertisement", _A(r"Lanjutkan [Mm]embaca ?[↓▼]?|Loading ?\.\.\.")),
    Pattern("image", _A(r"image|IMAGE|\[(?i:image|gambar)\]|zoom-in|inlihat foto|verified-green")),
    Pattern("image", _A(r"Lihat Foto|Perbesar|Zoom")),
    Pattern("embed", _A(r"\[(?:Gambas|Embed|Video)\s*:[^\]]{1,80}\]")),
    Pattern("embed", _A(r"(?:A post shared by|Lihat postingan ini di Instagram)\b.{0,120}")),
    Pattern("embed", _A(r"Sebuah kiriman dibagikan oleh .{1,60}\(@[\w.]+\)")),
    Pattern(
        "related",
        _A(rf"(?:(?:Baca|Lihat|Simak) [Jj]uga|BACA JUGA)\s*[:|]\s*[\"“'‘\[]?[A-Z0-9]{_TITLE}"),
    ),
    Pattern("related", _A(r"\[(?:Baca [Jj]uga|BACA JUGA)\s*:[^\]]{8,200}\]")),
    Pattern("related", _A(rf"Baca Selanjutnya\s*: ?[A-Z0-9]{_TITLE}")),
    Pattern("related", _A(r"Berita lain terkait [A-Z][\w ]{2,60}|Berita [\w.]{3,20} Lainnya")),
    # with the colon and the space lost
    Pattern(
        "related",
        _A(rf"(?:Baca Juga|BACA JUGA)(?=[A-Z0-9]\w* .{{8,400}}$){_REPORTED}.*[^.,;\s]"),
    ),
    Pattern("related", _A(rf"Pilihan [Ee]ditor\s*: ?[A-Z0-9]{_TITLE}")),
    Pattern("related", _A(r"(?=[A-Z])(?i:(?:berita|artikel|baca|video|foto|topik) terkait)\s*:?")),
    Pattern("related", _A(r"(?=[A-Z])(?i:(?:berita|artikel) (?:lainnya|populer|terpopuler))\s*:?")),
    Pattern("related", _A(r"(?=[A-Z])(?i:rekomendasi untuk anda|pilihan (?:editor|redaksi))\s*:?")),
    Pattern("related", _A(r"(?i:terpopuler|terkini|terbaru)"), Place.END),
    Pattern("video", _A(rf"(?:Simak|Lihat|Tonton)(?: [Jj]uga)? [Vv]ideo:? ?['\"‘“A-Z0-9]{_TITLE}")),
    Pattern("video", _A(r"(?:Simak|Saksikan)(?: Juga)? Video Pilihan(?: Berikut)?(?: Ini)?\s*:?")),
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
    Pattern("more", _A(rf"Baca (?:artikel|berita) selengkapnya di (?:detik\w+|{_SITE})")),
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
    Pattern("pages", _A(r"Lanjut ke halaman (?:berikutnya|selanjutnya)(?:\.{3}|…)?")),
    Pattern("pages", _A(r"1 2 3(?: 4(?: 5)?)?(?: (?:Next|Selanjutnya|Semua|All|»|>))*")),
    Pattern("pages", _A(r"Next|Show All|Tampilkan Semua|(?:Next|Selanjutnya) ?[>»→]+")),
    Pattern("initials", _A(r"\([a-z]{2,4}\d?(?:/[a-z]{2,4}\d?){1,3}\)")),
    Pattern("initials", _A(rf"\({_SITE}/[A-Z]\w*(?: [A-Z]\w*){{0,2}}\)")),
    Pattern("initials", _A(r"\([a-z]{3}\)|\[[a-z]{3}(?:/[a-z]{3}){0,2}\]")),
    Pattern(
        "tags",
        _A(
            r"(?:Tags?|TAGS?|Topik|TOPIK)\s*:\s*"
            r"(?:[^.,]{2,40}(?:,\s?[^.,]{2,40})+|\S+(?: \S+){0,3})"
        ),
    ),
    Pattern("tags", _A(r"#\w+(?:,? #\w+)+")),
    Pattern("tags", _A(r"#\w+(?: \w+){0,3}"), Place.END),
    Pattern("tags", TAGS_HEADING, Place.END),
    Pattern("date", _A(rf"{_DATE} ?[|•·] ?{_TIME}")),
    Pattern("date", _A(rf"{_SITE} ?[-–|,] ?{_DATE}(?:,? ?[|-]? ?{_TIME})?")),
    Pattern(
        "date",
        _A(
            r"(?:(?:Diperbarui|Diterbitkan|Dipublikasikan|Terbit|Tayang|Updated?|Published|pada)"
            r"\s*:? )?"
            rf"{_DATE}(?:,? ?[-–|]? ?{_TIME})?"
        ),
        Place.TOP,
    ),
    Pattern("date", _A(r"\d{1,2} (?:menit|jam|hari) (?:yang )?lalu"), Place.TOP),
    Pattern("date", _A(r"(?:waktu baca|Waktu baca) \d{1,2} menit|\d{1,2} menit (?:baca|membaca)")),
    Pattern("share", _A(r"(?:Bagikan|Share|Komentar|Comments?|Salin [Tt]autan|Copy [Ll]ink)\s*:?")),
    Pattern("share", _A(r"Bagikan (?:artikel|berita) ini\s*:?|Batalkan|url telah tercopy")),
    Pattern("share", _A(r"\d{1,5} [Kk]omentar|0|A- ?A\+|[·•]"), Place.TOP),
    Pattern("share", _A(r"Komentar di artikel lainnya|Tulis komentarmu dengan tagar .{1,60}")),
    Pattern("share", _A(r"Segera lengkapi data dirimu untuk ikutan program #\w+\.")),
    Pattern("share", _A(rf"{_NETWORK}(?:[ ,|]+{_NETWORK})*"), Place.EDGE),
    Pattern("section", _A(rf"(?i:{_SECTION}(?: ?[/>»|•›] ?{_SECTION})*)|[/>»›|]"), Place.TOP),
    Pattern("section", _A(r"kumparan[A-Z]+|detik[A-Z]\w+|VIVA [A-Z]\w+"), Place.TOP),
    Pattern("site", _A(_SITE), Place.EDGE),
    Pattern("source", _A(rf"(?:[Ss]umber|Source) ?: ?(?:{_AGENCY}|{_SITE}|Istimewa)"), Place.END),
    Pattern(
        "follow",
        _A(
            r"\(?(?:Ayo )?(?:[Ii]kuti|Follow) (?:[Ss]aluran |[Kk]anal |[Cc]hannel )?"
            rf"{_FOLLOW_ON}{_REPORTED}[^\"“”]{{0,200}}"
        ),
    ),
    Pattern("follow", _A(rf"Ikuti [\w.]+ di {_FOLLOW_ON}")),
    Pattern("follow", _A(rf"Baca berita(?: \w+){{1,4}} di {_FOLLOW_ON}(?: \w+){{0,4}}")),
    Pattern("follow", _A(rf"Ikuti terus berita terbaru kami di {_FOLLOW_ON}(?: Channel)?")),
    Pattern("follow", _A(rf"Follow {_SITE} untuk mendapatkan informasi terkini\..{{0,100}}")),
    Pattern("follow", _A(r"Follow|wa-channel")),
    Pattern("follow", _A(r"Ikuti kami di(?: media sosial)?\s*:?"), Place.END),
    Pattern(
        "follow",
        _A(
            r"Dapatkan (?:update berita|informasi terkini|berita terkini) .{0,200}"
            r"(?:t\.me/\w+|Google News|WhatsApp|ke [Ii]nbox).{0,140}"
        ),
    ),
    Pattern(
        "follow",
        _A(
            r"Simak breaking news dan berita pilihan kami langsung di ponselmu\..{0,200}"
            r"|(?:https?://\S+ ?)?\. Pastikan kamu sudah install aplikasi WhatsApp ya\."
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
    Pattern("promotion", _A(r"\*? ?Fakta atau Hoaks\? Untuk mengetahui kebenaran .{0,240}")),
    Pattern("promotion", _A(r"Hoegeng Awards 20\d\d|Konten Premium")),
    Pattern("promotion", _A(r"Nikmati sajian berita yang lebih mendalam, akurat, dan \w+\b.*")),
    Pattern("rule", _A(r"[-–—_=*~]{3,}|\* \* \*")),
    Pattern("copyright", _A(r"(?:Copyright|COPYRIGHT|Hak [Cc]ipta) ?(?:©|\([cC]\)|\d{4}).{0,120}")),
    Pattern("copyright", _A(r"© ?.{0,60}\d{4}.{0,60}|(?i:all rights? reserved)\.?")),
    Pattern(
        "copyright",
        _A(
            r"Dilarang (?:keras )?(?:mengambil|mengutip|menyalin|memperbanyak|menggandakan)"
            r" .{0,160}tanpa (?:se)?izin.{0,80}"
        ),
    ),
)

# A heading that may have its link on the next line; with a colon it has.
RELATED_HEADING = _A(r"(?:Baca [Jj]uga|BACA JUGA|Lihat [Jj]uga|Simak [Jj]uga)\s*(:?)")
RELATED_LINK = _A(rf"(?:[\"“'‘]?[A-Z0-9]){_TITLE}")
# A bare number counts as a page only right after one of these.
PAGE_HEADING = _A(r"Halaman\s*:?(?: ?\d{1,3})*")
PAGE_NUMBER = _A(r"\d{1,2}|Selanjutnya")

# The first line of furniture whose links were pasted as lines of their own.
SCATTERED = _A(r"Simak|Artikel ini (?:telah|sudah)\b.{0,60}|https?://\S+")
MAX_SCATTERED_LINES = 8

_END_OF_SENTENCE = r"(?<=[.?!…])[\"”’)\]]{0,3}"
# The beginning of furniture on a line of the story, after a sentence or right behind a word.
_INSIDE = re.compile(
    rf"(?:{_END_OF_SENTENCE}\s{{0,3}}|(?<=[a-z])|^)"
    r"((?:Baca|Lihat|Simak) [Jj]uga(?=\s?[:|])|BACA JUGA(?=\s?[:|])|Baca Juga(?=[A-Z0-9]))"
    rf"|{_END_OF_SENTENCE}\s{{0,3}}"
    r"(Ikuti Whats[Aa]pp Channel |\([a-z]{2,4}\d?/[a-z]{2,4}\d?\)$)"
    r"|(SCROLL TO (?:CONTINUE|RESUME)(?: WITH)? CONTENT|\[Gambas:[^\]\n]{1,80}\])"
    rf"|{_END_OF_SENTENCE}\s{{0,3}}(ADVERTISEMENT(?=\s?[A-Z\"“]|$))"
)
_MAX_LENGTH = 500
# The story after a title: a quotation that ends in a stop, or words in small letters.
_STORY_AGAIN = re.compile(
    r"(?<=\S)\s?(?=\"[A-Z][^\"\n]{5,400}[,.?!]\"|“[A-Z][^”\n]{5,400}[,.?!]”)"
    r"|(?<=[?!])\s?(?=[A-Z][a-z]+(?: [a-z]+){3})"
)


def furniture(line: str, top: bool = False, end: bool = False) -> str | None:
    """Return the name of the furniture in a stripped line, or None for story.

    `top` and `end` tell whether it stands before the first paragraph, or after the last.
    """
    if len(line) > _MAX_LENGTH:
        return None
    places = {Place.ANYWHERE}
    if top:
        places |= {Place.TOP, Place.EDGE}
    if end:
        places |= {Place.END, Place.EDGE}
    for pattern in FURNITURE:
        if pattern.place in places and pattern.line.fullmatch(line):
            return pattern.name
    return None


def furniture_spans(line: str) -> list[tuple[int, int]]:
    """Return the spans of certain furniture in a line of the story, in order."""
    spans: list[tuple[int, int]] = []
    for match in _INSIDE.finditer(line):
        start = match.start(match.lastindex or 0)
        if spans and start < spans[-1][1]:
            continue
        if match[3] or match[4]:
            spans.append(match.span(match.lastindex or 0))
        elif end := _end_of_title(line, start):
            spans.append((start, end))
    return spans


def _end_of_title(line: str, start: int) -> int:
    """Return the end of furniture that begins at `start`, or 0 if uncertain."""
    rest = line[start : start + _MAX_LENGTH + 1]
    if furniture(rest) and _quotes_pair(rest):
        return start + len(rest)
    if again := _STORY_AGAIN.search(rest):
        title = rest[: again.start()]
        if furniture(title) and _quotes_pair(title):
            return start + len(title)
    return 0


def _quotes_pair(text: str) -> bool:
    return text.count('"') % 2 == 0 and text.count("“") == text.count("”")
