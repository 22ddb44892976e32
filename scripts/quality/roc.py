"""The area under the ROC curve (Hanley and McNeil 1982)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def roc_area(high: Sequence[float], low: Sequence[float]) -> float:
    """Return the probability that a value of `high` is above one of `low`.

    Ties count half. Where one of them is empty, it is 0.5.
    """
    if not high or not low:
        return 0.5
    _, inverse, counts = np.unique(
        np.concatenate([low, high]), return_inverse=True, return_counts=True
    )
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    above = ranks[len(low) :].sum() - len(high) * (len(high) + 1) / 2
    return float(above / (len(high) * len(low)))
