"""The weighted terms of sentences, by which sentences are compared.

In: the words of each sentence. Out: a sparse matrix of weights, sentence by term. Its products
with itself are the cosines of sentences; the full n x n matrix of cosines is never built.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Vector = NDArray[np.float64]
Indexes = NDArray[np.intp]

_WORD = re.compile(r"\w+(?:[-.,'’/]\w+)*")

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


def words_of(sentence: str) -> list[str]:
    """Return words and numbers as written; `1.240` and `don't` are one each."""
    return _WORD.findall(sentence)


@dataclass(frozen=True)
class Terms:
    """A sparse sentence-by-term matrix with rows of unit length.

    It has parallel arrays [entries], in the order of rows. A sentence of stop words has no entries.
    """

    rows: Indexes
    columns: Indexes
    values: Vector
    sentences: int
    terms: int

    def times(self, by_term: Vector) -> Vector:
        """Multiply by a vector [terms]; returns [sentences]."""
        products = self.values * by_term[self.columns]
        return np.bincount(self.rows, products, minlength=self.sentences).astype(np.float64)

    def transposed_times(self, by_sentence: Vector) -> Vector:
        """Multiply the transpose by a vector [sentences]; returns [terms]."""
        products = self.values * by_sentence[self.rows]
        return np.bincount(self.columns, products, minlength=self.terms).astype(np.float64)

    def similarities(self, sentence: int) -> Vector:
        """Return the cosine of every sentence with one of them, [sentences]."""
        own = slice(self._starts[sentence], self._starts[sentence + 1])
        columns = self.columns[own]
        if not len(columns):
            return np.zeros(self.sentences)
        starts, rows, values = self._postings
        begin, end = starts[columns], starts[columns + 1]
        found = list(zip(begin.tolist(), end.tolist(), strict=True))
        products = np.concatenate([values[a:b] for a, b in found])
        products *= np.repeat(self.values[own], end - begin)
        sharing = np.concatenate([rows[a:b] for a, b in found])
        return np.bincount(sharing, products, minlength=self.sentences).astype(np.float64)

    def cosines(self, first: Indexes, second: Indexes) -> Vector:
        """Return the cosines of pairs of rows, [pairs]."""
        starts = self._starts
        counts = starts[first + 1] - starts[first]
        pairs = np.repeat(np.arange(len(first)), counts)
        offsets = np.arange(len(pairs)) - np.repeat(np.cumsum(counts) - counts, counts)
        entries = starts[first][pairs] + offsets
        # The entries of `second`, found by an ascending key of row and column.
        keys = self._keys
        sought = second[pairs] * self.terms + self.columns[entries]
        places = np.minimum(np.searchsorted(keys[0], sought), max(0, len(keys[0]) - 1))
        found = keys[0][places] == sought
        products = np.where(found, self.values[entries] * keys[1][places], 0.0)
        return np.bincount(pairs, products, minlength=len(first)).astype(np.float64)

    @cached_property
    def _keys(self) -> tuple[Indexes, Vector]:
        keys = self.rows * self.terms + self.columns
        order = np.argsort(keys)
        return keys[order], self.values[order]

    @cached_property
    def _starts(self) -> Indexes:
        """Return the starts of the rows' entries, and their end, [sentences + 1]."""
        return np.searchsorted(self.rows, np.arange(self.sentences + 1))

    @cached_property
    def _postings(self) -> tuple[Indexes, Indexes, Vector]:
        """Return starts [terms + 1], rows and values of the entries by term."""
        by_term = np.argsort(self.columns, kind="stable")
        starts = np.searchsorted(self.columns[by_term], np.arange(self.terms + 1))
        return starts, self.rows[by_term], self.values[by_term]


def _stem(word: str) -> str:
    """Return the word without the clitics `-nya`, `-lah`, `-kah`, `-pun`."""
    return word[:-3] if len(word) > 6 and word.endswith(("nya", "lah", "kah", "pun")) else word


def weigh(words: Sequence[Sequence[str]]) -> Terms:
    """Return TF-IDF weights: log(1 + tf) * log(1 + n / df), rows of length 1.

    `words` are the casefolded words of each sentence of a document. Stop words are ignored.
    """
    counts = [Counter(_stem(w) for w in row if w not in STOP_WORDS) for row in words]
    vocabulary: dict[str, int] = {}
    for row in counts:
        for term in row:
            vocabulary.setdefault(term, len(vocabulary))
    rows = np.repeat(np.arange(len(counts)), [len(row) for row in counts]).astype(np.intp)
    columns = np.array([vocabulary[term] for row in counts for term in row], dtype=np.intp)
    frequencies = np.array([n for row in counts for n in row.values()], dtype=np.float64)
    document_frequencies = np.bincount(columns, minlength=len(vocabulary))
    values = np.log1p(frequencies) * np.log1p(len(words) / document_frequencies[columns])
    lengths = np.sqrt(np.bincount(rows, values * values, minlength=len(words)))
    return Terms(rows, columns, values / lengths[rows], len(words), len(vocabulary))
