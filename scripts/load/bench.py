"""A run of the load test: its settings, its services, and its figures."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.load.processes import Running, baseline, kabar


@dataclass(frozen=True, slots=True)
class Bench:
    """The settings of a run, and its figures for the JSON file."""

    sentences: Sequence[str]
    rounds: int
    beam: int
    engine: str
    systems: Collection[str]
    models_dir: Path
    figures: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def kabar(self, **settings: str) -> Iterator[Running]:
        """Run Kabar with an empty cache and the models that are built."""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "models").symlink_to(self.models_dir)
            shared = {"beam": str(self.beam), "engine": self.engine}
            with kabar(Path(folder), **shared, **settings) as running:
                yield running

    def baseline(self, name: str) -> AbstractContextManager[Running]:
        """Run a service of `scripts.load.baselines`."""
        return baseline(name, self.models_dir.parent, beam=str(self.beam), engine=self.engine)


def print_row(figure: str, measured: str, target: str) -> None:
    print(f"| {figure} | {measured} | {target} |", flush=True)


def log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
