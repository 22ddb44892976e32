"""Mend words that lost the space between them, or that a line break cut in two.

Indonesian text comes in, the text with such words mended goes out; nothing raises. Tools that
extract an article from a page lose the spaces around links (`dariAntara`, `Metamenyebut`), and
those that read a printed page keep its hyphens (`dilaku-kan`). A model copies such a word, or
invents a sense for it. A word that may be a name is left alone: `names` are those that the text
has elsewhere, and so may stand before any function word.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from service.text.lexicon.frequencies import frequency
from service.text.lexicon.roots import is_known, is_root

# Not a part of an address, a tag or an account.
_WORD = re.compile(r"(?<![\w@#./-])[^\W\d_]+(?:-[^\W\d_]+)*(?![\w@-]|[./]\w)")
_NAME = re.compile(r"(?<![\w-])[A-Z][a-z]{2,39}(?![\w-])")
_WHOLE = frozenset("ataupaun dalamhati mengindari sepertimana".split())
_MIN_GLUED = 6
_MAX_GLUED = 60  # longer ones are no words

# A name may be followed by one of these without a space; no name ends in them.
_AFTER_NAMES = frozenset(
    """
    adalah akhirnya bahwa bakal banyak beberapa belum berada berikut bisa bukan dalam dapat dengan
    harus hingga jika juga karena kepada lainnya lewat masih melalui mengatakan menjadi mereka
    merupakan namun saat sampai sangat sebagai sebelum sebuah secara sedang sehingga sejak sejumlah
    sekitar selama seluruh semakin sementara seperti serta sesuai setelah setiap sudah supaya telah
    tentang terbaru tersebut terhadap tetap tetapi tidak untuk yaitu yakni yang
    """.split()
)
# A name that the text or the written pairs have may also be followed by these.
_AFTER_KNOWN_NAMES = frozenset("agar akan antara atau bagi dan dari pada".split())
# A frequent word in lower case may stand before or after one of these.
_COMMON = _AFTER_NAMES | frozenset(
    """
    agar akan antara atau bagi baru dan dari hari ini itu jadi kami kata kini kita lagi lalu lebih
    memang mulai oleh pada pihak saya tahun usai
    """.split()
)
# Before a name: `IrandanIsrael`, `serangandariIran`.
_BEFORE_A_NAME = re.compile(r"(?:atau|dan|dari|dengan|di|ke|oleh|pada|untuk|yang)[A-Z]")
# Words and slips also end in these: `satuan`, `lanjutakan`.
_NEVER_LAST = frozenset("akan dan ini itu agar bagi hari kami".split())
# Villages and towns begin like this: `Sukamenanti`, `Tanjungpinang`.
_IN_PLACE_NAMES = frozenset(
    """
    air bandar banjar banyu batu bukit bumi danau desa gunung kampung karang kota lubuk mega muara
    mulya padang pantai pasar pasir pulau rawa rejo sari sido suka sumber sungai tanah tanjung
    teluk tirta ujung wana way
    """.split()
)
# Media and firms whose names look like two words: `detikSore`, `KapanLagi`.
_BRANDS = frozenset("detik kapan kumparan liputan murah suara tirto".split())
# Names that end in `yang`; shorter ones are Chinese or Korean: `Shenyang`.
_YANG_NAMES = frozenset(
    "guangyang manglayang myeongnyang paralayang rudraprayang sanghyang".split()
)
_MIN_BEFORE_YANG = 5
_OFFICES = frozenset("bupati direktur gubernur kepala ketua menteri presiden wakil".split())
_VERB = re.compile(r"(?:me|di|ber|ter)[a-z]{5,}")
_USED = 5
_FREQUENT = 20
_MIN_AFTER_CAPITALS = 6  # `UUperkawinan`, but not `JPMorgan`


def mend(text: str) -> str:
    """Return the text with its glued and broken words mended."""
    names = names_in(text)
    return _WORD.sub(lambda match: _mended(match[0], names), text)


def mended_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the start and end of each word that needs mending, and the mended word."""
    names = names_in(text)
    for match in _WORD.finditer(text):
        if (after := _mended(match[0], names)) != match[0]:
            yield match.start(), match.end(), after


def names_in(text: str) -> frozenset[str]:
    """Return the capitalized words of a text."""
    return frozenset(_NAME.findall(text))


def _mended(word: str, names: Collection[str]) -> str:
    if "-" in word:
        return _joined(word)
    if not _MIN_GLUED <= len(word) <= _MAX_GLUED or word.isupper() or word in _WHOLE:
        return word
    lowered = word.lower()
    if frequency(lowered) or frequency(lowered.removesuffix("nya")) or is_known(lowered):
        return word
    cut = max(_cuts(word, names), default=((False, 0), 0, 0))[2]
    return f"{_mended(word[:cut], names)} {_mended(word[cut:], names)}" if cut else word


def _joined(word: str) -> str:
    """Join a word that a line break cut: `dilaku-kan`, but not `anak-anak`."""
    parts = word.split("-")
    whole = "".join(parts)
    broken = len(parts) == 2 and word.islower() and frequency(whole) >= _USED
    return whole if broken and not frequency(word) else word


def _cuts(word: str, names: Collection[str]) -> Iterator[tuple[tuple[bool, int], int, int]]:
    """Yield the weights and the place of each cut that makes two words.

    A cut after a name of the text comes first, then one between two known words, by their
    frequencies. Before other names the longest word wins: `Trump mengatakan`, not `Trumpmengat
    akan`.
    """
    for cut in range(2, len(word) - 2):
        left, right = word[:cut], word[cut:]
        if _is_pair(left, right, names):
            first, last = frequency(left.lower()), frequency(right.lower())
            yield (left in names, first * last), -cut, cut


def _is_pair(left: str, right: str, names: Collection[str]) -> bool:
    first, last = frequency(left.lower()), frequency(right.lower())
    if right[0].isupper():
        return left[-1].islower() and len(right) > 2 and _goes_before_capital(left, first, right)
    if len(left) < 3 and not left.isupper():
        return False
    if not right.islower():
        least = _USED if left[0].isupper() else _FREQUENT
        return first >= least and bool(_BEFORE_A_NAME.match(right))
    if left.islower():
        return right not in _NEVER_LAST and _are_words(left, first, right, last)
    if (left in names or first >= _USED) and right in _AFTER_KNOWN_NAMES:
        return len(left) > 3 and left.lower() not in _IN_PLACE_NAMES
    if left.isupper() and right == "dan":
        return len(left) > 2
    if left.isupper():
        long = last >= _FREQUENT and len(right) >= _MIN_AFTER_CAPITALS
        return right in _AFTER_NAMES or _is_verb(right) or long
    if left.lower() in _COMMON and len(left) > 4:  # shorter ones begin names: `Padasari`
        return last >= _FREQUENT and len(right) > 3
    return _ends_no_name(left, first, right)


def _are_words(left: str, first: int, right: str, last: int) -> bool:
    common = left in _COMMON or right in _COMMON
    if common and max(len(left), len(right)) > 4:
        known = [
            count >= _USED or (len(part) > 4 and is_known(part))
            for part, count in ((left, first), (right, last))
        ]
        return all(known)
    return min(first, last) >= _FREQUENT and min(len(left), len(right)) >= 4


def _is_verb(word: str) -> bool:
    common = _VERB.fullmatch(word) is not None and frequency(word) >= _USED
    return common and is_known(word) and not is_root(word)  # `Menaker` is a minister


def _ends_no_name(left: str, first: int, right: str) -> bool:
    """Return whether a capitalized word ends before `right`."""
    lowered = left.lower()
    if lowered in _IN_PLACE_NAMES or (len(left) < 4 and first < _USED):
        return False
    if right == "yang":
        return len(left) >= _MIN_BEFORE_YANG and lowered + right not in _YANG_NAMES
    return right in _AFTER_NAMES or _is_verb(right)


def _goes_before_capital(left: str, first: int, right: str) -> bool:
    if left[0].isupper():
        after = right.lower() in _COMMON - _NEVER_LAST
        return (after and left.lower() not in _BRANDS) or left.lower() in _OFFICES
    if left in {"di", "ke"}:
        return True
    # `iPhone`, `kehendakNya` (of God)
    whole = first >= _USED or (len(left) > 4 and is_known(left) and not left.endswith("i"))
    return whole and left not in _BRANDS and len(left) > 2 and len(right) > 3
