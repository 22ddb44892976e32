"""The interface of the batcher, as the pipeline and the guards use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from models.engine import DecodingOptions, Hypothesis
from models.errors import EngineFailed
from service.scheduling.request import RequestContext

Signature = Mapping[str, str]

# The hypothesis of a sentence, or the reason why the engine has none.
Outcome = Hypothesis | EngineFailed

# Called after every batch with the indexes of the sources that are done, and their outcomes.
OnBatch = Callable[[Sequence[int], Sequence[Outcome]], None]


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
    ) -> list[Outcome]:
        """Return the outcome of each source, by index; equal sources are translated once.

        Raises `Gone` or `TimedOut` where the request is not wanted any more.
        """
