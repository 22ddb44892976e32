"""The patterns of a page's own lines: dates, buttons, advertisements, invitations, notices.

A new kind of line is a new row.
"""

from __future__ import annotations

import re

from service.documents.dates import DATE, STATEMENTS, TIME
from service.documents.patterns import REPORTED, SECTION, SITE, Pattern, Place

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
    rf"|{SITE} )[^\"“”]{{0,240}}(?:[\"“][^\"“”]{{2,60}}[\"”][^\"“”]{{0,240}})?"
)
_FOOTER = (
    r"(?:tentang(?: kami)?|kontak(?: kami)?|hubungi kami|redaksi|pedoman media siber"
    r"|kebijakan privasi|disclaimer|karier|karir|info iklan|privacy policy"
    r"|about(?: us)?|contact(?: us)?|sitemap|syarat (?:&|dan) ketentuan"
    r"|terms(?: of (?:use|service))?)"
)
_AGENCY = r"(?:ANTARA|Antara(?: Foto)?|AFP|Reuters|AP|Xinhua|BBC|CNN|CNN Indonesia|CNBC Indonesia)"


_A = re.compile
NOTICES = (
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
    Pattern("image", _A(r"https?://\S+\.(?i:jpe?g|png|webp|gif)(?:[?)]\S*)?")),
    Pattern("image", _A(r"image|IMAGE|\[(?i:image|gambar)\]|zoom-in|inlihat foto|verified-green")),
    Pattern("image", _A(r"[Ll]ihat [Ff]oto|LIHAT FOTO|Perbesar|Zoom")),
    Pattern("embed", _A(r"\[(?:Gambas|Embed|Video)\s*:[^\]]{1,80}\]")),
    Pattern("embed", _A(r"(?:A post shared by|Lihat postingan ini di Instagram)\b.{0,120}")),
    Pattern("embed", _A(r"Sebuah kiriman dibagikan oleh .{1,60}\(@[\w.]+\)")),
    Pattern("end", _A(r"\(\*{1,3}\)|\*\*|\(-\)|\((?i:red|adv|hn)\)|-o0o-|- ?30 ?-")),
    Pattern("initials", _A(r"\([a-z]{2,4}\d?(?:/[a-z]{2,4}\d?){1,3}\)")),
    Pattern("initials", _A(rf"\({SITE}/[A-Z]\w*(?: [A-Z]\w*){{0,2}}\)")),
    Pattern("initials", _A(r"\([A-Za-z]{2,4}\d?(?:[/-][A-Za-z]{2,4}\d?){0,3}\)"), Place.END),
    Pattern("initials", _A(r"\([a-z]{3}\)|\[[a-z]{3}(?:/[a-z]{3}){0,2}\]")),
    Pattern("date", _A(rf"{SITE} ?[-–|,] ?{STATEMENTS}")),
    Pattern("date", _A(rf"(?i:{DATE}) ?[|•·] ?{STATEMENTS}")),
    Pattern(
        "date",
        _A(
            r"(?i:last updated|(?:publish(?:ed)?|posted|updated)(?: (?:date|on))?"
            rf"|(?:terakhir )?diperbarui|diterbitkan|dipublikasikan|tayang)(?: pada)?"
            rf"\s*:? ?(?=.*(?i:{DATE})){STATEMENTS}"
        ),
    ),
    # a time alone is above a paragraph of a live report
    Pattern(
        "date", _A(rf"(?!(?i:{TIME})$)(?:[·•|] ?)?{STATEMENTS}(?: ?[-–|,•·] ?{SITE})?"), Place.TOP
    ),
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
    Pattern("section", _A(rf"(?i:{SECTION}(?: ?[/>»|•›] ?{SECTION})*)|[/>»›|]"), Place.TOP),
    # from the home page or a site down to the article
    Pattern(
        "section",
        _A(rf"(?:(?i:{SECTION})|{SITE})(?: ?[/>»|•›→] ?[^/>»|•›→]{{1,120}}){{1,6}}"),
        Place.TOP,
    ),
    Pattern(
        "section",
        _A(rf"{_STEP}(?: [/>»|•›→] {_STEP}){{2,6}}|{_STEP}(?: [>»›→] {_STEP}){{1,6}}"),
        Place.TOP,
    ),
    Pattern("section", _A(r"kumparan[A-Z]+|detik[A-Z]\w+|VIVA [A-Z]\w+"), Place.TOP),
    Pattern("site", _A(SITE), Place.EDGE),
    Pattern("source", _A(rf"(?:[Ss]umber|Source) ?: ?(?:{_AGENCY}|{SITE}|Istimewa)"), Place.END),
    # a channel on a network, or a network and what for; `Ikuti Telegram, WhatsApp …` is a headline
    Pattern(
        "follow",
        _A(
            r"\(?(?:Ayo )?(?:[Ii]kuti|Follow) "
            rf"(?:(?i:saluran|kanal|channel|grup) {_FOLLOW_ON}"
            rf"|{_FOLLOW_ON} (?i:channel|grup|kami|untuk|agar))\b"
            rf"{REPORTED}[^\"“”]{{0,200}}"
        ),
    ),
    Pattern("follow", _A(rf"Ikuti [\w.]+ di {_FOLLOW_ON}")),
    Pattern("follow", _A(rf"Baca berita(?: \w+){{1,4}} di {_FOLLOW_ON}(?: \w+){{0,4}}")),
    Pattern("follow", _A(rf"Ikuti terus berita terbaru kami di {_FOLLOW_ON}(?: Channel)?")),
    Pattern("follow", _A(rf"Follow {SITE} untuk mendapatkan informasi terkini\..{{0,100}}")),
    Pattern("follow", _A(r"(?i:follow(?: us)?\s*:?)|wa-channel")),
    Pattern("follow", _A(r"(?:Ikuti|Kunjungi) [Kk]ami di(?: media sosial)?\s*:?"), Place.END),
    # an order, the site as `we`, and a channel, without a stop
    Pattern(
        "follow",
        _A(
            rf"{REPORTED}(?=.*\b(?i:kami|us|our)\b)"
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
            rf"{REPORTED}{_ABOUT_NEWS}(?=.{{0,400}}(?:Google News|Whats[Aa]pp|Telegram|t\.me/))"
            rf"{_INVITATION}"
        ),
    ),
    Pattern(
        "follow",
        _A(
            rf"{REPORTED}{_ABOUT_NEWS}"
            r"(?=.{0,400}\b(?:berlangganan|bergabung|langganan|kanal|saluran|situs|aplikasi)\b)"
            rf"(?=.{{0,400}}\b(?i:kami|redaksi|jurnalisme|{SITE})\b){_INVITATION}"
        ),
        Place.END,
    ),
    Pattern("footer", _A(rf"(?i:{_FOOTER}(?: ?[|•·/,-]? ?{_FOOTER})*)"), Place.END),
    Pattern("promotion", _A(r"Baca kisah inspiratif kandidat polisi teladan di sini")),
    Pattern("promotion", _A(r"\*? ?Fakta atau Hoaks\? Untuk mengetahui kebenaran .{0,240}")),
    Pattern("promotion", _A(r"Hoegeng Awards 20\d\d|Konten Premium")),
    Pattern("promotion", _A(r"Nikmati sajian berita yang lebih mendalam, akurat, dan \w+\b.*")),
    Pattern("promotion", _A(r"Baca berita (?:tanpa|dengan (?:lebih )?sedikit) iklan[^\"“”]{0,80}")),
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
            rf"{REPORTED}Dilarang (?:keras )?(?:mengambil|mengutip|menyalin|memperbanyak"
            r"|menggandakan|menyebarluaskan)"
            r"(?=.{0,160}\b(?:konten|crawling|artikel|berita|situs|website|laman|redaksi)\b)"
            r" .{0,160}tanpa (?:se)?izin.{0,80}"
        ),
        Place.END,
    ),
)
