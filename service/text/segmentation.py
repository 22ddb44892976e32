"""The segmentation of Indonesian news into sentences.

Text comes in, spans go out: `[start, end)` offsets in characters, in order, none empty. Only white
space is outside them, so the text can be rejoined byte for byte. Nothing raises. Time is linear in
the length of the text.

The words before (`abbreviations.py`) and after a full stop decide whether it ends a sentence. A
sentence also ends at a full stop whose space was lost (`selesai.Kemudian`). An emoji belongs to the
sentence before it, unless that sentence began with one, as a list item does.

A quotation of several sentences is split into them. Each keeps the quotation marks at its edges, so
a sentence may hold only one mark of a pair.
"""

from __future__ import annotations

import re

from service.article import Span
from service.text.lexicon.abbreviations import Stop, abbreviates

# Marks without width; they belong to the character before them.
_INVISIBLE = "\u200b-\u200f\u2060\ufeff\u00ad"
_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\ufe0f\u20e3\u200d\U0001f000-\U0001faff"
# A stop with its closing marks (1), one perhaps after a space, and with emoji (2); or a blank
# line (3). It begins with a character set: `re` finds a set three times as fast as alternatives.
_STOP = re.compile(
    r"[.?!…。！？\n](?:"
    rf"(?<=[.?!…])[.?!…]*([\"'”’»›)\]}}]*)(?:\s[”»)\]}}](?=\s))?[{_INVISIBLE}]*((?:[^\S\n]?[{_EMOJI}])*)"
    r"|(?<=[。！？])[。！？]*[\"'”’»›)\]}」』）]*|(?<=\n)([^\S\n]*\n))"
)
_FINAL = '.?!…。"”’»)]'
QUOTES = "\"'“”‘’«»‹›"
_BREAKS = "(\"“‘'[«,"
_CONTINUING = ",;:.?!…%&/="
_BRAND = re.compile(r"[a-z]{1,6}-?[A-Z]|detik\.?com")
_WORD = re.compile(r"[^\W_]{1,32}")
_LETTER_ITEM = re.compile(r"[a-z][.)]\s{1,3}(?=[A-Z])")
# `"Siapa?" Rina bertanya.`
_ASKING = re.compile(
    r"[A-Z]\w{1,30}(?: [A-Z]\w{1,30}){0,2} "
    r"(?:bertanya|berseru|berteriak|berbisik|bergumam|membentak|berkata|berujar)\b"
)
# Before and after a stop without a space that may end a sentence: not `S.Pd`, `Dr.Rina`, `No.5`,
# `v2.0`, `Detik.Com`.
_END_WORD = re.compile(r"\d*[a-z]{2,}|[^\W\d_]{3,}|[\w./]*\d|.*[)\]”’»%]|")
_NEXT_WORD = re.compile(r"[“‘«]?[A-Z][A-Za-z]|\d{1,2}\. [A-Z]")
# `(HR Muslim).`: a bracket with its stop outside belongs to the sentence before it.
_ADDED = re.compile(r"\([^().?!]{1,80}(?:\.[^().?!]{1,80})?\)\s?[.,;]")
_DOMAINS = frozenset("com co id net org tv go ac web io js my me ai us biz".split())
# Characters of a quotation before its closing mark that are searched for the opening one.
_MAX_QUOTATION = 2000


def segment(text: str) -> list[Span]:
    """Return the spans of the sentences; a blank line ends one too."""
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
    """Return the start of the next sentence if its space was lost, or 0."""
    # Most stops without a space are in numbers and addresses.
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
        or (not token and text[at - 1 : at] not in QUOTES)
        or (token[-1:].isdecimal() and not following[0][-1].islower())
    ):
        return 0
    chunk = text[close : close + 32].split(" ", 1)[0]
    word = _WORD.match(chunk)
    if "@" in chunk or "/" in chunk or (word and word[0].casefold() in _DOMAINS):
        return 0
    if text[close - 1] != '"':
        return close
    # `ujarnya."Kami`: the mark opens, unless the mark before it did.
    last = text.rfind('"', max(0, at - _MAX_QUOTATION), at)
    return close if last >= 0 and text[last + 1].isalnum() else close - 1


def _item_number(text: str, start: int, stop: int, last: int) -> int:
    """Return the number of an item (`1.`), or 0.

    A number counts an item at the start, after a colon or semicolon, and as the next after `last`.
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
    """Return the offset of a letter or digit behind a few marks, or -1."""
    return next((i for i in range(at, min(len(text), at + 16)) if text[i].isalnum()), -1)


def _begins(text: str, start: int, after: int, closers: str) -> bool:
    """Return whether a sentence may begin at `after`."""
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
    """Return whether the stop belongs to its word and the sentence goes on."""
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
            alone = at - start < 32 and text[start:at].strip(QUOTES) == token
            return alone or following == token
        begin = at - len(token)
        return abbreviates(Stop(text, start, begin, at, closers, after, following, headline))
    return closers != "" and closers[-1] in QUOTES and _ASKING.match(text, after) is not None


def _word_before(text: str, start: int, end: int) -> str:
    begin = end
    while begin > start and not _breaks(text[begin - 1]):
        begin -= 1
    return text[begin:end]


def _breaks(char: str) -> bool:
    return char.isspace() or char in _BREAKS
