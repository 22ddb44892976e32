"""English terms in a sentence: their occurrences and their insertion.

All functions work on plain text and spans `(start, end)` of characters.
"""

from __future__ import annotations

import re

from service.article import Span

_ARTICLES = {"a", "an", "the"}

# After one of these a noun takes no article.
_DETERMINERS = _ARTICLES | {
    "this", "that", "these", "those", "its", "his", "her", "their", "our", "my", "your", "each",
    "every", "no", "any", "some", "both", "all", "whose",
}  # fmt: skip

# Words before and after a name that stands alone: `the KPK said`, but not `KPK chief`.
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

# Vowels that sound like consonants, and consonants that sound like vowels.
_A_NOT_AN = re.compile(r"(?:uni[^mn]|use|usu|eu|one\b|once|uk\b|u\.|us\b|ubi)", re.IGNORECASE)
_AN_NOT_A = re.compile(r"(?:hour|honest|honor|honour|heir)", re.IGNORECASE)
_AN_LETTERS = set("AEFHILMNORSX")

_LAST_WORD = re.compile(r"[^\W\d_](?:[\w'’.-]*\w)?(?=\s*\Z)")
# Characters before a span that are searched for its determiner, which no word exceeds.
_MAX_WORD = 40
# The name of a place: one to three capitalized words.
_NAME = re.compile(r"\s+((?:[^\W\d_a-z][\w'’-]*)(?: [^\W\d_a-z][\w'’-]*){0,2})")
_NEXT_WORD = re.compile(r"\s+([^\W_][\w'’-]*)")


def _pattern(form: str) -> re.Pattern[str]:
    """Return a pattern for an English term in all its forms.

    It matches singular and plural, any white space or hyphen, and a comma before `and` or none.
    Capitals matter only in a single capitalized word.
    """
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
    """Return a pattern for a word in singular and plural."""
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
    """Return the spans of a term in a text, in any number and capitals."""
    return [match.span() for match in _pattern(form).finditer(text)]


def word_occurrences(text: str, word: str, *, exact: bool) -> list[Span]:
    """Return the spans of a word or phrase in exactly this form."""
    pattern = rf"(?<!\w){re.escape(word)}(?!\w)"
    return [m.span() for m in re.finditer(pattern, text, re.NOFLAG if exact else re.IGNORECASE)]


def plural(phrase: str) -> str:
    """Return the plural of a term, such as `attorneys general`."""
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
    """Return a span without the article at its start."""
    start, end = span
    match = re.match(r"(?:an?|the)\s+(?=\S)", text[start:end], re.IGNORECASE)
    return (start + match.end(), end) if match else span


def replace_span(
    text: str, span: Span, phrase: str, *, takes_the: bool = False
) -> tuple[str, Span]:
    """Return a text with a phrase in place of a span, and the new span.

    The article before the phrase is adjusted, and a phrase at the start of the sentence gets a
    capital. With `takes_the` a phrase that stands alone gets the article `the`.
    """
    start, end = without_article(text, span)
    before, after = text[:start], text[end:]
    last = _LAST_WORD.search(before, max(0, len(before) - _MAX_WORD))
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
    """Return `a` or `an`, by the pronunciation of the phrase."""
    word = re.split(r"[\s-]", phrase, maxsplit=1)[0]
    if len(word) > 1 and word.isupper() and word not in {"NATO", "SIM", "UNESCO", "UNICEF"}:
        return "an" if word[0] in _AN_LETTERS else "a"
    if _AN_NOT_A.match(phrase):
        return "an"
    return "an" if word[:1].lower() in set("aeiou") and not _A_NOT_AN.match(phrase) else "a"


def begins_with_name(text: str, end: int) -> bool:
    """Return whether a capitalized word follows, as after a title."""
    following = _NEXT_WORD.match(text, end)
    return following is not None and following[1][0].isupper()


def name_after(text: str, end: int) -> str:
    """Return the capitalized words that follow, or an empty string."""
    following = _NAME.match(text, end)
    return following[1] if following is not None else ""


def _begins_sentence(before: str) -> bool:
    return not any(character.isalnum() for character in before)


def _stands_alone(before: str, after: str) -> bool:
    """Return whether a name here has no determiner and modifies no noun."""
    last = _LAST_WORD.search(before, max(0, len(before) - _MAX_WORD))
    word = last[0].lower() if last is not None else ""
    if word in _DETERMINERS or word.endswith(("'s", "’s", "s'")):
        return False
    # A word before a punctuation mark is no determiner.
    if word and before[-1:].isspace() and word not in BEFORE_NAME and not word.endswith("ed"):
        return False
    if before.endswith(("-", "/")):
        return False
    following = _NEXT_WORD.match(after)
    if following is None:
        return after[:1] not in {"-", "/"}
    return following[1].lower() in _AFTER_NAME or following[1].endswith("ed")
