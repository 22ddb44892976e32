"""The extractive summarizer: it selects the sentences that carry the news.

In: the sentences of an article, or of several about the same news. Out: their indexes, best first,
or the best ones in the order of the article. The caller decides their form and language. The
summarizer uses only the source text and numpy, and is deterministic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from models.summarizer.features import FEATURES, Matrix, Shape, features, shape
from models.summarizer.terms import Indexes, Terms, Vector, weigh, words_of
from models.summarizer.trees import Trees, read_trees

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WEIGHTS = Path(__file__).with_name("weights.json")

# The trees score the news in a sentence. These factors lower the score of sentences that would read
# badly as a bullet.
QUESTION = 0.5
ANONYMOUS_QUOTATION = 0.5
UNBALANCED_QUOTATION = 0.5
NO_FULL_STOP = 0.6
DANGLING_OPENING = 0.7
# The score of sentences with fewer words is lowered in proportion.
SHORT_WORDS = 10

_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


@runtime_checkable
class Summarizer(Protocol):
    """A selector of sentences. Safe to call from several threads."""

    @property
    def signature(self) -> Mapping[str, str]:
        """Return `summarizer` and `summarizer_version`; results depend on both."""

    def select(self, sentences: Sequence[str], paragraphs: Sequence[int], count: int) -> list[int]:
        """Return the indexes of the `count` best sentences, ascending.

        They are the first of `order`, or all. Raises `ValueError` as `order` does, and if `count`
        is negative.
        """

    def order(
        self,
        sentences: Sequence[str],
        paragraphs: Sequence[int],
        articles: Sequence[int] | None = None,
    ) -> list[int]:
        """Return the indexes of all usable sentences, best first.

        Each is the best addition to those before it. `paragraphs[i]` is the number of sentence i's
        paragraph, and `articles[i]` that of its article (None: one article). An article's
        sentences are consecutive. A sentence is usable if it has a letter or digit and no earlier
        sentence has the same words. Raises `ValueError` if the lists differ in length.
        """


@dataclass(frozen=True, slots=True)
class Description:
    """The sentences that have a letter or digit, as rows."""

    indexes: Indexes  # places in the input
    first: Indexes  # the first row with the same words
    articles: Indexes  # numbers of the articles
    shapes: list[Shape]
    lengths: Vector
    terms: Terms
    features: Matrix


class ExtractiveSummarizer:
    """A summarizer with a learned score and maximal marginal relevance.

    The score is the probability that a sentence is in the article's best summary, from boosted
    trees (docs/summaries.md). Marginal relevance (Carbonell and Goldstein 1998) is relevance times
    novelty here, not their weighted difference. It needs no weight, and a near copy always loses.
    """

    def __init__(self, trees: Trees | None = None) -> None:
        self._trees = trees or packaged_trees()

    @property
    def signature(self) -> Mapping[str, str]:
        return {"summarizer": "extractive", "summarizer_version": "2"}

    def select(self, sentences: Sequence[str], paragraphs: Sequence[int], count: int) -> list[int]:
        if count < 0:
            raise ValueError(f"count is {count}")
        return sorted(self._best(sentences, paragraphs, None, count))

    def order(
        self,
        sentences: Sequence[str],
        paragraphs: Sequence[int],
        articles: Sequence[int] | None = None,
    ) -> list[int]:
        return self._best(sentences, paragraphs, articles, len(sentences))

    def _best(
        self,
        sentences: Sequence[str],
        paragraphs: Sequence[int],
        articles: Sequence[int] | None,
        count: int,
    ) -> list[int]:
        found = describe(sentences, paragraphs, articles)
        if not len(found.indexes):
            return []
        scores = self._trees.probabilities(found.features) * _readability(found)
        scores *= 1 + _agreement(found.terms, found.articles)
        # The first of the sentences with the same words gets their best score.
        np.maximum.at(scores, found.first, scores)
        return [int(found.indexes[row]) for row in _choose(found, scores, count)]


@cache
def packaged_trees() -> Trees:
    """Return the trained trees in this package, read once."""
    return read_trees(WEIGHTS, FEATURES)


def describe(
    sentences: Sequence[str], paragraphs: Sequence[int], articles: Sequence[int] | None = None
) -> Description:
    """Describe sentences. Raises `ValueError` if the lists differ in length."""
    numbers = [0] * len(sentences) if articles is None else articles
    if len(sentences) != len(paragraphs):
        raise ValueError(f"{len(sentences)} sentences but {len(paragraphs)} paragraph numbers")
    if len(sentences) != len(numbers):
        raise ValueError(f"{len(sentences)} sentences but {len(numbers)} article numbers")
    indexes = [i for i, sentence in enumerate(sentences) if _LETTER_OR_DIGIT.search(sentence)]
    words = [words_of(sentences[i]) for i in indexes]
    folded = [tuple(word.casefold() for word in row) for row in words]
    seen: dict[tuple[str, ...], int] = {}
    shapes = [shape(sentences[i]) for i in indexes]
    terms = weigh(folded)
    own = [numbers[i] for i in indexes]
    return Description(
        indexes=np.array(indexes, dtype=np.intp),
        first=np.array([seen.setdefault(key, row) for row, key in enumerate(folded)], np.intp),
        articles=np.array(own, dtype=np.intp),
        shapes=shapes,
        lengths=np.array([len(row) for row in words], dtype=np.float64),
        terms=terms,
        features=features(words, folded, shapes, terms, [paragraphs[i] for i in indexes], own),
    )


def _readability(found: Description) -> Vector:
    """Return [rows] below 1 for stubs, questions, quotations and headings."""
    factors = np.minimum(1.0, found.lengths / SHORT_WORDS)
    for row, form in enumerate(found.shapes):
        if form.question:
            factors[row] *= QUESTION
        if form.unfinished:
            factors[row] *= NO_FULL_STOP
        if form.unbalanced:
            factors[row] *= UNBALANCED_QUOTATION
        elif form.anonymous:
            factors[row] *= ANONYMOUS_QUOTATION
    return factors


def _agreement(terms: Terms, articles: Indexes) -> Vector:
    """Return how far the other articles repeat each sentence, [rows].

    It is the mean cosine with each other article as a whole, and 0 if there is only one article.
    """
    numbers, article = np.unique(articles, return_inverse=True)
    if len(numbers) < 2:
        return np.zeros(terms.sentences)
    cells = article[terms.rows] * terms.terms + terms.columns
    sums = np.bincount(cells, terms.values, minlength=len(numbers) * terms.terms)
    wholes = sums.reshape(len(numbers), terms.terms).astype(np.float64)
    lengths = np.linalg.norm(wholes, axis=1, keepdims=True)
    wholes /= np.where(lengths > 0, lengths, 1.0)
    others = wholes.sum(axis=0)[terms.columns] - wholes[article[terms.rows], terms.columns]
    cosines = np.bincount(terms.rows, terms.values * others, minlength=terms.sentences)
    return np.asarray(cosines / (len(numbers) - 1), dtype=np.float64)


def _choose(found: Description, scores: Vector, count: int) -> list[int]:
    """Return rows by greedy maximal marginal relevance, best first."""
    rows = len(found.indexes)
    dangling = np.array([form.dangling for form in found.shapes])
    # A dangling sentence is penalized only until the sentence before it is chosen.
    follows = _follows(found.indexes, found.articles)
    relevance = np.where(dangling, scores * DANGLING_OPENING, scores)
    open_rows = found.first == np.arange(rows)
    margin = np.where(open_rows, relevance, -np.inf)
    redundancy = np.zeros(rows)
    chosen: list[int] = []
    for _ in range(min(count, int(open_rows.sum()))):
        pick = int(np.argmax(margin))
        chosen.append(pick)
        open_rows[pick] = False
        if pick + 1 < rows and follows[pick + 1]:
            relevance[pick + 1] = scores[pick + 1]
        redundancy = np.maximum(redundancy, found.terms.similarities(pick))
        # Rounding may make the cosine of a copy exceed 1.
        novelty = np.maximum(0.0, 1 - redundancy)
        margin = np.where(open_rows, relevance * novelty, -np.inf)
    return chosen


def _follows(indexes: Indexes, articles: Indexes) -> NDArray[np.bool_]:
    """Return [rows] whether the sentence before, in its article, is a row too."""
    follows = np.zeros(len(indexes), dtype=bool)
    follows[1:] = (indexes[1:] == indexes[:-1] + 1) & (articles[1:] == articles[:-1])
    return follows
