"""Which engine is the fastest on this machine: measured once, and the default from then on.

What was measured counts for the model, the processor and the versions that it was measured
with; with others it is forgotten, and CTranslate2, which is always there, is the default again.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from models.devices import cores

DEFAULT = "ctranslate2"
COMPARED = (DEFAULT, "inflight")

# Another engine takes longer to start and more memory, so it has to be worth it.
_WORTH = 1.1

_FILE = "engine.json"

# What decides the speed of number formats; virtual machines do not always name the processor.
_KINDS = ("avx2", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")


def remembered(data_dir: Path, model: str) -> str | None:
    """The engine that was the fastest with this model on this machine, if that is known."""
    try:
        kept = json.loads((data_dir / _FILE).read_text(encoding="utf-8"))
        engine = kept["engine"] if kept["measured_on"] == _machine(model) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return engine if engine in COMPARED else None


def remember(data_dir: Path, model: str, engine: str) -> None:
    """Make it the default. Raises `OSError` where that cannot be written."""
    kept = {"engine": engine, "measured_on": _machine(model)}
    data_dir.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=data_dir, prefix=f".{_FILE}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=2)
        Path(name).replace(data_dir / _FILE)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def choose(words_a_second: Mapping[str, float]) -> str:
    """The engine to use, of those that were measured; CTranslate2 is among them."""
    best = max(words_a_second, key=lambda engine: words_a_second[engine])
    return best if words_a_second[best] >= _WORTH * words_a_second[DEFAULT] else DEFAULT


def measure(
    engines: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    on_round: Callable[[int], None] = lambda number: None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """The seconds each engine takes for the same work, by turns: the median of `rounds`."""
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    for number in range(rounds):
        for name, work in engines.items():
            began = clock()
            work()
            seconds[name].append(clock() - began)
        on_round(number + 1)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def _machine(model: str) -> dict[str, str]:
    """What a measurement counts for."""
    return {"model": model, "processor": _processor(), "cores": str(cores())} | {
        package: _version(package) for package in ("kabar", "ctranslate2", "torch")
    }


def _processor() -> str:
    """The processor's name and what it can do, as far as the system tells."""
    told: dict[str, str] = {}
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                told.setdefault(name.strip(), value.strip())
    except OSError:
        pass
    kinds = [kind for kind in _KINDS if kind in told.get("flags", "").split()]
    return " ".join([told.get("model name") or platform.processor() or platform.machine(), *kinds])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
