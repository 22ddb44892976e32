"""What was measured, as a picture."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from scripts.bench.picture import speed_bars


def draw(figures: dict[str, Any], path: Path) -> None:
    """Throughput beside what it is compared with, and a minute of overload, second by second.

    `figures` has the parts `throughput` and `overload`.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(11, 4), layout="constrained", width_ratios=(4, 5)
    )
    speed_bars(left, figures["throughput"]["words_a_second"], ours="Kabar")
    left.set_xlabel("source words a second, 16 clients")
    left.margins(x=0.12)

    overload = figures["overload"]
    answered = Counter((int(at), status) for at, status, _ in overload["timeline"])
    seconds = range(max(at for at, _ in answered) + 1)
    for status, label, colour in ((429, "sent away (429)", "0.8"), (200, "done", "tab:blue")):
        counts = [answered[second, status] for second in seconds]
        right.plot(seconds, counts, label=label, color=colour, drawstyle="steps-post")
    right.set_yscale("symlog")
    right.set_xlabel(f"seconds; {overload['a_second']:.0f} requests a second for a minute")
    right.set_ylabel("answers a second")
    right.legend()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
