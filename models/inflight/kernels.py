"""The C++ kernels: `attention.cpp`, `topk.cpp` and `product.cpp`.

They attend to slots of a pool, find the likeliest tokens, and multiply bytes for the few rows that
decoding has. torch has nothing comparable. They compile in seconds, once for each machine.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

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
    """The compiled functions.

    `attend` and `top_tokens` compute what `layers` does, except for the order of equal tokens.
    `products` is None where torch multiplies. torch also takes the widths that these kernels
    cannot.
    """

    attend: Callable[[Tensor, Tensor, Tensor, Past], Tensor]
    top_tokens: Callable[[Tensor, int], tuple[Tensor, Tensor]]
    products: ProductKernels | None


def load(
    config: GemmaConfig, form: str, layout: Layout | None, root: Path, progress: Progress
) -> Kernels:
    """Load the kernels for a model, compiled or cached under `root`.

    `form` is one of `arithmetic.FORMATS`; products are compiled if there is a `layout`. Raises a
    `ModelError` where the kernels cannot be compiled, cached or loaded.
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


_POINTER, _NUMBER = ctypes.c_void_p, ctypes.c_int64


def _attend(library: ctypes.CDLL) -> Callable[[Tensor, Tensor, Tensor, Past], Tensor]:
    function = library.attend
    function.argtypes = [*[_POINTER] * 5, *[_NUMBER] * 3, ctypes.c_int, _POINTER]
    function.restype = None

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
    function = library.top_tokens
    function.argtypes = [_POINTER, *[_NUMBER] * 3, ctypes.c_int, *[_POINTER] * 2]
    function.restype = None

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
    function = library.product
    function.argtypes = [_POINTER, *[_NUMBER] * 2, *[_POINTER] * 3, _NUMBER, ctypes.c_int]
    function.argtypes += [_POINTER] * 3
    function.restype = None

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
    function = library.gated
    function.argtypes = [_POINTER, *[_NUMBER] * 2, *[_POINTER] * 3, _NUMBER]
    function.argtypes += [*[_POINTER] * 3, _NUMBER, ctypes.c_int, *[_POINTER] * 6]
    function.restype = None

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
    """Allocate buffers for rows as bytes and for their scales.

    torch allocates them because the C++ code cannot report an allocation failure.
    """
    padded, groups = _padded(layout, count), -(-width // GROUP)
    return torch.empty(padded * width, dtype=torch.uint8), torch.empty(padded * groups)


def _pointers(*tensors: Tensor) -> list[int]:
    return [tensor.data_ptr() for tensor in tensors]


def _weight_pointers(weight: TiledWeight) -> list[int]:
    return _pointers(weight.packed, weight.scales, weight.zeros)
