"""The patterns of links: to other articles and videos, to pages, to tags.

A new kind of link is a new row.
"""

from __future__ import annotations

import re

from service.documents.patterns import REPORTED, SECTION, SITE, Pattern, Place

# A title of another article: no full stop or comma at its end, no reporting clause in it.
_TITLE = rf"{REPORTED}(?=.{{8,200}}$).*[^.,;\s]"
# Words of a title: long ones have capitals.
_CAPITALS = r"(?:(?:[A-Z0-9\"“'‘(][^\s.?!]*|[a-z]{1,6}) ){2,25}[A-Z0-9][^\s.?!]*"
# The words before the title of another article, and the mark between both.
_ALSO = r"(?:baca|lihat|simak|tonton|cek|klik) (?:juga|pula)"
_LEAD_IN = (
    rf"(?i:{_ALSO}(?: (?:artikel|berita|tulisan))?(?: (?:terkait|lainnya|ini))?"
    r"|baca selanjutnya|(?:baca )?selengkapnya(?: baca)?|baca terkait|terkait"
    r"|(?:berita|artikel|tulisan)(?: yang)? (?:terkait|lain|lainnya|menarik)"
    r"|pilihan (?:editor|redaksi)|read (?:also|more|too)|(?:also read|see also|related))"
)
_TO_TITLE = r"\s*(?:[:;|]|[>»›→]{1,3}|[-–—]{1,2}(?=\s))\s*"
_BULLET = r"(?:[-–—•*>»]{1,3} ?)?"
# The links beside the numbers of pages.
_PAGES = r"(?:[ |]{1,3}\d{1,3}){1,20}"
_NEXT = (
    r"(?i:next page|next|selanjutnya|berikutnya|(?:lihat |tampilkan )?semua|(?:show |view )?all"
    r"|akhir|[»>→])"
)

_A = re.compile
# The heading of the page's tags, which stand below it on a line each.
TAGS_HEADING = _A(
    r"(?=[A-Z])(?i:(?:tags?|topik|label|kata kunci)(?: (?:terkait|artikel|berita))?|terkait)\s*:?"
    r"|Simak berita lainnya seputar topik artikel ini,? di sini\s*:?"
)
# A heading that may have links below it: several (group 1), or one if it ends in a mark (group 2).
RELATED_HEADING = _A(
    r"(?=[A-Z])(?i:(?:baca|lihat|simak|tonton) (?:juga|pula)|(?:baca )?selengkapnya"
    r"|(pilihan (?:redaksi|editor)|(?:berita|artikel) (?:terkait|lainnya|populer)))"
    r"\s*(:|[>»›→]{1,3})?"
)
_REST = (
    r"(?:berita|artikel|video|foto|topik|terkait|lainnya|rekomendasi|pilihan|populer|terpopuler"
    r"|terbaru|terkini|trending|hari ini|untuk (?:anda|kamu)|lihat semua|lihat|telusuri|quick links"
    r"|(?:you (?:may|might) also like)|(?:mungkin )?anda (?:mungkin )?(?:juga )?suka"
    r"|bagikan|komentar|artikel ini|redaksi|editor|related|recommended|more|latest|posts?|articles?"
    r"|news|for you|di \w{2,20})"
)
# The heading of links below the story: everything after it leads elsewhere.
REST_HEADING = _A(rf"(?=[A-Z])(?i:{_REST}(?: ?(?:{_REST}|{SECTION})){{0,5}})\s*:?")
LINKS = (
    Pattern(
        "related",
        _A(
            rf"{_BULLET}{_LEAD_IN}{_TO_TITLE}"
            rf"(?:[\"“'‘\[(]?[A-Z0-9]{_TITLE}|{REPORTED}{_CAPITALS}\.)\*{{0,2}}"
        ),
    ),
    Pattern("related", _A(rf"{_BULLET}(?i:{_ALSO}) (?!Video){REPORTED}(?=[A-Z]){_CAPITALS}")),
    Pattern("related", _A(rf"\({_LEAD_IN}{_TO_TITLE}[A-Z0-9\"“'‘][^()]{{7,200}}\)")),
    Pattern("related", _A(rf"\[{_LEAD_IN}{_TO_TITLE}[^\[\]]{{8,200}}\]")),
    Pattern("related", _A(r"Baca juga artikel terkait .{2,80} atau tulisan .{4,80}")),
    Pattern("related", _A(r"Berita lain terkait [A-Z][\w ]{2,60}|Berita [\w.]{3,20} Lainnya")),
    # with the colon and the space lost
    Pattern(
        "related",
        _A(rf"(?:Baca Juga|BACA JUGA)(?=[A-Z0-9]\w* .{{8,400}}$){REPORTED}.*[^.,;\s]"),
    ),
    Pattern("related", RELATED_HEADING),
    Pattern(
        "related",
        _A(r"(?=[A-Z])(?i:(?:baca|video|foto|topik) terkait|rekomendasi untuk anda)\s*:?"),
    ),
    Pattern("related", REST_HEADING, Place.END),
    Pattern(
        "video",
        _A(
            r"(?i:simak|lihat|tonton|saksikan) (?i:juga video|video ?(?=[:'\"‘“])) ?:?"
            rf" ?['\"‘“A-Z0-9]{_TITLE}"
        ),
    ),
    # `Lihat Video Viral, Polisi …` may be a headline
    Pattern("video", _A(rf"(?:Simak|Lihat|Tonton) [Vv]ideo [A-Z0-9]{_TITLE}"), Place.BELOW),
    Pattern("video", _A(r"(?:Simak|Saksikan)(?: Juga)? Video Pilihan(?: Berikut)?(?: Ini)?\s*:?")),
    Pattern("video", _A(r"Tonton(?: juga)? [\"“][^\"”]{5,150}[\"”] di sini\s*:?")),
    Pattern("video", _A(r"Saksikan (?:juga )?Live [A-Z]\w{2,20}(?: [A-Z]\w+){0,3}\s*:?")),
    Pattern("video", _A(rf"(?i:video|infografi[sk])\s*: ?['\"‘“]?[A-Z0-9]{_TITLE}")),
    Pattern(
        "more",
        _A(
            r"(?=[A-Z])(?i:(?:baca|simak|lihat)? ?(?:berita|artikel)? ?selengkapnya)"
            r"(?: ?di ?(?:sini|halaman (?:selanjutnya|berikutnya)))?(?:[.:]|\.{3}|…)?"
        ),
    ),
    Pattern("more", _A(rf"Baca (?:artikel|berita) selengkapnya di (?:detik\w+|{SITE})")),
    Pattern(
        "more",
        _A(
            r"(?=[A-Z])(?i:read more|lihat semua|view all|load more|muat lainnya|daftar isi)[.…»>]*"
        ),
    ),
    Pattern(
        "more",
        _A(
            r"Artikel ini (?:telah|sudah)(?: lebih dulu)? (?:tayang|naik|terbit) di"
            rf" (?:detik\w*|CNN Indonesia|CNBC Indonesia|{SITE}).{{0,160}}"
        ),
    ),
    Pattern(
        "more",
        _A(
            r"Artikel ini (?:telah|sudah)(?: lebih dulu)? (?:tayang|naik|terbit) di"
            r"(?: [A-Z][\w.]*){1,4}(?: dengan judul .{1,160})?"
        ),
        Place.END,
    ),
    Pattern(
        "pages", _A(rf"Halaman\s*:(?: ?\d{{1,3}})*|(?i:halaman)\s*:?{_PAGES}(?: {_NEXT}){{0,3}}")
    ),
    Pattern(
        "pages", _A(rf"1[ |]{{1,3}}2[ |]{{1,3}}3{_PAGES}?|\d{_PAGES}?(?:[ |]{{1,3}}{_NEXT}){{1,3}}")
    ),
    Pattern("pages", _A(r"(?i:hal(?:aman|\.)?|page) \d{1,3} ?(?:dari|of|/) ?\d{1,3}")),
    Pattern(
        "pages",
        _A(
            r"(?=[A-Z«‹<])(?i:[«‹<]* ?"
            r"(?:halaman|artikel|berita) (?:selanjutnya|berikutnya|sebelumnya)"
            r"|(?:next|previous) (?:page|post|article)|next)\s*[>»›→]*"
        ),
    ),
    Pattern(
        "pages",
        _A(
            r"(?=[A-Z])(?i:(?:lanjut|lanjutkan|bersambung|klik|lihat|buka)(?: ke| di)? halaman"
            r" (?:\d{1,2}|selanjutnya|berikutnya|kedua))(?:\.{3}|…|\s*[>»→]{1,3})?"
        ),
    ),
    Pattern("pages", _A(r"(?i:show all|tampilkan semua)|[«‹<]+ ?Sebelumnya|Selanjutnya ?[>»→]+")),
    Pattern(
        "tags",
        _A(
            r"(?:Tags?|TAGS?|Topik|TOPIK)\s*:\s*"
            r"(?:[^.,]{2,40}(?:,\s?[^.,]{2,40})+|\S+(?: \S+){0,3})"
        ),
    ),
    Pattern("tags", _A(r"(?i:kata kunci|keywords?|label)\s*: ?[^.!?]{2,160}"), Place.END),
    Pattern("tags", _A(r"#\w+(?:,? #\w+)+")),
    Pattern("tags", _A(r"#\w+(?: \w+){0,3}"), Place.END),
    Pattern("tags", TAGS_HEADING, Place.END),
)

RELATED_LINK = _A(rf"(?:[\"“'‘]?[A-Z0-9]){_TITLE}")
# A bare number counts as a page only right after one of these.
PAGE_HEADING = _A(r"Halaman\s*:?(?: ?\d{1,3})*")
PAGE_NUMBER = _A(r"\d{1,2}|Selanjutnya")
