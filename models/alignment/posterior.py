"""How surely each word of one sentence stands for each word of the other, place considered.

Both directions of IBM Model 2 with a prior on the diagonal and a null word, as trained (`train`),
and then once more with links favoured that have others beside them, because words mostly move in
groups: a cheap stand-in for the order of a hidden Markov model (Vogel, Ney and Tillmann 1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.alignment.evidence import Evidence

Floats = NDArray[np.float32]

# Measured on the pairs aligned by hand and on lines with a clause cut out (docs/alignment.md).
_NULL = np.float32(0.02)
_SHARPER = 1.5
# In a shorter sentence a step is a greater part of the way.
_SHORT = 15
_NEIGHBOURS = np.float32(4)


@dataclass(frozen=True, slots=True)
class Posterior:
    """p(it stands for this source word | target word), columns of which sum to 1 at most, and
    p(it stands for this target word | source word), rows of which do: both [m, n]."""

    ahead: Floats
    behind: Floats

    def both(self) -> Floats:
        """The geometric mean of the two: [m, n]."""
        mean: Floats = np.sqrt(self.ahead * self.behind)
        return mean


def posterior(evidence: Evidence, tension: tuple[float, float]) -> Posterior:
    """The posteriors, given the tension of either direction's prior."""
    m, n = evidence.ahead.shape
    distance = np.abs(_middles(m)[:, None] - _middles(n))
    sharper = _SHARPER * min(1, max(m, n) / _SHORT)
    ahead = evidence.ahead * _prior(distance, sharper * tension[0], 0)
    behind = evidence.behind * _prior(distance, sharper * tension[1], 1)
    first = _normalised(ahead, behind, evidence)
    favour = 1 + _NEIGHBOURS * _beside(first.both())
    return _normalised(ahead * favour, behind * favour, evidence)


def _normalised(ahead: Floats, behind: Floats, evidence: Evidence) -> Posterior:
    return Posterior(
        ahead / (ahead.sum(axis=0) + _NULL * evidence.target_null),
        behind / (behind.sum(axis=1) + _NULL * evidence.source_null)[:, None],
    )


def _middles(size: int) -> Floats:
    """Where the middle of each word is, with the sentence from 0 to 1."""
    return (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)


def _prior(distance: Floats, tension: float, axis: int) -> Floats:
    weights = np.exp(np.float32(-tension) * distance)
    prior: Floats = weights * ((1 - _NULL) / weights.sum(axis=axis, keepdims=True))
    return prior


def _beside(links: Floats) -> Floats:
    """For each place what is linked next to it: on the diagonal in full, else by half."""
    half = links * np.float32(0.5)
    near = np.zeros_like(links)
    near[1:, 1:] += links[:-1, :-1]
    near[:-1, :-1] += links[1:, 1:]
    near[1:, :-1] += half[:-1, 1:]
    near[:-1, 1:] += half[1:, :-1]
    near[1:] += half[:-1]
    near[:-1] += half[1:]
    return near
