"""The choice of tokens to keep from the base vocabulary.

Gemma's vocabulary serves every language. Its embedding is two thirds of the model, and its output
layer a large part of every decoding step. The tokens of the corpora are kept, and those that make
any text encodable: bytes, letters and marks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

from models.embedded.base import BaseVocabulary
from models.embedded.tokenizer import build_tokenizer

_CONTROL = ("<pad>", "<eos>", "<bos>", "<unk>")
_BATCH = 5000


def choose(vocabulary: BaseVocabulary, texts: Iterable[str], min_uses: int) -> list[int]:
    """Return the ids to keep, ascending.

    They have `min_uses` in `texts`, or are required. Give texts as the model gets them: a target
    with the space before it.
    """
    counts = _count(vocabulary, texts)
    kept = {number for number, count in counts.items() if count >= min_uses}
    kept |= {number for number, token in enumerate(vocabulary.tokens) if _is_required(token)}
    return sorted(_close(vocabulary, kept))


def _count(vocabulary: BaseVocabulary, texts: Iterable[str]) -> Counter[int]:
    tokenizer = build_tokenizer(vocabulary, range(len(vocabulary.tokens)))
    counts: Counter[int] = Counter()
    rest = iter(texts)
    while batch := list(islice(rest, _BATCH)):
        for row in tokenizer.encode_batch(batch):
            counts.update(row)
    return counts


def _is_required(token: str) -> bool:
    if token in _CONTROL or (token.startswith("<0x") and len(token) == 6):
        return True
    if len(token) == 1:
        # Latin letters, general punctuation, and Gemma's mark for a space.
        return ord(token) < 0x250 or 0x2010 <= ord(token) < 0x2040 or token in "€™▁"
    return len(token) == 2 and token.isascii()


def _close(vocabulary: BaseVocabulary, kept: set[int]) -> set[int]:
    """Add the tokens from which kept tokens are merged, pair by pair."""
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
        # The whole vocabulary most likely builds it from more frequent parts.
        best = max(splits, key=lambda split: _min_score(vocabulary, split))
        for part in best:
            if part not in closed:
                closed.add(part)
                waiting.append(part)
    return closed


def _min_score(vocabulary: BaseVocabulary, ids: Sequence[int]) -> float:
    return min(vocabulary.scores[number] for number in ids)
