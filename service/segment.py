"""Sentences of Indonesian news, and pieces of a sentence that is too long for a model.

Text comes in, spans go out: `[start, end)` offsets in characters, ordered, not empty, with nothing
but white space outside them, so the text can be rejoined byte for byte. Nothing raises. Time is
linear in the length of the text.

A full stop is judged by the word before it and the word after it. Where an abbreviation may also
end a sentence, a capital after it decides differently by what the abbreviation is:

- titles, initials, `Jl.`, `PT.`, `Tbk.`, `Jr.` belong to names, and names go on with capitals:
  only a word that clearly opens a sentence (`Ia`, `Namun`, `Menurut` ...) splits;
- `dll.`, `dsb.`, `dkk.` and degrees after a comma (`, S.H.`) close what they belong to: any capital
  splits, except another degree.

A quotation of several sentences is split into them; each keeps the quotation marks at its edges,
so a sentence may hold only one mark of a pair.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Span = tuple[int, int]


def _words(text: str) -> frozenset[str]:
    """The words as written and, but for short ones that are acronyms too, in capitals."""
    words = text.split()
    return frozenset(words) | {word.upper() for word in words if len(word) > 2}


# Stand before a name.
_TITLES = _words(
    "Dr dr DR drg Drg drh Drh Drs Dra Ir IR Prof prof H Hj HJ KH K.H Ust Pdt Rm Mr Mrs Ms Ny Nn Tn"
    " Sdr Sdri Bpk Yth Jend Letjen Mayjen Brigjen Kol Letkol May Kapt Lettu Letda Serma Serka Sertu"
    " Serda Irjen Komjen Kombes Pol AKBP Kompol AKP Iptu Ipda Aiptu Aipda Bripka Briptu Bripda"
    " Laksda Laksma Marsda Marsma Purn St Sta Sto PT CV UD Jl jl JL Jln jln Gg Kab Kec Kel Ds Dk"
    " Kp Kav Blk Perum Komp No NO Rp RP vs Vs red Red Inf Czi Arh Cba Dok"
)
# Stand before a number; without one after them most are ordinary words (`hal`, `art`).
_BEFORE_NUMBERS = _words(
    "no nomor hal Hal hlm Hlm tgl Tgl vol Vol telp Telp tel Tel hp Hp th Th thn ps Ps psl Psl ay"
    " art Art ed Ed jam pkl Pkl Jan Feb Mar Apr Jun Jul Agt Agu Agust Sep Sept Okt Nov Nop Des RT"
    " RW"
)
# End a name, which may go on.
_SUFFIXES = _words("Tbk tbk Inc Ltd Corp Co Bhd Sdn Pte Jr Sr tsb ybs bin al")
# End an enumeration, and often the sentence.
_LIST_ENDS = _words("dll dsb dst dkk dlsb etc sbb")
# A single letter after one of these is a label, not an initial.
_LABELS = _words(
    "grup group blok vitamin kelas tipe type seri serie liga hepatitis golongan rencana paket sim"
    " ijazah poin huruf dunia buwono bagian wilayah zona kategori peringkat inisial"
    " berinisial"
)
# Open a sentence and are not names.
_OPENERS = _words(
    "Ia Dia Beliau Mereka Kami Kita Saya Aku Anda Ini Itu Hal Namun Tetapi Tapi Menurut Selain"
    " Sementara Sedangkan Adapun Sebelumnya Sebaliknya Kemudian Lalu Saat Ketika Kini Pada Dalam Di"
    " Ke Dari Untuk Dengan Tanpa Karena Sebab Jika Bila Kalau Apabila Meski Meskipun Walau Walaupun"
    " Hingga Sejak Setelah Sesudah Sebelum Usai Seusai Akibat Akibatnya Oleh Bahkan Tak Tidak Bukan"
    " Belum Ada Para Sejumlah Beberapa Seorang Semua Seluruh Setiap Selama Selanjutnya Berikut"
    " Demikian Begitu Pihaknya Terkait Bagi Seperti Sebagai Berdasarkan Diketahui Dilansir Sontak"
    " Padahal Apalagi Misalnya Artinya Jadi Maka Pasalnya Kendati Lebih Salah Hari Yang"
)

_DEGREE = re.compile(
    r"(?:S\.(?:[HEST]|H\.I|I\.[KP])|M\.(?:[HAMT]|B\.A)|B\.(?:A|Sc)|(?:Sp|Ph|Lic)\.[A-Z]+[a-z]*"
    r"|[SMDA]\.[A-Z][A-Za-z]{1,5}(?:\.[A-Z][A-Za-z]{0,3})?)(?![A-Za-z])"
)
_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
# A stop with its closing marks, one of which may stand alone after a space; a blank line.
_STOP = re.compile(
    r"([.?!…]+)([\"'”’»›)\]}]*)(?:\s[”»)\]}](?=\s))?|[。！？]+[\"'”’»›)\]}」』）]*|(\n[^\S\n]*\n)"
)
_QUOTES = "\"'“”‘’«»‹›"
_BREAKS = "(\"“‘'[«,"
_CONTINUING = ",;:.?!…%&/="
_BRAND = re.compile(r"[a-z]{1,6}-?[A-Z]")
_WORD = re.compile(r"[^\W_]{1,32}")


def segment(text: str) -> list[Span]:
    """Spans of the sentences of `text`; none if it is blank. A blank line ends a sentence."""
    spans: list[Span] = []
    start = _skip_space(text, 0)
    item = 0
    for stop in _STOP.finditer(text, start):
        after = _skip_space(text, stop.end())
        if after == len(text):
            break
        if stop.start() < start or (stop[1] and after == stop.end()):
            continue
        if stop[1]:
            number = _item_number(text, start, stop, item)
            item = number or item
            if number or not _begins(text, after, stop[2]) or _holds(text, start, after, stop):
                continue
        end = stop.start() if stop[3] else stop.end()
        spans.append((start, start + len(text[start:end].rstrip())))
        start, item = after, 0
    end = len(text.rstrip())
    return [*spans, (start, end)] if end > start else spans


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _item_number(text: str, start: int, stop: re.Match[str], last: int) -> int:
    """The number where `1.` counts an item, at the start, after a colon or as the next; else 0."""
    at = stop.start()
    while at > max(start, stop.start() - 3) and text[at - 1].isdecimal():
        at -= 1
    if at == stop.start() or stop[1] + stop[2] != "." or (at > start and text[at - 1].isalnum()):
        return 0
    number = int(text[at : stop.start()])
    before = text[max(start, at - 3) : at].rstrip()[-1:]
    opens = not text[start:at].strip('(["“ ') if at - start < 4 else before in (":", ";")
    return number if opens or (last and number == last + 1) else 0


def _first_word(text: str, at: int) -> int:
    """Where the first letter or digit from `at` on is, looking past a few marks; else -1."""
    return next((i for i in range(at, min(len(text), at + 16)) if text[i].isalnum()), -1)


def _begins(text: str, after: int, closers: str) -> bool:
    """Whether what stands at `after` may begin a sentence."""
    word = _first_word(text, after)
    if word < 0 or text[after] in _CONTINUING:
        return False
    if text[word].islower():
        return not closers and _BRAND.match(text, word) is not None
    return True


def _holds(text: str, start: int, after: int, stop: re.Match[str]) -> bool:
    """Whether the stop belongs to the word before it, so that the sentence goes on."""
    at = stop.start()
    if at - start < 64 and not any(char.isalnum() for char in text[start:at]):
        return True
    if stop[1] in ("...", "…") and stop[2][:1] == ")" and text[at - 1] == "(":
        return True
    begin = at
    while begin > max(start, at - 24) and not _breaks(text[begin - 1]):
        begin -= 1
    token = text[begin:at]
    word = _WORD.match(text, max(_first_word(text, after), after))
    following = word[0] if word else ""
    if stop[1] in ("...", "…") and not stop[2]:
        # hesitation: `Saya... Saya tidak tahu`, `Ya... Begitulah`
        return text[start:at].strip(_QUOTES) == token or following == token
    return stop[1] == "." and _abbreviates(text, start, begin, token, after, stop[2], following)


def _breaks(char: str) -> bool:
    return char.isspace() or char in _BREAKS


def _abbreviates(
    text: str, start: int, begin: int, token: str, after: int, closers: str, following: str
) -> bool:
    """Whether `token.` is an abbreviation that does not end the sentence before `following`."""
    before = text[max(start, begin - 32) : begin].rstrip()
    opens = following in _OPENERS
    if token in _BEFORE_NUMBERS and text[after].isdecimal():
        return True
    # `M.H.` is a degree after a comma or another degree, and a name in `Jalan M.H. Thamrin`
    if _DEGREE.fullmatch(token) and (len(token) > 3 or before.endswith((",", ".", "("))):
        another = _DEGREE.match(text, after) is not None or text[after] == "("
        return another or (")" in closers and not opens)
    if token in _LIST_ENDS:
        return ")" in closers and not opens
    if token in _SUFFIXES:
        return not opens and text[after] not in '"“«'
    if token in _TITLES or _DOTTED.fullmatch(token):
        return not opens
    if len(token) == 1 and token.isalpha():
        label = before.split(" ")[-1].casefold().strip('("“')
        return not opens and label not in _LABELS
    return False


class _Unit(NamedTuple):
    """A word, or a character of a word that is too long: never cut in itself."""

    start: int
    end: int
    cost: float


_STRONG = _words(
    "tetapi tapi namun karena sebab sehingga sementara sedangkan meski meskipun walau walaupun agar"
    " supaya ketika saat setelah sebelum bahwa hingga jika bila kalau apabila padahal melainkan"
    " seraya sambil"
)
_WEAK = _words("dan atau yang serta untuk dengan dalam pada oleh kepada terhadap")


def split_long(text: str, limit: int, count: Callable[[Sequence[str]], list[int]]) -> list[Span]:
    """Spans of the pieces of a sentence, each of at most `limit` tokens by `count`.

    Cuts fall after a semicolon, a comma or before a conjunction where that leaves pieces well
    filled, else at any space, and inside a word only where the word alone is too long. A character
    and the marks that belong to it stay together even above `limit`. `count` measures a batch of
    texts, in tokens; it is called O(log n) times. A `limit` below 1 counts as 1.
    """
    limit = max(limit, 1)
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    if start >= end:
        return []
    words = [(m.start(), m.end()) for m in re.finditer(r"\S+", text)]
    whole, *costs = count([text[start:end], *(text[a:b] for a, b in words)])
    if whole <= limit:
        return [(start, end)]
    scale = whole / max(sum(costs), 1)
    units: list[_Unit] = []
    for (a, b), cost in zip(words, costs, strict=True):
        parts = [(a, b)] if cost <= limit else _clusters(text, a, b)
        units += [_Unit(c, d, max(cost, 1) * scale * (d - c) / (b - a)) for c, d in parts]
    room, shrink = float(limit), 1.02
    while True:
        pieces = _fill(text, units, room)
        spans = [(piece[0].start, piece[-1].end) for piece in pieces]
        over = max(count([text[a:b] for a, b in spans])) / limit
        if over <= 1 or len(pieces) == len(units):
            return spans
        # costs of words are a guess at costs of text: aim lower, soon much lower
        room /= max(over, shrink)
        shrink **= 2


def _fill(text: str, units: list[_Unit], room: float) -> list[list[_Unit]]:
    """Fills pieces of at most `room` from the left, ending each at the best boundary in reach."""
    total = [0.0, *accumulate(unit.cost for unit in units)]
    pieces: list[list[_Unit]] = []
    first = 0
    while first + 1 < len(units) and (rest := total[-1] - total[first]) > room:
        # the last two pieces share what is left, so that none is a stump
        shared = rest < 1.8 * room
        least, aim = (max(rest - room, 0.3 * rest), rest / 2) if shared else (0.5 * room, room)
        best, best_score = first + 1, -9.0
        last = first + 1
        while last < len(units) and total[last] - total[first] <= room:
            filled = total[last] - total[first]
            score = _boundary(text, units[last - 1], units[last]) - abs(filled - aim) / room
            if filled >= least and score >= best_score:
                best, best_score = last, score
            last += 1
        if best_score == -9.0:
            best = max(first + 1, last - 1)
        pieces.append(units[first:best])
        first = best
    return [*pieces, units[first:]]


def _boundary(text: str, left: _Unit, right: _Unit) -> float:
    """How good a place between two units is to cut; higher is better."""
    if left.end == right.start:
        return -4.0
    word = text[left.start : left.end].rstrip(_QUOTES + ")]")
    following = text[right.start : right.end].strip(_QUOTES + "([.,").casefold()
    if word.endswith((";", ":", ".", "?", "!", "…", "—", "–")) and len(word) > 3:
        return 4.0
    comma = 2.0 if word.endswith(",") else 0.0
    if following in _STRONG:
        return comma + 1.5
    if following in _WEAK:
        return comma + 1.0
    # `Rp 350 juta` and names stay whole where anything else will do
    joined = word in ("Rp", "US$") or word[-1:].isdecimal()
    return comma or (-0.5 if joined or (word[:1].isupper() and following != word) else 0.0)


def _clusters(text: str, start: int, end: int) -> list[Span]:
    """Spans of characters with the marks, joiners and modifiers that belong to them."""
    spans: list[Span] = []
    for at in range(start, end):
        char = text[at]
        joins = (
            unicodedata.category(char).startswith("M")
            or char == "\u200d"
            or "\U0001f3fb" <= char <= "\U0001f3ff"
            or (at > start and text[at - 1] == "\u200d")
        )
        if spans and joins:
            spans[-1] = (spans[-1][0], at + 1)
        else:
            spans.append((at, at + 1))
    return spans
