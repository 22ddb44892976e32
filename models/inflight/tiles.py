"""Weights for `product.cpp`: bytes in tiles of columns.

Each group of a column is Hadamard transformed and has a scale.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

# Numbers of a row or column that share a scale and are transformed together (gain of both:
# docs/performance.md).
GROUP = 128

# Numbers of each column that `product.cpp` multiplies at once.
QUAD = 4

# Largest absolute value of a quantized weight.
_MAX_LEVEL = 127


@dataclass(frozen=True, slots=True)
class Layout:
    """The tiles of `product.cpp` for one kind of processor."""

    rows: int  # of a tile
    columns: int  # of a tile
    step: int  # numbers of a row processed at once; divides a weight's width
    max_level: int  # largest absolute value of a quantized row
    sum_bits: int  # width of the first sums of products


# Named after the instructions that they need.
AVX2 = Layout(rows=4, columns=16, step=16, max_level=80, sum_bits=16)
AVX_VNNI = Layout(rows=6, columns=16, step=16, max_level=127, sum_bits=32)
AVX512_VNNI = Layout(rows=8, columns=32, step=32, max_level=127, sum_bits=32)

# Columns quantized at once: they fit the processor's cache, which is five times as fast as
# quantizing all columns at once.
_COLUMNS_IN_CACHE = 1024

_MIN_SCALE = 1e-12


@dataclass(frozen=True, slots=True)
class TiledWeight:
    """A weight [out, in] in whole tiles; `product.cpp` describes the layout."""

    packed: Tensor
    scales: Tensor  # of groups
    zeros: Tensor  # of groups
    out: int

    @classmethod
    def of(cls, weight: Tensor, layout: Layout) -> TiledWeight:
        """Quantize a float32 weight [out, in]; `in` is a multiple of the step."""
        out, width = weight.shape
        tiles, groups = -(-out // layout.columns), -(-width // GROUP)
        columns = tiles * layout.columns
        whole = torch.zeros(columns, width, dtype=torch.int8)
        scales = torch.zeros(columns, groups)
        zeros = torch.zeros(columns, groups, dtype=torch.int32)
        # The product of two transformed groups is GROUP times the product of the groups.
        transform = _hadamard() / GROUP
        for start in range(0, out, _COLUMNS_IN_CACHE):
            part = slice(start, min(start + _COLUMNS_IN_CACHE, out))
            grouped = F.pad(weight[part], (0, groups * GROUP - width)).view(-1, groups, GROUP)
            full, rest = grouped.tensor_split([width // GROUP], 1)
            grouped = torch.cat((full @ transform, rest), 1)
            scales[part] = _scales(grouped, layout)
            numbers = (grouped / scales[part, :, None]).round_()
            zeros[part] = (numbers.sum(2) * -layout.max_level).int()
            whole[part] = numbers.flatten(1)[:, :width]
        # Quads move faster as numbers of 32 bits. torch aligns its memory to 64 bytes.
        quads = whole.view(torch.int32)
        packed, scales, zeros = (
            tensor.view(tiles, layout.columns, -1).transpose(1, 2).contiguous()
            for tensor in (quads, scales, zeros)
        )
        return cls(packed, scales, zeros, out)


@dataclass(frozen=True, slots=True)
class ProductKernels:
    """The functions of `product.cpp`, compiled for a `layout`."""

    product: Callable[[Tensor, TiledWeight], Tensor]  # rows [n, in] and a weight, to [n, out]
    gated: Callable[[Tensor, TiledWeight, TiledWeight], Tensor]  # as `arithmetic.gated`
    layout: Layout


def _scales(grouped: Tensor, layout: Layout) -> Tensor:
    """Return the scale of each group, as [out, groups]."""
    absolute = grouped.abs()
    scales = absolute.amax(2) / _MAX_LEVEL
    if layout.sum_bits == 16:
        sums = _largest_sums(grouped, absolute, layout.step)
        scales = torch.maximum(scales, sums / _max_sum(layout))
    return scales.clamp(min=_MIN_SCALE)


def _max_sum(layout: Layout) -> int:
    """Return the limit of weights of one sign that are summed in 16 bits."""
    # Their factors lie between 0 and 2 `max_level`, and rounding may add a half to each.
    return (2**15 - 1) // (2 * layout.max_level) - layout.step // QUAD


def _largest_sums(grouped: Tensor, absolute: Tensor, step: int) -> Tensor:
    """Return the largest 16-bit sum of one sign in each group, [out, groups]."""
    number = torch.arange(GROUP)
    sums = F.one_hot(number // step * 2 + number % QUAD // 2).float()
    return (absolute @ sums + (grouped @ sums).abs()).amax(2) / 2


def _hadamard() -> Tensor:
    """Return the Hadamard matrix [GROUP, GROUP] of ones and minus ones.

    Untransformed, one very large number would leave no levels for the rest of its group. The
    transform spreads it over all numbers (QuaRot, Ashkboos et al. 2024).
    """
    matrix = torch.ones(1, 1)
    while len(matrix) < GROUP:
        matrix = torch.kron(matrix, torch.tensor([[1.0, 1.0], [1.0, -1.0]]))
    return matrix
