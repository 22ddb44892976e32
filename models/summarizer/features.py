"""The features of a sentence, from which trees score its news.

In: the sentences of one article, or of several about the same news. Out: a matrix, sentence by
feature. The features are counts, and only stop words and openings are looked up, so the learned
score is valid for Indonesian and English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from models.summarizer.terms import STOP_WORDS, Indexes, Terms, Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

Matrix = NDArray[np.float64]

FEATURES = (
    "place",  # of the sentence in its article, from 0
    "place_share",  # 0 for the article's first sentence, 1 for its last
    "words_before",  # in the article
    "paragraph",  # from 0
    "place_in_paragraph",  # from 0
    "sentences",  # of the article
    "words",
    "words_to_mean",  # relative to the mean of the article's sentences
    "centrality",  # sum of cosines with all sentences, relative to the largest
    "centrality_rank",  # 0 for the most central, 1 for the least
    "lede_similarity",  # cosine with the article's first sentence
    "before_similarity",  # cosine with the sentence before
    "after_similarity",  # cosine with the sentence after
    "new_share",  # share of its terms that no earlier sentence of the article has
    "frequency",  # mean number of sentences that share a term, relative to the largest
    "stop_words",  # share of its words, like the next two
    "numbers",
    "capitals",  # capitalized words, except the first
    "quoted",  # share of its characters inside quotation marks
    "question",
    "unfinished",  # no full stop
    "unbalanced",  # an odd number of quotation marks
    "dangling",  # the opening refers to the text before
)

_QUOTED = re.compile(r"[\"“][^\"“”]*(?:[\"”]|$)")
_QUOTATION_MARKS = re.compile(r"[\"“”]")
_CLOSERS = " \t\n\"'”’)]»"

# Openings that refer to the text before. A sentence that starts with one makes a poor bullet.
_DANGLING = re.compile(
    r"[\"“'‘(\s]*(?:"
    r"ia|dia|beliau|mereka|ini|itu|(?:(?:dalam|atas|terkait|mengenai) )?hal (?:ini|itu|tersebut)|"
    r"(?:hal )?(?:senada|serupa)|namun|(?:akan )?tetapi|tapi|selain (?:itu|ini)|sementara itu|"
    r"di (?:sisi|samping|pihak) (?:lain|itu)|(?:oleh )?(?:karena|sebab) itu|(?:oleh )?karenanya|"
    r"maka|untuk itu|dengan (?:demikian|begitu)|sebaliknya|alhasil|akibatnya|padahal|bahkan|"
    r"(?:meski|meskipun|walau|walaupun|kendati) (?:demikian|begitu)|sebab|pasalnya|kemudian|lalu|"
    r"lantas|selanjutnya|(?:setelah|sebelum|sejak|saat) itu|adapun|sedangkan|begitu (?:juga|pula)|"
    r"menurut(?:nya| dia| mereka)|(?:tak|tidak) hanya itu|lebih (?:lanjut|jauh)|dan|atau|jadi|"
    r"misalnya|he|she|they|it|this|that|these|those|his|her|their|its|but|and|or|so|however|"
    r"meanwhile|moreover|also|then|instead|still|yet|in addition|for example|for instance"
    r")\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """The form of a sentence, without its content."""

    quoted: float  # share of characters inside quotation marks
    question: bool
    unfinished: bool
    unbalanced: bool
    dangling: bool
    anonymous: bool  # mostly a quotation, and names no speaker: `"…," ujarnya.`


def shape(sentence: str) -> Shape:
    """Return the form of a sentence."""
    text = sentence.strip()
    ending = text.rstrip(_CLOSERS)[-1:]
    outside = _QUOTED.sub("", text)
    mostly_quoted = 2 * len(outside) < len(text)
    return Shape(
        quoted=1 - len(outside) / max(1, len(text)),
        question=ending == "?",
        unfinished=ending not in ("?", ".", "!", "…"),
        unbalanced=len(_QUOTATION_MARKS.findall(text)) % 2 == 1,
        dangling=_DANGLING.match(sentence) is not None,
        anonymous=mostly_quoted and not any(c.isupper() for c in outside),
    )


def features(
    words: Sequence[Sequence[str]],
    folded: Sequence[Sequence[str]],
    shapes: Sequence[Shape],
    terms: Terms,
    paragraphs: Sequence[int],
    articles: Sequence[int],
) -> Matrix:
    """Return the matrix [sentences, features], with the columns of `FEATURES`.

    `words` are the words of each sentence, and `folded` the same in lower case. The sentences of
    an article are consecutive.
    """
    columns = {
        **_places(words, paragraphs, articles),
        **_likeness(terms, articles),
        **_makeup(words, folded),
        "quoted": np.array([s.quoted for s in shapes]),
        "question": np.array([s.question for s in shapes]),
        "unfinished": np.array([s.unfinished for s in shapes]),
        "unbalanced": np.array([s.unbalanced for s in shapes]),
        "dangling": np.array([s.dangling for s in shapes]),
    }
    return np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float64)


def _starts(numbers: Sequence[int]) -> Indexes:
    """Return for each row the first row of its run of equal numbers."""
    values = np.asarray(numbers)
    first = np.ones(len(values), dtype=bool)
    first[1:] = values[1:] != values[:-1]
    return np.maximum.accumulate(np.where(first, np.arange(len(values)), 0))


def _places(
    words: Sequence[Sequence[str]], paragraphs: Sequence[int], articles: Sequence[int]
) -> dict[str, Vector]:
    rows = np.arange(len(words))
    start = _starts(articles)
    place = rows - start
    sizes = np.bincount(start, minlength=len(words))[start]
    lengths = np.array([len(row) for row in words], dtype=np.float64)
    before = np.cumsum(lengths) - lengths
    means = np.bincount(start, lengths, minlength=len(words))[start] / sizes
    opening = np.maximum(start, _starts(paragraphs))
    opens = np.cumsum(opening == rows)
    return {
        "place": place.astype(np.float64),
        "place_share": place / np.maximum(1, sizes - 1),
        "words_before": before - before[start],
        "paragraph": (opens - opens[start]).astype(np.float64),
        "place_in_paragraph": (rows - opening).astype(np.float64),
        "sentences": sizes.astype(np.float64),
        "words": lengths,
        "words_to_mean": lengths / np.maximum(1.0, means),
    }


def _likeness(terms: Terms, articles: Sequence[int]) -> dict[str, Vector]:
    start = _starts(articles)
    rows = np.arange(terms.sentences)
    degrees = terms.times(terms.transposed_times(np.ones(terms.sentences)))
    before = terms.cosines(rows, np.maximum(0, rows - 1))
    before[start == rows] = 0.0
    # Terms that are new in their article.
    key = start[terms.rows] * terms.terms + terms.columns
    new = np.zeros(len(key))
    new[np.unique(key, return_index=True)[1]] = 1.0
    counts = np.maximum(1, np.bincount(terms.rows, minlength=terms.sentences))
    sharing = np.bincount(terms.columns, minlength=terms.terms)[terms.columns]
    frequency = np.bincount(terms.rows, sharing, minlength=terms.sentences) / counts
    ranks = np.argsort(np.argsort(-degrees, kind="stable"), kind="stable")
    return {
        "centrality": degrees / max(1.0, float(degrees.max(initial=0.0))),
        "centrality_rank": ranks / max(1, terms.sentences - 1),
        "lede_similarity": terms.cosines(rows, start),
        "before_similarity": before,
        "after_similarity": np.append(before[1:], 0.0)[: terms.sentences],
        "new_share": np.bincount(terms.rows, new, minlength=terms.sentences) / counts,
        "frequency": frequency / max(1.0, float(frequency.max(initial=0.0))),
    }


def _makeup(words: Sequence[Sequence[str]], folded: Sequence[Sequence[str]]) -> dict[str, Vector]:
    counts = np.array([max(1, len(row)) for row in words])
    return {
        "stop_words": np.array([sum(w in STOP_WORDS for w in row) for row in folded]) / counts,
        "numbers": np.array([sum(w[0].isdigit() for w in row) for row in words]) / counts,
        "capitals": np.array([sum(w[0].isupper() for w in row[1:]) for row in words]) / counts,
    }
