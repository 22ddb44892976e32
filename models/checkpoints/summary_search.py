"""Search for summaries with transformers, by a checkpoint's settings.

In: an encoder-decoder model, and rows of ids. Out: the ids of each summary. It knows no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import GenerationConfig, LogitsProcessorList

from models.checkpoints.generation import SearchSettings, pad_rows

# Defaults, and upper limits, for the settings of a checkpoint.
_BEAM, _MAX_BEAMS = 4, 16
_MAX_LENGTH = 256
# A checkpoint's shortest summary is meant for whole articles. A short text needs at most a fourth
# of its length, since models that must continue invent things.
_SHORTEST_SHARE = 4


@dataclass(frozen=True, slots=True)
class SummarySettings:
    """The generation settings of a checkpoint, within limits."""

    control: SearchSettings
    beam: int
    length_penalty: float
    early_stopping: bool
    no_repeat_ngram: int
    shortest: int  # tokens after the decoder's first, without the end token
    longest: int  # tokens after the decoder's first, with the end token

    @classmethod
    def read(cls, generation: Any, control: SearchSettings, positions: int) -> SummarySettings:
        """Read transformers' generation settings for a model's `positions`."""
        begin = 1 + len(control.forced)
        longest = generation.max_new_tokens
        longest = longest or (generation.max_length or _MAX_LENGTH + begin) - begin
        longest = min(longest, _MAX_LENGTH, positions - begin)
        shortest = generation.min_new_tokens or (generation.min_length or 0) - begin
        penalty = generation.length_penalty
        return cls(
            control=control,
            beam=min(generation.num_beams or _BEAM, _MAX_BEAMS),
            length_penalty=1.0 if penalty is None else penalty,
            # "never" would make a row depend on the longest limit in its batch.
            early_stopping=generation.early_stopping is True,
            no_repeat_ngram=generation.no_repeat_ngram_size or 0,
            shortest=max(0, min(shortest, longest - 1)),
            longest=longest,
        )

    @property
    def begin(self) -> int:
        """Return how many tokens begin the decoder's input."""
        return 1 + len(self.control.forced)

    def bounds(self, length: int) -> tuple[int, int]:
        """Return the bounds of a summary, which is not longer than its source."""
        return min(self.shortest, length // _SHORTEST_SHARE), min(self.longest, length + 1)


class SummarySearcher:
    """A search for summaries with one model. Not safe for several threads."""

    def __init__(self, model: Any, settings: SummarySettings, device: torch.device) -> None:
        # Otherwise the checkpoint's settings would apply where a search sets none.
        model.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]
        self._model = model.to(device)
        self.settings = settings
        self._device = device

    def search(
        self, rows: Sequence[Sequence[int]], lengths: Sequence[int], beam: int
    ) -> list[tuple[list[int], bool]]:
        """Return each row's summary as ids, and whether it ended before its limit.

        `lengths` are the sources' lengths in tokens, without what surrounds them in `rows`.
        """
        settings, control = self.settings, self.settings.control
        bounds = [settings.bounds(length) for length in lengths]
        config = control.config(
            beam,
            max(longest for _, longest in bounds),
            no_repeat_ngram_size=settings.no_repeat_ngram,
        )
        if beam > 1:
            config.length_penalty = settings.length_penalty
            config.early_stopping = settings.early_stopping
        ids, mask = pad_rows(rows, control.pad, self._device, left=False)
        output = self._model.generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=config,
            logits_processor=LogitsProcessorList(
                [_RowBounds(settings.begin, bounds, sorted(control.stop), beam)]
            ),
        )
        found = []
        for row, (_, longest) in zip(output.tolist(), bounds, strict=True):
            summary = row[settings.begin :]
            end = next((n for n, at in enumerate(summary) if at in control.stop), len(summary))
            found.append((summary[:end], end + 1 < longest))
        return found


class _RowBounds:
    """A processor that keeps the end of each row within its bounds."""

    def __init__(
        self, begin: int, bounds: Sequence[tuple[int, int]], stop: Sequence[int], beam: int
    ) -> None:
        self._begin, self._bounds, self._stop, self._beam = begin, bounds, list(stop), beam

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        written = input_ids.shape[1] - self._begin
        scores = scores.clone()
        for n, (shortest, longest) in enumerate(self._bounds):
            row = scores[n * self._beam : (n + 1) * self._beam]
            if written < shortest:
                row[:, self._stop] = -float("inf")
            elif written + 1 >= longest:
                row[:] = -float("inf")
                row[:, self._stop[0]] = 0.0
        return scores
