"""Chunks of sentences that fit a model's window, and batches of chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence


def chunked(sentences: Sequence[str], window: int, count: Callable[[str], int]) -> list[list[str]]:
    """Return the sentences in chunks of at most `window` tokens.

    Spaces join a chunk's sentences; `count` returns the tokens of a text. A sentence longer than
    the window is split between words, and a longer word between characters. A single character is
    never split.
    """
    chunks: list[list[str]] = []
    for sentence in sentences:
        for part in _parts(sentence, window, count):
            if chunks and count(" ".join([*chunks[-1], part])) <= window:
                chunks[-1].append(part)
            else:
                chunks.append([part])
    return chunks


def _parts(sentence: str, window: int, count: Callable[[str], int]) -> list[str]:
    """Split a sentence in halves until every part fits."""
    if len(sentence) == 1 or count(sentence) <= window:
        return [sentence]
    middle = len(sentence) // 2
    spaces = [n for n, character in enumerate(sentence) if character == " "]
    cut = min(spaces, key=lambda n: abs(n - middle), default=middle)
    halves = sentence[:cut].rstrip(), sentence[cut:].lstrip()
    return [part for half in halves if half for part in _parts(half, window, count)]


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield the indexes of sources in batches, shortest sources first.

    A batch of several sources takes at most `budget` tokens with padding.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda n: lengths[n]):
        if batch and (len(batch) + 1) * lengths[index] > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
