"""The furniture of Indonesian news pages: lines that are not the story.

A line comes in, the name of its pattern goes out. The worst mistake is to take story for furniture.
A pattern therefore matches a whole line, is bound to a place on the page, and leaves doubtful lines
alone. A new line is a new row. `furniture_spans` finds furniture on a line of the story.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from service.documents.dates import DATE, STATEMENTS, TIME


class Place(Enum):
    """The place on the page where a pattern holds."""

    ANYWHERE = "anywhere"
    TOP = "top"  # before the first paragraph of the story
    BELOW = "below"  # not there: a headline may look like it
    EDGE = "edge"  # before the first paragraph, or after the last
    END = "end"


class Pattern(NamedTuple):
    """One kind of furniture; `line` must match the whole stripped line."""

    name: str
    line: re.Pattern[str]
    place: Place = Place.ANYWHERE


_SITE = r"[A-Za-z0-9]+\.(?i:com|co\.id|id|net|tv|co)"
# Roots of saying and asking after a quotation; `lexicon.reporting` has none of asking.
_REPORTED = (
    r"(?!.*[,\"”’] ?(?:kata|ujar|ucap|tutur|jelas|imbau|pinta|ajak|pesan|bunyi|tulis|demikian)"
    r"(?:nya)?\b)"
)
# A title of another article: no full stop or comma at its end, no reporting clause in it.
_TITLE = rf"{_REPORTED}(?=.{{8,200}}$).*[^.,;\s]"
# Words of a title: long ones have capitals.
_CAPITALS = r"(?:(?:[A-Z0-9\"“'‘(][^\s.?!]*|[a-z]{1,6}) ){2,25}[A-Z0-9][^\s.?!]*"
# The words before the title of another article, and the mark between both.
_ALSO = r"(?:baca|lihat|simak|tonton|cek|klik) (?:juga|pula)"
_LEAD_IN = (
    rf"(?i:{_ALSO}(?: (?:artikel|berita|tulisan))?(?: (?:terkait|lainnya|ini))?"
    r"|(?:baca )?selanjutnya|(?:baca )?selengkapnya(?: baca)?|baca terkait|terkait"
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
_SECTION = (
    r"(?:Home|Beranda|News|Berita|Nasional|Regional|Peristiwa|Hukum(?: & Kriminal)?|Kriminal"
    r"|Politik|Ekonomi|Bisnis|Olahraga|Metropolitan|Metro|Megapolitan|Jabodetabek|Daerah|Nusantara"
    r"|Global|Internasional|Dunia|Bola|Sepak ?[Bb]ola|Sports?|Lifestyle|Gaya Hidup|Hiburan"
    r"|Entertainment|Showbiz|Seleb|Tekno|Teknologi|Otomotif|Travel|Wisata|Kesehatan|Health|Edukasi|Pendidikan"
    r"|Opini|Kolom|Finansial|Money|Finance|Market|Properti|Khazanah|Humaniora|Sains|Indeks|Terkini"
    r"|Terpopuler|Trending|Foto|Video|Food|Kuliner|Lingkungan|Masuk|Langganan)"
)
# A step of a breadcrumb: a name of at most three words.
_STEP = r"[^\W_][\w.&-]{0,30}(?: [\w.&-]{1,30}){0,2}"
_NETWORK = (
    r"(?:Facebook|Twitter|X|Twitter/X|Whats[Aa]pp|Telegram|Line|LINE|Pinterest|LinkedIn|Instagram"
    r"|Threads|E-?mail)"
)
_FOLLOW_ON = r"(?:Whats[Aa]pp|Telegram|Google News)"

_ABOUT_NEWS = (
    r"(?=.{0,400}\b(?i:berita|breaking news|artikel|info(?:rmasi)? terkini|redaksi|jurnalisme)\b)"
)
_INVITATION = (
    r"(?:(?:Ayo |Yuk,? )?(?:Dapatkan|Cek|Ikuti|Simak|Baca|Kunjungi|Klik|Gabung|Dukung|Nikmati"
    r"|Follow|Selalu|Jangan lewatkan|Ingin|Mau|Langganan|Berlangganan|Update)\b"
    rf"|{_SITE} )[^\"“”]{{0,240}}(?:[\"“][^\"“”]{{2,60}}[\"”][^\"“”]{{0,240}})?"
)
_FOOTER = (
    r"(?:tentang(?: kami)?|kontak(?: kami)?|hubungi kami|redaksi|pedoman media siber"
    r"|kebijakan privasi|disclaimer|karier|karir|info iklan|privacy policy"
    r"|about(?: us)?|contact(?: us)?|sitemap|syarat (?:&|dan) ketentuan|terms(?: of (?:use|service))?)"
)
_AGENCY = r"(?:ANTARA|Antara(?: Foto)?|AFP|Reuters|AP|Xinhua|BBC|CNN|CNN Indonesia|CNBC Indonesia)"

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
REST_HEADING = _A(rf"(?=[A-Z])(?i:(?:{_REST}|{_SECTION})(?: ?(?:{_REST}|{_SECTION})){{0,5}})\s*:?")
FURNITURE = (
    Pattern(
        "advertisement",
        _A(
            r"(?=\W*[A-Z])[-–—\s*\[(]*(?i:advertisements?|advertising|advertorial|iklan|sponsored"
            r"|promoted|konten (?:ber)?sponsor|sponsored content|iklan google)[-–—\s*\])]*"
        ),
    ),
    # an order to scroll, and nothing that anybody scrolls
    Pattern(
        "advertisement",
        _A(
            r"(?=[A-Z])(?i:scroll|gulir|geser|swipe) (?i:to|untuk|ke bawah|down|up)"
            r"(?: [A-Za-z]+){0,6}(?:, yuk)?[!↓▼]?"
        ),
    ),
    Pattern(
        "advertisement",
        _A(
            r"(?=[A-Z])(?i:(?:artikel|berita|konten)(?: ini)? (?:berlanjut|dilanjutkan|lanjut)"
            r" (?:di bawah|setelah|usai) iklan(?: ini| berikut)?)"
        ),
    ),
    Pattern(
        "advertisement",
        _A(
            r"(?=[A-Z])(?i:lanjut(?:kan)? (?:mem)?baca(?: di bawah iklan)?|continue reading)"
            r"(?i: below| below ad(?:vertisement)?)? ?[↓▼]?|Loading ?\.\.\."
        ),
    ),
    Pattern("image", _A(r"image|IMAGE|\[(?i:image|gambar)\]|zoom-in|inlihat foto|verified-green")),
    Pattern("image", _A(r"[Ll]ihat [Ff]oto|LIHAT FOTO|Perbesar|Zoom")),
    Pattern("embed", _A(r"\[(?:Gambas|Embed|Video)\s*:[^\]]{1,80}\]")),
    Pattern("embed", _A(r"(?:A post shared by|Lihat postingan ini di Instagram)\b.{0,120}")),
    Pattern("embed", _A(r"Sebuah kiriman dibagikan oleh .{1,60}\(@[\w.]+\)")),
    Pattern(
        "related",
        _A(
            rf"{_BULLET}{_LEAD_IN}{_TO_TITLE}"
            rf"(?:[\"“'‘\[(]?[A-Z0-9]{_TITLE}|{_REPORTED}{_CAPITALS}\.)\*{{0,2}}"
        ),
    ),
    Pattern("related", _A(rf"{_BULLET}(?i:{_ALSO}) (?!Video){_REPORTED}(?=[A-Z]){_CAPITALS}")),
    Pattern("related", _A(rf"\({_LEAD_IN}{_TO_TITLE}[A-Z0-9\"“'‘][^()]{{7,200}}\)")),
    Pattern("related", _A(rf"\[{_LEAD_IN}{_TO_TITLE}[A-Z0-9\"“'‘][^\[\]]{{7,200}}\]")),
    Pattern("related", _A(r"Baca juga artikel terkait .{2,80} atau tulisan .{4,80}")),
    Pattern("related", _A(r"Berita lain terkait [A-Z][\w ]{2,60}|Berita [\w.]{3,20} Lainnya")),
    # with the colon and the space lost
    Pattern(
        "related",
        _A(rf"(?:Baca Juga|BACA JUGA)(?=[A-Z0-9]\w* .{{8,400}}$){_REPORTED}.*[^.,;\s]"),
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
    Pattern("more", _A(rf"Baca (?:artikel|berita) selengkapnya di (?:detik\w+|{_SITE})")),
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
            rf" (?:detik\w*|CNN Indonesia|CNBC Indonesia|{_SITE}).{{0,160}}"
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
    Pattern("end", _A(r"\(\*{1,3}\)|\*\*|\(-\)|\((?i:red|adv|hn)\)|-o0o-|- ?30 ?-")),
    Pattern("initials", _A(r"\([a-z]{2,4}\d?(?:/[a-z]{2,4}\d?){1,3}\)")),
    Pattern("initials", _A(rf"\({_SITE}/[A-Z]\w*(?: [A-Z]\w*){{0,2}}\)")),
    Pattern("initials", _A(r"\([A-Za-z]{2,4}\d?(?:[/-][A-Za-z]{2,4}\d?){0,3}\)"), Place.END),
    Pattern("initials", _A(r"\([a-z]{3}\)|\[[a-z]{3}(?:/[a-z]{3}){0,2}\]")),
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
    Pattern("date", _A(rf"{_SITE} ?[-–|,] ?{STATEMENTS}")),
    Pattern("date", _A(rf"(?i:{DATE}) ?[|•·] ?{STATEMENTS}")),
    # a time alone is above a paragraph of a live report
    Pattern("date", _A(rf"(?!(?i:{TIME})$){STATEMENTS}(?: ?[-–|,•·] ?{_SITE})?"), Place.TOP),
    Pattern("date", _A(r"(?:waktu baca|Waktu baca) \d{1,2} menit|\d{1,2} menit (?:baca|membaca)")),
    Pattern(
        "share",
        _A(
            r"(?=[A-Z])(?i:(?:bagikan|share)"
            r"(?: (?:artikel|berita))?(?: ini| this(?: article| post)?)?"
            r"|komentar|comments?|salin tautan|copy link|like this"
            r"|(?:tulis|kirim|tinggalkan|lihat|leave a|post a) (?:komentar|comment|reply))\s*:?"
        ),
    ),
    Pattern(
        "share",
        _A(
            r"(?=[A-Z])(?:(?i:bagikan|share|kirim|simpan)"
            r"(?i: this)?(?i: artikel| berita)?(?i: ini)?"
            rf" (?i:ke|di|on|to|via|lewat|melalui) {_NETWORK}(?:[ ,|]+{_NETWORK})*\s?){{1,6}}"
        ),
    ),
    Pattern("share", _A(rf"{_NETWORK}(?:[ ,|]+{_NETWORK}){{2,}}")),
    Pattern("share", _A(r"Batalkan|url telah tercopy")),
    Pattern("share", _A(r"0|[Aa][-+]? ?[Aa]\+?(?: ?[Aa]\+?)?|[·•]"), Place.TOP),
    # the page speaks of itself: `Dengarkan artikel ini dalam 3 menit`
    Pattern(
        "share",
        _A(
            r"[A-Z]\w{2,12} (?:to )?(?i:(?:artikel|berita|tulisan|halaman|laman) ini"
            r"|this (?:article|story|post|page))(?: \w+){0,4}"
        ),
        Place.TOP,
    ),
    Pattern(
        "share",
        _A(
            r"(?i:(?:skip|jump) to(?: \w+){1,3}|(?:langsung|lewati|lompat|loncat)(?: ke)?"
            r" (?:konten|isi|artikel|navigasi|menu|halaman)(?: \w+)?)"
        ),
        Place.TOP,
    ),
    Pattern("share", _A(r"Komentar di artikel lainnya|Tulis komentarmu dengan tagar .{1,60}")),
    Pattern("share", _A(r"Segera lengkapi data dirimu untuk ikutan program #\w+\.")),
    Pattern("share", _A(rf"{_NETWORK}(?:[ ,|]+{_NETWORK})*"), Place.EDGE),
    Pattern("section", _A(rf"(?i:{_SECTION}(?: ?[/>»|•›] ?{_SECTION})*)|[/>»›|]"), Place.TOP),
    # from the home page or a site down to the article
    Pattern(
        "section",
        _A(rf"(?:(?i:{_SECTION})|{_SITE})(?: ?[/>»|•›→] ?[^/>»|•›→]{{1,120}}){{1,6}}"),
        Place.TOP,
    ),
    Pattern(
        "section",
        _A(rf"{_STEP}(?: [/>»|•›→] {_STEP}){{2,6}}|{_STEP}(?: [>»›→] {_STEP}){{1,6}}"),
        Place.TOP,
    ),
    Pattern("section", _A(r"kumparan[A-Z]+|detik[A-Z]\w+|VIVA [A-Z]\w+"), Place.TOP),
    Pattern("site", _A(_SITE), Place.EDGE),
    Pattern("source", _A(rf"(?:[Ss]umber|Source) ?: ?(?:{_AGENCY}|{_SITE}|Istimewa)"), Place.END),
    # a channel on a network, or a network and what for; `Ikuti Telegram, WhatsApp …` is a headline
    Pattern(
        "follow",
        _A(
            r"\(?(?:Ayo )?(?:[Ii]kuti|Follow) "
            rf"(?:(?i:saluran|kanal|channel|grup) {_FOLLOW_ON}"
            rf"|{_FOLLOW_ON} (?i:channel|grup|kami|untuk|agar))\b"
            rf"{_REPORTED}[^\"“”]{{0,200}}"
        ),
    ),
    Pattern("follow", _A(rf"Ikuti [\w.]+ di {_FOLLOW_ON}")),
    Pattern("follow", _A(rf"Baca berita(?: \w+){{1,4}} di {_FOLLOW_ON}(?: \w+){{0,4}}")),
    Pattern("follow", _A(rf"Ikuti terus berita terbaru kami di {_FOLLOW_ON}(?: Channel)?")),
    Pattern("follow", _A(rf"Follow {_SITE} untuk mendapatkan informasi terkini\..{{0,100}}")),
    Pattern("follow", _A(r"(?i:follow(?: us)?\s*:?)|wa-channel")),
    Pattern("follow", _A(r"(?:Ikuti|Kunjungi) [Kk]ami di(?: media sosial)?\s*:?"), Place.END),
    # an order, the site as `we`, and a channel, without a stop
    Pattern(
        "follow",
        _A(
            rf"{_REPORTED}(?=.*\b(?i:kami|us|our)\b)"
            rf"(?=.*\b(?:{_NETWORK}|Google News|(?i:aplikasi|app|newsletter|media sosial))\b)"
            r"(?:Ayo |Yuk,? )?(?:Ikuti|Follow|Gabung|Join|Subscribe|Download|Unduh|Dapatkan"
            r"|Kunjungi|Baca)"
            r"(?: [^\s.!?\"“”]+){1,14}!?"
        ),
    ),
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
    # an order, the news, and where to get it
    Pattern(
        "follow",
        _A(
            rf"{_REPORTED}{_ABOUT_NEWS}(?=.{{0,400}}(?:Google News|Whats[Aa]pp|Telegram|t\.me/))"
            rf"{_INVITATION}"
        ),
    ),
    Pattern(
        "follow",
        _A(
            rf"{_REPORTED}{_ABOUT_NEWS}"
            r"(?=.{0,400}\b(?:berlangganan|bergabung|langganan|kanal|saluran|situs|aplikasi)\b)"
            rf"(?=.{{0,400}}\b(?i:kami|redaksi|jurnalisme|{_SITE})\b){_INVITATION}"
        ),
        Place.END,
    ),
    Pattern("footer", _A(rf"(?i:{_FOOTER}(?: ?[|•·/,-]? ?{_FOOTER})*)"), Place.END),
    Pattern("promotion", _A(r"Baca kisah inspiratif kandidat polisi teladan di sini")),
    Pattern("promotion", _A(r"\*? ?Fakta atau Hoaks\? Untuk mengetahui kebenaran .{0,240}")),
    Pattern("promotion", _A(r"Hoegeng Awards 20\d\d|Konten Premium")),
    Pattern("promotion", _A(r"Nikmati sajian berita yang lebih mendalam, akurat, dan \w+\b.*")),
    Pattern("rule", _A(r"[-–—_=*~]{3,}|\* \* \*")),
    # a year and names, and no sentence about a right
    Pattern(
        "copyright",
        _A(
            r"(?i:copyright|hak cipta) ?(?=©|\([cC]\)|\d{4})"
            r"(?:(?:[(A-Z©\d][\w.&@/)-]*|\([cC]\)|[-–|,])[ ,]*+){1,14}"
            r"(?:rights? reserved|dilindungi[a-z -]{0,30})?\.?"
        ),
    ),
    Pattern("copyright", _A(r"© ?.{0,60}\d{4}.{0,60}|(?i:all rights? reserved)\.?")),
    # a prohibition about the page's own text
    Pattern(
        "copyright",
        _A(
            rf"{_REPORTED}Dilarang (?:keras )?(?:mengambil|mengutip|menyalin|memperbanyak"
            r"|menggandakan|menyebarluaskan)"
            r"(?=.{0,160}\b(?:konten|crawling|artikel|berita|situs|website|laman|redaksi)\b)"
            r" .{0,160}tanpa (?:se)?izin.{0,80}"
        ),
        Place.END,
    ),
)

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
    places = {Place.ANYWHERE, *((Place.TOP, Place.EDGE) if top else (Place.BELOW,))}
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
