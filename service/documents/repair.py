"""Mends text that was scraped badly, where that is safe.

Text comes in, a `Repaired` goes out: the text as it should have been, and what was changed. Nothing
raises. What is not certain stays as it is. Time is linear in the length of the text.

- `encoding`: UTF-8 that was read as Windows-1252 (`KlÃ¶cker`). The library ftfy decides.
- `invisible`: soft hyphens and marks without width between letters of the Latin alphabet.
- `line`: the line break before and after page furniture that was pasted onto a line of the story
  (`kata dia.Baca juga: …`).
- `word`: two words whose space went with a link between them (`mentalyang`, `kepadaRepublika`).
  The whole must be unknown, one part known or seen in the text, the other in a closed class.
- `space`: after a full stop that ends a sentence (`selesai.Kemudian`) beside an Indonesian word, or
  after a comma before a capital.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from ftfy import fix_encoding

from service.article import Repair
from service.documents.furniture import inside
from service.text.lexicon.roots import is_known, is_root
from service.text.segmentation import segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text after its repairs, which tell what stood where in the text before."""

    text: str
    changes: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class _Edit:
    """`text[start:end]` becomes `after`."""

    kind: str
    start: int
    end: int
    after: str


# A character that starts two to four bytes of UTF-8, and those that go on, as Windows-1252 or
# Latin-1 show them.
_MISREAD = re.compile(
    r"[\u00c2-\u00f4][\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    r"\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]{1,60}"
)
_LATIN = "A-Za-z\u00c0-\u024f"
# A word with marks in it, among Latin writing: elsewhere they have a meaning, as in emoji.
_BESIDE = r"\s.,;:!?\"'“”‘’()/-"
_INVISIBLE = re.compile(
    rf"(?<![^{_BESIDE}])[{_LATIN}0-9]*+(?:[\u00ad\u200b-\u200d\u2060\ufeff]++[{_LATIN}0-9]*+)++"
    rf"(?![^{_BESIDE}])"
)
_MARKS = str.maketrans("", "", "\u00ad\u200b\u200c\u200d\u2060\ufeff")

_TOKEN = re.compile(r"(?<![\w.@/#&'’-])[A-Za-z]{6,40}(?![\w@/&'’-]|\.[a-z])")
# `kehendakNya` is God's
_CAMEL = re.compile(r"([a-z]{3,})((?!Nya$)[A-Z][a-z]{3,})")
_ACRONYM = re.compile(r"([A-Z]{2,})([a-z]{4,})|([A-Z]{3,})(dan)")
# Words that never end or begin another word; the long ones not even a name.
_LONG_WORDS = (
    "adalah merupakan menjadi sebagai seperti tersebut ketika mengatakan menyatakan menjelaskan"
    " menyebut menegaskan mengungkapkan menambahkan memastikan menyampaikan mengimbau meninggal"
).split()
_WORDS = (
    "yang dengan untuk dalam oleh akan setelah telah tidak juga atau karena hingga sejak agar bahwa"
    " serta sudah sebelum belum pada"
).split()
# Not `akan`, `dan`, `dari`, `ini`, `itu`: misspelt words end like them (`lanjutakan`).
_AFTER = tuple(word for word in (*_LONG_WORDS, *_WORDS) if word != "akan")
_AFTER_NAME = (*_LONG_WORDS, *_WORDS, "dan", "dari")
_BEFORE = tuple(
    (
        "yang dari dengan untuk adalah dalam oleh atau karena sebagai hingga bahwa serta merupakan"
        " setelah telah"
    ).split()
)
# Names and terms that look like two words.
_WHOLE = frozenset("wulandari brendan sepertimana dalamhati".split())
_NO_PART = ("detik", "kumparan")

_LOST_SPACE = re.compile(r"[.?!…][\"'”’»)\]]{0,3}[\"“‘«(\[]{0,2}[A-Z0-9]")
_FILE_ENDING = re.compile(r"(?:PDF|JPE?G|PNG|GIF|DOCX?|XLSX?|PPTX?|ZIP|MP[34]|TXT|APK|EXE)\b")
_LAST_WORD = re.compile(r"([^\W\d_]+)\W*$")
_NEXT_WORD = re.compile(r"\W{0,4}([^\W\d_]+)")
_LOST_AFTER_COMMA = re.compile(r"(?<=[a-z]{2}),(?=[A-Z][a-z])")


def repair(text: str) -> Repaired:
    """The text with what is surely broken in it mended; offsets of changes are into `text`."""
    edits: list[_Edit] = []
    now = text
    for find in _PASSES:
        found = list(find(now))
        if found:
            edits = _composed(now, edits, found)
            now = _applied(now, found)
    changes = (Repair(e.kind, text[e.start : e.end], e.after, e.start) for e in edits)
    return Repaired(now, tuple(changes))


def _misread(text: str) -> Iterator[_Edit]:
    for match in _MISREAD.finditer(text):
        after = _decoded(match[0])
        if after != match[0]:
            yield _Edit("encoding", match.start(), match.end(), after)


@lru_cache(maxsize=4096)
def _decoded(run: str) -> str:
    return unicodedata.normalize("NFC", fix_encoding(run))


def _invisible(text: str) -> Iterator[_Edit]:
    for match in _INVISIBLE.finditer(text):
        yield _Edit("invisible", match.start(), match.end(), match[0].translate(_MARKS))


def _lost_lines(text: str) -> Iterator[_Edit]:
    start = 0
    for line in text.splitlines(keepends=True):
        edges = {edge for span in inside(line.rstrip()) for edge in span}
        for edge in sorted(edges):
            pair = line[edge - 1 : edge + 1] if edge else ""
            # at an end of the line there is one, or none at all
            if len(pair) == 2 and not any(map(str.isspace, pair)):
                yield _Edit("line", start + edge - 1, start + edge, pair[0] + "\n")
        start += len(line)


def _glued_words(text: str) -> Iterator[_Edit]:
    tokens = list(_TOKEN.finditer(text))
    seen: Counter[str] = Counter()
    if any(token[0][0].isupper() for token in tokens):
        seen.update(re.findall(r"(?<![\w-])[A-Z][a-z]{2,39}(?![\w-])", text))
    for token in tokens:
        at = _joint(token[0], seen)
        if at:
            after = f"{token[0][:at]} {token[0][at:]}"
            yield _Edit("word", token.start(), token.end(), after)


def _joint(token: str, seen: Counter[str]) -> int:
    """Where two words were glued into one, or 0 where that is not certain."""
    if token.islower():
        return _joint_of_small(token)
    if match := _CAMEL.fullmatch(token):
        return match.end(1) if _is_camel_glued(match[1]) else 0
    if match := _ACRONYM.fullmatch(token):
        acronym = match[1] or match[3]
        return len(acronym) if (match[2] or match[4]) in _AFTER_NAME else 0
    if token[0].isupper() and token[1:].islower():
        return _joint_of_name(token, seen)
    return 0


def _joint_of_small(token: str) -> int:
    if not (token.endswith(_AFTER) or token.startswith(_BEFORE)):
        return 0
    if token in _WHOLE or is_known(token):
        return 0
    for word in _AFTER:
        first = token.removesuffix(word)
        if first != token and len(first) >= 4 and is_known(first):
            return len(first)
    for word in _BEFORE:
        if token.startswith(word) and len(token) - len(word) >= 5 and is_known(token[len(word) :]):
            return len(word)
    return 0


def _is_camel_glued(first: str) -> bool:
    """Whether a word in small letters before a capital is a whole word: not `detikTravel`, nor a
    word and the first letter of a brand, as of `iPhone`."""
    if first.startswith(_NO_PART) or first.endswith(_NO_PART):
        return False
    return is_root(first) if first.endswith("i") else is_known(first)


def _joint_of_name(token: str, seen: Counter[str]) -> int:
    if not token.endswith(_AFTER_NAME):
        return 0
    if token.lower() in _WHOLE or is_known(token.lower()):
        return 0
    for word in _AFTER_NAME:
        name = token.removesuffix(word)
        if name == token or len(name) < 3:
            continue
        if word in _LONG_WORDS or (seen[name] and len(name) >= (5 if len(word) < 5 else 3)):
            return len(name)
    return 0


def _lost_spaces(text: str) -> Iterator[_Edit]:
    start = 0
    for line in text.splitlines(keepends=True):
        places = [match.end() for match in _LOST_AFTER_COMMA.finditer(line)]
        if _LOST_SPACE.search(line):
            places += [
                end
                for (_, end), (begin, _) in pairwise(segment(line))
                if end == begin and _is_prose(line, end)
            ]
        for place in sorted(places):
            at = start + place
            yield _Edit("space", at - 1, at, text[at - 1] + " ")
        start += len(line)


_PASSES: tuple[Callable[[str], Iterable[_Edit]], ...] = (
    _misread,
    _invisible,
    _lost_lines,
    _lost_spaces,
    _glued_words,
    _glued_words,  # a name that was freed from one word tells it in another
)


def _is_prose(line: str, place: int) -> bool:
    """Whether an Indonesian word stands before or after a place: not `W32.Gammima`, `just.Luc`."""
    if _FILE_ENDING.match(line, place):
        return False
    last = _LAST_WORD.search(line, max(0, place - 45), place)
    following = _NEXT_WORD.match(line, place)
    return any(match is not None and is_known(match[1].lower()) for match in (last, following))


def _applied(text: str, edits: Iterable[_Edit]) -> str:
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.start], edit.after]
        at = edit.end
    return "".join([*parts, text[at:]])


def _composed(middle: str, first: list[_Edit], second: list[_Edit]) -> list[_Edit]:
    """The edits that do at once what `first` does, which makes `middle`, and then `second`.

    Both are in order and do not overlap; where one of the second overlaps some of the first, they
    become one.
    """
    if not first:
        return second
    shifted, shift = [], 0
    for edit in first:
        begin = edit.start + shift
        shift += len(edit.after) - (edit.end - edit.start)
        shifted.append((begin, begin + len(edit.after), edit))
    both = sorted(
        [*((begin, end, 0, edit) for begin, end, edit in shifted)]
        + [(edit.start, edit.end, 1, edit) for edit in second],
        key=lambda item: item[:3],
    )
    composed: list[_Edit] = []
    n, shift = 0, 0
    while n < len(both):
        begin, end = both[n][:2]
        last = n + 1
        while last < len(both) and both[last][0] < end:
            end = max(end, both[last][1])
            last += 1
        cluster = both[n:last]
        newer = [edit for *_, rank, edit in cluster if rank]
        older = [edit for *_, rank, edit in cluster if not rank]
        grown = sum(len(edit.after) - (edit.end - edit.start) for edit in older)
        inner = [_Edit(e.kind, e.start - begin, e.end - begin, e.after) for e in newer]
        composed.append(
            _Edit(
                (newer or older)[-1].kind,
                begin - shift,
                end - shift - grown,
                _applied(middle[begin:end], inner),
            )
        )
        shift += grown
        n = last
    return composed
