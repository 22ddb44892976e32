"""Several engines with the same model, one on each device, as one engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from queue import SimpleQueue

from models.engine import DecodingOptions, Engine, Hypothesis


class Replicas:
    """Gives every batch to an engine that is free; who calls while none is waits for one."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        """One engine at least; they differ in nothing but their device."""
        self._engines = list(engines)
        self._free: SimpleQueue[Engine] = SimpleQueue()
        self.parallel_batches = 0
        for engine in self._engines:
            self.parallel_batches += engine.parallel_batches
            for _ in range(engine.parallel_batches):
                self._free.put(engine)

    @property
    def signature(self) -> Mapping[str, str]:
        return self._engines[0].signature

    @property
    def max_source_tokens(self) -> int:
        return self._engines[0].max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return self._engines[0].count_tokens(sources)

    def translate(self, sources: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        engine = self._free.get()
        try:
            return engine.translate(sources, options)
        finally:
            self._free.put(engine)

    def close(self) -> None:
        for engine in self._engines:
            engine.close()
