"""What is written in C++, since torch has nothing like it: attention over slots of a pool
(`attention.cpp`), and products of bytes on processors where torch's are far from the limit
(`product.cpp`). Compiled in seconds for the machine at hand, once, and kept."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from models.embedded.gemma import GemmaConfig
from models.errors import BuildFailed
from models.inflight.arithmetic import kept_type, sums_bytes_itself
from models.inflight.kept import compiler, kept, run
from models.inflight.parts import Past
from models.inflight.tiles import GROUP, MOST_OF_ROWS, ByteWeight
from models.store import Progress

_HERE = Path(__file__).parent
_LIBRARY = "kernels.so"


@dataclass(frozen=True, slots=True)
class Kernels:
    """`attend` is `parts.attend`; `product` multiplies rows [n, in] with a weight of bytes to
    [n, out]; it is None where torch's own products are used, as they are for widths that it cannot
    take."""

    attend: Callable[[Tensor, Tensor, Tensor, Past], Tensor]
    product: Callable[[Tensor, ByteWeight], Tensor] | None


def load(config: GemmaConfig, form: str, root: Path, progress: Progress) -> Kernels:
    """The kernels for a model in one of `arithmetic.FORMATS`, compiled first where they are not
    kept under `root`.

    Raises a `ModelError` where they cannot be compiled, kept or loaded.
    """
    sources = [_HERE / "attention.cpp"]
    if sums_bytes_itself(form):
        sources.append(_HERE / "product.cpp")
    rounded = ["-DROUNDED"] if kept_type(form) == torch.bfloat16 else []
    sizes = {"HEADS": config.heads, "WIDTH": config.head_width}
    sizes |= {"GROUP": GROUP, "MOST": MOST_OF_ROWS}
    defined = [*(f"-D{name}={size}" for name, size in sizes.items()), *rounded]

    def make(folder: Path) -> None:
        run(
            [
                *(compiler(), "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC", "-std=c++17"),
                *(*defined, *map(str, sources), "-o", str(folder / _LIBRARY)),
            ]
        )

    folder = kept(root, "kernels", defined, [*sources, Path(__file__)], make, progress)
    try:
        library = ctypes.CDLL(str(folder / _LIBRARY))
    except OSError as error:  # made where libraries are newer
        raise BuildFailed(f"{folder / _LIBRARY} cannot be loaded: {error}") from error
    return Kernels(_attend(library), _product(library) if sums_bytes_itself(form) else None)


_POINTER, _NUMBER = ctypes.c_void_p, ctypes.c_int64

# Rows of a tile of `product.cpp`.
_TILE = 4


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


def _product(library: ctypes.CDLL) -> Callable[[Tensor, ByteWeight], Tensor]:
    function = library.product
    sizes, weight, room = [_NUMBER, _NUMBER], [_POINTER] * 3, [_POINTER] * 2
    function.argtypes = [_POINTER, *sizes, *weight, _NUMBER, ctypes.c_int, *room, _POINTER]
    function.restype = None

    def product(rows: Tensor, weight: ByteWeight) -> Tensor:
        rows = rows.contiguous()
        count, width = rows.shape
        tiled = -(-count // _TILE) * _TILE
        # torch's memory, since what C++ cannot have it cannot say.
        scales = tiled * -(-width // GROUP)
        room = torch.empty(tiled * width, dtype=torch.uint8), torch.empty(scales)
        result = torch.empty(count, weight.out)
        packed = weight.packed, weight.scales, weight.zeros
        function(
            *(rows.data_ptr(), count, width, *(tensor.data_ptr() for tensor in packed)),
            *(weight.out, torch.get_num_threads(), *(tensor.data_ptr() for tensor in room)),
            result.data_ptr(),
        )
        return result

    return product
