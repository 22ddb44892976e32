"""The records of an article: blocks, sentences, marks, facts, terms.

They are frozen, and every package uses them. This module imports no other module of Kabar. Readers
(`service.documents`) make articles without sentences; the pipeline adds sentences and targets.
Records refer to each other by id or index, never by text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# A part of a text: the offset of its first character, and the offset after its last.
Span = tuple[int, int]

# These English pronouns have a gender; Indonesian ones have none.
_GENDERED = re.compile(r"\b(?:he|him|his|himself|she|her|hers|herself)\b", re.IGNORECASE)


class Kind(StrEnum):
    """The kind of a block; a page `title` is not part of the text."""

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
    """The status of a fact in English."""

    KEPT = "kept"
    CONVERTED = "converted"
    MISSING = "missing"
    INVENTED = "invented"


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A part of a text and its offsets: `whole[start:end] == text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, date, name or quotation.

    A missing one has no target, and an invented one no source.
    """

    kind: str
    status: FactStatus
    source: TextSpan | None
    target: TextSpan | None


@dataclass(frozen=True, slots=True)
class TermUse:
    """A glossary term at `source[start:end]` of its sentence.

    `target` is the English in the sentence, or the preferred English if the term was not `applied`.
    """

    source: str
    target: str
    start: int
    end: int
    applied: bool


@dataclass(frozen=True, slots=True)
class Correction:
    """An editor's English for a sentence.

    `source`, `target`, `machine` (the English it replaced) and `context` (the sentence before it
    in its article) are normalized (`service.text.normalization`). `context` is empty at the
    beginning of an article, and None if the correction belongs to no article. `created` and
    `withdrawn` are UTC, to the second. `owner` is the id of the API key that sent it, or None.
    """

    source: str
    target: str
    author: str
    created: datetime
    context: str | None = None
    machine: str | None = None
    withdrawn: datetime | None = None
    withdrawn_by: str | None = None
    owner: str | None = None

    @property
    def id(self) -> str:
        """A hash of the content, author and time: the same on every machine."""
        content = [self.source, self.target, self.author, int(self.created.timestamp())]
        text = json.dumps([*content, self.context], ensure_ascii=False)
        return f"cor_{hashlib.sha256(text.encode()).hexdigest()[:24]}"

    @property
    def bound(self) -> bool:
        """Whether it applies only after `context`, because of its pronoun.

        `Ia menolak.` is `He refused.` of a man and `She refused.` of a woman.
        """
        return self.context is not None and bool(_GENDERED.search(self.target))


@dataclass(frozen=True, slots=True)
class Mark:
    """Inline markup: an element around a part of a text, or at one offset.

    `start` and `end` are offsets, in characters, into the text; they are equal for an image, a line
    break or a comment. `opening` and `closing` are its tags in HTML. The marks of a text are in the
    order in which they open; `depth` is the number of marks around it. `verbatim` text stays as it
    is in English. `address` is the target of a link. The text of a `placeholder` stands for an
    element without text, and is not written.
    """

    start: int
    end: int
    tag: str
    opening: str
    closing: str = ""
    depth: int = 0
    verbatim: bool = False
    address: str = ""
    placeholder: bool = False


@dataclass(frozen=True, slots=True)
class LanguageGuess:
    """An article's language: ISO 639 code, name, confidence from 0 to 1."""

    code: str
    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a block.

    `start` and `end` are offsets, in characters, into the block's source:
    `block.source[start:end] == source`. Between two sentences there is only white space; before the
    first there may be the marker of a list item. `confidence` is the geometric mean probability of
    the target's tokens, 0 to 1, or None if no model translated it. `flags` name problems for a
    reader to check. `correction` is set if the target is an editor's.
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
    code of its language if that is certainly not Indonesian. `marks` belong to its source and
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
        """The parts of its source that are verbatim, in order."""
        spans: list[Span] = []
        for mark in self.marks:
            if mark.verbatim and mark.start < mark.end and mark.start >= (spans or [(0, 0)])[-1][1]:
                spans.append((mark.start, mark.end))
        return spans

    @property
    def is_english(self) -> bool:
        """Whether it is in English and stays as it is."""
        return self.language == "en"


@dataclass(frozen=True, slots=True)
class Repair:
    """A repair of the text before it was read (`service.documents.repair`).

    `after` replaces `before` at `start`, an offset in characters into the text that was sent. The
    repairs of a text are in order and do not overlap.
    """

    kind: str
    before: str
    after: str
    start: int


@dataclass(frozen=True, slots=True)
class Article:
    """An article as read.

    `lead` is the white space before the first block. `language` is None before it is identified,
    and if there is too little text. `frame` is the HTML it was read from: unchanged pieces, and the
    index of the block between them. `published` is the date that the sender gave. `repairs` list
    the differences from the text that was sent. A `whole` article is a fragment: all of its text is
    translated, and the white space around it stays. `context` is the text before it, which is not
    translated.
    """

    blocks: tuple[Block, ...]
    lead: str = ""
    language: LanguageGuess | None = None
    frame: tuple[str | int, ...] = ()
    published: str | None = None
    repairs: tuple[Repair, ...] = ()
    whole: bool = False
    context: str = ""

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

    The marker of a list item comes first, then the sentences, separated by a space if the source
    has white space there.
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
