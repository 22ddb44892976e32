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
from service.documents.forms import ITEM, begins_small, has_capitals, is_open
from service.documents.lines import Line
from service.text.segmentation import segment

# Blocks above the body.
_MAX_HEAD = 16
_MAX_CHARACTERS, _MAX_SENTENCES = 200, 2
# A label (`Surabaya Raya`) is shorter than a headline below it.
_MAX_LABEL_WORDS, _MIN_WORDS, _MIN_HEADLINE_WORDS = 3, 2, 5
_MIN_BODY_WORDS = 6
# Characters of the body in which words of the headline are sought. Of 1,500 scraped headlines, 98 %
# share 0.4 of their words with them; of buttons, 5 % do.
_BODY, _MIN_SHARED = 1500, 0.4
_DATE = re.compile(rf"(?i:{DATE})")
_WORD = re.compile(r"[^\W\d_]{4,}")
_PREFIX = re.compile(r"^(?:meng?|meny|mem|me|di|ter|ber|pem?|pen|ke|se)(?=\w{4})")


def is_headline(text: str) -> bool:
    """Return whether the text can be a headline: short, and without a stop.

    It may be a question and its answer, or two sentences. With more, or with a stop inside and
    another mark at its end, it is the beginning of a story unless it has the capitals of a title.
    """
    if (
        len(text) > _MAX_CHARACTERS
        or len(text.split()) == 1
        or text.count("\n") > 1
        or (text[-1] in ".,:;" and not (text.endswith("...") and has_capitals(text)))
        or begins_small(text)
        or not (text[0].isalnum() or text[0] in "\"“'‘[")
        or ITEM.match(text)
    ):
        return False
    sentences = segment(text)
    stops = any(text[end - 1] == "." for _, end in sentences[:-1])
    plain = len(sentences) <= _MAX_SENTENCES and (not stops or is_open(text))
    return plain or (len(sentences) <= _MAX_SENTENCES + 1 and has_capitals(text))


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
    long = [n for n in candidates if _words(head[n].text) >= _MIN_HEADLINE_WORDS]
    likely = long or [n for n in candidates if n == first or _words(head[n].text) > _MIN_WORDS]
    about = [n for n in likely if _is_about(head[n].text, body)]
    # `Berita Kabupaten Demak Hari Ini` has only names in common with the body
    common = " ".join(word for word in _WORD.findall(body) if word.islower())
    told = (n for n in about if _shared(head[n].text, common))
    chosen = next(told, (about or likely)[0])
    is_label = first in likely or has_capitals(head[chosen].text)
    if not is_label and _is_topic(head[first].text, body):
        return first  # a short headline above a deck: `Kopi Gratis`
    # a page begins with its title: `Harga Beras Naik - WartaSenja.com`
    return next(
        (n for n in likely if n > chosen and head[chosen].text.startswith(head[n].text)), chosen
    )


def _words(text: str) -> int:
    """Return the number of words beside a date."""
    return len(_DATE.sub("", text).split())


def _is_topic(text: str, body: str) -> bool:
    """Return whether the body has a word of the text in small letters: no name."""
    words = set(_WORD.findall(text.lower()))
    return any(word in words for word in _WORD.findall(body))


def _is_about(text: str, body: str) -> bool:
    """Return whether the body has the roots of enough words of the text."""
    count = len(_WORD.findall(text))
    return _shared(text, body.lower()) >= max(_MIN_SHARED * count, 1)


def _shared(text: str, body: str) -> int:
    """Return how many words of the text have their root in a body in small letters."""
    return sum(_PREFIX.sub("", word) in body for word in _WORD.findall(text.lower()))


def _is_label(text: str, body: str) -> bool:
    words = _words(text)
    return words <= _MAX_LABEL_WORDS or (
        words == _MAX_LABEL_WORDS + 1 and not _is_topic(text, body)
    )
