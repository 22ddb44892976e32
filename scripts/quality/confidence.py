"""Separation of bad translations from the others by confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from sacrebleu.metrics.chrf import CHRF

from scripts.quality.roc import roc_area

BAD_CHRF = 40.0  # a sentence with less is a bad translation
BINS = 10


@dataclass(frozen=True, slots=True)
class Confidence:
    """The area under the ROC curve, and the bad sentences by tenths.

    `bins` has the mean confidence and the share of bad sentences of each tenth, least confident
    first.
    """

    auc: float
    bad: int
    sentences: int
    bins: list[tuple[float, float]]


def measure_confidence(
    confidences: Sequence[float], hypotheses: Sequence[str], references: Sequence[str]
) -> Confidence:
    """Compare the confidences with the sentences' chrF."""
    metric = CHRF()
    bad = [
        metric.sentence_score(hypothesis, [reference]).score < BAD_CHRF
        for hypothesis, reference in zip(hypotheses, references, strict=True)
    ]
    ranked = sorted(zip(confidences, bad, strict=True))
    bins = []
    for n in range(BINS):
        part = ranked[n * len(ranked) // BINS : (n + 1) * len(ranked) // BINS]
        if part:
            bins.append((fmean(score for score, _ in part), fmean(is_bad for _, is_bad in part)))
    return Confidence(separation(confidences, bad), sum(bad), len(bad), bins)


def separation(scores: Sequence[float], bad: Sequence[bool]) -> float:
    """Return the probability that a bad sentence scores below another one."""
    others = [score for score, is_bad in zip(scores, bad, strict=True) if not is_bad]
    return roc_area(others, [score for score, is_bad in zip(scores, bad, strict=True) if is_bad])


def draw(confidences: Mapping[str, Confidence], path: Path) -> None:
    """Draw the share of bad sentences by confidence, a line for each set."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.5, 4), layout="constrained")
    for name, confidence in confidences.items():
        scores, shares = zip(*confidence.bins, strict=True)
        label = f"{name} (AUC {confidence.auc:.2f})"
        axes.plot(scores, [100 * share for share in shares], marker="o", label=label)
    axes.set_xlabel("mean confidence of a tenth of the sentences")
    axes.set_ylabel(f"sentences with a chrF under {BAD_CHRF:.0f}, %")
    axes.set_ylim(0)
    axes.legend()
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
