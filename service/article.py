"""What flows through the house: an article, its blocks and their sentences.

Plain frozen data. Readers (`service.documents`) make articles without sentences; the pipeline
fills in sentences and targets. Everything refers to everything else by id, never by text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.checks.compare import Fact
from service.corrections.records import Correction
from service.glossary.draft import TermUse


class Kind(StrEnum):
    """What a block of an article is; `title` is a page's own, which is no part of the text."""

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


@dataclass(frozen=True, slots=True)
class Mark:
    """Inline markup: an element around a part of a block's text, or at a place in it, where
    `start == end` (an image, a line break, a comment).

    `start` and `end` are offsets, in characters, into the text it marks. `opening` and `closing`
    are its tags as HTML. Marks of a text stand in the order in which they open; `depth` is the
    number of marks around it. `verbatim`: its text must stand in English as it is. `address` is
    where a link leads.
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
    before the first there may be a list item's marker.
    `confidence` is the geometric mean probability of the target's tokens, 0 to 1, or None
    where no model was asked. `flags` name what a reader should look at, and `facts` are what
    became of its numbers and quotations, `terms` of the glossary's terms in it. `correction` is
    the editor's that the target is of.
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

    `separator` is the white space that stood between this block and the next in the
    source; `source + separator` of all blocks, joined, is the article's text again.
    `language` is the code of its language where that is surely not Indonesian. `marks` are those
    of its source and `target_marks` those of its target.
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
    def verbatim(self) -> list[tuple[int, int]]:
        """The parts of its source that must stand in English as they are, in order."""
        spans: list[tuple[int, int]] = []
        for mark in self.marks:
            if mark.verbatim and mark.start < mark.end and mark.start >= (spans or [(0, 0)])[-1][1]:
                spans.append((mark.start, mark.end))
        return spans

    @property
    def is_english(self) -> bool:
        """Whether it stays as it is."""
        return self.language == "en"


@dataclass(frozen=True, slots=True)
class Repair:
    """What was mended in a text before it was read (`service.documents.repair`).

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

    `language` is None before it is judged, and where there is too little text to judge. `frame`
    is the HTML it was read from: pieces that stay, and for each block that stands there its index.
    `published` is the date its sender gave. `repairs` tell how the text that was sent differed.
    """

    blocks: tuple[Block, ...]
    lead: str = ""
    language: LanguageGuess | None = None
    frame: tuple[str | int, ...] = ()
    published: str | None = None
    repairs: tuple[Repair, ...] = ()

    @property
    def source(self) -> str:
        """The text the article was read from, byte for byte."""
        return self.lead + "".join(block.source + block.separator for block in self.blocks)


def joined(block: Block, sentences: Sequence[Sentence]) -> tuple[str, list[int]]:
    """A block's English, and where each of some sentences begins in it: first its list item's
    marker, then the sentences, with a space where there was white space."""
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
