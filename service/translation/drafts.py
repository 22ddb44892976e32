"""Drafts: sentences as soon as they are translated, before the article is done.

A draft is checked. It has no glossary terms, because those are applied to the whole article.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.translation.guards import CheckedOutcome
from service.translation.sentence_result import SentenceResult, sentence_result


@dataclass(frozen=True, slots=True)
class Draft:
    """A translated sentence: its id, source, parts, and their outcomes."""

    id: str
    source: str
    parts: tuple[str, ...]
    outcomes: tuple[CheckedOutcome, ...]

    def result(self) -> SentenceResult:
        """Return the English and its findings, without glossary terms."""
        return sentence_result(self.source, self.parts, self.outcomes, None)


class Tracker:
    """Reports finished parts, and sentences whose parts are all finished."""

    def __init__(
        self,
        parts: Sequence[tuple[str, ...]],
        on_progress: Callable[[int, int], None] | None,
        on_sentence: Callable[[int, tuple[CheckedOutcome, ...]], None] | None,
    ) -> None:
        """`parts` has the model's inputs of each sentence.

        `on_progress` gets the numbers of finished and of all distinct parts, `on_sentence` the
        index of a sentence and the outcomes of its parts.
        """
        self._sentence_of = [n for n, of in enumerate(parts) for _ in of]
        self._first = [0]
        for of in parts:
            self._first.append(self._first[-1] + len(of))
        self._outcomes: list[CheckedOutcome | None] = [None] * self._first[-1]
        self._missing = [len(of) for of in parts]
        self._total = len({part for of in parts for part in of})
        self._done = 0
        self._on_progress, self._on_sentence = on_progress, on_sentence

    def __call__(self, places: Sequence[Sequence[int]], outcomes: Sequence[CheckedOutcome]) -> None:
        """Record distinct parts, each with all its indexes, and their outcomes."""
        self._done += len(places)
        if self._on_progress is not None:
            self._on_progress(self._done, self._total)
        if self._on_sentence is None:
            return
        for indexes, outcome in zip(places, outcomes, strict=True):
            for index in indexes:
                self._record(index, outcome)

    def _record(self, index: int, outcome: CheckedOutcome) -> None:
        self._outcomes[index] = outcome
        sentence = self._sentence_of[index]
        self._missing[sentence] -= 1
        if not self._missing[sentence] and self._on_sentence is not None:
            found = self._outcomes[self._first[sentence] : self._first[sentence + 1]]
            self._on_sentence(sentence, tuple(one for one in found if one is not None))
