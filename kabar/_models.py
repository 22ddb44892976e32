"""The results of the client.

They have the fields of the service's JSON that most programs need; fields of a newer service are
ignored.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Span(_Record):
    """A part of a sentence; offsets are in characters of the sentence."""

    text: str
    start: int
    end: int


class Fact(_Record):
    """A number, date, name or quotation.

    `status` is `kept`, `converted`, `missing` (without `target`) or `invented` (without `source`).
    """

    kind: str
    status: str
    source: Span | None = None
    target: Span | None = None


class Sentence(_Record):
    """A sentence and its English; `flags` name what to compare with the source."""

    id: str
    source: str
    target: str
    confidence: float | None = None
    flags: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()


class Block(_Record):
    """A block of an article: a headline, a paragraph, a list item, …"""

    id: str
    kind: str
    source: str
    target: str
    sentences: tuple[Sentence, ...] = ()


class Translation(_Record):
    """A translated article."""

    id: str
    headline: str | None = None
    text: str
    html: str
    markdown: str
    blocks: tuple[Block, ...]
    report: dict[str, Any] = Field(default_factory=dict)
    signature: dict[str, Any] = Field(default_factory=dict)
    cached: bool = False

    @property
    def sentences(self) -> list[Sentence]:
        """The sentences of all blocks, in order."""
        return [sentence for block in self.blocks for sentence in block.sentences]

    @property
    def flagged(self) -> list[Sentence]:
        """The sentences to compare with their source."""
        return [sentence for sentence in self.sentences if sentence.flags]

    @property
    def warnings(self) -> list[str]:
        """The warnings for a reader."""
        return [str(warning) for warning in self.report.get("warnings", [])]


class Bullet(_Record):
    """A bullet, and the ids of the sentences that support it."""

    text: str
    sources: tuple[str, ...]
    source_text: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class Summary(_Record):
    """The bullets of one or several articles."""

    id: str
    headline: str | None = None
    line: str | None = None
    bullets: tuple[Bullet, ...]
    text: str
    html: str
    markdown: str
    cached: bool = False


class Correction(_Record):
    """An editor's English for a sentence."""

    id: str
    source: str
    target: str
    author: str
    created: datetime
    withdrawn: datetime | None = None


class Job(_Record):
    """A job, and how far it is."""

    id: str
    kind: Literal["translation", "summary"]
    state: Literal["queued", "running", "done", "cancelled"]
    total: int
    done: int
    failed: int
    position: int = 0
    estimated_finish: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether no more results come."""
        return self.state in ("done", "cancelled")

    @property
    def progress(self) -> float:
        """The share of the articles that have an outcome, from 0 to 1."""
        return (self.done + self.failed) / self.total if self.total else 1.0


class JobResult(_Record):
    """The result of article `index`: a `result`, or the problem in `error`."""

    index: int
    outcome: Literal["done", "failed"]
    result: Translation | Summary | None = None
    error: dict[str, Any] | None = None


class Usage(_Record):
    """The use of a key today, and its limits; None is no limit."""

    key: str
    lane: str
    requests_per_minute: int | None
    characters_per_day: int | None
    today: dict[str, int]


class Event(_Record):
    """A part of a streamed translation.

    `kind` is `article` (the sources, at the beginning), `sentence` (a finished sentence), or
    `result` (at the end, with the `translation`). `data` is its JSON.
    """

    kind: str
    data: dict[str, Any]
    translation: Translation | None = None
