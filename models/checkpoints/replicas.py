"""Several engines with the same model, one for each device, as one engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from queue import SimpleQueue

from models.engine import DecodingOptions, Engine, Hypothesis


class Replicas:
    """An engine that gives each batch to a free replica, or waits for one."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        """Take one engine or more, which differ only in their device."""
        self._engines = list(engines)
        self._free: SimpleQueue[Engine] = SimpleQueue()
        self.parallel_batches = 0
        for engine in self._engines:
            self.parallel_batches += engine.parallel_batches
            for _ in range(engine.parallel_batches):
                self._free.put(engine)
        self.signature: Mapping[str, str] = engines[0].signature
        self.max_source_tokens = engines[0].max_source_tokens

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
