"""The C++ kernels: `attention.cpp`, `topk.cpp` and `product.cpp`.

They attend to slots of a pool, find the likeliest tokens, and multiply bytes for the few rows that
decoding has. torch has nothing comparable. They compile in seconds, once for each machine.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from models.embedded.gemma import GemmaConfig
from models.errors import BuildFailed
from models.inflight.arithmetic import cache_type
from models.inflight.build_cache import cached_build, compiler, run
from models.inflight.layers import Past
from models.inflight.tiles import GROUP, QUAD, Layout, ProductKernels, TiledWeight
from models.store import Progress

_FOLDER = Path(__file__).parent
_LIBRARY = "kernels.so"


@dataclass(frozen=True, slots=True)
class Kernels:
    """The compiled functions, which replace those of `layers`."""

    attend: Callable[[Tensor, Tensor, Tensor, Past], Tensor]
    top_tokens: Callable[[Tensor, int], tuple[Tensor, Tensor]]  # equal tokens keep their order
    products: ProductKernels | None  # None: torch multiplies, as for widths these cannot take


def load(
    config: GemmaConfig, form: str, layout: Layout | None, root: Path, progress: Progress
) -> Kernels:
    """Load the kernels for a model, compiled or cached under `root`.

    A `layout` includes products. Raises a `ModelError` where compiling or loading fails.
    """
    sources = [_FOLDER / "attention.cpp", _FOLDER / "topk.cpp"]
    flags = ["-DBFLOAT16"] if cache_type(form) == torch.bfloat16 else []
    sizes = {"HEADS": config.heads, "WIDTH": config.head_width}
    if layout:
        sources.append(_FOLDER / "product.cpp")
        sizes |= {"GROUP": GROUP, "QUAD": QUAD}
        sizes |= {field.name.upper(): getattr(layout, field.name) for field in fields(layout)}
    defines = [*(f"-D{name}={size}" for name, size in sizes.items()), *flags]

    def make(folder: Path) -> None:
        run(
            [
                *(compiler(), "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC", "-std=c++17"),
                *(*defines, *map(str, sources), "-o", str(folder / _LIBRARY)),
            ]
        )

    inputs = [*sources, *sorted(_FOLDER.glob("*.h")), Path(__file__)]
    folder = cached_build(root, "kernels", defines, inputs, make, progress)
    try:
        library = ctypes.CDLL(str(folder / _LIBRARY))
    except OSError as error:  # compiled where system libraries are newer
        raise BuildFailed(f"{folder / _LIBRARY} cannot be loaded: {error}") from error
    products = (
        ProductKernels(_product(library, layout), _gated(library, layout), layout)
        if layout
        else None
    )
    return Kernels(_attend(library), _top_tokens(library), products)


# The argument types of the C++ functions: pointer, number, and number of threads.
_TYPES = {"p": ctypes.c_void_p, "n": ctypes.c_int64, "t": ctypes.c_int}


def _function(library: ctypes.CDLL, name: str, types: str) -> Callable[..., None]:
    function = getattr(library, name)
    function.argtypes, function.restype = [_TYPES[letter] for letter in types], None
    return cast("Callable[..., None]", function)


def _attend(library: ctypes.CDLL) -> Callable[[Tensor, Tensor, Tensor, Past], Tensor]:
    function = _function(library, "attend", "pppppnnntp")

    def attend(q: Tensor, keys: Tensor, values: Tensor, past: Past) -> Tensor:
        q = q.contiguous()
        gathered = torch.empty(q.shape[0], q.shape[1] * q.shape[2])
        function(
            *_pointers(q, keys, values, past.table, past.lengths),
            *(*past.table.shape, past.window, torch.get_num_threads()),
            gathered.data_ptr(),
        )
        return gathered

    return attend


def _top_tokens(library: ctypes.CDLL) -> Callable[[Tensor, int], tuple[Tensor, Tensor]]:
    function = _function(library, "top_tokens", "pnnntpp")

    def top_tokens(logits: Tensor, count: int) -> tuple[Tensor, Tensor]:
        logits = logits.contiguous()
        ids = torch.empty(logits.shape[0], count, dtype=torch.int64)
        log_probabilities = torch.empty(logits.shape[0], count)
        function(
            *(logits.data_ptr(), *logits.shape, count, torch.get_num_threads()),
            *_pointers(ids, log_probabilities),
        )
        return ids, log_probabilities

    return top_tokens


def _product(library: ctypes.CDLL, layout: Layout) -> Callable[[Tensor, TiledWeight], Tensor]:
    function = _function(library, "product", "pnnpppntppp")

    def product(rows: Tensor, weight: TiledWeight) -> Tensor:
        rows = rows.contiguous()
        result = torch.empty(len(rows), weight.out)
        scratch = _scratch(layout, *rows.shape)
        function(
            *(rows.data_ptr(), *rows.shape, *_weight_pointers(weight), weight.out),
            *(torch.get_num_threads(), *_pointers(*scratch, result)),
        )
        return result

    return product


def _gated(
    library: ctypes.CDLL, layout: Layout
) -> Callable[[Tensor, TiledWeight, TiledWeight], Tensor]:
    function = _function(library, "gated", "pnnpppnpppntpppppp")

    def gated(rows: Tensor, gate_up: TiledWeight, down: TiledWeight) -> Tensor:
        rows = rows.contiguous()
        count, hidden, threads = len(rows), gate_up.out // 2, torch.get_num_threads()
        scratch = *_scratch(layout, *rows.shape), *_scratch(layout, count, hidden)
        per_thread = torch.empty(threads, _padded(layout, count), 2 * GROUP)
        result = torch.empty(count, down.out)
        function(
            *(rows.data_ptr(), *rows.shape, *_weight_pointers(gate_up), hidden),
            *(*_weight_pointers(down), down.out, threads),
            *_pointers(*scratch, per_thread, result),
        )
        return result

    return gated


def _padded(layout: Layout, count: int) -> int:
    """Round a number of rows up to whole tiles."""
    return -(-count // layout.rows) * layout.rows


def _scratch(layout: Layout, count: int, width: int) -> tuple[Tensor, Tensor]:
    """Allocate buffers here, as C++ cannot report a failure to allocate."""
    padded, groups = _padded(layout, count), -(-width // GROUP)
    return torch.empty(padded * width, dtype=torch.uint8), torch.empty(padded * groups)


def _pointers(*tensors: Tensor) -> list[int]:
    return [tensor.data_ptr() for tensor in tensors]


def _weight_pointers(weight: TiledWeight) -> list[int]:
    return _pointers(weight.packed, weight.scales, weight.zeros)
