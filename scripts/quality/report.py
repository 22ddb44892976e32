"""The evaluation as Markdown tables and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.quality.challenge import Phenomenon
from scripts.quality.scores import Evaluation


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a system took over a set: seconds, source words and target tokens."""

    system: str
    seconds: float
    words: int
    tokens: int


def score_table(evaluation: Evaluation, ours: Sequence[str]) -> str:
    """BLEU, chrF++, significance and faults, our systems in bold, the signatures below."""
    lines = [
        "| system | BLEU | chrF++ | p | numbers wrong | length | loops | Indonesian |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for score in evaluation.scores:
        name = f"**{score.system}**" if score.system in ours else score.system
        chance = "" if score.p is None else f"{score.p:.3f}"
        lines.append(
            f"| {name} | {score.bleu:.1f} | {score.chrf:.1f} | {chance} | {score.numbers} "
            f"| {score.odd} | {score.loops} | {score.foreign} |"
        )
    return "\n".join([*lines, "", *(f"`{signature}`  " for signature in evaluation.signatures)])


def timing_table(timings: Sequence[Timing]) -> str:
    """Seconds and speeds, and each speed as a ratio to the last system's."""
    lines = [
        f"| system | seconds | source words/s | target tokens/s | × {timings[-1].system} |",
        "|---|---:|---:|---:|---:|",
    ]
    for timing in timings:
        ratio = (timing.words / timing.seconds) / (timings[-1].words / timings[-1].seconds)
        lines.append(
            f"| {timing.system} | {timing.seconds:.1f} | {timing.words / timing.seconds:.0f} "
            f"| {timing.tokens / timing.seconds:.0f} | {ratio:.2f} |"
        )
    return "\n".join(lines)


def challenge_table(
    challenge: Mapping[str, Phenomenon], results: Mapping[str, Mapping[str, tuple[int, int]]]
) -> str:
    """Pass rates by phenomenon, a column a system."""
    lines = [
        "| phenomenon | sentences | " + " | ".join(results) + " |",
        "|---|---:|" + "---:|" * len(results),
    ]
    for name, phenomenon in challenge.items():
        rates = (_percent(*result[name]) for result in results.values())
        lines.append(
            f"| {phenomenon.title} | {len(phenomenon.sentences)} | " + " | ".join(rates) + " |"
        )
    totals = [
        _percent(sum(right for right, _ in result.values()), sum(of for _, of in result.values()))
        for result in results.values()
    ]
    sentences = sum(len(phenomenon.sentences) for phenomenon in challenge.values())
    return "\n".join([*lines, f"| all | {sentences} | " + " | ".join(totals) + " |"])


def _percent(right: int, of: int) -> str:
    return f"{right / of:.0%}"


def draw_scores(evaluations: Mapping[str, Evaluation], ours: Sequence[str], path: Path) -> None:
    """Bars of BLEU and chrF++, a row of panels a set, our systems in colour."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        len(evaluations),
        2,
        figsize=(9, 0.8 + sum(0.6 + 0.32 * len(e.scores) for e in evaluations.values())),
        gridspec_kw={"height_ratios": [0.6 + len(e.scores) for e in evaluations.values()]},
        squeeze=False,
        layout="constrained",
    )
    for row, (name, evaluation) in zip(axes, evaluations.items(), strict=True):
        systems = [score.system for score in reversed(evaluation.scores)]
        colours = ["tab:red" if system in ours else "0.7" for system in systems]
        for panel, metric in zip(row, ("BLEU", "chrF++"), strict=True):
            values = [
                score.bleu if metric == "BLEU" else score.chrf
                for score in reversed(evaluation.scores)
            ]
            panel.bar_label(panel.barh(systems, values, color=colours), fmt="%.1f", padding=3)
            panel.set_title(f"{name}: {metric}", fontsize=10)
            panel.set_xlim(0, max(values) * 1.15 or 1)
            panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def draw_challenge(
    challenge: Mapping[str, Phenomenon],
    results: Mapping[str, Mapping[str, tuple[int, int]]],
    path: Path,
) -> None:
    """Pass rates by phenomenon, a bar a system."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 0.42 * len(challenge) + 1.2), layout="constrained")
    height = 0.8 / len(results)
    for number, (system, result) in enumerate(results.items()):
        places = [row + number * height for row in range(len(challenge))]
        rates = [100 * right / of for right, of in result.values()]
        axes.barh(places, rates, height=height, label=system)
    middle = (len(results) - 1) * height / 2
    axes.set_yticks(
        [row + middle for row in range(len(challenge))],
        [phenomenon.title for phenomenon in challenge.values()],
    )
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.set_xlabel("sentences that pass every check, %")
    axes.axvline(85, color="0.5", linewidth=0.8, linestyle="--")
    axes.legend(loc="lower left")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
