"""The posterior probability that words correspond, given their places.

It is IBM Model 2 in both directions, with a prior on the diagonal and a null word, as in training.
A second pass favors links that have others beside them, because words mostly move in groups. This
is a cheap substitute for the order of a hidden Markov model (Vogel, Ney and Tillmann 1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.alignment.evidence import Evidence

Floats = NDArray[np.float32]

# Measured on pairs aligned by hand, and on lines with a clause cut out (docs/alignment.md).
_NULL = np.float32(0.02)
_SHARPNESS = 1.5
# In shorter sentences, a step is a larger part of the length.
_SHORT_WORDS = 15
_NEIGHBOR_WEIGHT = np.float32(4)


@dataclass(frozen=True, slots=True)
class Posterior:
    """The posteriors of links in both directions, each [m, n]."""

    forward: Floats  # p(link | target word); columns sum to 1 at most
    backward: Floats  # p(link | source word); rows sum to 1 at most

    def both(self) -> Floats:
        """Return the geometric mean of both directions, [m, n]."""
        mean: Floats = np.sqrt(self.forward * self.backward)
        return mean


def posterior(evidence: Evidence, tension: tuple[float, float]) -> Posterior:
    """Return the posteriors, given the tension of each direction's prior."""
    m, n = evidence.forward.shape
    distance = np.abs(_middles(m)[:, None] - _middles(n))
    sharpness = _SHARPNESS * min(1, max(m, n) / _SHORT_WORDS)
    forward = evidence.forward * _prior(distance, sharpness * tension[0], 0)
    backward = evidence.backward * _prior(distance, sharpness * tension[1], 1)
    first = _normalized(forward, backward, evidence)
    weight = 1 + _NEIGHBOR_WEIGHT * _neighbors(first.both())
    return _normalized(forward * weight, backward * weight, evidence)


def _normalized(forward: Floats, backward: Floats, evidence: Evidence) -> Posterior:
    return Posterior(
        forward / (forward.sum(axis=0) + _NULL * evidence.target_null),
        backward / (backward.sum(axis=1) + _NULL * evidence.source_null)[:, None],
    )


def _middles(size: int) -> Floats:
    """Return the middle of each word, with the sentence from 0 to 1."""
    return (np.arange(size, dtype=np.float32) + np.float32(0.5)) / np.float32(size)


def _prior(distance: Floats, tension: float, axis: int) -> Floats:
    weights = np.exp(np.float32(-tension) * distance)
    prior: Floats = weights * ((1 - _NULL) / weights.sum(axis=axis, keepdims=True))
    return prior


def _neighbors(links: Floats) -> Floats:
    """Return the sum of the links beside each place; off the diagonal, half."""
    half = links * np.float32(0.5)
    near = np.zeros_like(links)
    near[1:, 1:] += links[:-1, :-1]
    near[:-1, :-1] += links[1:, 1:]
    near[1:, :-1] += half[:-1, 1:]
    near[:-1, 1:] += half[1:, :-1]
    near[1:] += half[:-1]
    near[:-1] += half[1:]
    return near
