"""The fastest engine on this machine, as `kabar models measure` found it.

A measurement is valid for its model, processor and package versions. If any of them changes, the
default is CTranslate2 again, which is always installed.
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

# Minimum speed-up of another engine, which takes longer to start and more memory.
_MIN_SPEEDUP = 1.1

_FILE = "engine.json"

# Instructions that decide the speed of number formats; virtual machines may hide the processor's
# name.
_INSTRUCTIONS = ("avx2", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_int8", "amx_bf16")


def remembered(data_dir: Path, model: str) -> str | None:
    """Return the fastest engine for a model on this machine, or None."""
    try:
        record = json.loads((data_dir / _FILE).read_text(encoding="utf-8"))
        engine = record["engine"] if record["measured_on"] == _machine(model) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return engine if engine in COMPARED else None


def remember(data_dir: Path, model: str, engine: str) -> None:
    """Make an engine the default. Raises `OSError` if that cannot be written."""
    record = {"engine": engine, "measured_on": _machine(model)}
    data_dir.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=data_dir, prefix=f".{_FILE}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2)
        Path(name).replace(data_dir / _FILE)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def choose(words_per_second: Mapping[str, float]) -> str:
    """Return the engine to use, given the speeds of `DEFAULT` and others."""
    best = max(words_per_second, key=lambda engine: words_per_second[engine])
    threshold = _MIN_SPEEDUP * words_per_second[DEFAULT]
    return best if words_per_second[best] >= threshold else DEFAULT


def measure(
    engines: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    on_round: Callable[[int], None] = lambda number: None,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, float]:
    """Return each engine's median seconds; the engines alternate."""
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    for number in range(rounds):
        for name, work in engines.items():
            began = clock()
            work()
            seconds[name].append(clock() - began)
        on_round(number + 1)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def _machine(model: str) -> dict[str, str]:
    """Return everything that a measurement depends on."""
    return {"model": model, "processor": _processor(), "cores": str(cores())} | {
        package: _version(package) for package in ("kabar", "ctranslate2", "torch")
    }


def _processor() -> str:
    """Return the processor's name and instructions, as the system knows them."""
    properties: dict[str, str] = {}
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                properties.setdefault(name.strip(), value.strip())
    except OSError:
        pass
    flags = properties.get("flags", "").split()
    name = properties.get("model name") or platform.processor() or platform.machine()
    return " ".join([name, *(flag for flag in _INSTRUCTIONS if flag in flags)])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
