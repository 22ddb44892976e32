"""A weight as `product.cpp` takes it: bytes in tiles of columns, with a scale for every group of
them, after a Hadamard transform of each group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

# How many numbers of a row or a column have one scale, and are transformed together (what both are
# worth: docs/performance.md).
GROUP = 128

# What whole numbers of a row and of a weight are at most.
MOST_OF_ROWS, _MOST = 80, 127

# The tiles of `product.cpp`, and the numbers of a step, which it wants a multiple of.
ROWS, COLUMNS, STEP = 4, 16, 16
_QUAD = 4

# It adds products in 16 bits, two of each quad of a step, one factor from 0 to 2 * MOST_OF_ROWS: so
# the positive ones of the other factors may come to this in all, and the negative ones. Rounding
# may add a half to each.
_SUMMED = 2 * (STEP // _QUAD)
_MOST_SUMMED = (2**15 - 1) // (2 * MOST_OF_ROWS) - _SUMMED // 2

# Columns that are quantised at once: they stay in the processor's cache, which is five times as
# fast as all of them.
_CACHED = 1024

_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class ByteWeight:
    """A weight [out, in] for `product.cpp`, which says how it is laid out: `packed` bytes, and
    `scales` and `zeros` of groups of whole tiles."""

    packed: Tensor
    scales: Tensor
    zeros: Tensor
    out: int


@dataclass(frozen=True, slots=True)
class Products:
    """What `product.cpp` computes: `product` of rows [n, in] and a weight, [n, out]; `gated` of
    rows [n, in], a weight [2 hidden, in] and one [out, hidden], which is `arithmetic.gated`."""

    product: Callable[[Tensor, ByteWeight], Tensor]
    gated: Callable[[Tensor, ByteWeight, ByteWeight], Tensor]


def tiles(weight: Tensor) -> ByteWeight:
    """A float32 weight [out, in], in a multiple of `STEP`."""
    out, width = weight.shape
    tiles, groups = -(-out // COLUMNS), -(-width // GROUP)
    whole = torch.zeros(tiles * COLUMNS, width, dtype=torch.int8)
    scales = torch.zeros(tiles * COLUMNS, groups)
    zeros = torch.zeros(tiles * COLUMNS, groups, dtype=torch.int32)
    # The product of two transformed groups is GROUP times what it was.
    transform = _hadamard() / GROUP
    for start in range(0, out, _CACHED):
        some = slice(start, min(start + _CACHED, out))
        grouped = F.pad(weight[some], (0, groups * GROUP - width)).view(-1, groups, GROUP)
        mixed, rest = grouped.tensor_split([width // GROUP], 1)
        grouped = torch.cat((mixed @ transform, rest), 1)
        absolute = grouped.abs()
        summed = _summed(grouped, absolute)
        most = torch.maximum(absolute.amax(2) / _MOST, summed / _MOST_SUMMED)
        scales[some] = most.clamp(min=_TINY)
        numbers = (grouped / scales[some, :, None]).round_()
        zeros[some] = (numbers.sum(2) * -MOST_OF_ROWS).int()
        whole[some] = numbers.flatten(1)[:, :width]
    # Quads as numbers of 32 bits are moved faster. torch's memory begins at multiples of 64 bytes.
    quads = whole.view(torch.int32)
    packed, scales, zeros = (
        of.view(tiles, COLUMNS, -1).transpose(1, 2).contiguous() for of in (quads, scales, zeros)
    )
    return ByteWeight(packed, scales, zeros, out)


def _summed(grouped: Tensor, absolute: Tensor) -> Tensor:
    """The most [out, groups] that the positive or the negative ones of [out, groups, GROUP] come to
    where their products are summed in 16 bits; `absolute` are their sizes."""
    number = torch.arange(GROUP)
    sums = F.one_hot(number // STEP * 2 + number % _QUAD // 2).float()
    return (absolute @ sums + (grouped @ sums).abs()).amax(2) / 2


def _hadamard() -> Tensor:
    """The matrix [GROUP, GROUP] of a Hadamard transform, of ones and minus ones.

    One number that is far larger than the others takes all of a group's bytes for itself; of its
    transform, every number has a part (QuaRot, Ashkboos et al. 2024).
    """
    matrix = torch.ones(1, 1)
    while len(matrix) < GROUP:
        matrix = torch.kron(matrix, torch.tensor([[1.0, 1.0], [1.0, -1.0]]))
    return matrix
