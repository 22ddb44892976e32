"""Devices: one that is requested by name is used, or an error is raised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ctranslate2
import pytest
import torch

from models.catalogue import find_model
from models.devices import (
    choose_device,
    choose_dtype,
    cores,
    ctranslate_device,
    ctranslate_devices,
    ctranslate_format,
    ctranslate_threads,
    cuda_devices,
)
from models.errors import DeviceUnavailable
from models.load import load_engine
from models.store import ModelStore


@pytest.fixture
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the libraries find the devices of the parameter."""
    devices = request.param
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: int("cuda" in devices))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in devices)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in devices)


ON: dict[str, Any] = {"indirect": ["machine"]}


@pytest.mark.parametrize(
    ("machine", "requested", "found"),
    [
        ("", "auto", "cpu"),
        ("", "cpu", "cpu"),
        ("mps", "auto", "cpu"),
        ("cuda", "auto", "cuda"),
        ("cuda", "cuda", "cuda"),
        ("cuda", "cpu", "cpu"),
    ],
    **ON,
)
@pytest.mark.usefixtures("machine")
def test_devices_of_ctranslate(requested: str, found: str) -> None:
    assert ctranslate_device(requested) == found


@pytest.mark.parametrize(
    ("machine", "requested", "found"),
    [
        ("", "auto", "cpu"),
        ("", "cpu", "cpu"),
        ("mps", "auto", "mps"),
        ("mps", "mps", "mps"),
        ("cuda", "auto", "cuda"),
        ("cuda mps", "auto", "cuda"),
        ("cuda mps", "mps", "mps"),
        ("cuda", "cpu", "cpu"),
    ],
    **ON,
)
@pytest.mark.usefixtures("machine")
def test_devices_of_torch(requested: str, found: str) -> None:
    assert choose_device(requested).type == found


UNKNOWN = "there is no device called 'gpu': choose one of auto, cpu, cuda, mps"


@pytest.mark.parametrize(
    ("machine", "engine", "requested", "message"),
    [
        (
            "",
            "ctranslate2",
            "cuda",
            "CUDA was requested and CTranslate2 found none: check `nvidia-smi`, or use "
            "`--device cpu`",
        ),
        (
            "cuda mps",
            "ctranslate2",
            "mps",
            "CTranslate2 does not run on Apple's MPS: use `--engine transformers --device mps`, "
            "or `--device cpu`",
        ),
        (
            "",
            "transformers",
            "cuda",
            f"CUDA was requested and none was found: this torch ({torch.__version__}) sees only "
            f"cpu; use `--device cpu`",
        ),
        (
            "cuda",
            "transformers",
            "mps",
            f"MPS was requested and none was found: this torch ({torch.__version__}) sees only "
            f"cuda, cpu; use `--device cpu`",
        ),
        ("cuda mps", "ctranslate2", "gpu", UNKNOWN),
        ("cuda mps", "transformers", "gpu", UNKNOWN),
    ],
    **ON,
)
@pytest.mark.usefixtures("machine")
def test_an_absent_device_is_named_before_anything_is_built(
    tmp_path: Path, engine: str, requested: str, message: str
) -> None:
    with pytest.raises(DeviceUnavailable) as caught:
        load_engine(
            find_model("kabar-id-en"),
            ModelStore(tmp_path / "models"),
            engine=engine,
            device=requested,
        )
    assert caught.value.detail == message
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("device", "requested", "found"),
    [
        ("cpu", 0, (cores(), 1)),
        ("cpu", 1, (1, 1)),
        ("cpu", 3, (3, 1)),
        ("cuda", 0, (1, 0)),
        ("cuda", 3, (1, 3)),
    ],
)
def test_parallel_batches_and_threads_for_each(
    device: str, requested: int, found: tuple[int, int]
) -> None:
    assert ctranslate_threads(device, requested) == found


@pytest.mark.parametrize(
    ("requested", "device", "has_bfloat16", "found"),
    [
        (None, "cpu", True, torch.float32),
        (None, "mps", True, torch.float16),
        (None, "cuda", True, torch.bfloat16),
        (None, "cuda", False, torch.float16),
        ("float32", "cuda", True, torch.float32),
        ("bfloat16", "cpu", True, torch.bfloat16),
        ("float16", "mps", True, torch.float16),
    ],
)
def test_number_formats_of_torch(
    monkeypatch: pytest.MonkeyPatch,
    requested: str | None,
    device: str,
    has_bfloat16: bool,
    found: torch.dtype,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: has_bfloat16)
    assert choose_dtype(requested, torch.device(device)) == found


def test_an_unknown_number_format() -> None:
    with pytest.raises(DeviceUnavailable) as caught:
        choose_dtype("int4", torch.device("cpu"))
    assert caught.value.detail == (
        "there is no number format called 'int4': choose one of float32, bfloat16, float16"
    )


@pytest.mark.parametrize(
    ("device", "count", "found"), [("cpu", 0, [0]), ("cuda", 1, [0]), ("cuda", 3, [0, 1, 2])]
)
def test_a_replica_on_every_device(
    device: str, count: int, found: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctranslate2.get_cuda_device_count", lambda: count)
    assert ctranslate_devices(device) == found
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    assert cuda_devices(device) == count


@pytest.mark.parametrize(
    ("device", "supported", "found"),
    [
        ("cpu", {"int8", "float32"}, "int8"),
        ("cuda", {"int8_float16", "int8_float32", "float32"}, "int8_float16"),
        ("cuda", {"int8_float32", "float32"}, "int8_float32"),
        ("cuda", {"float32"}, "float32"),
    ],
)
def test_half_precision_on_devices_that_have_it(
    device: str, supported: set[str], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctranslate2.get_supported_compute_types", lambda _: supported)
    assert ctranslate_format(device) == found
