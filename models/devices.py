"""The device and the number format of an engine.

A device that is requested by name is never replaced by another. If it is absent,
`DeviceUnavailable` is raised. Only queries about its devices import torch.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import DeviceUnavailable

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")
DTYPES = ("float32", "bfloat16", "float16")


def ctranslate_device(requested: str) -> str:
    """Return CTranslate2's device, `cpu` or `cuda`."""
    _check_name(requested)
    if requested == "mps":
        raise DeviceUnavailable(
            "CTranslate2 does not run on Apple's MPS: use `--engine transformers --device mps`, "
            "or `--device cpu`"
        )
    if requested == "cpu":
        return "cpu"
    import ctranslate2

    if ctranslate2.get_cuda_device_count() > 0:
        return "cuda"
    if requested == "cuda":
        raise DeviceUnavailable(
            "CUDA was requested and CTranslate2 found none: check `nvidia-smi`, or use "
            "`--device cpu`"
        )
    return "cpu"


def may_have_cuda() -> bool:
    """Return whether a driver for CUDA may be installed, without the import of a library."""
    drivers = (Path("/dev/nvidiactl"), Path("/dev/dxg"))  # Linux, and Linux inside Windows
    return sys.platform == "win32" or any(path.exists() for path in drivers)


def ctranslate_devices(device: str) -> list[int]:
    """Return all devices, by CUDA_VISIBLE_DEVICES; each gets a replica."""
    if device == "cpu":
        return [0]
    import ctranslate2

    return list(range(ctranslate2.get_cuda_device_count()))


def ctranslate_format(device: str) -> str:
    """Return CTranslate2's compute type: int8, on a GPU with half precision."""
    if device == "cpu":
        return "int8"
    import ctranslate2

    supported = ctranslate2.get_supported_compute_types(device)
    return next(form for form in ("int8_float16", "int8_float32", "float32") if form in supported)


def ctranslate_threads(device: str, requested: int) -> tuple[int, int]:
    """Return the number of parallel batches on a device, and threads for each.

    `requested` 0 means one thread for each core. Beam search is only partly parallel, so on the
    CPU each batch gets a single thread. On two cores that translated 1.3 to 1.6 times as much as
    several threads for one batch.
    """
    if device != "cpu":
        return 1, requested
    return requested or cores(), 1


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cuda_devices(requested: str) -> int:
    """Return the number of torch's CUDA devices; 0 if it uses another device."""
    import torch

    return torch.cuda.device_count() if choose_device(requested).type == "cuda" else 0


def choose_device(requested: str, number: int = 0) -> torch.device:
    """Return torch's device; `auto` prefers CUDA, of that `number`, then MPS."""
    import torch

    _check_name(requested)
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if requested == "auto":
        requested = next(name for name, found in available.items() if found)
    if not available[requested]:
        raise DeviceUnavailable(
            f"{requested.upper()} was requested and none was found: this torch "
            f"({torch.__version__}) sees only "
            f"{', '.join(name for name, found in available.items() if found)}; use `--device cpu`"
        )
    return torch.device(requested, number) if requested == "cuda" else torch.device(requested)


def choose_dtype(requested: str | None, device: torch.device) -> torch.dtype:
    """Return torch's number format.

    By default it is float32 on the CPU, where every processor is exact and fast enough in it. On
    CUDA and MPS it is half precision: bfloat16 on CUDA devices that have it, else float16.
    """
    import torch

    if requested is not None:
        if requested not in DTYPES:
            raise DeviceUnavailable(
                f"there is no number format called {requested!r}: choose one of {', '.join(DTYPES)}"
            )
        dtype: torch.dtype = getattr(torch, requested)
        return dtype
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.float16 if device.type == "mps" else torch.float32


def _check_name(requested: str) -> None:
    if requested not in DEVICES:
        raise DeviceUnavailable(
            f"there is no device called {requested!r}: choose one of {', '.join(DEVICES)}"
        )
