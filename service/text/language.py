"""Which language an article and its paragraphs are in.

An article as read comes in; the same article goes out, with the language of the whole and of every
paragraph that is surely not Indonesian. Nothing raises but `require_indonesian`.

CLD2 (`pycld2`, its tables inside the package) tells languages apart by groups of four letters; in
one paragraph of twenty it takes Indonesian for Malay, so words that only one of the two has decide
between them. A paragraph with a foreign sentence in it stays Indonesian. A short paragraph is not
judged: in an English article it goes with the article unless it has Indonesian words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, islice

import pycld2

from service.article import Article, Block, Kind, LanguageGuess
from service.errors import WrongLanguage
from service.text.lexicon.languages import (
    ENGLISH,
    INDONESIAN,
    INDONESIAN_ONLY,
    INDONESIAN_TOO,
    JAVANESE,
    MALAY_ONLY,
    SUNDANESE,
)

# What is looked at: characters of a block, and words of an article.
_CHARACTERS, _WORDS = 2_000, 1_000

# Of fewer words or letters nothing is said; words are counted of Latin letters only, as other
# writings are unmistakable, and some have no spaces.
_FEWEST_WORDS, _FEWEST_LETTERS = 8, 50
_LAST_LATIN = "\u024f"
_FEWEST_WORDS_BUT_FOR_ENGLISH = 12
# Of a line that is to be translated by itself, only whether it is English.
_FEWEST_WORDS_OF_A_LINE, _FEWEST_LETTERS_OF_A_LINE = 5, 20

# Of a text, by CLD2, for the text to be in a language.
_MOSTLY = 0.8
# Of its words, at least, the commonest of the language; for others than these, in small letters, as
# the names of a team or a cast look like any language.
_COMMONEST = {"en": (ENGLISH, 0.2), "jv": (JAVANESE, 0.1), "su": (SUNDANESE, 0.1)}
_SMALL_LETTERS = 0.5
# Of its words, at most, Indonesian ones. English has none of them; other languages of Java do.
_STRAY, _STRAY_IN_REGIONAL = 0.05, 0.12
_MOSTLY_MALAY = 0.95

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NOT_JUDGED = {Kind.FURNITURE, Kind.BYLINE, Kind.DATELINE}
_UNMISTAKABLE = INDONESIAN | INDONESIAN_TOO
# CLD2's own codes, and names that would read oddly.
_CODES = {"jw": "jv", "iw": "he", "zh-Hant": "zh"}
_NAMED: dict[str, str] = {
    _CODES.get(code, code): name.replace("_", " ").title() for name, code in pycld2.LANGUAGES
}
_NAMED["zh"] = "Chinese"


def judged(article: Article) -> Article:
    """The article with its language, and that of every block that is not in Indonesian."""
    words = [[] if block.kind in _NOT_JUDGED else _words(block.source) for block in article.blocks]
    whole = _whole(words)
    codes = [_foreign(_judge(found)) for found in words]
    if whole is not None and whole.code == "en":
        codes = [
            code or ("en" if _goes_with_english(found) else None)
            for code, found in zip(codes, words, strict=True)
        ]
    return replace(article, language=whole, blocks=_in_languages(article.blocks, codes))


def judged_lines(article: Article) -> Article:
    """The same for lines that stand by themselves: only what is surely English is told."""
    words = [_words(block.source) for block in article.blocks]
    codes = [
        guess.code
        if len(found) >= _FEWEST_WORDS_OF_A_LINE
        and (guess := _judge(found, _FEWEST_WORDS_OF_A_LINE, _FEWEST_LETTERS_OF_A_LINE))
        and guess.code == "en"
        else None
        for found in words
    ]
    return replace(article, blocks=_in_languages(article.blocks, codes))


def doubts(article: Article) -> list[str]:
    """What of a judged article is neither Indonesian nor English, in words; nothing if all is."""
    whole = article.language
    known = {None, "en"}
    found = []
    if whole is not None and whole.code not in ("id", "en"):
        known.add(whole.code)
        found.append(f"the text looks like {whole.name}, not Indonesian")
    places: dict[str, list[str]] = {}
    for block in article.blocks:
        if block.language not in known:
            places.setdefault(block.language or "", []).append(block.id)
    for code, ids in places.items():
        named = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
        plural = ("block", "looks") if len(ids) == 1 else ("blocks", "look")
        found.append(f"{plural[0]} {named} {plural[1]} like {_name(code)}, not Indonesian")
    return found


def doubts_about_lines(lines: Iterable[str]) -> list[str]:
    """The same of lines that stand by themselves, as a whole."""
    return doubts(Article((), language=_whole(map(_words, lines))))


def require_indonesian(article: Article) -> None:
    """Raises `WrongLanguage` where a judged article has something that `doubts` names."""
    refuse(doubts(article))


def refuse(found: Sequence[str]) -> None:
    """Raises `WrongLanguage` where doubts were found."""
    if found:
        raise WrongLanguage(
            f"{'; '.join(found)}: send Indonesian, or leave strict_language out to have it "
            f"translated with a warning"
        )


def _words(text: str) -> list[str]:
    """The words, without signs and figures."""
    return _WORD.findall(text[:_CHARACTERS])


def _whole(words: Iterable[Sequence[str]]) -> LanguageGuess | None:
    return _judge(list(islice(chain.from_iterable(words), _WORDS)))


def _foreign(guess: LanguageGuess | None) -> str | None:
    return guess.code if guess is not None and guess.code != "id" else None


def _in_languages(blocks: Iterable[Block], codes: Iterable[str | None]) -> tuple[Block, ...]:
    return tuple(
        replace(block, language=code) if code else block
        for block, code in zip(blocks, codes, strict=True)
    )


def _goes_with_english(words: Sequence[str]) -> bool:
    """Whether a block of an English article is English too, or names that need no translation."""
    return bool(words) and _UNMISTAKABLE.isdisjoint(map(str.casefold, words))


def _judge(
    words: Sequence[str], fewest: int = _FEWEST_WORDS, letters: int = _FEWEST_LETTERS
) -> LanguageGuess | None:
    """The language that the words are in, or None where that cannot be said."""
    text = " ".join(words)
    latin = max(text, default="") <= _LAST_LATIN
    if len(text) < letters or (latin and len(words) < fewest):
        return None
    shares = _shares(text)
    small = text.casefold().split(" ")
    code = max(shares, key=lambda code: shares[code], default="id")
    enough = code == "en" or not latin or len(words) >= _FEWEST_WORDS_BUT_FOR_ENGLISH
    sure = enough and shares.get(code, 0.0) >= _MOSTLY
    if code not in ("id", "ms") and sure and _bears_out(code, words, small):
        return _guess(code, shares[code])
    return _indonesian_or_malay(shares, small)


def _bears_out(code: str, words: Sequence[str], small: Sequence[str]) -> bool:
    """Whether the words, which `small` has in small letters, speak for a language too."""
    if code in _COMMONEST:
        common, least = _COMMONEST[code]
        enough = _share(small, common) >= least
    else:
        enough = sum(not word[0].isupper() for word in words) >= _SMALL_LETTERS * len(words)
    if code in ("jv", "su"):
        return enough and _share(small, INDONESIAN) <= _STRAY_IN_REGIONAL
    return enough and _share(small, _UNMISTAKABLE) <= _STRAY


def _indonesian_or_malay(shares: dict[str, float], small: Sequence[str]) -> LanguageGuess | None:
    """Which of the two, where it is one of them at all."""
    share = shares.get("id", 0.0) + shares.get("ms", 0.0)
    if share < 0.5 and _share(small, _UNMISTAKABLE) <= _STRAY:
        return None
    by_letters = shares.get("ms", 0.0) / max(share, 0.01)
    indonesian = sum(map(INDONESIAN_ONLY.__contains__, small))
    malay = sum(map(MALAY_ONLY.__contains__, small))
    # CLD2's opinion counts as one word, and one word is no evidence.
    evidence = len(MALAY_ONLY.intersection(small)) + (by_letters >= _MOSTLY_MALAY)
    code, own, opinion = "id", indonesian, 1 - by_letters
    if malay > indonesian and evidence >= 2:
        code, own, opinion = "ms", malay, by_letters
    return _guess(code, max(share, 0.5) * (own + (1 + opinion) / 2) / (indonesian + malay + 1))


def _shares(text: str) -> dict[str, float]:
    """The languages that CLD2 finds, each with its share of the text."""
    _, _, found = pycld2.detect(text, isPlainText=True, bestEffort=True)
    return {
        _CODES.get(code, code): percent / 100
        for _, code, percent, _ in found
        if code != "un" and not code.startswith("xx-")
    }


def _share(words: Sequence[str], of: frozenset[str]) -> float:
    return sum(map(of.__contains__, words)) / len(words)


def _guess(code: str, confidence: float) -> LanguageGuess:
    return LanguageGuess(code, _name(code), round(min(confidence, 0.99), 2))


def _name(code: str) -> str:
    return _NAMED.get(code, code)
