"""From a checkpoint's folder to a decoder, compiled where possible."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.inflight import kernels
from models.inflight.arithmetic import best_layout
from models.inflight.checkpoint import Checkpoint
from models.inflight.decoder import Decoder
from models.store import Progress

_log = logging.getLogger(__name__)


def load_decoder(
    folder: Path, form: str, slots: int, programs: Path | None, progress: Progress
) -> Decoder:
    """Load the decoder of a checkpoint.

    Compiled code is cached in the folder `programs` (None: run without). A warning says where
    compiling failed, and the decoder then runs without it.
    """
    weights = Checkpoint(folder)
    compiled = None
    if programs is not None:
        with _or_uncompiled():
            compiled = kernels.load(weights.config, form, best_layout(form), programs, progress)
    decoder = Decoder(
        weights.config, weights.embedding(), weights.layers(), weights.norm(), form, slots, compiled
    )
    if programs is not None and compiled is not None:
        with _or_uncompiled():
            decoder.compile(programs, progress)
    return decoder


@contextmanager
def _or_uncompiled() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # torch and the compiler may raise any exception
        _log.warning(
            "the inflight engine could not be compiled and runs more slowly (%s: %s)",
            type(error).__name__,
            str(error).split("\n", 1)[0],
        )
