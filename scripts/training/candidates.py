"""Which tokens a training step's output layer is computed for.

The whole output layer would be a fifth of the arithmetic of a step. Always in are the tokens that
targets use most and those of the batch, on either side (names are copied from the source). Of the
rest some are drawn evenly and count for those that were not, so that the sum over the vocabulary
keeps its expected value (importance sampling; Jean et al. 2015, section 3). The loss, a logarithm
of that sum, is a little low.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from scripts.training.data import Example

_FREQUENT = 8192
_DRAWN = 4096


@dataclass(frozen=True, slots=True)
class Candidates:
    """`ids` [count], ascending, and `log_weights` [count]: the log of how many tokens each of
    them stands for."""

    ids: Tensor
    log_weights: Tensor


class CandidateSampler:
    """Draws candidates for batches: the same for the same seed and step."""

    def __init__(self, targets: Sequence[Example], size: int, seed: int) -> None:
        counts: Counter[int] = Counter()
        for example in targets:
            counts.update(example.target)
        self._frequent = [number for number, _ in counts.most_common(_FREQUENT)]
        self._size, self._seed = size, seed

    def draw(self, batch: Sequence[Example], step: int) -> Candidates:
        """The candidates of a batch. `step` is its number in the run."""
        sure = torch.zeros(self._size, dtype=torch.bool)
        sure[self._frequent] = True
        for example in batch:
            sure[example.prompt] = True
            sure[example.target] = True
        rest = (~sure).nonzero().squeeze(1)
        log_weights = torch.zeros(self._size)
        if len(rest) > _DRAWN:
            # The generator uses the low 32 bits.
            generator = torch.Generator().manual_seed((self._seed * 1_000_003 + step) % 2**32)
            log_weights[rest] = math.log(len(rest) / _DRAWN)
            rest = rest[torch.randperm(len(rest), generator=generator)[:_DRAWN]]
        sure[rest] = True
        ids = sure.nonzero().squeeze(1)
        return Candidates(ids, log_weights[ids])
