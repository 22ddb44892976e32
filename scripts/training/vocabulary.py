"""Which tokens of the base vocabulary are kept.

Gemma's vocabulary serves every language; two thirds of the model are its embedding, and a large
part of every decoding step is the output layer. Kept are the tokens that the corpora use, and
what makes any text encodable: bytes, letters, marks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from models.embedded.base import BaseVocabulary
from models.embedded.tokenizer import build_tokenizer

_CONTROL = ("<pad>", "<eos>", "<bos>", "<unk>")
_BATCH = 5000


def choose(vocabulary: BaseVocabulary, texts: Iterable[str], least: int) -> list[int]:
    """The ids to keep, ascending: tokens that `texts` use at least so often, and what must stay.

    A text should be given as the model meets it: a target with the space before it.
    """
    counts = _count(vocabulary, texts)
    kept = {number for number, count in counts.items() if count >= least}
    kept |= {number for number, token in enumerate(vocabulary.tokens) if _must_stay(token)}
    return sorted(_close(vocabulary, kept))


def _count(vocabulary: BaseVocabulary, texts: Iterable[str]) -> Counter[int]:
    everything = build_tokenizer(vocabulary, range(len(vocabulary.tokens)))
    counts: Counter[int] = Counter()
    rest = iter(texts)
    while batch := list(islice(rest, _BATCH)):
        for row in everything.encode_batch(batch):
            counts.update(row)
    return counts


def _must_stay(token: str) -> bool:
    if token in _CONTROL or (token.startswith("<0x") and len(token) == 6):
        return True
    if len(token) == 1:
        # Latin letters, general punctuation, and a space as Gemma writes it.
        return ord(token) < 0x250 or 0x2010 <= ord(token) < 0x2040 or token in "€™▁"
    return len(token) == 2 and token.isascii()


def _close(vocabulary: BaseVocabulary, kept: set[int]) -> set[int]:
    """`kept` and what it takes to merge characters into each of its tokens, pair by pair."""
    ids = {token: number for number, token in enumerate(vocabulary.tokens)}
    closed = set(kept)
    waiting = sorted(closed)
    while waiting:
        number = waiting.pop()
        token = vocabulary.tokens[number]
        if not vocabulary.normal[number]:
            continue
        splits = [
            (ids[token[:cut]], ids[token[cut:]])
            for cut in range(1, len(token))
            if token[:cut] in ids and token[cut:] in ids
        ]
        if not splits or any(left in closed and right in closed for left, right in splits):
            continue
        # The way the whole vocabulary most likely builds it: of commoner parts.
        best = max(splits, key=lambda split: _commonness(vocabulary, split))
        for part in best:
            if part not in closed:
                closed.add(part)
                waiting.append(part)
    return closed


def _commonness(vocabulary: BaseVocabulary, ids: Sequence[int]) -> float:
    return min(vocabulary.scores[number] for number in ids)
