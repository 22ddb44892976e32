"""A fake engine that a test can hold."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from naughty import NaughtyEngine

from models.engine import DecodingOptions, Hypothesis


class HeldEngine(NaughtyEngine):
    """An engine that holds a source with `TUNGGU` until the test lets it go."""

    max_source_tokens = 60

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def translate(self, sources: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        if any("TUNGGU" in source for source in sources):
            self.go.wait(120)
        return super().translate(sources, options)
