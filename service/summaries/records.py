"""The records of a summary: its options, its bullets and their sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from service.article import Article, Fact
from service.summaries.slot import Slot

BulletLanguage = Literal["en", "id", "both"]

# The key of a sentence: the index of its article, and its id.
SentenceKey = tuple[int, str]


@dataclass(frozen=True, slots=True)
class KnownEnglish:
    """The English of a sentence; `corrected`: an editor wrote it."""

    target: str
    flags: tuple[str, ...]
    corrected: bool = False


EnglishByKey = Mapping[SentenceKey, KnownEnglish]
NO_ENGLISH: EnglishByKey = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class BulletOptions:
    """The options of a summary: its maximum numbers and its language.

    `words` and `characters` count all bullets together, as plain text.
    """

    bullets: int = 3
    language: BulletLanguage = "en"
    words: int | None = None
    characters: int | None = None

    @property
    def slot(self) -> Slot:
        return Slot(self.bullets, self.words, self.characters)

    @property
    def limits_length(self) -> bool:
        return self.words is not None or self.characters is not None

    def as_signature(self) -> dict[str, object]:
        """Return the options as plain data, for a result's id."""
        limits = {"words": self.words, "characters": self.characters}
        return {
            "bullets": self.bullets,
            "language": self.language,
            **{name: limit for name, limit in limits.items() if limit is not None},
        }


THREE_BULLETS = BulletOptions()


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence that supports a bullet.

    `article` is the index of its article, and `target` its English, if English was asked for.
    """

    article: int
    id: str
    text: str
    target: str | None


@dataclass(frozen=True, slots=True)
class Bullet:
    """One bullet.

    `indonesian` is the same bullet in Indonesian, if both languages were asked for. `changed`
    names the changes to the sentence (`written`: a model wrote the bullet), and `added` are the
    dates and names that were put in. `facts` compare the bullet with its sources.
    """

    text: str
    sources: tuple[Source, ...]
    indonesian: str | None = None
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedSentence:
    """A chosen sentence that makes no bullet, and the reasons.

    A sentence that a model wrote has the id `w1`, `w2` and so on, in the first article.
    """

    source: Source
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The bullets of some articles, and the articles as they were read.

    `line` tells the news in fewer than 110 characters. `nothing_fits`: there are bullets, but the
    slot has no room for any. Times are in seconds. `warnings` name fallbacks.
    """

    articles: tuple[Article, ...]
    bullet_options: BulletOptions
    headline: str | None
    headline_flags: tuple[str, ...]
    line: str | None
    bullets: tuple[Bullet, ...]
    refused: tuple[RefusedSentence, ...]
    nothing_fits: bool
    signature: dict[str, object]
    sentences_translated: int
    sentences_reused: int
    sentences_failed: int
    sentences_corrected: int
    seconds: dict[str, float]
    warnings: tuple[str, ...] = ()
