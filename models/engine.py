"""The interface between the service and whatever computes translations.

In goes a list of source segments, out comes a list of hypotheses of the same length in the
same order. An engine translates the batch it is given as one batch: what shares a batch is
decided by `service.scheduling.batcher`, not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, replace
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    """How hypotheses are searched for; part of every result's signature.

    `beam` is the number of beams (1: greedy). `length_penalty` is the exponent applied to the
    length of a hypothesis when beams are compared (score / length ** length_penalty).
    `repetition_penalty` above 1 divides the score of tokens already produced (Keskar et al.
    2019). `hypotheses` asks for the best so many of the beam, at most `beam`. `deterministic`
    asks whoever makes batches to give every segment a batch of its own: rounding makes a result
    depend a little on what shares its batch. `thorough` asks an engine that gives up beams which
    are not likely to win to go on with them.
    """

    beam: int = 4
    length_penalty: float = 1.0
    repetition_penalty: float = 1.0
    hypotheses: int = 1
    deterministic: bool = False
    thorough: bool = False

    def as_signature(self) -> dict[str, float]:
        """All that decides the best hypothesis."""
        return {name: value for name, value in asdict(self).items() if name != "hypotheses"}


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The best translation that was found for one source segment.

    `others` are the next best, best first, where more hypotheses than one were asked for.
    `score` is the mean log-probability (natural logarithm) of the target's tokens, end of
    sentence included: 0 is certainty. `finished` is false where the length limit ended it.
    """

    text: str
    score: float
    source_tokens: int
    target_tokens: int
    finished: bool
    others: tuple[Hypothesis, ...] = ()


def ranked(found: Sequence[Hypothesis]) -> Hypothesis:
    """The first of the hypotheses of one segment, best first, with the others in its hand."""
    return replace(found[0], others=tuple(found[1:]))


@runtime_checkable
class Engine(Protocol):
    """Translates batches of segments. Safe to call from several threads."""

    @property
    def signature(self) -> Mapping[str, str]:
        """What made a result: `model`, `model_hash`, `engine`, `engine_version`,
        `quantization` and `device`. Changes whenever results may change."""

    @property
    def max_source_tokens(self) -> int:
        """The longest source segment that may be passed, in the model's tokens."""

    @property
    def parallel_batches(self) -> int:
        """How many batches are best computed at once, from as many threads."""

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        """The number of the model's tokens in each source, without prompt or end token."""

    def translate(self, sources: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        """Translate one batch; `len(result) == len(sources)`, same order.

        An empty source gives an empty hypothesis. Raises `EngineFailed`.
        """

    def close(self) -> None:
        """Give the memory back; the engine is not used afterwards."""


@runtime_checkable
class InflightBatching(Protocol):
    """An engine that makes its batches itself: what is submitted joins those that run."""

    @property
    def max_rows(self) -> int:
        """How many beams it computes at once; to hand over many more only makes them wait."""

    def submit(self, sources: Sequence[str], options: DecodingOptions) -> list[Future[Hypothesis]]:
        """Begin to translate; each future gives its hypothesis or raises `EngineFailed`, and
        cancelling it ends the work."""


def target_token_limit(source_tokens: int) -> int:
    """The longest target, in tokens, that decoding may produce for a source of that length.

    English is seldom longer than the Indonesian it came from; twice the length and a
    margin for very short segments leaves room for names spelt out in bytes and still stops
    a loop early.
    """
    return 2 * source_tokens + 24
