"""The interface that the batcher, the cache and whatever wraps them next have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from models.engine import DecodingOptions, Hypothesis
from models.errors import EngineFailed
from service.scheduling.request import RequestContext

Signature = Mapping[str, str]

# Raise this when the same sentence, model and options give another result: it is part of every
# key of the cache and of every result's id.
PIPELINE_VERSION = "9"

# A sentence's hypothesis, or why the engine has none.
Outcome = Hypothesis | EngineFailed

# Told of every batch as it is done: the distinct sources, and what became of them.
OnBatch = Callable[[Sequence[str], Sequence[Outcome]], None]


class Translator(Protocol):
    """Translates any number of segments. Safe to call from several threads."""

    @property
    def signature(self) -> Signature: ...

    @property
    def max_source_tokens(self) -> int: ...

    def count_tokens(self, sources: Sequence[str]) -> list[int]: ...

    def translate(
        self,
        sources: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        on_batch: OnBatch | None = None,
    ) -> tuple[list[Outcome], list[bool]]:
        """What became of each source, by index, and whether it was known before.

        Raises `Gone` or `TimedOut` where the ticket is not valid any more.
        """
