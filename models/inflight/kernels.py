"""What is written in C++, since torch has nothing like it: attention over slots of a pool
(`attention.cpp`), the search for the likeliest tokens (`topk.cpp`), and products of bytes at the
few rows that decoding has (`product.cpp`). Compiled in seconds for the machine at hand, once, and
kept."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from torch import Tensor

from models.embedded.gemma import GemmaConfig
from models.errors import BuildFailed
from models.inflight.arithmetic import kept_type
from models.inflight.build_cache import compiler, kept, run
from models.inflight.layers import Past
from models.inflight.tiles import GROUP, QUAD, ByteWeight, Layout, Products
from models.store import Progress

_HERE = Path(__file__).parent
_LIBRARY = "kernels.so"


@dataclass(frozen=True, slots=True)
class Kernels:
    """`attend` and `choose` do what those of `parts` do, but for which of equal tokens come first;
    there are no `products` where torch's own are used, as they are for widths that these cannot
    take."""

    attend: Callable[[Tensor, Tensor, Tensor, Past], Tensor]
    choose: Callable[[Tensor, int], tuple[Tensor, Tensor]]
    products: Products | None


def load(
    config: GemmaConfig, form: str, layout: Layout | None, root: Path, progress: Progress
) -> Kernels:
    """The kernels for a model in one of `arithmetic.FORMATS`, with products if there is a `layout`
    for them, compiled first where they are not kept under `root`.

    Raises a `ModelError` where they cannot be compiled, kept or loaded.
    """
    sources = [_HERE / "attention.cpp", _HERE / "topk.cpp"]
    rounded = ["-DROUNDED"] if kept_type(form) == torch.bfloat16 else []
    sizes = {"HEADS": config.heads, "WIDTH": config.head_width}
    if layout:
        sources.append(_HERE / "product.cpp")
        sizes |= {"GROUP": GROUP, "QUAD": QUAD}
        sizes |= {field.name.upper(): getattr(layout, field.name) for field in fields(layout)}
    defined = [*(f"-D{name}={size}" for name, size in sizes.items()), *rounded]

    def make(folder: Path) -> None:
        run(
            [
                *(compiler(), "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC", "-std=c++17"),
                *(*defined, *map(str, sources), "-o", str(folder / _LIBRARY)),
            ]
        )

    read = [*sources, *sorted(_HERE.glob("*.h")), Path(__file__)]
    folder = kept(root, "kernels", defined, read, make, progress)
    try:
        library = ctypes.CDLL(str(folder / _LIBRARY))
    except OSError as error:  # made where libraries are newer
        raise BuildFailed(f"{folder / _LIBRARY} cannot be loaded: {error}") from error
    products = (
        Products(_product(library, layout), _gated(library, layout), layout) if layout else None
    )
    return Kernels(_attend(library), _choose(library), products)


_POINTER, _NUMBER = ctypes.c_void_p, ctypes.c_int64


def _attend(library: ctypes.CDLL) -> Callable[[Tensor, Tensor, Tensor, Past], Tensor]:
    function = library.attend
    function.argtypes = [*[_POINTER] * 5, *[_NUMBER] * 3, ctypes.c_int, _POINTER]
    function.restype = None

    def attend(q: Tensor, keys: Tensor, values: Tensor, past: Past) -> Tensor:
        q = q.contiguous()
        gathered = torch.empty(q.shape[0], q.shape[1] * q.shape[2])
        function(
            *(tensor.data_ptr() for tensor in (q, keys, values, past.table, past.lengths)),
            *(*past.table.shape, past.window, torch.get_num_threads()),
            gathered.data_ptr(),
        )
        return gathered

    return attend


def _choose(library: ctypes.CDLL) -> Callable[[Tensor, int], tuple[Tensor, Tensor]]:
    function = library.choose
    function.argtypes = [_POINTER, *[_NUMBER] * 3, ctypes.c_int, *[_POINTER] * 2]
    function.restype = None

    def choose(logits: Tensor, count: int) -> tuple[Tensor, Tensor]:
        logits = logits.contiguous()
        ids = torch.empty(logits.shape[0], count, dtype=torch.int64)
        log_probabilities = torch.empty(logits.shape[0], count)
        function(
            *(logits.data_ptr(), *logits.shape, count, torch.get_num_threads()),
            *(ids.data_ptr(), log_probabilities.data_ptr()),
        )
        return ids, log_probabilities

    return choose


def _product(library: ctypes.CDLL, layout: Layout) -> Callable[[Tensor, ByteWeight], Tensor]:
    function = library.product
    function.argtypes = [_POINTER, *[_NUMBER] * 2, *[_POINTER] * 3, _NUMBER, ctypes.c_int]
    function.argtypes += [_POINTER] * 3
    function.restype = None

    def product(rows: Tensor, weight: ByteWeight) -> Tensor:
        rows = rows.contiguous()
        room = _room(layout, *rows.shape)
        result = torch.empty(len(rows), weight.out)
        function(
            *(rows.data_ptr(), *rows.shape, *_pointers(weight), weight.out),
            *(torch.get_num_threads(), *(tensor.data_ptr() for tensor in (*room, result))),
        )
        return result

    return product


def _gated(
    library: ctypes.CDLL, layout: Layout
) -> Callable[[Tensor, ByteWeight, ByteWeight], Tensor]:
    function = library.gated
    function.argtypes = [_POINTER, *[_NUMBER] * 2, *[_POINTER] * 3, _NUMBER]
    function.argtypes += [*[_POINTER] * 3, _NUMBER, ctypes.c_int, *[_POINTER] * 6]
    function.restype = None

    def gated(rows: Tensor, gate_up: ByteWeight, down: ByteWeight) -> Tensor:
        rows = rows.contiguous()
        count, hidden, threads = len(rows), gate_up.out // 2, torch.get_num_threads()
        room = _room(layout, *rows.shape), _room(layout, count, hidden)
        own = torch.empty(threads, _tiled(layout, count), 2 * GROUP)
        result = torch.empty(count, down.out)
        tensors = (*room[0], *room[1], own, result)
        function(
            *(rows.data_ptr(), *rows.shape, *_pointers(gate_up), hidden),
            *(*_pointers(down), down.out, threads, *(tensor.data_ptr() for tensor in tensors)),
        )
        return result

    return gated


def _tiled(layout: Layout, count: int) -> int:
    """The rows of as many tiles as `count` rows need."""
    return -(-count // layout.rows) * layout.rows


def _room(layout: Layout, count: int, width: int) -> tuple[Tensor, Tensor]:
    """For rows as bytes, and for their scales. torch's memory, since what C++ cannot have it
    cannot say."""
    tiled, groups = _tiled(layout, count), -(-width // GROUP)
    return torch.empty(tiled * width, dtype=torch.uint8), torch.empty(tiled * groups)


def _pointers(weight: ByteWeight) -> list[int]:
    return [tensor.data_ptr() for tensor in (weight.packed, weight.scales, weight.zeros)]
