"""The one line above the bullets, which tells the news."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from service.checks.numbers import numbers
from service.documents.xml_text import on_one_line
from service.text.lexicon.function_words import NEGATIONS

# Words of a sentence that can stand without its last phrase.
_MIN_WORDS = 4

# A comma and the beginning of an adverbial phrase. The sentence before it is complete.
_ADVERBIAL = re.compile(r",\s+(?:after|amid|because|following)\b", re.IGNORECASE)
# A phrase with one of these may retract the sentence before it, or attribute it.
_RETRACTS = re.compile(
    rf"\b(?:{'|'.join(NEGATIONS['en'])}|either|but|(?:al)?though|however|unless|if|except"
    r"|only|later|until|despite|would|could|may|might|said|say(?:s|ing)?|t(?:old|ells?)|according"
    r"|report(?:s|ed|edly)?|claim\w*|alleg\w*|accus\w*|den(?:y|ie[sd]|ying|ials?)|false\w*"
    r"|apparent\w*|withdr\w+|retract\w*|reject\w*|disput\w*|doubt\w*|cancel\w*|clear(?:s|ed)"
    r"|acquit\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
# A future or possible event depends on the phrase: `will open, after repairs`.
_FUTURE = re.compile(r"\b(?:will|shall|would|can|could|may|might|must|should)\b|['’]ll\b", re.I)
# The sentence may go on after a phrase with one of these.
_GOES_ON = re.compile(r"[,;:()\[\]—–]|\s-|[.!?…]\s")
_QUOTATION_MARK = re.compile(r"[\"“”„«»‘]|(?<!\w)['’]|['’](?!\w)")
_SENTENCE_END = (".", "!")
# A full stop that is part of the word before it, or of `...`.
_OWN_STOP = re.compile(
    r"(?:\.|\b(?:Inc|Ltd|Corp|Co|Tbk|Jr|Sr|St|etc|dll|dsb|dst|dkk|[A-Z]|(?:[A-Za-z]\.)+[A-Za-z]))\.$"
)


def summary_line(headline: str | None, wordings: Sequence[str], limit: int = 110) -> str | None:
    """Return a line of fewer than `limit` characters, or None.

    It is the English headline if that is short enough. Otherwise it is the shortest English wording
    of the best bullet (`wordings`, longest first) without its full stop, whole or cut before an
    adverbial phrase at its end (`, after ...`). A phrase with a number, a quotation or a retraction
    is not cut.
    """
    title = on_one_line(headline or "")
    if title and len(title) < limit:
        return title
    shortest_first = [text for text in map(on_one_line, reversed(wordings)) if text]
    whole = (text for text in map(_without_stop, shortest_first) if len(text) < limit)
    cut = (_without_adverbial(text, limit) for text in shortest_first)
    return next(filter(None, chain(whole, cut)), None)


def _without_stop(text: str) -> str:
    return text if _OWN_STOP.search(text) else text.removesuffix(".").rstrip()


def _without_adverbial(text: str, limit: int) -> str | None:
    """Return a sentence without its last phrase, or None where that is unsafe."""
    found = [match.start() for match in _ADVERBIAL.finditer(text)]
    if not found or found[-1] >= limit or len(text[: found[-1]].split()) < _MIN_WORDS:
        return None
    head, phrase = text[: found[-1]], text[found[-1] + 1 :]
    unsafe = (
        not text.endswith(_SENTENCE_END)
        or _QUOTATION_MARK.search(text)
        or _FUTURE.search(head)
        or _RETRACTS.search(phrase)
        or _GOES_ON.search(phrase)
        or re.search(r"\d", phrase)
        or len(numbers(text, "en")) > len(numbers(head, "en"))
    )
    return None if unsafe else head
