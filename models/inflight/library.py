"""The native library: `native/*.cpp`, which the package's build compiles.

Its interface is plain C, so one build serves every version of Python. The library has kernels for
several instruction sets, and lists the sets that this processor has.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.embedded.gemma import Array
from models.errors import EngineUnavailable
from models.inflight.packing import NORMS, PRODUCTS, PackedModel, PackedWeight

PATH = Path(__file__).with_name("libinflight.so")

_Pointer = ctypes.c_void_p
_Number = ctypes.c_int64


class _Sizes(ctypes.Structure):
    _fields_ = [
        *(
            (name, _Number)
            for name in (
                *("layers", "width", "hidden", "vocabulary"),
                *("window", "global_every", "slots", "threads"),
            )
        ),
        ("epsilon", ctypes.c_float),
    ]


class _Packed(ctypes.Structure):
    _fields_ = [(name, _Pointer) for name in PackedWeight.__slots__]


class _LayerArrays(ctypes.Structure):
    _fields_ = [*((name, _Packed) for name in PRODUCTS), *((name, _Pointer) for name in NORMS)]


class _Arrays(ctypes.Structure):
    _fields_ = [
        ("embedding", _Pointer),
        ("output", _Packed),
        ("norm", _Pointer),
        ("layers", _Pointer),
        ("keys", _Pointer),
        ("values", _Pointer),
    ]


class _Step(ctypes.Structure):
    _fields_ = [
        *((name, _Number) for name in ("n", "columns", "end_count", "positions", "count")),
        *(
            (name, _Pointer)
            for name in (
                *("tokens", "slots", "table", "lengths", "ends"),
                *("rotations", "ids", "log_probabilities"),
            )
        ),
    ]


@cache
def _library() -> ctypes.CDLL:
    """Load the library. Raises `EngineUnavailable` with the reason."""
    if not PATH.is_file():
        raise EngineUnavailable(
            "the inflight engine was not built: install Kabar again where there is a C++ compiler "
            "(`apt install g++`), or use `--engine ctranslate2`"
        )
    try:
        library = ctypes.CDLL(str(PATH))
        library.kabar_instructions.restype = ctypes.c_char_p
        library.kabar_open.restype = _Pointer
    except (OSError, AttributeError) as error:
        raise EngineUnavailable(
            f"the inflight engine's library cannot be loaded ({error}): install Kabar again, or "
            f"use `--engine ctranslate2`"
        ) from error
    library.kabar_sum_bits.argtypes = [ctypes.c_char_p]
    library.kabar_open.argtypes = [_Pointer, _Pointer, ctypes.c_char_p]
    library.kabar_product_seconds.argtypes = [_Pointer]
    library.kabar_product_seconds.restype = ctypes.c_double
    library.kabar_close.argtypes = [_Pointer]
    library.kabar_close.restype = None
    library.kabar_step.argtypes = [_Pointer, _Pointer]
    library.kabar_product.argtypes = [
        *(_Pointer, _Pointer, _Number, _Pointer),
        *(_Number, _Number, _Pointer),
    ]
    return library


@cache
def instruction_sets() -> tuple[str, ...]:
    """Return the instruction sets that this processor has, the fastest first.

    Raises `EngineUnavailable` if the library cannot be loaded.
    """
    library = _library()
    names: list[str] = []
    while name := library.kabar_instructions(len(names)):
        names.append(name.decode())
    return tuple(names)


def sum_bits(instructions: str) -> int:
    """Return the bits of an instruction set's first sums, as in `PackedModel`."""
    return int(_library().kabar_sum_bits(instructions.encode()))


class NativeModel:
    """A packed model with a pool of keys and values for `slots` tokens.

    Not safe for several threads. `close` frees it.
    """

    def __init__(self, packed: PackedModel, slots: int, threads: int, instructions: str) -> None:
        """Open the model.

        Raises `EngineUnavailable` if it is packed for other sums, or where memory or threads are
        lacking.
        """
        if packed.sum_bits != sum_bits(instructions):
            raise EngineUnavailable(
                f"the model is packed for sums of {packed.sum_bits} bits, and {instructions} is "
                f"not: rebuild it with `kabar models build --force`"
            )
        self._packed, config = packed, packed.config
        # These zeros take no memory until they are overwritten.
        self._pools = [
            np.zeros((config.layers, slots, config.head_width), np.uint16) for _ in range(2)
        ]
        layers = (_LayerArrays * config.layers)(
            *(
                _LayerArrays(
                    *(_packed(packed.weight(f"layers.{number}.{name}")) for name in PRODUCTS),
                    *(_address(packed.tensor(f"layers.{number}.{name}")) for name in NORMS),
                )
                for number in range(config.layers)
            )
        )
        sizes = _Sizes(
            *(config.layers, config.width, config.hidden, packed.vocabulary),
            *(config.sliding_window, config.global_every, slots, threads, config.epsilon),
        )
        arrays = _Arrays(
            _address(packed.tensor("embedding")),
            _packed(packed.weight("output")),
            _address(packed.tensor("norm")),
            ctypes.addressof(layers),
            *(_address(pool) for pool in self._pools),
        )
        self._model = _library().kabar_open(
            ctypes.byref(sizes), ctypes.byref(arrays), instructions.encode()
        )
        if not self._model:
            raise EngineUnavailable(
                "memory or threads are lacking for the inflight engine: use fewer `--threads`, or "
                "`--engine ctranslate2`"
            )

    def step(
        self,
        tokens: npt.NDArray[np.int64],
        slots: npt.NDArray[np.int64],
        table: npt.NDArray[np.int64],
        lengths: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
        rotations: Array,
        count: int,
    ) -> tuple[npt.NDArray[np.int64], Array]:
        """Return ids and log-probabilities [ends, count] of likely next tokens.

        Tokens [n] get the slots [n]. Each attends to the first `lengths` [n] slots in its row of
        `table` [n, t], its own slot last. `ends` are the rows whose next tokens are wanted.
        `rotations` [2, positions, 2, HEAD / 2] are cos and sin for local and global layers. All
        arrays are contiguous. Raises `MemoryError`.
        """
        ids = np.empty((len(ends), count), np.int64)
        log_probabilities = np.empty((len(ends), count), np.float32)
        step = _Step(
            *(len(tokens), table.shape[1], len(ends), rotations.shape[1], count),
            *_addresses(tokens, slots, table, lengths, ends, rotations, ids, log_probabilities),
        )
        if _library().kabar_step(self._model, ctypes.byref(step)):
            raise MemoryError("memory is lacking for a step")
        return ids, log_probabilities

    def product(self, x: Array, weight: PackedWeight, out: int) -> Array:
        """Return x [n, in] weight^T, for tests and measurements.

        Raises `MemoryError`.
        """
        result = np.empty((len(x), out), np.float32)
        if _library().kabar_product(
            *(self._model, _address(x), len(x), ctypes.byref(_packed(weight))),
            *(x.shape[1], out, _address(result)),
        ):
            raise MemoryError("memory is lacking for a product")
        return result

    def product_seconds(self) -> float:
        """Return the seconds spent in products and the choice of tokens."""
        return float(_library().kabar_product_seconds(self._model))

    def close(self) -> None:
        _library().kabar_close(self._model)
        self._model = None


def _address(array: npt.NDArray[Any]) -> int:
    assert array.flags.c_contiguous
    return array.ctypes.data


def _addresses(*arrays: npt.NDArray[Any]) -> Sequence[int]:
    return [_address(array) for array in arrays]


def _packed(weight: PackedWeight) -> _Packed:
    assert all(address % 64 == 0 for address in _addresses(weight.bytes, weight.scales))
    return _Packed(*_addresses(weight.bytes, weight.scales, weight.zeros))
