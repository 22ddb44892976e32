"""The plain records of an article, its sentences and what was found in them.

Frozen data that every room uses; this module imports nothing of ours. Readers
(`service.documents`) make articles without sentences; the pipeline fills in sentences and
targets. Records refer to each other by id or index, never by text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# A part of a text: the offsets of its first character and of the character after its last.
Span = tuple[int, int]

# English pronouns show a person's sex, and Indonesian ones do not.
_GENDERED = re.compile(r"\b(?:he|him|his|himself|she|her|hers|herself)\b", re.IGNORECASE)


class Kind(StrEnum):
    """The kind of a block; `title` is the page's own title and no part of the text."""

    TITLE = "title"
    HEADLINE = "headline"
    DECK = "deck"
    BYLINE = "byline"
    DATELINE = "dateline"
    PARAGRAPH = "paragraph"
    SUBHEADING = "subheading"
    LIST_ITEM = "list_item"
    QUOTATION = "quotation"
    CAPTION = "caption"
    FURNITURE = "furniture"


class FactStatus(StrEnum):
    """The fate of a fact on its way into English."""

    KEPT = "kept"
    CONVERTED = "converted"
    MISSING = "missing"
    INVENTED = "invented"


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A part of a text and its offsets in characters: `whole[start:end] == text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, date, name or quotation. A missing one has no target, an invented one no source."""

    kind: str
    status: FactStatus
    source: TextSpan | None
    target: TextSpan | None


@dataclass(frozen=True, slots=True)
class TermUse:
    """A glossary term at `source[start:end]` of its sentence.

    `target` is the English that stands in the sentence, or the preferred English where the term
    was not `applied`.
    """

    source: str
    target: str
    start: int
    end: int
    applied: bool


@dataclass(frozen=True, slots=True)
class Correction:
    """The English that an editor gave a sentence.

    `source`, `target`, `machine` (the English it replaced) and `context` (the sentence before it
    in its article) are normalized (`service.text.normalization`). `context` is empty at the
    beginning of an article, and None where the correction belongs to no article. `created` and
    `withdrawn` are UTC, to the second.
    """

    source: str
    target: str
    author: str
    created: datetime
    context: str | None = None
    machine: str | None = None
    withdrawn: datetime | None = None
    withdrawn_by: str | None = None

    @property
    def id(self) -> str:
        """A hash of the content, author and time: the same on every machine."""
        content = [self.source, self.target, self.author, int(self.created.timestamp())]
        text = json.dumps([*content, self.context], ensure_ascii=False)
        return f"cor_{hashlib.sha256(text.encode()).hexdigest()[:24]}"

    @property
    def bound(self) -> bool:
        """Whether it holds only after the sentence that stood before it: `Ia menolak.` is
        `He refused.` of a man and `She refused.` of a woman."""
        return self.context is not None and bool(_GENDERED.search(self.target))


@dataclass(frozen=True, slots=True)
class Mark:
    """Inline markup: an element around a part of a block's text, or at a place in it, where
    `start == end` (an image, a line break, a comment).

    `start` and `end` are offsets, in characters, into the text it marks. `opening` and `closing`
    are its tags as HTML. Marks of a text stand in the order in which they open; `depth` is the
    number of marks around it. `verbatim`: its text stays as it is in English. `address` is the
    target of a link.
    """

    start: int
    end: int
    tag: str
    opening: str
    closing: str = ""
    depth: int = 0
    verbatim: bool = False
    address: str = ""


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """The language of an article: ISO 639 code, English name, and a confidence from 0 to 1."""

    code: str
    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a block.

    `start` and `end` are offsets, in characters, into the block's source:
    `block.source[start:end] == source`. Between two sentences there is only white space;
    before the first there may be a list item's marker. `confidence` is the geometric mean
    probability of the target's tokens, 0 to 1, or None where no model was asked. `flags` name
    the problems that a reader should look at. `correction` is set where the target is an
    editor's.
    """

    id: str
    source: str
    start: int
    end: int
    target: str = ""
    confidence: float | None = None
    flags: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    terms: tuple[TermUse, ...] = ()
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One block of an article.

    `separator` is the white space between this block and the next in the source;
    `source + separator` of all blocks, joined, is the article's text again. `language` is the
    code of its language where that is surely not Indonesian. `marks` belong to its source and
    `target_marks` to its target.
    """

    id: str
    kind: Kind
    source: str
    separator: str = ""
    sentences: tuple[Sentence, ...] = ()
    target: str = ""
    language: str | None = None
    marks: tuple[Mark, ...] = ()
    target_marks: tuple[Mark, ...] = ()

    @property
    def verbatim(self) -> list[Span]:
        """The parts of its source that stay as they are in English, in order."""
        spans: list[Span] = []
        for mark in self.marks:
            if mark.verbatim and mark.start < mark.end and mark.start >= (spans or [(0, 0)])[-1][1]:
                spans.append((mark.start, mark.end))
        return spans

    @property
    def is_english(self) -> bool:
        """Whether it is English already and stays as it is."""
        return self.language == "en"


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair of the text before it was read (`service.documents.repair`).

    `before` stood at `start`, an offset in characters into the text that was sent; `after` stands
    there now. The repairs of a text are in its order and do not overlap.
    """

    kind: str
    before: str
    after: str
    start: int


@dataclass(frozen=True, slots=True)
class Article:
    """An article as read: `lead` (white space before the first block) and its blocks.

    `language` is None before it is identified, and where there is too little text. `frame` is
    the HTML it was read from: pieces that stay, and the index of each block that stands there.
    `published` is the date that the sender gave. `repairs` list the differences from the text
    that was sent.
    """

    blocks: tuple[Block, ...]
    lead: str = ""
    language: LanguageGuess | None = None
    frame: tuple[str | int, ...] = ()
    published: str | None = None
    repairs: tuple[Repair, ...] = ()

    @property
    def is_segmented(self) -> bool:
        """Whether its blocks have sentences."""
        return any(block.sentences for block in self.blocks)

    @property
    def source(self) -> str:
        """The text the article was read from, byte for byte."""
        return self.lead + "".join(block.source + block.separator for block in self.blocks)


def join_sentences(block: Block, sentences: Sequence[Sentence]) -> tuple[str, list[int]]:
    """Return a block's English and the offset of each sentence in it.

    The marker of a list item comes first, then the sentences, with a space where the source has
    white space.
    """
    if not sentences:
        return "", []
    text = [block.source[: sentences[0].start].lstrip()]
    length, starts = len(text[0]), []
    for number, sentence in enumerate(sentences):
        if number and sentences[number - 1].end < sentence.start:
            text.append(" ")
            length += 1
        starts.append(length)
        text.append(sentence.target)
        length += len(sentence.target)
    return "".join(text), starts
