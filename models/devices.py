"""Which device and number format an engine runs in.

A device that was asked for by name is never silently replaced by another: where it is not
there, `DeviceUnavailable` says so. torch is imported only where its devices are asked about.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from models.errors import DeviceUnavailable

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda", "mps")
DTYPES = ("float32", "bfloat16", "float16")


def ctranslate_device(asked: str) -> str:
    """`cpu` or `cuda`, for CTranslate2."""
    _check_name(asked)
    if asked == "mps":
        raise DeviceUnavailable(
            "CTranslate2 does not run on Apple's MPS: use `--engine transformers --device mps`, "
            "or `--device cpu`"
        )
    if asked == "cpu":
        return "cpu"
    import ctranslate2

    if ctranslate2.get_cuda_device_count() > 0:
        return "cuda"
    if asked == "cuda":
        raise DeviceUnavailable(
            "CUDA was asked for and CTranslate2 found none: check `nvidia-smi`, or use "
            "`--device cpu`"
        )
    return "cpu"


def ctranslate_devices(device: str) -> list[int]:
    """The numbers of the devices that a model is loaded on: all of them, a replica each.

    `CUDA_VISIBLE_DEVICES` says which those are.
    """
    if device == "cpu":
        return [0]
    import ctranslate2

    return list(range(ctranslate2.get_cuda_device_count()))


def ctranslate_format(device: str) -> str:
    """CTranslate2's compute type: int8, with half precision beside it where a GPU has that."""
    if device == "cpu":
        return "int8"
    import ctranslate2

    supported = ctranslate2.get_supported_compute_types(device)
    return next(form for form in ("int8_float16", "int8_float32", "float32") if form in supported)


def ctranslate_threads(device: str, asked: int) -> tuple[int, int]:
    """Batches computed at once on a device, and threads for each; `asked` 0 is one a core.

    On the CPU a thread of its own for every batch beats several threads on one: two cores
    translated 1.3 to 1.6 times as much that way, since beam search is only partly parallel.
    """
    if device != "cpu":
        return 1, asked
    return asked or cores(), 1


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cuda_devices(asked: str) -> int:
    """On how many CUDA devices torch computes where `asked` was asked for; 0: on another kind."""
    import torch

    return torch.cuda.device_count() if choose_device(asked).type == "cuda" else 0


def choose_device(asked: str, number: int = 0) -> torch.device:
    """torch's device; `auto` takes CUDA before MPS before the CPU; `number` is of a CUDA one."""
    import torch

    _check_name(asked)
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if asked == "auto":
        asked = next(name for name, found in there.items() if found)
    if not there[asked]:
        raise DeviceUnavailable(
            f"{asked.upper()} was asked for and none was found: this torch "
            f"({torch.__version__}) sees only "
            f"{', '.join(name for name, found in there.items() if found)}; use `--device cpu`"
        )
    return torch.device(asked, number) if asked == "cuda" else torch.device(asked)


def choose_dtype(asked: str | None, device: torch.device) -> torch.dtype:
    """torch's number format: float32 on the CPU, where every processor is exact and quick
    enough; half precision on CUDA (bfloat16 where the device has it) and MPS."""
    import torch

    if asked is not None:
        if asked not in DTYPES:
            raise DeviceUnavailable(
                f"there is no number format called {asked!r}: choose one of {', '.join(DTYPES)}"
            )
        chosen: torch.dtype = getattr(torch, asked)
        return chosen
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.float16 if device.type == "mps" else torch.float32


def _check_name(asked: str) -> None:
    if asked not in DEVICES:
        raise DeviceUnavailable(
            f"there is no device called {asked!r}: choose one of {', '.join(DEVICES)}"
        )
