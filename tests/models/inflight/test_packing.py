"""The packed model: its file, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from packed_reference import dequantized, small_gemma, transformed
from safetensors import safe_open

from models.errors import ModelCorrupt
from models.inflight.packing import (
    NAME,
    PRODUCTS,
    PackedModel,
    bfloat16,
    joined,
    pack,
    write_packed,
)

MODEL = small_gemma()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_packed(MODEL, 32, tmp_path)
    return tmp_path


def test_the_file_holds_the_model(folder: Path) -> None:
    packed = PackedModel(folder)
    assert packed.sum_bits == 32
    assert packed.config == MODEL.config
    assert packed.vocabulary == 1100
    assert np.array_equal(packed.tensor("embedding"), bfloat16(MODEL.embedding))
    assert np.array_equal(packed.tensor("layers.1.k_norm"), MODEL.layers[1].k_norm)
    for name in PRODUCTS:
        weight = joined(MODEL.layers[1], name)
        stored = packed.weight(f"layers.1.{name}")
        found = dequantized(stored, *weight.shape)
        # A transformed group is as long as the root of its length, which the rows divide by.
        full = weight.shape[1] // 128 * 128
        expected = transformed(weight.astype(np.float64))
        expected[:, :full] /= 128
        assert np.abs(found - expected).max() <= 0.51 * stored.scales.max()


def test_every_tensor_is_aligned_and_read_by_the_safetensors_library(folder: Path) -> None:
    packed = PackedModel(folder)
    for name in ("embedding", "norm", "output.bytes", "output.scales", "layers.0.down.zeros"):
        assert packed.tensor(name).ctypes.data % 64 == 0
        assert not packed.tensor(name).flags.writeable
    with safe_open(folder / NAME, framework="numpy") as file:
        assert np.array_equal(file.get_tensor("output.bytes"), packed.tensor("output.bytes"))


@pytest.mark.parametrize(("bits", "largest"), [(32, 127), (16, 127)])
def test_the_largest_weight_has_the_largest_level(bits: int, largest: int) -> None:
    weight = np.zeros((1, 32), np.float32)
    weight[0, 3], weight[0, 20] = 2, -1
    packed = pack(weight, bits)
    assert np.abs(packed.bytes).max() == largest
    assert packed.zeros[0, 0, 0] == -(128 if bits == 32 else 80) * int(packed.bytes.sum())


def test_bfloat16_rounds_halves_to_even() -> None:
    numbers = np.array([1.0, 1 + 2**-8, 1 + 3 * 2**-8, -2.5, 3e38], np.float32)
    assert bfloat16(numbers).tolist() == [0x3F80, 0x3F80, 0x3F82, 0xC020, 0x7F62]


@pytest.mark.parametrize("kept", [0, 4, 100, 2000, 50_000, -64, -1])
def test_a_file_that_is_not_whole_is_refused(folder: Path, kept: int) -> None:
    path = folder / NAME
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ModelCorrupt, match="rebuild it with `kabar models build --force`"):
        PackedModel(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version": "1"', b'"version": "0"'),
        (b'"sum_bits": "32"', b'"sum_bits": "31"'),
        (b'\\"heads\\": 4', b'\\"heads\\": 8'),
        (b'\\"width\\": 160', b'\\"width\\": 320'),
        (b'\\"hidden\\": 192', b'\\"hidden\\": 193'),
        (b'\\"layers\\": 2', b'\\"layers\\": 3'),
        (b'"output.zeros"', b'"output.zerox"'),
        (b'"dtype": "BF16"', b'"dtype": "BF17"'),
        (b'"data_offsets": [0,', b'"data_offsets": [1,'),
    ],
)
def test_another_header_is_refused(folder: Path, old: bytes, new: bytes) -> None:
    path = folder / NAME
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    with pytest.raises(ModelCorrupt, match="cannot be read"):
        PackedModel(folder)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match="No such file"):
        PackedModel(tmp_path)
