"""The chart of a load test."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from scripts.bench.picture import speed_bars


def draw(figures: dict[str, Any], path: Path) -> None:
    """Draw throughput by system, and answers per second of the overload.

    `figures` needs the parts `throughput` and `overload`.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(11, 4), layout="constrained", width_ratios=(4, 5)
    )
    speed_bars(left, figures["throughput"]["words_a_second"], highlight="Kabar")
    left.set_xlabel("source words per second, 16 clients")
    left.margins(x=0.12)

    overload = figures["overload"]
    answered = Counter((int(at), status) for at, status, _ in overload["timeline"])
    seconds = range(max(at for at, _ in answered) + 1)
    for status, label, color in ((429, "rejected (429)", "0.8"), (200, "done", "tab:blue")):
        counts = [answered[second, status] for second in seconds]
        right.plot(seconds, counts, label=label, color=color, drawstyle="steps-post")
    right.set_yscale("symlog")
    right.set_xlabel(f"seconds; {overload['a_second']:.0f} requests per second for a minute")
    right.set_ylabel("answers per second")
    right.legend()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
