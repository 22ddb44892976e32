"""Choosing the sentences of an article that carry its news.

In go the sentences of one article, out come the indexes of the few that summarise it, in
article order; what becomes of them (a bullet, in which language) is decided elsewhere. Works on
the source text with nothing but numpy, and gives the same answer every time.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Vector = NDArray[np.float64]

# Set on the tuning parts of IndoSum and CNN/DailyMail. The first six multiply a
# sentence's score; a length in words outside SHORT_WORDS..LONG_WORDS lowers it in proportion.
QUESTION = 0.5
ANONYMOUS_QUOTATION = 0.5
UNBALANCED_QUOTATION = 0.5
NO_FULL_STOP = 0.6
DANGLING_OPENING = 0.7
INSIDE_PARAGRAPH = 0.95
SHORT_WORDS = 10
LONG_WORDS = 35
POSITION_DECAY = 0.4
POSITION_FLOOR = 0.15
CENTRALITY_FLOOR = 0.4

_WORD = re.compile(r"\w+(?:[-.,'’/]\w+)*")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_QUOTED = re.compile(r"[\"“][^\"“”]*(?:[\"”]|$)")
_QUOTATION_MARKS = re.compile(r"[\"“”]")
_CLOSERS = " \t\n\"'”’)]»"

_STOP_WORDS = """
ada adalah agar akan aku anda antara apa apabila apakah atas atau bagi bahkan bahwa baik banyak
baru begitu belum beberapa berada bisa boleh bukan buat cara cukup dalam dan dapat dari dengan di
dia diri dua guna hal hanya harus hingga ia ini itu jadi jika juga kalau kami kamu karena kata
katanya ke kemudian kepada ketika kita lagi lain lalu lebih maka mana masih mau melalui melakukan
memang memiliki mengatakan menjadi menurut mereka merupakan meski meskipun mungkin namun oleh pada
padahal para pernah per pula pun saat saja salah sama sampai sangat satu saya sebab sebagai
sebanyak sebelum sebelumnya sebuah secara sedang sedangkan sehingga sejak sejumlah selain selama
seluruh semua sementara seorang seperti sering serta sesuai setelah setiap siapa suatu sudah supaya
tak tapi telah tentang terhadap termasuk tersebut tetap tetapi tidak tiga turut ujar ujarnya untuk
usai yaitu yakni yang
a about after again all also am an and any are as at be because been before being but by can could
did do does during for from had has have he her here him his how i if in into is it its just may me
might more most my new no not now of off on one only or other our out over said say says she should
so some such than that the their them then there these they this those to too two under up us very
was we were what when where which while who whom whose why will with would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())

# Openings that lean on what stood before: a sentence that starts so makes a poor bullet alone.
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


@runtime_checkable
class Summarizer(Protocol):
    """Chooses sentences. Safe to call from several threads."""

    @property
    def signature(self) -> Mapping[str, str]:
        """`summarizer` and `summarizer_version`; changes whenever choices may change."""

    def select(self, sentences: Sequence[str], paragraphs: Sequence[int], count: int) -> list[int]:
        """Indexes of the chosen sentences, ascending; `min(count, usable)` of them.

        `paragraphs[i]` is the number of the paragraph that sentence i stands in. A sentence is
        usable if it holds a letter or digit and no earlier sentence has the same words.
        Raises `ValueError` if the two lists differ in length or `count` is negative.
        """


@dataclass(frozen=True, slots=True)
class _Terms:
    """A sparse sentence-by-term matrix with rows of unit length, as parallel arrays [entries]."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    values: Vector
    sentences: int
    terms: int

    def times(self, by_term: Vector) -> Vector:
        """Product with a vector [terms]; gives [sentences]."""
        products = self.values * by_term[self.columns]
        return np.bincount(self.rows, products, minlength=self.sentences).astype(np.float64)

    def transposed_times(self, by_sentence: Vector) -> Vector:
        """Product of the transpose with a vector [sentences]; gives [terms]."""
        products = self.values * by_sentence[self.rows]
        return np.bincount(self.columns, products, minlength=self.terms).astype(np.float64)

    def similarities(self, sentence: int) -> Vector:
        """Cosines of every sentence with one of them, [sentences]."""
        one = np.zeros(self.sentences)
        one[sentence] = 1.0
        return self.times(self.transposed_times(one))


class ExtractiveSummarizer:
    """Centrality, position and shape, chosen by maximal marginal relevance.

    Centrality is degree on the graph of cosines (Erkan and Radev 2004), without their
    threshold: then it is a product with the document's centroid, the n x n graph is never built
    and the cost grows with the number of words. Their random walk scored no better in tuning
    and favours a sentence that resembles no other. Marginal relevance (Carbonell and Goldstein
    1998) is relevance times novelty here, not their weighted difference: with no weight to set,
    a near copy loses against anything.
    """

    @property
    def signature(self) -> Mapping[str, str]:
        return {"summarizer": "extractive", "summarizer_version": "1"}

    def select(self, sentences: Sequence[str], paragraphs: Sequence[int], count: int) -> list[int]:
        if len(sentences) != len(paragraphs):
            raise ValueError(f"{len(sentences)} sentences but {len(paragraphs)} paragraph numbers")
        if count < 0:
            raise ValueError(f"count is {count}")
        words = [[word.casefold() for word in _WORD.findall(s)] for s in sentences]
        usable = _usable(sentences, words)
        if len(usable) <= count:
            return usable
        terms = _weigh([words[i] for i in usable])
        scores = _centrality(terms) * _position([paragraphs[i] for i in usable])
        scores *= [_shape(sentences[i], len(words[i])) for i in usable]
        # A sentence that leans on its neighbour is held back only while that one is not chosen.
        leaning = np.array([_DANGLING.match(sentences[i]) is not None for i in usable])
        follows = np.array([False, *(b == a + 1 for a, b in pairwise(usable))])
        return [usable[i] for i in _choose(scores, terms, leaning, follows, count)]


def _usable(sentences: Sequence[str], words: Sequence[Sequence[str]]) -> list[int]:
    """Indexes of sentences that say something no earlier sentence said in the same words."""
    seen: set[tuple[str, ...]] = set()
    usable = []
    for index, (sentence, key) in enumerate(zip(sentences, map(tuple, words), strict=True)):
        if _LETTER_OR_DIGIT.search(sentence) and key not in seen:
            seen.add(key)
            usable.append(index)
    return usable


def _stem(word: str) -> str:
    """The word without the clitics `-nya`, `-lah`, `-kah`, `-pun`."""
    return word[:-3] if len(word) > 6 and word.endswith(("nya", "lah", "kah", "pun")) else word


def _weigh(words: Sequence[Sequence[str]]) -> _Terms:
    """TF-IDF within the document: log(1 + tf) * log(1 + n / df), rows scaled to length 1."""
    counts = [Counter(_stem(w) for w in row if w not in STOP_WORDS) for row in words]
    vocabulary: dict[str, int] = {}
    for row in counts:
        for term in row:
            vocabulary.setdefault(term, len(vocabulary))
    rows = np.array([i for i, row in enumerate(counts) for _ in row], dtype=np.intp)
    columns = np.array([vocabulary[term] for row in counts for term in row], dtype=np.intp)
    frequencies = np.array([n for row in counts for n in row.values()], dtype=np.float64)
    document_frequencies = np.bincount(columns, minlength=len(vocabulary))
    values = np.log1p(frequencies) * np.log1p(len(words) / document_frequencies[columns])
    lengths = np.sqrt(np.bincount(rows, values * values, minlength=len(words)))
    return _Terms(rows, columns, values / lengths[rows], len(words), len(vocabulary))


def _centrality(terms: _Terms) -> Vector:
    """Each sentence's sum of cosines with all, scaled to CENTRALITY_FLOOR..1."""
    degrees = terms.times(terms.transposed_times(np.ones(terms.sentences)))
    # Sentences of nothing but stop words have no terms, and so no degree.
    return CENTRALITY_FLOOR + (1 - CENTRALITY_FLOOR) * degrees / max(1.0, float(degrees.max()))


def _position(paragraphs: Sequence[int]) -> Vector:
    """News puts what matters first, in the article and, less so, in each paragraph."""
    order = np.arange(len(paragraphs), dtype=np.float64)
    prior = POSITION_FLOOR + (1 - POSITION_FLOOR) / (1 + POSITION_DECAY * order)
    numbers = np.array(paragraphs)
    prior[1:][numbers[1:] == numbers[:-1]] *= INSIDE_PARAGRAPH
    return prior


def _shape(sentence: str, words: int) -> float:
    """Below 1 for what reads badly as a bullet: stubs, questions, quotations, headings."""
    factor = min(1.0, words / SHORT_WORDS, LONG_WORDS / words)
    text = sentence.strip()
    ending = text.rstrip(_CLOSERS)[-1:]
    if ending == "?":
        factor *= QUESTION
    elif ending not in (".", "!", "…"):
        factor *= NO_FULL_STOP
    if len(_QUOTATION_MARKS.findall(text)) % 2:
        return factor * UNBALANCED_QUOTATION
    outside = _QUOTED.sub("", text)
    # `"…," ujarnya.` is all quotation and does not say whose.
    if 2 * len(outside) < len(text) and not any(c.isupper() for c in outside):
        factor *= ANONYMOUS_QUOTATION
    return factor


def _choose(
    scores: Vector,
    terms: _Terms,
    leaning: NDArray[np.bool_],
    follows: NDArray[np.bool_],
    count: int,
) -> list[int]:
    """Greedy maximal marginal relevance: rows of the chosen sentences, ascending.

    `leaning` marks sentences that need the one before, `follows` those whose predecessor in
    the article is the row before; all are [sentences].
    """
    relevance = np.where(leaning, scores * DANGLING_OPENING, scores)
    redundancy = np.zeros(terms.sentences)
    chosen = np.zeros(terms.sentences, dtype=bool)
    for _ in range(count):
        margin = relevance * (1 - redundancy)
        pick = int(np.argmax(np.where(chosen, -np.inf, margin)))
        chosen[pick] = True
        redundancy = np.maximum(redundancy, terms.similarities(pick))
        if pick + 1 < terms.sentences and follows[pick + 1]:
            relevance[pick + 1] = scores[pick + 1]
    return [int(row) for row in np.flatnonzero(chosen)]
