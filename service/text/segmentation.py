"""Sentences of Indonesian news, and pieces of a sentence that is too long for a model.

Text comes in, spans go out: `[start, end)` offsets in characters, ordered, not empty, with nothing
but white space outside them, so the text can be rejoined byte for byte. Nothing raises. Time is
linear in the length of the text.

A full stop is judged by the word before it (`abbreviations.py`) and the word after it. A space
that was lost after a full stop (`selesai.Kemudian`) does not keep sentences together. An emoji
belongs to the sentence before it, unless that began with one, as an item of a list.

A quotation of several sentences is split into them; each keeps the quotation marks at its edges,
so a sentence may hold only one mark of a pair.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from service.text.lexicon.abbreviations import Stop, abbreviates, word_set

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Span = tuple[int, int]

# Marks that have no width, which belong to what they follow.
_UNSEEN = "\u200b-\u200f\u2060\ufeff\u00ad"
_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\ufe0f\u20e3\u200d\U0001f000-\U0001faff"
# A stop with its closing marks (1), one of which may stand alone after a space, and with emoji (2);
# or a blank line (3). It begins with a set of characters, which `re` finds three times as fast as
# alternatives.
_STOP = re.compile(
    r"[.?!…。！？\n](?:"
    rf"(?<=[.?!…])[.?!…]*([\"'”’»›)\]}}]*)(?:\s[”»)\]}}](?=\s))?[{_UNSEEN}]*((?:[^\S\n]?[{_EMOJI}])*)"
    r"|(?<=[。！？])[。！？]*[\"'”’»›)\]}」』）]*|(?<=\n)([^\S\n]*\n))"
)
_FINAL = '.?!…。"”’»)]'
_QUOTES = "\"'“”‘’«»‹›"
_BREAKS = "(\"“‘'[«,"
_CONTINUING = ",;:.?!…%&/="
_BRAND = re.compile(r"[a-z]{1,6}-?[A-Z]|detik\.?com")
_WORD = re.compile(r"[^\W_]{1,32}")
# Characters from which on a word is no word.
_ENDLESS = 50_000
_LETTER_ITEM = re.compile(r"[a-z][.)]\s{1,3}(?=[A-Z])")
# `"Siapa?" Rina bertanya.`
_ASKING = re.compile(
    r"[A-Z]\w{1,30}(?: [A-Z]\w{1,30}){0,2} "
    r"(?:bertanya|berseru|berteriak|berbisik|bergumam|membentak|berkata|berujar)\b"
)
# What stands before a stop without a space after it that may end a sentence, and what after it:
# not `S.Pd`, `Dr.Rina`, `No.5`, `v2.0`, `Detik.Com`.
_END_WORD = re.compile(r"\d*[a-z]{2,}|[^\W\d_]{3,}|[\w./]*\d|.*[)\]”’»%]|")
_NEXT_WORD = re.compile(r"[“‘«]?[A-Z][A-Za-z]|\d{1,2}\. [A-Z]")
# `(HR Muslim).`: a bracket whose stop is outside belongs to the sentence before it.
_ADDED = re.compile(r"\([^().?!]{1,80}(?:\.[^().?!]{1,80})?\)\s?[.,;]")
_DOMAINS = frozenset("com co id net org tv go ac web io js my me ai us biz".split())
# Characters before a quotation mark among which one is looked for that it closes.
_QUOTATION = 2000


def segment(text: str) -> list[Span]:
    """Spans of the sentences of `text`; none if it is blank. A blank line ends a sentence."""
    spans: list[Span] = []
    start, end = _skip_space(text, 0), len(text.rstrip())
    headline = end > 0 and text[end - 1] not in _FINAL
    item = 0
    for stop in _STOP.finditer(text, start, end):
        at, close = stop.span()
        if at < start:
            continue
        closers, emoji, blank = stop.groups()
        if emoji and emoji.strip()[0] == text[start]:
            close = stop.start(2)
        after = _skip_space(text, close)
        if after >= end:
            break
        if closers is not None:
            if after == close:
                after = _begins_without_space(text, at, close)
                if not after:
                    continue
                closers = closers[: len(closers) - (close - after)]
            marks = text[at : stop.start(1)]
            number = _item_number(text, start, at, item) if marks == "." and not closers else 0
            item = number or item
            if (
                number
                or not _begins(text, start, after, closers)
                or _holds(text, start, at, marks, closers, after, headline)
            ):
                continue
        close = at if blank else min(close, after)
        spans.append((start, start + len(text[start:close].rstrip())))
        start, item = after, 0
    return [*spans, (start, end)] if end > start else spans


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _begins_without_space(text: str, at: int, close: int) -> int:
    """Where the next sentence begins, if a space was lost before it (`selesai.Kemudian`); or 0."""
    # most stops without a space are in numbers and addresses
    if not (text[close].isupper() or text[close] in "“‘«" or text[close].isdecimal()):
        return 0
    following = _NEXT_WORD.match(text, close)
    if following is None:
        return 0
    token = _word_before(text, max(0, at - 24), at)
    if "/" not in token:
        token = token.rpartition("-")[2].rpartition(".")[2]
    if (
        not _END_WORD.fullmatch(token)
        or token == "www"
        or (not token and text[at - 1 : at] not in _QUOTES)
        or (token[-1:].isdecimal() and not following[0][-1].islower())
    ):
        return 0
    chunk = text[close : close + 32].split(" ", 1)[0]
    word = _WORD.match(chunk)
    if "@" in chunk or "/" in chunk or (word and word[0].casefold() in _DOMAINS):
        return 0
    if text[close - 1] != '"':
        return close
    # `ujarnya."Kami`: the mark opens, unless the one before it did
    last = text.rfind('"', max(0, at - _QUOTATION), at)
    return close if last >= 0 and text[last + 1].isalnum() else close - 1


def _item_number(text: str, start: int, stop: int, last: int) -> int:
    """The number where `1.` or `a.` counts an item; else 0.

    It does at the start, after a colon or semicolon, and as the next after `last`.
    """
    at = stop
    if at > start and "a" <= text[at - 1] <= "z":
        at -= 1
        number = ord(text[at]) - ord("a") + 1
    else:
        while at > max(start, stop - 3) and text[at - 1].isdecimal():
            at -= 1
        number = int(text[at:stop] or 0)
    if not number:
        return 0
    if at > start and text[at - 1].isalnum():
        # of items that lost the space before them: `1. Jakarta2. Bandung`
        glued = text[at].isdecimal() and text[at - 1].isalpha()
        return number if glued and last and number == last + 1 else 0
    before = text[max(start, at - 3) : at].rstrip()[-1:]
    opens = not text[start:at].strip('(["“ ') if at - start < 4 else before in (":", ";")
    return number if opens or (last and number == last + 1) else 0


def _first_word(text: str, at: int) -> int:
    """Where the first letter or digit from `at` on is, looking past a few marks; else -1."""
    return next((i for i in range(at, min(len(text), at + 16)) if text[i].isalnum()), -1)


def _begins(text: str, start: int, after: int, closers: str) -> bool:
    """Whether what stands at `after` may begin a sentence."""
    word = _first_word(text, after)
    if word < 0 or text[after] in _CONTINUING:
        return False
    if text[after] == "(" and _ADDED.match(text, after):
        return False
    if text[word].islower() and text[after] not in "@#":
        if _LETTER_ITEM.match(text, after):
            last = text[start] if _LETTER_ITEM.match(text, start) else "`"  # before `a`
            return ord(text[after]) == ord(last) + 1
        return not closers and _BRAND.match(text, word) is not None
    return True


def _holds(
    text: str, start: int, at: int, marks: str, closers: str, after: int, headline: bool
) -> bool:
    """Whether the stop belongs to the word before it, so that the sentence goes on."""
    if at - start < 64 and not any(char.isalnum() for char in text[start:at]):
        return True
    ellipsis = marks in ("...", "…")
    if ellipsis and closers[:1] == ")" and text[at - 1] == "(":
        return True
    if marks == "." or (ellipsis and not closers):
        token = _word_before(text, max(start, at - 24), at)
        word = _WORD.match(text, max(_first_word(text, after), after))
        following = word[0] if word else ""
        if ellipsis:
            # hesitation: `Saya... Saya tidak tahu`, `Ya... Begitulah`
            alone = at - start < 32 and text[start:at].strip(_QUOTES) == token
            return alone or following == token
        begin = at - len(token)
        return abbreviates(Stop(text, start, begin, at, closers, after, following, headline))
    return closers != "" and closers[-1] in _QUOTES and _ASKING.match(text, after) is not None


def _word_before(text: str, start: int, end: int) -> str:
    begin = end
    while begin > start and not _breaks(text[begin - 1]):
        begin -= 1
    return text[begin:end]


def _breaks(char: str) -> bool:
    return char.isspace() or char in _BREAKS


class _Unit(NamedTuple):
    """A word, or a character of a word that is too long: never cut in itself."""

    start: int
    end: int
    cost: float


_STRONG = word_set(
    "tetapi tapi namun karena sebab sehingga sementara sedangkan meski meskipun walau walaupun agar"
    " supaya ketika saat setelah sebelum bahwa hingga jika bila kalau apabila padahal melainkan"
    " seraya sambil"
)
_WEAK = word_set("dan atau yang serta untuk dengan dalam pada oleh kepada terhadap")


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
        # A character is a few tokens at most. Of an endless word they are taken together, so that
        # ten million of them do not take two gigabytes.
        together = 1 if b - a < _ENDLESS else max(1, limit // 8)
        parts = [(a, b)] if cost <= limit else _clusters(text, a, b, together)
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


def _clusters(text: str, start: int, end: int, together: int = 1) -> list[Span]:
    """Spans of at least `together` characters, but for the last, with the marks, joiners and
    modifiers that belong to them."""
    spans: list[Span] = []
    for at in range(start, end):
        char = text[at]
        joins = (
            unicodedata.category(char).startswith("M")
            or char == "\u200d"
            or "\U0001f3fb" <= char <= "\U0001f3ff"
            or (at > start and text[at - 1] == "\u200d")
        )
        if spans and (joins or at - spans[-1][0] < together):
            spans[-1] = (spans[-1][0], at + 1)
        else:
            spans.append((at, at + 1))
    return spans
