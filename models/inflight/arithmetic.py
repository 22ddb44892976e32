"""Matrix products with weights that are packed once, in the number format that suits the machine.

An activation is rounded to the weight's type, or quantised row by row: next to the elementwise
work that produced it, or group by group in `product.cpp`, which applies gates between two of a
layer's products as well. Products in int8 are exact sums of what
they are given, or of each group of it, and every row is computed from its own row alone, so that
what else is in a batch changes nothing in it.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from models.inflight.tiles import AVX2, AVX512_VNNI, AVX_VNNI, ByteWeight, Layout, Products, tiles

FORMATS = ("float32", "bfloat16", "int8")


def possible_forms() -> tuple[str, ...]:
    """The formats that can be multiplied on this processor."""
    if _can("avx_ne_convert") or (_can("avx512_bw") and _can("avx512_vl") and _can("avx512_dq")):
        return FORMATS
    return ("float32", "int8")


def best_form() -> str:
    """The fastest format of this processor."""
    if _sums_bytes() or _has_fbgemm():
        return "int8"
    return "bfloat16" if _can("avx512_bf16") or _can("amx_bf16") else "float32"


def kept_type(form: str) -> torch.dtype:
    """What keys and values are kept in."""
    return torch.float32 if form == "float32" else torch.bfloat16


def _can(instructions: str) -> bool:
    return bool(torch.cpu.get_capabilities().get(instructions))


def _sums_bytes() -> bool:
    """Whether there are instructions for sums of byte products in 32 bits."""
    return _can("avx512_vnni") or _can("avx_vnni") or _can("amx_int8")


def _has_fbgemm() -> bool:
    return "fbgemm" in torch.backends.quantized.supported_engines and all(
        hasattr(where, name)
        for where, name in (
            (torch, "_make_per_channel_quantized_tensor"),
            (torch.ops.quantized, "linear_prepack"),
            (torch.ops.quantized, "linear_with_input_q_dq_qweight_dq_output_fp32"),
        )
    )


def best_layout(form: str) -> Layout | None:
    """How `product.cpp` lays out tiles on this processor; None where products are torch's."""
    if form != "int8" or not _can("avx2") or _can("amx_int8"):
        # AMX multiplies whole tiles of bytes at once, for which oneDNN has code (not measured).
        return None
    if _can("avx512_vnni") and _can("avx512_vl"):
        return AVX512_VNNI
    # Those with AVX-512 but no byte sums take AVX2's (not measured).
    return AVX_VNNI if _can("avx_vnni") else AVX2


# int8 activations become unsigned bytes around this zero point: the processor's dot product
# instructions take them so.
_ZERO = 128
_TINY = 1e-12

# Rows that a library's packed weight is laid out for; products with others work as well.
_ROWS = 128

# Rows of a weight that are quantised at once: they stay in the processor's cache, which is five
# times as fast as all of them.
_CACHED = 1024

# Where the processor has no byte sums in 32 bits, two products are summed in 16 bits first,
# which seven bits of the weight leave room for: 2 * 255 * 63 < 2 ** 15.
_SEVEN_BITS, _EIGHT_BITS = 63, 127

# Weights of a library's own layouts cannot pass through a compiled function, so it is handed their
# numbers here, and these multiply with them.
_packed: list[Callable[[Tensor], Tensor]] = []


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight [out, in]: itself, or where it is packed, its number as a tensor of one element.

    `rows`: what a product with it takes: floats; floats, of which it makes tiles of bytes itself;
    whole numbers in floats; or bytes.
    """

    data: Tensor
    out: int
    rows: Literal["floats", "tiles", "whole", "bytes"] = "floats"


@dataclass(frozen=True, slots=True)
class Tiled:
    """A weight of `product.cpp`, packed."""

    products: Products
    weight: ByteWeight

    def __call__(self, rows: Tensor) -> Tensor:
        return self.products.product(rows, self.weight)

    def gated(self, rows: Tensor, down: Tiled) -> Tensor:
        """`arithmetic.gated`, as the weight of gates and what they let through."""
        return self.products.gated(rows, self.weight, down.weight)


def pack(weight: Tensor, form: str, products: Products | None = None) -> Weight:
    """A float32 weight [out, in], ready for products in one of `FORMATS`; int8 ones with
    `products`, or where there are none, with a library of torch's."""
    if form == "float32":
        return Weight(weight.contiguous(), len(weight))
    rows: Literal["floats", "tiles", "whole", "bytes"] = "floats"
    product: Callable[[Tensor], Tensor]
    if form == "int8":
        if products is not None and weight.shape[1] % products.layout.step == 0:
            rows, product = "tiles", Tiled(products, tiles(weight, products.layout))
        elif _has_fbgemm() and not _sums_bytes():
            # Up to three times as fast there as oneDNN for few rows, and not slower for many.
            rows, product = "whole", _fbgemm(*_quantised(weight))
        else:
            rows, product = "bytes", _onednn(*_quantised(weight))
    else:
        product = _bfloat16(weight)
    _packed.append(product)
    return Weight(torch.tensor(len(_packed) - 1), len(weight), rows)


def _quantised(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Whole numbers [out, in] of one byte, and the scale [out] of each row."""
    most = _EIGHT_BITS if _sums_bytes() else _SEVEN_BITS
    whole, scale = torch.empty(weight.shape, dtype=torch.int8), torch.empty(len(weight))
    for start in range(0, len(weight), _CACHED):
        rows = weight[start : start + _CACHED]
        part = (rows.abs().amax(1) / most).clamp(min=_TINY)
        scale[start : start + _CACHED] = part
        whole[start : start + _CACHED] = (rows / part[:, None]).round_()
    return whole, scale


def _fbgemm(whole: Tensor, scale: Tensor) -> Callable[[Tensor], Tensor]:
    with warnings.catch_warnings():
        # Such tensors are to go in a later torch, in which `_has_fbgemm` is then false.
        warnings.filterwarnings("ignore", ".*quantized tensor creation functions")
        zero = torch.zeros(len(whole), dtype=torch.int64)
        quantised = torch._make_per_channel_quantized_tensor(whole, scale, zero, 0)
    weight = torch.ops.quantized.linear_prepack(quantised, None)
    linear = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32
    return lambda rows: linear(rows, 1.0, _ZERO, weight)


def _onednn(whole: Tensor, scale: Tensor) -> Callable[[Tensor], Tensor]:
    weight = torch.ops.onednn.qlinear_prepack(whole, [_ROWS, whole.shape[1]])
    zero = torch.zeros(len(whole), dtype=torch.int64)
    linear = torch.ops.onednn.qlinear_pointwise
    return lambda rows: linear(
        rows, 1.0, _ZERO, weight, scale, zero, None, 1.0, 0, torch.float32, "none", [], ""
    )


def _bfloat16(weight: Tensor) -> Callable[[Tensor], Tensor]:
    packed = torch.ops.mkldnn._reorder_linear_weight(weight.bfloat16(), _ROWS)
    linear = torch.ops.mkldnn._linear_pointwise
    return lambda rows: linear(rows, packed, None, "none", [], "")


def product(x: Tensor, weight: Weight, form: str) -> Tensor:
    """x @ weight^T, [n, in] to [n, out], float32."""
    if form == "float32":
        return F.linear(x, weight.data)
    if form == "bfloat16":
        return torch.ops.kabar.product_bfloat16(x.bfloat16(), weight.data, weight.out).float()  # type: ignore[no-any-return]
    if weight.rows == "tiles":
        return torch.ops.kabar.product_int8(x, weight.data, weight.out)  # type: ignore[no-any-return]
    scale = x.abs().amax(-1, keepdim=True).clamp(min=_TINY) / 127
    # Rounded here in any case, since halves do not fall the same way in all of fbgemm's code.
    x = (x / scale).round()
    if weight.rows == "bytes":
        x = (x + _ZERO).to(torch.uint8)
    return torch.ops.kabar.product_int8(x, weight.data, weight.out) * scale  # type: ignore[no-any-return]


def gated(x: Tensor, gate_up: Weight, down: Weight, form: str) -> Tensor:
    """(gelu(gate) * up) @ down^T, [n, in] to [n, out], float32: gates and what they let through
    are x @ gate_up^T, side by side."""
    if form == "int8" and gate_up.rows == down.rows == "tiles":
        return torch.ops.kabar.gated_int8(x, gate_up.data, down.data, down.out)  # type: ignore[no-any-return]
    gate, up = product(x, gate_up, form).chunk(2, dim=-1)
    return product(_gelu(gate) * up, down, form)


def _gelu(x: Tensor) -> Tensor:
    """The tanh form of GELU, (1 + tanh z) / 2 written as the sigmoid of 2 z, which is cheaper."""
    return x * torch.sigmoid((8 / math.pi) ** 0.5 * (x + 0.044715 * x * x * x))


_library = torch.library.Library("kabar", "DEF")  # type: ignore[no-untyped-call]
for _name in ("product_int8", "product_bfloat16"):
    _library.define(  # type: ignore[no-untyped-call]
        f"{_name}(Tensor rows, Tensor number, SymInt out) -> Tensor"
    )
_library.define("gated_int8(Tensor rows, Tensor gate_up, Tensor down, SymInt out) -> Tensor")  # type: ignore[no-untyped-call]


@torch.library.impl(_library, "product_int8", "CPU")
@torch.library.impl(_library, "product_bfloat16", "CPU")
def _product(rows: Tensor, number: Tensor, out: int) -> Tensor:
    return _packed[int(number)](rows)


@torch.library.impl(_library, "gated_int8", "CPU")
def _gated(rows: Tensor, gate_up: Tensor, down: Tensor, out: int) -> Tensor:
    first, second = _packed[int(gate_up)], _packed[int(down)]
    assert isinstance(first, Tiled)
    assert isinstance(second, Tiled)
    return first.gated(rows, second)


@torch.library.register_fake("kabar::gated_int8", lib=_library)  # type: ignore[untyped-decorator]
def _fake_gated(rows: Tensor, gate_up: Tensor, down: Tensor, out: int) -> Tensor:
    return rows.new_empty((rows.shape[0], out), dtype=torch.float32)


@torch.library.register_fake("kabar::product_int8", lib=_library)  # type: ignore[untyped-decorator]
def _fake_int8(rows: Tensor, number: Tensor, out: int) -> Tensor:
    return rows.new_empty((rows.shape[0], out), dtype=torch.float32)


@torch.library.register_fake("kabar::product_bfloat16", lib=_library)  # type: ignore[untyped-decorator]
def _fake_bfloat16(rows: Tensor, number: Tensor, out: int) -> Tensor:
    return rows.new_empty((rows.shape[0], out), dtype=torch.bfloat16)
