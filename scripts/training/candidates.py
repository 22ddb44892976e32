"""The tokens for which a training step computes the output layer.

The whole output layer would be a fifth of a step's arithmetic. The candidates are the most frequent
tokens of targets, the tokens of the batch on both sides (names are copied from the source), and a
uniform sample of the rest. The sampled tokens count for those that were not drawn, so that the sum
over the vocabulary keeps its expected value (importance sampling; Jean et al. 2015, section 3).
The loss, a logarithm of that sum, is a little low.
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
    """Token ids [count], ascending, and their weights [count].

    A weight is the log of the number of tokens that an id stands for.
    """

    ids: Tensor
    log_weights: Tensor


class CandidateSampler:
    """A sampler of candidates; they depend on batch, seed and step alone."""

    def __init__(self, targets: Sequence[Example], size: int, seed: int) -> None:
        counts: Counter[int] = Counter()
        for example in targets:
            counts.update(example.target)
        self._frequent = [number for number, _ in counts.most_common(_FREQUENT)]
        self._size, self._seed = size, seed

    def draw(self, batch: Sequence[Example], step: int) -> Candidates:
        """Return the candidates of a batch. `step` is its number in the run."""
        chosen = torch.zeros(self._size, dtype=torch.bool)
        chosen[self._frequent] = True
        for example in batch:
            chosen[example.prompt] = True
            chosen[example.target] = True
        rest = (~chosen).nonzero().squeeze(1)
        log_weights = torch.zeros(self._size)
        if len(rest) > _DRAWN:
            # The generator uses only the low 32 bits of a seed.
            generator = torch.Generator().manual_seed((self._seed * 1_000_003 + step) % 2**32)
            log_weights[rest] = math.log(len(rest) / _DRAWN)
            rest = rest[torch.randperm(len(rest), generator=generator)[:_DRAWN]]
        chosen[rest] = True
        ids = chosen.nonzero().squeeze(1)
        return Candidates(ids, log_weights[ids])
