"""English terms in a sentence: finding them in any of their forms, and putting them in.

Everything works on plain text and spans `(start, end)` of characters.
"""

from __future__ import annotations

import re
from functools import lru_cache

from service.article import Span

_ARTICLES = {"a", "an", "the"}

# After one of these no article is wanted.
_DETERMINED = _ARTICLES | {
    "this", "that", "these", "those", "its", "his", "her", "their", "our", "my", "your", "each",
    "every", "no", "any", "some", "both", "all", "whose",
}  # fmt: skip

# Before a name that stands by itself, and not before another noun: `the KPK said`, `KPK chief`.
BEFORE_NAME = {
    "about", "above", "after", "against", "although", "among", "and", "around", "as", "at",
    "because", "before", "behind", "between", "but", "by", "during", "for", "from", "if", "in",
    "inside", "into", "like", "near", "of", "on", "or", "outside", "over", "since", "than",
    "that", "through", "to", "toward", "towards", "under", "until", "upon", "via", "when",
    "where", "while", "with", "within", "without", "left", "told", "is", "are", "was", "were", "be",
}  # fmt: skip
_AFTER_NAME = {
    "about", "added", "after", "also", "and", "are", "as", "at", "because", "before", "but", "by",
    "can", "could", "did", "does", "during", "for", "from", "had", "has", "have", "if", "in", "is",
    "later", "may", "must", "of", "on", "or", "over", "said", "should", "since", "so",
    "that", "then", "through", "to", "told", "under", "until", "was", "were", "when", "where",
    "which", "while", "who", "will", "with", "without", "would", "not", "only", "still", "again",
    "became", "began", "brought", "came", "found", "gave", "got", "held", "kept", "knew", "led",
    "made", "met", "put", "saw", "says", "sent", "set", "sought", "spoke", "took", "went", "won",
}  # fmt: skip

# Vowels that sound like consonants, and the other way round.
_A_NOT_AN = re.compile(r"(?:uni[^mn]|use|usu|eu|one\b|once|uk\b|u\.|us\b|ubi)", re.IGNORECASE)
_AN_NOT_A = re.compile(r"(?:hour|honest|honor|honour|heir)", re.IGNORECASE)
_AN_LETTERS = set("AEFHILMNORSX")

_LAST_WORD = re.compile(r"[^\W\d_](?:[\w'’.-]*\w)?(?=\s*\Z)")
# No word that matters here is longer.
_NEAR = 40
# A place's name: at most so many words in capitals.
_NAME = re.compile(r"\s+((?:[^\W\d_a-z][\w'’-]*)(?: [^\W\d_a-z][\w'’-]*){0,2})")
_NEXT_WORD = re.compile(r"\s+([^\W_][\w'’-]*)")


@lru_cache(maxsize=50_000)
def _pattern(form: str) -> re.Pattern[str]:
    """An English term in its forms: plural or singular, with any white space or hyphen, with a
    comma before `and` or without, and in any capitals where it is more than one name-like word."""
    words = re.split(r"[\s-]+", form)
    parts = [re.escape(word.rstrip(",")) for word in words]
    # Either may be the head: attorneys general, chief of police.
    for place in dict.fromkeys((0, len(words) - 1)):
        parts[place] = _in_number(words[place].rstrip(","))
    text = r"[\s-]+".join(
        part + (",?" if word.endswith(",") or following in {"and", "&"} else "")
        for part, word, following in zip(parts, words, [*words[1:], ""], strict=True)
    )
    exact = len(words) == 1 and form[:1].isupper()
    return re.compile(rf"(?<![\w]){text}(?![\w])", re.NOFLAG if exact else re.IGNORECASE)


def _in_number(word: str) -> str:
    """A pattern for a word in singular and plural."""
    if re.search(r"[^aeiou]y\Z", word):
        return re.escape(word[:-1]) + "(?:y|ies)"
    if word.endswith("ies"):
        return re.escape(word[:-3]) + "(?:y|ies)"
    if word.endswith("man"):
        return re.escape(word[:-2]) + "[ae]n"
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return re.escape(word) + "?"
    return re.escape(word) + "(?:e?s)?"


def occurrences(text: str, form: str) -> list[Span]:
    """Where a term stands in a text, in whatever number and capitals."""
    return [match.span() for match in _pattern(form).finditer(text)]


def word_occurrences(text: str, word: str, *, exact: bool) -> list[Span]:
    """Where a word or phrase stands as it is written."""
    pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
    return [m.span() for m in re.finditer(pattern, text, re.NOFLAG if exact else re.IGNORECASE)]


def plural(phrase: str) -> str:
    """The plural of a term; of `chief of police` and `attorney general` the first word's."""
    head, of, rest = phrase.partition(" of ")
    if of:
        return plural(head) + of + rest
    if phrase.endswith(" general"):
        return phrase.removesuffix(" general") + "s general"
    if phrase.endswith(("s", "S")) or phrase[-1:].isdigit():
        return phrase
    if re.search(r"[^aeiou]y\Z", phrase):
        return phrase[:-1] + "ies"
    if phrase.endswith("man"):
        return phrase[:-2] + "en"
    return phrase + ("es" if phrase.endswith(("ch", "sh", "x", "z")) else "s")


def without_article(text: str, span: Span) -> Span:
    """The span without an article that it begins with."""
    start, end = span
    match = re.match(r"(?:an?|the)\s+(?=\S)", text[start:end], re.IGNORECASE)
    return (start + match.end(), end) if match else span


def put(text: str, span: Span, phrase: str, *, takes_the: bool = False) -> tuple[str, Span]:
    """The text with a phrase in place of a span, the article before it made to fit, and a capital
    where it begins the sentence; and where the phrase stands then.

    With `takes_the` an article is added where the phrase stands by itself.
    """
    start, end = without_article(text, span)
    before, after = text[:start], text[end:]
    last = _LAST_WORD.search(before, max(0, len(before) - _NEAR))
    article = last[0] if last is not None and last[0].lower() in _ARTICLES else None
    if article is not None and last is not None:
        fitting = _article(article, phrase, takes_the)
        before = before[: last.start()] + fitting + before[last.end() :]
    elif takes_the and _stands_alone(before, after):
        before += "The " if _begins_sentence(before) else "the "
    elif _begins_sentence(before):
        phrase = phrase[:1].upper() + phrase[1:]
    return before + phrase + after, (len(before), len(before) + len(phrase))


def _article(found: str, phrase: str, takes_the: bool) -> str:
    if found.lower() == "the":
        return found
    fitting = "the" if takes_the else indefinite(phrase)
    return fitting.capitalize() if found[0].isupper() else fitting


def indefinite(phrase: str) -> str:
    """`a` or `an`, by how the phrase is said."""
    word = re.split(r"[\s-]", phrase, maxsplit=1)[0]
    if len(word) > 1 and word.isupper() and word not in {"NATO", "SIM", "UNESCO", "UNICEF"}:
        return "an" if word[0] in _AN_LETTERS else "a"
    if _AN_NOT_A.match(phrase):
        return "an"
    return "an" if word[:1].lower() in set("aeiou") and not _A_NOT_AN.match(phrase) else "a"


def begins_with_name(text: str, end: int) -> bool:
    """Whether a capitalised word follows at once, as the name after a title does."""
    following = _NEXT_WORD.match(text, end)
    return following is not None and following[1][0].isupper()


def name_after(text: str, end: int) -> str:
    """The words in capitals that follow at once, or nothing."""
    following = _NAME.match(text, end)
    return following[1] if following is not None else ""


def _begins_sentence(before: str) -> bool:
    return not any(character.isalnum() for character in before)


def _stands_alone(before: str, after: str) -> bool:
    """Whether nothing determines what stands here, and it determines nothing itself."""
    last = _LAST_WORD.search(before, max(0, len(before) - _NEAR))
    word = last[0].lower() if last is not None else ""
    if word in _DETERMINED or word.endswith(("'s", "’s", "s'")):
        return False
    # A word that a sign parts from here is no determiner.
    if word and before[-1:].isspace() and word not in BEFORE_NAME and not word.endswith("ed"):
        return False
    if before.endswith(("-", "/")):
        return False
    following = _NEXT_WORD.match(after)
    if following is None:
        return after[:1] not in {"-", "/"}
    return following[1].lower() in _AFTER_NAME or following[1].endswith("ed")
