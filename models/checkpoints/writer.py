"""The interface between the service and a model that writes summaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class SummaryOptions:
    """The options of a summary, which are part of its signature.

    `beam` is the number of beams (None: the checkpoint's). `deterministic` puts every piece of an
    article in a separate batch, since rounding makes a result depend slightly on its batch.
    """

    beam: int | None = None
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
        """Summarize each article; articles and summaries are lists of sentences.

        `len(result) == len(articles)`. Raises `EngineFailed`.
        """

    def close(self) -> None:
        """Free the memory. The writer cannot be used afterwards."""
