"""The packed model: one file of bytes in the order of the kernels.

The weights of products are int8. The numbers of a group of a column are Hadamard transformed and
share a scale. The file is in the safetensors format, with every tensor at a multiple of 64 bytes.
So it is mapped into memory without conversion, and processes share one copy:

- `embedding` [vocabulary, width] is bfloat16, and the factors of the norms are float32;
- `output.*`, `layers.N.{qkv,o,gate_up,down}.*` are products, each with `bytes`, `scales` and
  `zeros`, whose layout `native/kernels.h` describes;
- metadata `format` = "kabar-packed", `version`, `sum_bits`, `config` (JSON of `GemmaConfig`).

The AVX2 kernels sum byte products in 16 bits at first, because AVX2 has no instruction for 32-bit
sums. Their weights are rounded so that these sums cannot overflow, so there are two kinds of file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.embedded.gemma import Array, Gemma, GemmaConfig, Layer
from models.errors import ModelCorrupt

NAME = "packed.safetensors"
VERSION = "1"

# Constants of `native/kernels.h`.
GROUP, QUAD, COLUMNS, PAIR = 128, 4, 16, 32
HEADS, HEAD = 4, 256

# For each width of the first sums: the largest level of rows, and their zero point.
LEVELS = {16: (80, 80), 32: (127, 128)}

PRODUCTS = ("qkv", "o", "gate_up", "down")
NORMS = ("attention_norm", "post_attention_norm", "ffn_norm", "post_ffn_norm", "q_norm", "k_norm")

_MAX_WEIGHT = 127
_MIN_SCALE = 1e-12
_ALIGNMENT = 64

# Numbers of a row that the 16-bit kernels multiply in one step; eight of its products share a sum.
_STEP = 16

# Columns packed at once: they fit the processor's cache.
_COLUMNS_IN_CACHE = 1024

_DTYPES = {"I8": np.int8, "I32": np.int32, "F32": np.float32, "BF16": np.uint16}
_NAMES = {np.dtype(kind): name for name, kind in _DTYPES.items()}

Numbers = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class PackedWeight:
    """A packed weight [out, in]; the arrays are as in `native/kernels.h`."""

    bytes: Numbers
    scales: Numbers
    zeros: Numbers


def pack(weight: Array, sum_bits: int) -> PackedWeight:
    """Pack a weight [out, in]; `in` is a multiple of 32."""
    out, width = weight.shape
    columns, groups = -(-out // PAIR) * PAIR, -(-width // GROUP)
    whole = np.zeros((columns, width), np.int8)
    scales = np.zeros((columns, groups), np.float32)
    zeros = np.zeros((columns, groups), np.int32)
    _, zero_point = LEVELS[sum_bits]
    # The product of two transformed groups is GROUP times the product of the groups.
    transform = hadamard() / np.float32(GROUP)
    for start in range(0, out, _COLUMNS_IN_CACHE):
        part = slice(start, min(start + _COLUMNS_IN_CACHE, out))
        padded = np.pad(weight[part], ((0, 0), (0, groups * GROUP - width)))
        grouped = padded.reshape(len(padded), groups, GROUP)
        full = width // GROUP
        grouped[:, :full] = grouped[:, :full] @ transform
        scales[part] = _scales(grouped, sum_bits)
        numbers = np.rint(grouped / scales[part, :, None])
        zeros[part] = -zero_point * numbers.sum(2)
        whole[part] = numbers.reshape(len(padded), -1)[:, :width]
    panels = columns // COLUMNS
    return PackedWeight(
        _aligned(whole.reshape(panels, COLUMNS, width // QUAD, QUAD).transpose(0, 2, 1, 3)),
        _aligned(scales.reshape(panels, COLUMNS, groups).transpose(0, 2, 1)),
        _aligned(zeros.reshape(panels, COLUMNS, groups).transpose(0, 2, 1)),
    )


def _aligned(array: Numbers) -> Numbers:
    """Return a contiguous copy at a multiple of 64 bytes, for the kernels."""
    memory = np.empty(array.nbytes + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def _scales(grouped: Array, sum_bits: int) -> Array:
    """Return the scale of each group, [out, groups]."""
    absolute = np.abs(grouped)
    scales = absolute.max(2) / _MAX_WEIGHT
    if sum_bits == 16:
        # Limit the weights of one sign that share a sum: rows lie between 0 and twice their largest
        # level, and rounding may add a half to each weight.
        max_level, _ = LEVELS[16]
        limit = (2**15 - 1) // (2 * max_level) - _STEP // QUAD
        number = np.arange(GROUP)
        sums = np.eye(2 * GROUP // _STEP, dtype=np.float32)[
            number // _STEP * 2 + number % QUAD // 2
        ]
        largest = (absolute @ sums + np.abs(grouped @ sums)).max(2) / 2
        scales = np.maximum(scales, largest / limit)
    return np.maximum(scales, _MIN_SCALE).astype(np.float32)  # type: ignore[no-any-return]


@cache
def hadamard() -> Array:
    """Return the Hadamard matrix [GROUP, GROUP] of ones and minus ones.

    Without it, one very large number would leave no levels for the rest of its group. The transform
    spreads it over all numbers (QuaRot, Ashkboos et al. 2024).
    """
    matrix = np.ones((1, 1), np.float32)
    while len(matrix) < GROUP:
        matrix = np.kron(matrix, np.array([[1, 1], [1, -1]], np.float32))
    return matrix


def bfloat16(numbers: Array) -> npt.NDArray[np.uint16]:
    """Return the bits of the bfloat16 that is nearest to each finite number."""
    bits = np.ascontiguousarray(numbers, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def _tensors(model: Gemma, sum_bits: int) -> Iterator[tuple[str, Numbers]]:
    yield "embedding", bfloat16(model.embedding)
    yield "norm", model.norm
    yield from _parts("output", pack(model.embedding, sum_bits))
    for number, layer in enumerate(model.layers):
        for name in PRODUCTS:
            yield from _parts(f"layers.{number}.{name}", pack(joined(layer, name), sum_bits))
        for name in NORMS:
            yield f"layers.{number}.{name}", getattr(layer, name)


def joined(layer: Layer, name: str) -> Array:
    """Return a layer's weight for one of `PRODUCTS`.

    Weights that multiply the same rows are joined.
    """
    parts = {
        "qkv": (layer.q_proj, layer.k_proj, layer.v_proj),
        "o": (layer.o_proj,),
        "gate_up": (layer.gate_proj, layer.up_proj),
        "down": (layer.down_proj,),
    }
    return np.concatenate(parts[name])


def _parts(name: str, weight: PackedWeight) -> Iterator[tuple[str, Numbers]]:
    yield f"{name}.bytes", weight.bytes
    yield f"{name}.scales", weight.scales
    yield f"{name}.zeros", weight.zeros


def write_packed(model: Gemma, sum_bits: int, folder: Path) -> None:
    """Write the packed model into a folder. Raises `OSError`."""
    tensors = list(_tensors(model, sum_bits))
    header: dict[str, Any] = {
        "__metadata__": {
            "format": "kabar-packed",
            "version": VERSION,
            "sum_bits": str(sum_bits),
            "config": json.dumps(asdict(model.config)),
        }
    }
    end = 0
    for name, array in tensors:
        offsets = [end, end + array.nbytes]
        assert array.nbytes % _ALIGNMENT == 0, name
        header[name] = {
            "dtype": _NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": offsets,
        }
        end = offsets[1]
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % _ALIGNMENT)
    with (folder / NAME).open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, array in tensors:
            file.write(np.ascontiguousarray(array).data)


class PackedModel:
    """A packed model, mapped into memory. Raises `ModelCorrupt`."""

    def __init__(self, folder: Path) -> None:
        path = folder / NAME
        try:
            self._data = np.memmap(path, np.uint8, mode="r")
            size = int.from_bytes(self._data[:8].tobytes(), "little")
            header = json.loads(self._data[8 : 8 + size].tobytes())
            metadata = header.pop("__metadata__")
            if (metadata["format"], metadata["version"]) != ("kabar-packed", VERSION):
                raise ValueError(f"it has the format {metadata}")
            self.sum_bits = int(metadata["sum_bits"])
            self.config = GemmaConfig(**json.loads(metadata["config"]))
            start = 8 + size
            if start % _ALIGNMENT or self.sum_bits not in LEVELS:
                raise ValueError("its header is damaged")
            self._tensors = {
                name: self._tensor(start, about["dtype"], about["shape"], about["data_offsets"])
                for name, about in header.items()
            }
            self._check()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelCorrupt(
                f"the packed model {path} cannot be read ({error}): rebuild it with "
                f"`kabar models build --force`"
            ) from error

    def _tensor(self, start: int, kind: str, shape: list[int], offsets: list[int]) -> Numbers:
        begin, end = (start + offset for offset in offsets)
        dtype = np.dtype(_DTYPES[kind])
        if end > len(self._data) or end - begin != prod(shape) * dtype.itemsize:
            raise ValueError(f"it has {len(self._data)} bytes, and a tensor ends at {end}")
        if begin % _ALIGNMENT:
            raise ValueError("a tensor is not aligned")
        return self._data[begin:end].view(dtype).reshape(shape)

    def _check(self) -> None:
        """Raise `ValueError` for shapes that make kernels read out of bounds."""
        config = self.config
        if (config.heads, config.kv_heads, config.head_width) != (HEADS, 1, HEAD):
            raise ValueError(f"its heads are not {HEADS} of {HEAD} numbers with shared keys")
        width, heads = config.width, HEADS * HEAD
        sizes = {
            "qkv": (heads + 2 * HEAD, width),
            "o": (width, heads),
            "gate_up": (2 * config.hidden, width),
            "down": (width, config.hidden),
        }
        if width % PAIR or config.hidden % PAIR:
            raise ValueError(f"its widths are not multiples of {PAIR}")
        self._require("embedding", np.uint16, (self.vocabulary, width))
        self._require("norm", np.float32, (width,))
        self._require_weight("output", self.vocabulary, width)
        for number in range(config.layers):
            for name, (out, in_width) in sizes.items():
                self._require_weight(f"layers.{number}.{name}", out, in_width)
            for name in NORMS:
                size = HEAD if name in ("q_norm", "k_norm") else width
                self._require(f"layers.{number}.{name}", np.float32, (size,))

    def _require_weight(self, name: str, out: int, width: int) -> None:
        panels, groups = -(-out // PAIR) * PAIR // COLUMNS, -(-width // GROUP)
        self._require(f"{name}.bytes", np.int8, (panels, width // QUAD, COLUMNS, QUAD))
        self._require(f"{name}.scales", np.float32, (panels, groups, COLUMNS))
        self._require(f"{name}.zeros", np.int32, (panels, groups, COLUMNS))

    def _require(self, name: str, dtype: Any, shape: tuple[int, ...]) -> None:
        array = self._tensors[name]
        if array.dtype != dtype or array.shape != shape:
            raise ValueError(f"{name} is {array.dtype} {array.shape}, not {shape}")

    @property
    def vocabulary(self) -> int:
        return len(self._tensors["embedding"])

    def tensor(self, name: str) -> Numbers:
        """Return a tensor of the file, read-only."""
        return self._tensors[name]

    def weight(self, name: str) -> PackedWeight:
        """Return a product's weight."""
        return PackedWeight(*(self._tensors[f"{name}.{part}"] for part in PackedWeight.__slots__))
