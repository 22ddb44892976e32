"""What is wanted of a summary, and what comes out of it: plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from service.article import Article, Fact
from service.summaries.fitting import Slot

Language = Literal["en", "id", "both"]

# The place of a sentence: the number of its article, from 0, and its id.
Place = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Given:
    """English that a sentence has, with its flags; `corrected`: by an editor."""

    target: str
    flags: tuple[str, ...]
    corrected: bool = False


Known = Mapping[Place, Given]
NOTHING_KNOWN: Known = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted: at most so many bullets, words and characters (of all bullets as plain text),
    in one language or both."""

    bullets: int = 3
    language: Language = "en"
    words: int | None = None
    characters: int | None = None

    @property
    def slot(self) -> Slot:
        return Slot(self.bullets, self.words, self.characters)

    @property
    def tight(self) -> bool:
        """Whether there are limits to keep."""
        return self.words is not None or self.characters is not None

    def as_signature(self) -> dict[str, object]:
        """Plain data: what a result's id is made from."""
        limits = {"words": self.words, "characters": self.characters}
        asked = {name: limit for name, limit in limits.items() if limit is not None}
        return {"bullets": self.bullets, "language": self.language, **asked}


THREE_BULLETS = Wishes()


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence that supports a bullet: of which article (from 0), its id, its text, and its
    English where that was wanted."""

    article: int
    id: str
    text: str
    target: str | None


@dataclass(frozen=True, slots=True)
class Bullet:
    """One bullet. `indonesian` is the same in Indonesian, where both languages were asked for;
    `changed` names what was done to the sentence so that it stands alone (`written`: by a model,
    in its own words), and `added` are the dates and names that were put in; `facts` are those of
    the bullet against its sources."""

    text: str
    sources: tuple[Source, ...]
    indonesian: str | None = None
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A sentence that was chosen and made no bullet, and why. One that a model wrote has `w` and
    its number among those for its id, and stands in the first article."""

    source: Source
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The bullets of some articles, and the articles as they were read. `line` says the news in
    fewer than 110 characters; `crowded`: there are bullets, and none fits into the room there is.
    Times are in seconds. `warnings` say what was made another way than was asked for."""

    articles: tuple[Article, ...]
    wishes: Wishes
    headline: str | None
    headline_flags: tuple[str, ...]
    line: str | None
    bullets: tuple[Bullet, ...]
    refused: tuple[Refused, ...]
    crowded: bool
    signature: dict[str, object]
    sentences_translated: int
    sentences_reused: int
    sentences_failed: int
    sentences_corrected: int
    seconds: dict[str, float]
    warnings: tuple[str, ...] = ()
