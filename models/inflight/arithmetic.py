"""Matrix products with packed weights, in the format best for the CPU.

Activations are rounded to the weight's format. For int8 they are quantized row by row, next to
the elementwise work before them, or group by group in `product.cpp`. The kernel also applies the
gates between two products. Sums of int8 products are exact for each row or group. Every row is
computed from its own values alone, so a result does not depend on the batch.
"""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from weakref import WeakValueDictionary

import torch
from torch import Tensor
from torch.nn import functional as F

from models.inflight.tiles import AVX2, AVX512_VNNI, AVX_VNNI, Layout, ProductKernels, TiledWeight

FORMATS = ("float32", "bfloat16", "int8")


def possible_forms() -> tuple[str, ...]:
    """Return the formats that this processor can multiply."""
    if _has("avx_ne_convert") or (_has("avx512_bw") and _has("avx512_vl") and _has("avx512_dq")):
        return FORMATS
    return ("float32", "int8")


def best_form() -> str:
    """Return the fastest format of this processor."""
    if _has_byte_sums() or _has_fbgemm():
        return "int8"
    return "bfloat16" if _has("avx512_bf16") or _has("amx_bf16") else "float32"


def cache_type(form: str) -> torch.dtype:
    """Return the type in which keys and values are cached."""
    return torch.float32 if form == "float32" else torch.bfloat16


def _has(instructions: str) -> bool:
    return bool(torch.cpu.get_capabilities().get(instructions))


def _has_byte_sums() -> bool:
    """Return whether the processor sums products of bytes in 32 bits."""
    return _has("avx512_vnni") or _has("avx_vnni") or _has("amx_int8")


def _has_fbgemm() -> bool:
    return "fbgemm" in torch.backends.quantized.supported_engines and all(
        hasattr(module, name)
        for module, name in (
            (torch, "_make_per_channel_quantized_tensor"),
            (torch.ops.quantized, "linear_prepack"),
            (torch.ops.quantized, "linear_with_input_q_dq_qweight_dq_output_fp32"),
        )
    )


def best_layout(form: str) -> Layout | None:
    """Return the layout of `product.cpp` for this processor; None: use torch."""
    if form != "int8" or not _has("avx2") or _has("amx_int8"):
        # AMX multiplies whole tiles of bytes at once, and oneDNN has code for it (not measured).
        return None
    if _has("avx512_vnni") and _has("avx512_vl"):
        return AVX512_VNNI
    # Processors with AVX-512 but without byte sums use AVX2 (not measured).
    return AVX_VNNI if _has("avx_vnni") else AVX2


# int8 activations become unsigned bytes around this zero point, as the processor's dot product
# instructions require.
_ZERO_POINT = 128
_MIN_SCALE = 1e-12

# Row count for which a library lays out its packed weight. Other counts work as well.
_PREPACKED_ROWS = 128

# Weight rows quantized at once: they fit the processor's cache, which is five times as fast as
# quantizing all rows at once.
_ROWS_IN_CACHE = 1024

# Without byte sums in 32 bits, the processor first sums two products in 16 bits. Seven bits of
# the weight leave room for that: 2 * 255 * 63 < 2 ** 15.
_SEVEN_BITS, _EIGHT_BITS = 63, 127

Product: TypeAlias = Callable[[Tensor], Tensor]
# The rows of a product: floats, floats to make tiles of, whole numbers as floats, or bytes.
RowFormat: TypeAlias = Literal["floats", "tiles", "whole", "bytes"]


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight [out, in] of a product, which owns its packed form."""

    data: Tensor  # the weight, or the handle of its packed form as a tensor of one element
    out: int
    rows: RowFormat = "floats"  # that the packed form takes
    packed: Product | None = None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class TiledProduct:
    """The product of rows with a weight that is packed for `product.cpp`."""

    kernels: ProductKernels
    weight: TiledWeight

    def __call__(self, rows: Tensor) -> Tensor:
        return self.kernels.product(rows, self.weight)

    def gated(self, rows: Tensor, down: TiledProduct) -> Tensor:
        """Compute `gated` with this weight as `gate_up`."""
        return self.kernels.gated(rows, self.weight, down.weight)


def pack(weight: Tensor, form: str, kernels: ProductKernels | None = None) -> Weight:
    """Pack a float32 weight [out, in] for products in one of `FORMATS`.

    Weights in int8 are packed for `kernels`, or without them for one of torch's libraries.
    """
    if form == "float32":
        return Weight(weight.contiguous(), len(weight))
    rows: RowFormat = "floats"
    packed: Product
    if form == "int8":
        if kernels is not None and weight.shape[1] % kernels.layout.step == 0:
            rows, packed = "tiles", TiledProduct(kernels, TiledWeight.of(weight, kernels.layout))
        elif _has_fbgemm() and not _has_byte_sums():
            # Here up to three times as fast as oneDNN for few rows, and not slower for many.
            rows, packed = "whole", _fbgemm(*_quantize(weight))
        else:
            rows, packed = "bytes", _onednn(*_quantize(weight))
    else:
        packed = _bfloat16(weight)
    handle = next(_handles)
    _packed[handle] = packed
    return Weight(torch.tensor(handle), len(weight), rows, packed)


def _quantize(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return a weight as int8 [out, in], and the scale [out] of each row."""
    max_level = _EIGHT_BITS if _has_byte_sums() else _SEVEN_BITS
    whole, scale = torch.empty(weight.shape, dtype=torch.int8), torch.empty(len(weight))
    for start in range(0, len(weight), _ROWS_IN_CACHE):
        part = slice(start, start + _ROWS_IN_CACHE)
        rows = weight[part]
        scale[part] = (rows.abs().amax(1) / max_level).clamp(min=_MIN_SCALE)
        whole[part] = (rows / scale[part, None]).round_()
    return whole, scale


def _fbgemm(whole: Tensor, scale: Tensor) -> Product:
    with warnings.catch_warnings():
        # A later torch removes such tensors, and `_has_fbgemm` is false there.
        warnings.filterwarnings("ignore", ".*quantized tensor creation functions")
        zero = torch.zeros(len(whole), dtype=torch.int64)
        quantized = torch._make_per_channel_quantized_tensor(whole, scale, zero, 0)
    weight = torch.ops.quantized.linear_prepack(quantized, None)
    linear = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32
    return lambda rows: linear(rows, 1.0, _ZERO_POINT, weight)


def _onednn(whole: Tensor, scale: Tensor) -> Product:
    weight = torch.ops.onednn.qlinear_prepack(whole, [_PREPACKED_ROWS, whole.shape[1]])
    zero = torch.zeros(len(whole), dtype=torch.int64)
    linear = torch.ops.onednn.qlinear_pointwise
    return lambda rows: linear(
        rows, 1.0, _ZERO_POINT, weight, scale, zero, None, 1.0, 0, torch.float32, "none", [], ""
    )


def _bfloat16(weight: Tensor) -> Product:
    packed = torch.ops.mkldnn._reorder_linear_weight(weight.bfloat16(), _PREPACKED_ROWS)
    linear = torch.ops.mkldnn._linear_pointwise
    return lambda rows: linear(rows, packed, None, "none", [], "")


def product(x: Tensor, weight: Weight, form: str) -> Tensor:
    """Compute x @ weight^T, [n, in] to [n, out], in float32."""
    if form == "float32":
        return F.linear(x, weight.data)
    if form == "bfloat16":
        return torch.ops.kabar.product_bfloat16(x.bfloat16(), weight.data, weight.out).float()  # type: ignore[no-any-return]
    if weight.rows == "tiles":
        return torch.ops.kabar.product_int8(x, weight.data, weight.out)  # type: ignore[no-any-return]
    scale = x.abs().amax(-1, keepdim=True).clamp(min=_MIN_SCALE) / 127
    # Round here in every case: fbgemm's code paths round halves differently.
    x = (x / scale).round()
    if weight.rows == "bytes":
        x = (x + _ZERO_POINT).to(torch.uint8)
    return torch.ops.kabar.product_int8(x, weight.data, weight.out) * scale  # type: ignore[no-any-return]


def gated(x: Tensor, gate_up: Weight, down: Weight, form: str) -> Tensor:
    """Compute (gelu(x gate^T) * (x up^T)) down^T, [n, in] to [n, out]."""
    if form == "int8" and gate_up.rows == down.rows == "tiles":
        return torch.ops.kabar.gated_int8(x, gate_up.data, down.data, down.out)  # type: ignore[no-any-return]
    gate, up = product(x, gate_up, form).chunk(2, dim=-1)
    return product(_gelu(gate) * up, down, form)


def _gelu(x: Tensor) -> Tensor:
    """Compute GELU's tanh form; (1 + tanh z) / 2 is sigmoid(2 z), but slower."""
    return x * torch.sigmoid((8 / math.pi) ** 0.5 * (x + 0.044715 * x * x * x))


# A compiled program can pass tensors to an operator, but no weight in a library's own layout: it
# passes the weight's handle. This table keeps no weight alive; the `Weight` does, with its decoder.
_packed: WeakValueDictionary[int, Product] = WeakValueDictionary()
_handles = itertools.count()


def packed_product(handle: Tensor) -> Product:
    """Return a packed weight. Raises `KeyError` if its owner is gone."""
    return _packed[int(handle)]


_library = torch.library.Library("kabar", "DEF")  # type: ignore[no-untyped-call]
for _name in ("product_int8", "product_bfloat16"):
    _library.define(  # type: ignore[no-untyped-call]
        f"{_name}(Tensor rows, Tensor handle, SymInt out) -> Tensor"
    )
_library.define("gated_int8(Tensor rows, Tensor gate_up, Tensor down, SymInt out) -> Tensor")  # type: ignore[no-untyped-call]


@torch.library.impl(_library, "product_int8", "CPU")
@torch.library.impl(_library, "product_bfloat16", "CPU")
def _product(rows: Tensor, handle: Tensor, out: int) -> Tensor:
    return packed_product(handle)(rows)


@torch.library.impl(_library, "gated_int8", "CPU")
def _gated(rows: Tensor, gate_up: Tensor, down: Tensor, out: int) -> Tensor:
    first, second = packed_product(gate_up), packed_product(down)
    assert isinstance(first, TiledProduct)
    assert isinstance(second, TiledProduct)
    return first.gated(rows, second)


def _fake(rows: Tensor, *arguments: Any) -> Tensor:
    """Return an output [n, out] for tracing; `out` is the last argument."""
    bfloat16 = rows.dtype == torch.bfloat16
    dtype = torch.bfloat16 if bfloat16 else torch.float32
    return rows.new_empty((rows.shape[0], arguments[-1]), dtype=dtype)


for _name in ("product_int8", "product_bfloat16", "gated_int8"):
    torch.library.register_fake(f"kabar::{_name}", _fake, lib=_library)
