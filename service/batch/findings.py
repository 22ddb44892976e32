"""The counts of a run, and the sentences that an editor should look at first."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from dataclasses import dataclass, field

from service.article import Article, Kind, Sentence
from service.checks.verdict import WEIGHTS

# Sentences that the report shows.
MAX_DOUBTS = 20
# The weight of a flag that is no verdict, and of a confidence of 0.
_OTHER_WEIGHT, _CONFIDENCE_WEIGHT = 2.0, 2.0
# Seconds between two points of the speed.
_SAMPLE_SECONDS = 5.0
_MAX_SAMPLES = 600


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sentence, its place, and its flags."""

    path: str
    place: str
    source: str
    target: str
    flags: tuple[str, ...]
    confidence: float | None


@dataclass(slots=True)
class FileFindings:
    """The counts of one file.

    `furniture` counts blocks that were set aside. `rows` are those of a table, bad ones included.
    """

    words: int = 0
    sentences: int = 0
    reused: int = 0
    flagged: int = 0
    furniture: int = 0
    units: int = 0
    bad_rows: int = 0
    resumed_rows: int = 0


@dataclass(slots=True)
class Findings:
    """The counts of all files."""

    files: int = 0
    failed: int = 0
    skipped: int = 0
    totals: FileFindings = field(default_factory=FileFindings)
    flags: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    samples: list[tuple[float, float]] = field(default_factory=list)
    _doubts: list[tuple[float, int, Doubt]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @property
    def doubts(self) -> list[Doubt]:
        """The sentences most worth an editor's eye, the most doubtful first."""
        return [doubt for _, _, doubt in sorted(self._doubts, key=lambda one: -one[0])]

    def add(self, path: str, label: str, article: Article, of: FileFindings) -> None:
        """Count a translated unit, in the file and in all."""
        for one in (of, self.totals):
            one.units += 1
        for block in article.blocks:
            if block.kind is Kind.FURNITURE:
                of.furniture += 1
                self.totals.furniture += 1
                continue
            words = len(block.source.split())
            flagged = [sentence for sentence in block.sentences if sentence.flags]
            for one in (of, self.totals):
                one.words += words
                one.sentences += len(block.sentences)
                one.flagged += len(flagged)
            for sentence in block.sentences:
                self._weigh(path, label, sentence)
            for sentence in flagged:
                self.flags.update(sentence.flags)

    def sample(self, seconds: float, words_per_second: float | None) -> None:
        """Keep a point of the speed over time, in bounded number."""
        if words_per_second is None:
            return
        if self.samples and seconds - self.samples[-1][0] < _SAMPLE_SECONDS:
            return
        self.samples.append((seconds, words_per_second))
        if len(self.samples) > _MAX_SAMPLES:
            del self.samples[::2]

    def _weigh(self, path: str, label: str, sentence: Sentence) -> None:
        if sentence.confidence is None and not sentence.flags:
            return
        weight = sum(WEIGHTS.get(flag, _OTHER_WEIGHT) for flag in sentence.flags)
        weight += _CONFIDENCE_WEIGHT * (1 - (sentence.confidence or 0.0))
        full = len(self._doubts) >= MAX_DOUBTS
        if full and weight <= self._doubts[0][0]:
            return
        if any(doubt.source == sentence.source for _, _, doubt in self._doubts):
            return
        place = f"{label} {sentence.id}".strip()
        doubt = Doubt(
            path, place, sentence.source, sentence.target, sentence.flags, sentence.confidence
        )
        entry = weight, next(self._numbers), doubt
        (heapq.heapreplace if full else heapq.heappush)(self._doubts, entry)
