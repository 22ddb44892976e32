"""The interface between the service and a model that writes summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class SummaryOptions:
    """The options of a summary, which are part of its signature."""

    beam: int | None = None  # None: the checkpoint's
    # Each piece of an article in a separate batch, since rounding depends slightly on the batch.
    deterministic: bool = False

    def as_signature(self) -> dict[str, int | bool | None]:
        """Return every option that decides a summary."""
        return asdict(self)


@runtime_checkable
class SummaryWriter(Protocol):
    """A model that writes summaries. Safe to call from several threads."""

    @property
    def signature(self) -> Mapping[str, str]:
        """Return `summarizer`, `summarizer_version` and all that decides results."""

    @property
    def language(self) -> str | None:
        """Return the language it reads and writes, as a code; None: the article's."""

    @property
    def max_source_tokens(self) -> int:
        """Return how many tokens of the model a text read at once may have."""

    def summarize(
        self, articles: Sequence[Sequence[str]], options: SummaryOptions
    ) -> list[list[str]]:
        """Return each article's summary as sentences. Raises `EngineFailed`."""

    def close(self) -> None:
        """Free the memory. The writer cannot be used afterwards."""
