"""The interface between the service and an engine.

In: a list of source segments. Out: a list of hypotheses of the same length, in the same order. An
engine translates its input as one batch; `service.scheduling` decides what shares a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, replace
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class DecodingOptions:
    """The options of a search, which are part of every result's signature."""

    beam: int = 4  # 1: greedy
    length_penalty: float = 1.0  # beams are compared by score / length ** length_penalty
    # Above 1, it divides the score of tokens already produced (Keskar et al. 2019).
    repetition_penalty: float = 1.0
    hypotheses: int = 1  # how many of the best to return, at most `beam`
    # Each segment in a separate batch, since rounding depends slightly on the batch.
    deterministic: bool = False
    thorough: bool = False  # do not drop unlikely beams

    def as_signature(self) -> dict[str, float]:
        """Return every option that decides the best hypothesis."""
        return {name: value for name, value in asdict(self).items() if name != "hypotheses"}


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The best translation found for a source segment."""

    text: str
    score: float  # mean natural log-probability of the target's tokens and its end; 0: certain
    source_tokens: int
    target_tokens: int
    finished: bool  # false at the length limit
    others: tuple[Hypothesis, ...] = ()  # the next best, if several hypotheses were requested


EMPTY = Hypothesis("", 0.0, 0, 0, True)


def translate_texts(
    sources: Sequence[str], translate: Callable[[list[str]], Sequence[Hypothesis]]
) -> list[Hypothesis]:
    """Translate the sources that are not blank, with single spaces."""
    texts = [" ".join(source.split()) for source in sources]
    found = iter(translate([text for text in texts if text]) if any(texts) else ())
    return [next(found) if text else EMPTY for text in texts]


def ranked(found: Sequence[Hypothesis]) -> Hypothesis:
    """Return the first of a segment's hypotheses, with the others attached."""
    return replace(found[0], others=tuple(found[1:]))


@runtime_checkable
class Engine(Protocol):
    """A translator of batches of segments. Safe to call from several threads."""

    @property
    def signature(self) -> Mapping[str, str]:
        """Return everything that may change results.

        The keys are `model`, `model_hash`, `engine`, `engine_version`, `quantization`, `device` and
        `address`, and `hints` (`braces`) for a model that was trained with hints.
        """

    @property
    def max_source_tokens(self) -> int:
        """Return the length limit of a source segment, in the model's tokens."""

    @property
    def parallel_batches(self) -> int:
        """Return how many batches to compute at once, from as many threads."""

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        """Count the model's tokens in each source, without prompt and end."""

    def translate(self, sources: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        """Translate one batch; `len(result) == len(sources)`, in the same order.

        An empty source gives an empty hypothesis. Raises `EngineFailed`.
        """

    def close(self) -> None:
        """Free the memory. The engine cannot be used afterwards."""


@runtime_checkable
class InflightBatching(Protocol):
    """An engine that makes its batches: new segments join those that run."""

    @property
    def max_rows(self) -> int:
        """Return how many beams it computes at once; more segments would wait."""

    def submit(self, sources: Sequence[str], options: DecodingOptions) -> list[Future[Hypothesis]]:
        """Start to translate, and return a future for each source.

        Cancelling a future ends the work. A future may raise `EngineFailed`.
        """


def target_token_limit(source_tokens: int) -> int:
    """Return the maximum length of a target, in tokens, for a source's length.

    English is seldom longer than its Indonesian source. Twice the length, plus a margin for very
    short segments, leaves room for names spelled in bytes and still stops a loop early.
    """
    return 2 * source_tokens + 24


class PromptTokenizer(Protocol):
    """The tokenizer of a decoder-only model, such as `EmbeddedTokenizer`."""

    tokens: list[str]
    eos_id: int

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]: ...

    def encode_prompts(self, prompt: str, sources: Sequence[str]) -> list[list[int]]:
        """Return the ids of the prompt, with each source in place of `{source}`."""

    def decode(self, ids: Sequence[int]) -> str: ...

    def ids_starting_with(self, text: str) -> list[int]:
        """Return the tokens whose text begins with `text`."""
