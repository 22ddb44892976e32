"""The adapter: low-rank changes (LoRA, Hu et al. 2021), and a vocabulary.

It is a safetensors file, described in `MODEL_CARD.md`:

- `layers.{0..17}.{projection}.a` [rank, in] and `.b` [out, rank] are float16, for each of
  `gemma.PROJECTIONS`. The merged weight is `W + b @ a`; `b` includes any scale.
- `vocabulary.kept` [tokens] int32: the ids of the base vocabulary in the model, ascending. A
  token's new id is its index in this list.
- metadata `format` = "kabar-adapter", `version` = "1", `base_sha256`, `prompt`, `stop`, and
  `hints` = "braces" if it was trained with hints.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.embedded.base import BASE_SHA256
from models.embedded.gemma import PROJECTIONS, Array, Gemma
from models.errors import ModelCorrupt


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter; `pairs[layer][projection]` is (a [rank, in], b [out, rank])."""

    token_ids: list[int]
    pairs: tuple[dict[str, tuple[Array, Array]], ...]

    def digest(self) -> str:
        """Return the sha256 of the changes, in hexadecimal."""
        digest = hashlib.sha256()
        for pair in self.pairs:
            for a, b in pair.values():
                digest.update(a.tobytes())
                digest.update(b.tobytes())
        return digest.hexdigest()


def adapter_path() -> Path:
    """Return the path of the adapter in this package."""
    return Path(str(files("models.embedded").joinpath("adapter.safetensors")))


def read_adapter(path: Path) -> Adapter:
    """Read and check an adapter. Raises `ModelCorrupt`."""
    metadata, arrays = _read(path)
    if metadata.get("format") != "kabar-adapter" or metadata.get("version") != "1":
        raise ModelCorrupt(
            f"{path} is not a Kabar adapter of version 1 (its metadata: {metadata}): "
            f"see models/embedded/MODEL_CARD.md for the layout"
        )
    if metadata.get("base_sha256") != BASE_SHA256:
        raise ModelCorrupt(
            f"the adapter {path} was made for other base weights: use one for sha256 {BASE_SHA256}"
        )
    try:
        return _adapter_of(arrays)
    except (KeyError, ValueError) as error:
        raise ModelCorrupt(
            f"the adapter {path} lacks a tensor ({error}): install Kabar again"
        ) from error


def read_metadata(path: Path) -> dict[str, str]:
    """Read an adapter's metadata. Raises `ModelCorrupt`."""
    return _read(path, arrays=False)[0]


def _read(
    path: Path, *, arrays: bool = True
) -> tuple[dict[str, str], dict[str, npt.NDArray[np.generic]]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="numpy") as file:
            names = list(file.keys()) if arrays else []
            return file.metadata() or {}, {name: file.get_tensor(name) for name in names}
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelCorrupt(
            f"the adapter {path} cannot be read ({error}): install Kabar again"
        ) from error


def _adapter_of(arrays: dict[str, npt.NDArray[np.generic]]) -> Adapter:
    layers = 1 + max(int(name.split(".")[1]) for name in arrays if name.startswith("layers."))
    pairs = tuple(
        {
            projection: (
                arrays[f"layers.{number}.{projection}.a"].astype(np.float32),
                arrays[f"layers.{number}.{projection}.b"].astype(np.float32),
            )
            for projection in PROJECTIONS
        }
        for number in range(layers)
    )
    return Adapter(arrays["vocabulary.kept"].astype(int).tolist(), pairs)


def write_adapter(path: Path, adapter: Adapter, metadata: dict[str, str]) -> None:
    """Write an adapter with `metadata`, complete or not at all."""
    from safetensors.numpy import save_file

    arrays: dict[str, npt.NDArray[np.generic]] = {
        "vocabulary.kept": np.array(adapter.token_ids, dtype=np.int32)
    }
    for number, pairs in enumerate(adapter.pairs):
        for projection, (a, b) in pairs.items():
            arrays[f"layers.{number}.{projection}.a"] = a.astype(np.float16)
            arrays[f"layers.{number}.{projection}.b"] = b.astype(np.float16)
    fresh = path.with_name(path.name + ".new")
    checked = {"format": "kabar-adapter", "version": "1", "base_sha256": BASE_SHA256}
    save_file(arrays, fresh, metadata=metadata | checked)
    fresh.chmod(0o644)  # the library makes it readable by the owner only
    fresh.replace(path)


def merge(base: Gemma, adapter: Adapter) -> Gemma:
    """Add the adapter's changes to the base weights."""
    return base.with_layers(
        tuple(
            replace(layer, **{name: getattr(layer, name) + b @ a for name, (a, b) in pair.items()})
            for layer, pair in zip(base.layers, adapter.pairs, strict=True)
        )
    )
