"""A fake engine that misbehaves on demand.

It "translates" by putting every word in brackets, so that a test sees the source of each target. A
source with one of the words below causes the fault of that name.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from models.engine import DecodingOptions, Hypothesis
from models.errors import EngineFailed


class NaughtyEngine:
    """Records its sources.

    The words are `EMPTY`, `LOOP`, `CUT`, `RAISE`, `DROP` and `GARBAGE`.
    """

    max_source_tokens = 12

    def __init__(self, *, parallel_batches: int = 2, model: str = "naughty") -> None:
        self.parallel_batches = parallel_batches
        self.model = model
        self.batches: list[list[str]] = []
        self.started = 0
        self.release = threading.Event()
        self.release.set()
        self.closed = False

    @property
    def signature(self) -> Mapping[str, str]:
        return {"model": self.model, "model_hash": "0", "engine": "naughty"}

    @property
    def asked(self) -> list[str]:
        """Every translated source, in order."""
        return [source for batch in self.batches for source in batch]

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return [len(source.split()) for source in sources]

    def translate(self, sources: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        self.started += 1
        self.release.wait(30)
        self.batches.append(list(sources))
        if any("RAISE" in source for source in sources):
            raise EngineFailed("the engine raised on demand")
        if any("GARBAGE" in source for source in sources):
            return [source.upper() for source in sources]  # type: ignore[misc]
        results = [self._one(source) for source in sources]
        return results[:-1] if any("DROP" in source for source in sources) else results

    def _one(self, source: str) -> Hypothesis:
        count = len(source.split())
        if "EMPTY" in source:
            return Hypothesis("", -9.0, count, 0, True)
        if "LOOP" in source:
            return Hypothesis(" ".join(["again"] * 4 * count), -1.0, count, 4 * count, False)
        if "CUT" in source:
            return Hypothesis("short", -1.0, count, 1, True)
        target = " ".join(f"[{word}]" for word in source.split())
        return Hypothesis(target, -0.5, count, count, True)

    def close(self) -> None:
        self.closed = True
