"""The language of an article and of its paragraphs.

An article as read comes in. It goes out with its language, and with the language of each paragraph
that is surely not Indonesian. Only `require_indonesian` and `refuse` raise.

langid (`py3langid`, its tables inside the package) tells 140 languages apart by groups of letters.
It classifies a dozen words at a time. It often takes Indonesian for Malay, so words that only one
of the two has decide between them, and it does not know Sundanese, which its commonest words tell.
A paragraph with a foreign sentence stays Indonesian. A short paragraph has no language of its own:
in an English article it is English unless it has Indonesian words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, islice

import py3langid

from service.article import Article, Block, Kind, LanguageGuess
from service.errors import WrongLanguage
from service.text.lexicon.languages import (
    ENGLISH,
    INDONESIAN,
    INDONESIAN_ONLY,
    INDONESIAN_TOO,
    JAVANESE,
    LANGUAGES,
    MALAY_ONLY,
    SUNDANESE,
)

# Characters of a block and words of an article that count.
_MAX_CHARS, _MAX_WORDS = 2_000, 1_000

# Shorter texts have no language. Only Latin words are counted: other scripts are unmistakable, and
# some have no spaces.
_MIN_WORDS, _MIN_CHARS = 8, 50
_MIN_WORDS_OF_OTHERS = 12  # of languages other than English
# Of a line that stands by itself, for English.
_MIN_LINE_WORDS, _MIN_LINE_CHARS = 5, 20
_LAST_LATIN = "\u024f"

# Words that are classified together, and shares of a text's words.
_TOGETHER = 12
_MIN_SHARE = 0.8
_MIN_MALAY_SHARE = 0.95
# Shares of a text's words: of the language's commonest words, or for other languages, of words in
# lower case. The names of a team or a cast look like any language.
_MIN_COMMONEST = {"en": (ENGLISH, 0.2), "jv": (JAVANESE, 0.1), "su": (SUNDANESE, 0.1)}
_MIN_LOWERCASE = 0.5
# Share of Indonesian words in a text of another language: English has none, other languages of
# Java have some.
_MAX_STRAY, _MAX_STRAY_IN_REGIONAL = 0.05, 0.12

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NOT_IDENTIFIED = {Kind.FURNITURE, Kind.BYLINE, Kind.DATELINE}
_UNMISTAKABLE = INDONESIAN | INDONESIAN_TOO
# Chinese languages are one here, and Nigerian Pidgin is taken for English. Sundanese looks like one
# of the last four. `zxx` is no language.
_CODES = {"yue": "zh", "wuu": "zh", "pcm": "en"}
_LIKE_SUNDANESE = frozenset({"jv", "ace", "id", "ms"})


def identify_language(article: Article) -> Article:
    """Return the article with its language, and that of each foreign block."""
    words = [
        [] if block.kind in _NOT_IDENTIFIED else _words(block.source) for block in article.blocks
    ]
    whole = _whole([_words(article.context), *words])
    codes = [_foreign(_identify(found)) for found in words]
    if whole is not None and whole.code == "en":
        codes = [
            code or ("en" if _goes_with_english(found) else None)
            for code, found in zip(codes, words, strict=True)
        ]
    return replace(article, language=whole, blocks=_in_languages(article.blocks, codes))


def identify_english(article: Article) -> Article:
    """Return the article of lines with those that are surely English marked."""
    words = [_words(block.source) for block in article.blocks]
    codes = [
        guess.code
        if len(found) >= _MIN_LINE_WORDS
        and (guess := _identify(found, _MIN_LINE_WORDS, _MIN_LINE_CHARS))
        and guess.code == "en"
        else None
        for found in words
    ]
    return replace(article, blocks=_in_languages(article.blocks, codes))


def mismatches(article: Article) -> list[str]:
    """Return a phrase per language that is neither Indonesian nor English."""
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


def mismatches_of_lines(lines: Iterable[str]) -> list[str]:
    """Return the same for the text of separate lines as a whole."""
    return mismatches(Article((), language=_whole(map(_words, lines))))


def require_indonesian(article: Article) -> None:
    """Raise `WrongLanguage` for an article with `mismatches`."""
    refuse(mismatches(article))


def refuse(found: Sequence[str]) -> None:
    """Raise `WrongLanguage` if mismatches were found."""
    if found:
        raise WrongLanguage(
            f"{'; '.join(found)}: send Indonesian, or leave strict_language out to have it "
            f"translated with a warning"
        )


def _words(text: str) -> list[str]:
    """Return the words, without signs and figures."""
    return _WORD.findall(text[:_MAX_CHARS])


def _whole(words: Iterable[Sequence[str]]) -> LanguageGuess | None:
    return _identify(list(islice(chain.from_iterable(words), _MAX_WORDS)))


def _foreign(guess: LanguageGuess | None) -> str | None:
    return guess.code if guess is not None and guess.code != "id" else None


def _in_languages(blocks: Iterable[Block], codes: Iterable[str | None]) -> tuple[Block, ...]:
    return tuple(
        replace(block, language=code) if code else block
        for block, code in zip(blocks, codes, strict=True)
    )


def _goes_with_english(words: Sequence[str]) -> bool:
    """Return whether a block of an English article has no Indonesian word."""
    return bool(words) and _UNMISTAKABLE.isdisjoint(map(str.casefold, words))


def _identify(
    words: Sequence[str], min_words: int = _MIN_WORDS, min_chars: int = _MIN_CHARS
) -> LanguageGuess | None:
    """Return the language of the words, or None if it is uncertain."""
    text = " ".join(words)
    latin = max(text, default="") <= _LAST_LATIN
    if len(text) < min_chars or (latin and len(words) < min_words):
        return None
    shares = _shares(words)
    lower = text.casefold().split(" ")
    code = max(shares, key=lambda code: shares[code], default="id")
    enough = code == "en" or not latin or len(words) >= _MIN_WORDS_OF_OTHERS
    sure = enough and shares.get(code, 0.0) >= _MIN_SHARE
    if code not in ("id", "ms") and sure and _is_supported(code, words, lower):
        return _guess(code, shares[code])
    return _indonesian_or_malay(shares, lower)


def _is_supported(code: str, words: Sequence[str], lower: Sequence[str]) -> bool:
    """Return whether the words, `lower` in lower case, support a language."""
    if code in _MIN_COMMONEST:
        common, least = _MIN_COMMONEST[code]
        enough = _share(lower, common) >= least
    else:
        enough = sum(not word[0].isupper() for word in words) >= _MIN_LOWERCASE * len(words)
    if code in ("jv", "su"):
        return enough and _share(lower, INDONESIAN) <= _MAX_STRAY_IN_REGIONAL
    return enough and _share(lower, _UNMISTAKABLE) <= _MAX_STRAY


def _indonesian_or_malay(shares: dict[str, float], lower: Sequence[str]) -> LanguageGuess | None:
    """Return Indonesian or Malay, or None for words of neither."""
    share = shares.get("id", 0.0) + shares.get("ms", 0.0)
    if share < 0.5 and _share(lower, _UNMISTAKABLE) <= _MAX_STRAY:
        return None
    by_letters = shares.get("ms", 0.0) / max(share, 0.01)
    indonesian = sum(map(INDONESIAN_ONLY.__contains__, lower))
    malay = sum(map(MALAY_ONLY.__contains__, lower))
    # langid counts as one word, and one word is no evidence.
    evidence = len(MALAY_ONLY.intersection(lower)) + (by_letters >= _MIN_MALAY_SHARE)
    code, own, opinion = "id", indonesian, 1 - by_letters
    if malay > indonesian and evidence >= 2:
        code, own, opinion = "ms", malay, by_letters
    return _guess(code, max(share, 0.5) * (own + (1 + opinion) / 2) / (indonesian + malay + 1))


def _shares(words: Sequence[str]) -> dict[str, float]:
    """Return the languages of the words, a dozen at a time, with their shares."""
    count = max(1, round(len(words) / _TOGETHER))
    found = Counter[str]()
    for n in range(count):
        part = words[n * len(words) // count : (n + 1) * len(words) // count]
        code, _ = py3langid.classify(" ".join(part))
        found[_CODES.get(code, code)] += 1
    shares = {code: parts / count for code, parts in found.items() if code != "zxx"}
    lower = [word.casefold() for word in words]
    sundanese = _share(lower, SUNDANESE)
    if sundanese >= _MIN_COMMONEST["su"][1] and sundanese > _share(lower, JAVANESE):
        shares["su"] = sum(shares.pop(code, 0.0) for code in _LIKE_SUNDANESE)
    return shares


def _share(words: Sequence[str], of: frozenset[str]) -> float:
    return sum(map(of.__contains__, words)) / len(words)


def _guess(code: str, confidence: float) -> LanguageGuess:
    return LanguageGuess(code, _name(code), round(min(confidence, 0.99), 2))


def _name(code: str) -> str:
    return LANGUAGES.get(code, code)
