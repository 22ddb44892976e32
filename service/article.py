"""What flows through the house: an article, its blocks and their sentences.

Plain frozen data. Readers (`service.documents`) make articles without sentences; the pipeline
fills in sentences and targets. Everything refers to everything else by id, never by text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a block of an article is."""

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
class Sentence:
    """One sentence of a block.

    `start` and `end` are offsets, in characters, into the block's source:
    `block.source[start:end] == source`. Between two sentences there is only white space;
    before the first there may be a list item's marker.
    `confidence` is the geometric mean probability of the target's tokens, 0 to 1, or None
    where no model was asked. `flags` name what a reader should look at.
    """

    id: str
    source: str
    start: int
    end: int
    target: str = ""
    confidence: float | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One block of an article.

    `separator` is the white space that stood between this block and the next in the
    source; `source + separator` of all blocks, joined, is the article's text again.
    """

    id: str
    kind: Kind
    source: str
    separator: str = ""
    sentences: tuple[Sentence, ...] = ()
    target: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """An article as read: `lead` (white space before the first block) and its blocks."""

    blocks: tuple[Block, ...]
    lead: str = ""

    @property
    def source(self) -> str:
        """The text the article was read from, byte for byte."""
        return self.lead + "".join(block.source + block.separator for block in self.blocks)
