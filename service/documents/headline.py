"""The headline of a pasted page, and the labels above it.

Blocks come in, and the kind of one or more is set in place. A headline is chosen by its form, its
length, its place above the body, and the words that it shares with the body. Short lines above it
(a section, a date, a button) are furniture; longer ones stay in the story.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.article import Kind
from service.documents.dates import DATE
from service.documents.forms import ITEM, has_capitals, is_open
from service.documents.lines import Line
from service.text.segmentation import segment

# Blocks above the body.
_MAX_HEAD = 16
_MAX_CHARACTERS, _MAX_SENTENCES = 200, 3
# A label (`Surabaya Raya`) is shorter than a headline below it.
_MAX_LABEL_WORDS, _MIN_HEADLINE_WORDS = 3, 5
_MIN_BODY_WORDS = 6
# Characters of the body in which words of the headline are sought.
_BODY = 1500
_DATE = re.compile(rf"(?i:{DATE})")
_WORD = re.compile(r"[^\W\d_]{4,}")
_PREFIX = re.compile(r"^(?:meng?|meny|mem|me|di|ter|ber|pem?|pen|ke|se)(?=\w{4})")


def is_headline(text: str) -> bool:
    """Return whether the text can be a headline: short, and without a stop.

    It may be a question and its answer, or two sentences.
    """
    first = text.split(None, 1)[0]
    return (
        len(text) <= _MAX_CHARACTERS
        and text != first
        and text.count("\n") <= 1
        and text[-1] not in ".,:;"
        and (not first.islower() or first[0].isdecimal() or first[0] in "\"“'‘")
        and not ITEM.match(text)
        and len(segment(text)) <= _MAX_SENTENCES
    )


def mark_headline(blocks: Sequence[Line]) -> None:
    """Mark the headline of a page, and the labels above it as furniture."""
    head, body = _head(blocks)
    chosen = _choose(head, body)
    if chosen is None:
        return
    headline = head[chosen]
    headline.kind = Kind.HEADLINE
    for block in head[:chosen]:
        if body and (block.text.startswith(headline.text) or _is_label(block.text, body)):
            block.kind = Kind.FURNITURE


def _head(blocks: Sequence[Line]) -> tuple[list[Line], str]:
    """Return the blocks above the body that have no kind, and the body's beginning."""
    head: list[Line] = []
    for n, block in enumerate(blocks[:_MAX_HEAD]):
        if block.kind is Kind.DATELINE or (block.kind is None and _is_body(block.text)):
            return head, " ".join(other.text[:_BODY] for other in blocks[n : n + 4])[:_BODY]
        if block.kind is None:
            if ITEM.match(block.text):
                break
            head.append(block)
    return head[:_MAX_LABEL_WORDS], ""


def _is_body(text: str) -> bool:
    return not is_headline(text) and (
        len(text) > _MAX_CHARACTERS or (not is_open(text) and len(text.split()) >= _MIN_BODY_WORDS)
    )


def _choose(head: Sequence[Line], body: str) -> int | None:
    """Return the index of the headline, or None."""
    candidates = [n for n, block in enumerate(head) if is_headline(block.text)]
    if not candidates:
        return None
    first = candidates[0]
    long = [n for n in candidates if _is_long(head[n].text)]
    if not long or (_is_topic(head[first].text, body) and not has_capitals(head[long[0]].text)):
        return first  # perhaps a short headline above a deck: `Kopi Gratis`
    chosen = next((n for n in long if _shares_word(head[n].text, body)), long[0])
    # a page begins with its title: `Harga Beras Naik - WartaSenja.com`
    return next(
        (n for n in long if n > chosen and head[chosen].text.startswith(head[n].text)), chosen
    )


def _is_long(text: str) -> bool:
    """Return whether the text has the words of a headline beside a date in it."""
    return len(_DATE.sub("", text).split()) >= _MIN_HEADLINE_WORDS


def _is_topic(text: str, body: str) -> bool:
    """Return whether the body has a word of the text in small letters: no name."""
    words = set(_WORD.findall(text.lower()))
    return any(word in words for word in _WORD.findall(body))


def _shares_word(text: str, body: str) -> bool:
    """Return whether the body has the root of a word of the text."""
    lowered = body.lower()
    return any(_PREFIX.sub("", word) in lowered for word in _WORD.findall(text.lower()))


def _is_label(text: str, body: str) -> bool:
    words = len(_DATE.sub("", text).split())
    return words <= _MAX_LABEL_WORDS or (
        words == _MAX_LABEL_WORDS + 1 and not _is_topic(text, body)
    )
