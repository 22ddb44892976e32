"""Bar charts of engine speeds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def speed_bars(axes: Axes, speeds: Mapping[str, float], *, highlight: str) -> None:
    """Draw speeds as bars, and color names that begin with `highlight`."""
    names = list(speeds)[::-1]
    bars = axes.barh(names, [speeds[name] for name in names], color="0.7")
    for name, bar in zip(names, bars, strict=True):
        if name.startswith(highlight):
            bar.set_color("tab:blue")
    axes.bar_label(bars, fmt="%.0f", padding=3)


def draw_engines(speeds: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Draw a panel for each setting, with a bar for each engine."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        1, len(speeds), figsize=(4.5 * len(speeds), 3.2), layout="constrained", squeeze=False
    )
    for axes, (setting, by_engine) in zip(panels[0], speeds.items(), strict=True):
        speed_bars(axes, by_engine, highlight="inflight")
        axes.set_title(setting, fontsize="medium")
        axes.set_xlabel("source words per second")
        axes.margins(x=0.15)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
