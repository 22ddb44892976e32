"""Speeds of engines as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def draw_engines(speeds: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Source words a second: a panel for each setting, a bar for each engine."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        1, len(speeds), figsize=(4.5 * len(speeds), 3.2), layout="constrained", squeeze=False
    )
    for axes, (setting, of_engines) in zip(panels[0], speeds.items(), strict=True):
        names = list(of_engines)[::-1]
        bars = axes.barh(names, [of_engines[name] for name in names], color="0.7")
        for name, bar in zip(names, bars, strict=True):
            if name.startswith("inflight"):
                bar.set_color("tab:blue")
        axes.bar_label(bars, fmt="%.0f", padding=3)
        axes.set_title(setting, fontsize="medium")
        axes.set_xlabel("source words a second")
        axes.margins(x=0.15)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
