"""Adapters: merging, refusals, and the packaged one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from models.embedded.adapter import Adapter, adapter_path, merge, read_adapter
from models.embedded.base import BASE_SHA256
from models.embedded.gemma import PROJECTIONS, Array, Gemma
from models.errors import ModelCorrupt

METADATA = {
    "format": "kabar-adapter",
    "version": "1",
    "base_sha256": BASE_SHA256,
    "prompt": "Indonesian: {source}\nEnglish:",
    "stop": "\n",
}


def of(*rows: list[float]) -> Array:
    return np.array(rows, dtype=np.float32)


def written(path: Path, **metadata: str) -> Path:
    """Write an adapter of two layers and three tokens."""
    tensors: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.generic]]] = {
        "vocabulary.kept": np.array([0, 5, 9], dtype=np.int32)
    }
    for layer in range(2):
        for place, projection in enumerate(PROJECTIONS):
            at = f"layers.{layer}.{projection}"
            tensors[f"{at}.a"] = np.full((1, 2), place, dtype=np.float16)
            tensors[f"{at}.b"] = np.full((3, 1), 10 * layer, dtype=np.float16)
    save_file(tensors, str(path), metadata=METADATA | metadata)
    return path


def test_a_literal_merge(tiny_gemma: Gemma) -> None:
    square = of([1, 0], [0, 1])
    layers = tuple(replace(layer, q_proj=square, o_proj=square) for layer in tiny_gemma.layers)
    adapter = Adapter(
        token_ids=[],
        pairs=(
            {"q_proj": (of([1, 2]), of([3], [4]))},  # rank 1
            {"o_proj": (of([1, 2], [0, 1]), of([1, 0], [0, -1]))},  # rank 2
        ),
    )
    merged = merge(tiny_gemma.with_layers(layers), adapter)
    np.testing.assert_array_equal(merged.layers[0].q_proj, of([4, 6], [4, 9]))
    np.testing.assert_array_equal(merged.layers[1].o_proj, of([2, 2], [0, 0]))
    np.testing.assert_array_equal(merged.layers[0].o_proj, square)
    np.testing.assert_array_equal(merged.layers[1].q_proj, square)
    np.testing.assert_array_equal(square, of([1, 0], [0, 1]))
    assert merged.layers[0].up_proj is layers[0].up_proj
    assert merged.embedding is tiny_gemma.embedding


def test_a_written_adapter_can_be_read(tmp_path: Path) -> None:
    adapter = read_adapter(written(tmp_path / "adapter.safetensors"))
    assert adapter.token_ids == [0, 5, 9]
    assert [list(pair) for pair in adapter.pairs] == [list(PROJECTIONS)] * 2
    a, b = adapter.pairs[1]["v_proj"]
    assert {a.dtype, b.dtype} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(a, of([2, 2]))
    np.testing.assert_array_equal(b, of([10], [10], [10]))


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"format": "lora"}, r"is not a Kabar adapter of version 1 \(its metadata: .*'lora'"),
        ({"version": "2"}, r"is not a Kabar adapter of version 1 .*MODEL_CARD\.md"),
        ({"base_sha256": "0" * 64}, r"the adapter .* was made for other base weights"),
    ],
)
def test_another_adapter_is_refused(tmp_path: Path, metadata: dict[str, str], message: str) -> None:
    path = written(tmp_path / "adapter.safetensors", **metadata)
    with pytest.raises(ModelCorrupt, match=message):
        read_adapter(path)


def test_a_file_without_metadata_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "adapter.safetensors"
    save_file({"a": of([1])}, str(path))
    with pytest.raises(ModelCorrupt, match=r"not a Kabar adapter of version 1 \(its metadata: \{"):
        read_adapter(path)


@pytest.mark.parametrize("size", [0, 7, 5_000, 1_000_000])
def test_a_truncated_file_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "adapter.safetensors"
    path.write_bytes(adapter_path().read_bytes()[:size])
    with pytest.raises(
        ModelCorrupt, match=r"the adapter .* cannot be read \(.*\): install Kabar again"
    ):
        read_adapter(path)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match=r"cannot be read .*: install Kabar again"):
        read_adapter(tmp_path / "adapter.safetensors")


def test_the_packaged_adapter() -> None:
    path = adapter_path()
    assert path.stat().st_size < 64_000_000
    adapter = read_adapter(path)
    assert len(adapter.pairs) == 18
    ranks = {(a.shape[0], b.shape[1]) for pair in adapter.pairs for a, b in pair.values()}
    assert ranks == {(128, 128)}
    assert len(adapter.token_ids) == 72_948
    assert adapter.token_ids == sorted(set(adapter.token_ids))
    assert adapter.token_ids[:8] == [0, 1, 2, 3, 107, 108, 138, 238]
    assert adapter.token_ids[-1] < 262_144
    a, b = adapter.pairs[0]["down_proj"]
    assert (a.shape, b.shape) == ((128, 2048), (640, 128))
    # On disk they are float16.
    stored = load_file(path)
    assert {str(array.dtype) for array in stored.values()} == {"float16", "int32"}
