"""The interface of the engine queue for the pipeline and the guards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from models.engine import DecodingOptions, Hypothesis
from models.errors import EngineFailed
from service.scheduling.request import RequestContext

Signature = Mapping[str, str]

# The hypothesis of a sentence, or the reason why the engine has none.
Outcome = Hypothesis | EngineFailed

# Called after every batch with the indexes of the finished sources, and their outcomes.
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
        """Return the outcome of each source; equal ones are translated once.

        Raises `Gone` if the request is cancelled, and `TimedOut` after its deadline.
        """
