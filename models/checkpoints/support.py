"""Support of a summary's sentence by the sentences of its sources.

A model may write things that the article does not say. These functions compare words, numbers and
names, without a model, and the caller decides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.summarizer import STOP_WORDS

# Weight of a number, a name or a negation when sources are chosen; other words count 1.
_FACT_WEIGHT = 3
# Weight that a further source must add: a fact, or two words.
_MIN_GAIN = 2
# Two words are forms of one if this many first letters are equal, and at most this many differ
# at the end.
_STEM, _ENDING = 5, 3

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|%")
_OPENS = ".?!:;\"“(‘'«[-–—"
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?|[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_POSSESSIVE = re.compile(r"['’]s?$")

_SMALL_NUMBERS = {
    word: value
    for line in (
        "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas",
        "zero one two three four five six seven eight nine ten eleven twelve",
    )
    for value, word in enumerate(line.split())
}
_SCALES = {
    "ribu": 10**3, "juta": 10**6, "miliar": 10**9, "milyar": 10**9, "triliun": 10**12,
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
# Number words that are compared as written.
_OTHER_NUMBERS = frozenset(
    "belas puluh puluhan belasan ratus ratusan seratus seribu sejuta ribuan jutaan setengah "
    "separuh sepertiga seperempat pertama kedua ketiga keempat kelima thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred hundreds thousands millions billions trillions dozen dozens half third quarter first "
    "second fourth fifth double triple twice".split()
)
_PERCENT = frozenset({"%", "persen", "percent"})
_NEGATIONS = frozenset(
    "tidak tak bukan belum tanpa jangan not no never neither nor none without cannot".split()
)


@dataclass(frozen=True, slots=True)
class _Word:
    """A content word at `[start, end)` of its sentence."""

    key: str  # by which words are compared: lower case, or a value
    start: int
    end: int
    fact: bool = False  # a number, a name or a negation
    bound: bool = False  # a number or a negation, which depends on a word beside it
    opens: bool = False  # a capitalized first word, which may be a name


def supporting(sentence: str, sources: Sequence[str]) -> tuple[list[int], float]:
    """Return the indexes of the sources that support a sentence, ascending.

    Returns also the share of its content words, 0 to 1, that they contain; ([], 0.0) if none
    does. Sources are in the language of the sentence. They are chosen by how much of it they add,
    numbers and names first. A number or a negation counts only with a word beside it: `lima` of
    `lima rumah` does not support `lima orang`.
    """
    words = _words(sentence)
    covers = [_covered(words, source) for source in sources]
    chosen: list[int] = []
    covered: set[int] = set()

    def weight(places: set[int]) -> int:
        return sum(_FACT_WEIGHT if words[place].fact else 1 for place in places)

    while len(chosen) < len(sources):
        best = max(
            range(len(sources)), key=lambda n: (weight(covers[n] - covered), weight(covers[n]), -n)
        )
        if weight(covers[best] - covered) < (_MIN_GAIN if chosen else 1):
            break
        chosen.append(best)
        covered |= covers[best]
    return sorted(chosen), len(covered) / len(words) if chosen else 0.0


def unsupported(sentence: str, sources: Sequence[str]) -> list[str]:
    """Return the numbers, names and negations that no source has, as written.

    A capitalized first word counts as a name if no source has any form of it.
    """
    words = _words(sentence)
    covered = set().union(*(_covered(words, source) for source in sources))
    return [
        sentence[word.start : word.end]
        for place, word in enumerate(words)
        if (word.fact or word.opens) and place not in covered
    ]


def _covered(words: Sequence[_Word], source: str) -> set[int]:
    """Return the places of the words that a source has."""
    keys = {word.key for word in _words(source)}
    forms: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        forms[key[:_STEM]].append(key)
    found = {
        place
        for place, word in enumerate(words)
        if word.key in keys
        or (not word.fact and any(_related(word.key, key) for key in forms[word.key[:_STEM]]))
    }
    return {
        place
        for place in found
        if not words[place].bound or len(words) == 1 or {place - 1, place + 1} & found
    }


def _related(word: str, other: str) -> bool:
    """Return whether two words may be forms of one: `banjir`, `banjirnya`."""
    pairs = zip(word, other, strict=False)
    shared = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(word), len(other)))
    return shared >= _STEM and max(len(word), len(other)) - shared <= _ENDING


def _words(sentence: str) -> list[_Word]:
    """Return the content words of a sentence, in order."""
    tokens = list(_TOKEN.finditer(sentence))
    words = []
    place = 0
    while place < len(tokens):
        if number := _number_at(tokens, place):
            word, used = number
            words.append(word)
            place += used
            continue
        if (plain := _plain_word(sentence, tokens[place])) is not None:
            words.append(plain)
        place += 1
    return words


def _number_at(tokens: Sequence[re.Match[str]], place: int) -> tuple[_Word, int] | None:
    """Return a number, with scale and percent sign, and its count of tokens."""
    token = tokens[place]
    text = token.group().casefold()
    following = [other.group().casefold() for other in tokens[place + 1 : place + 3]]
    value = _value(text)
    if value is None and not text[0].isdecimal():
        return None
    used = 1
    if value is not None and following and following[0] in _SCALES:
        value *= _SCALES[following[0]]
        used += 1
    elif text in ("satu", "one"):
        return None  # `one of them`
    key = text if value is None else f"{value.normalize():f}"
    if following[used - 1 : used] and following[used - 1] in _PERCENT:
        key += "%"
        used += 1
    return _Word(key, token.start(), tokens[place + used - 1].end(), fact=True, bound=True), used


def _value(text: str) -> Decimal | None:
    """Return the value of a number; None for other words, times and versions."""
    if text in _SMALL_NUMBERS:
        return Decimal(_SMALL_NUMBERS[text])
    if _THOUSANDS.fullmatch(text):
        mark = "." if "." in text and text.find(".") < (text + ",").find(",") else ","
        return Decimal(text.replace(mark, "").replace(",", "."))
    if text.isdecimal() or re.fullmatch(r"\d+[.,]\d+", text):
        return Decimal(text.replace(",", "."))
    return None


def _plain_word(sentence: str, token: re.Match[str]) -> _Word | None:
    """Return a token that is no number in digits; None for stop words."""
    written = token.group()
    text = _POSSESSIVE.sub("", written.casefold())
    if text in _NEGATIONS or text.endswith(("n't", "n’t")):
        return _Word("not", *token.span(), fact=True, bound=True)
    if text in _OTHER_NUMBERS or text in _SCALES:
        return _Word(text, *token.span(), fact=True, bound=True)
    if text in STOP_WORDS or text in _PERCENT or len(text) == 1:
        return None
    before = sentence[: token.start()].rstrip()
    opens = not before or before[-1] in _OPENS
    capital = written[0].isupper()
    return _Word(text, *token.span(), fact=capital and not opens, opens=capital and opens)
