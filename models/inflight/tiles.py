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

# Numbers that `product.cpp` multiplies at once in each column.
QUAD = 4

# What whole numbers of a weight are at most.
_MAX = 127


@dataclass(frozen=True, slots=True)
class Layout:
    """The tiles of `product.cpp`, for one kind of processor.

    `rows` and `columns` of a tile; `step`: numbers of a row that it goes through at once, of which
    a weight's width is to be a multiple; `most`: what whole numbers of a row are at most; `sums`:
    the bits that products are summed in first.
    """

    rows: int
    columns: int
    step: int
    most: int
    sums: int


# By the instructions that they need.
AVX2 = Layout(rows=4, columns=16, step=16, most=80, sums=16)
AVX_VNNI = Layout(rows=6, columns=16, step=16, most=127, sums=32)
AVX512_VNNI = Layout(rows=8, columns=32, step=32, most=127, sums=32)

# Columns that are quantised at once: they stay in the processor's cache, which is five times as
# fast as all of them.
_CACHED = 1024

_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class ByteWeight:
    """A weight [out, in] for `product.cpp`, which says how it is laid out in tiles: `packed` bytes,
    and `scales` and `zeros` of groups of whole tiles."""

    packed: Tensor
    scales: Tensor
    zeros: Tensor
    out: int


@dataclass(frozen=True, slots=True)
class Products:
    """What `product.cpp` computes for a `layout`: `product` of rows [n, in] and a weight, [n, out];
    `gated` of rows [n, in], a weight [2 hidden, in] and one [out, hidden], which is
    `arithmetic.gated`."""

    product: Callable[[Tensor, ByteWeight], Tensor]
    gated: Callable[[Tensor, ByteWeight, ByteWeight], Tensor]
    layout: Layout


def tiles(weight: Tensor, layout: Layout) -> ByteWeight:
    """A float32 weight [out, in], in a multiple of the layout's step."""
    out, width = weight.shape
    tiles, groups = -(-out // layout.columns), -(-width // GROUP)
    columns = tiles * layout.columns
    whole = torch.zeros(columns, width, dtype=torch.int8)
    scales = torch.zeros(columns, groups)
    zeros = torch.zeros(columns, groups, dtype=torch.int32)
    # The product of two transformed groups is GROUP times what it was.
    transform = _hadamard() / GROUP
    for start in range(0, out, _CACHED):
        some = slice(start, min(start + _CACHED, out))
        grouped = F.pad(weight[some], (0, groups * GROUP - width)).view(-1, groups, GROUP)
        mixed, rest = grouped.tensor_split([width // GROUP], 1)
        grouped = torch.cat((mixed @ transform, rest), 1)
        absolute = grouped.abs()
        most = absolute.amax(2) / _MAX
        if layout.sums == 16:
            most = torch.maximum(most, _summed(grouped, absolute, layout.step) / _room(layout))
        scales[some] = most.clamp(min=_TINY)
        numbers = (grouped / scales[some, :, None]).round_()
        zeros[some] = (numbers.sum(2) * -layout.most).int()
        whole[some] = numbers.flatten(1)[:, :width]
    # Quads as numbers of 32 bits are moved faster. torch's memory begins at multiples of 64 bytes.
    quads = whole.view(torch.int32)
    packed, scales, zeros = (
        of.view(tiles, layout.columns, -1).transpose(1, 2).contiguous()
        for of in (quads, scales, zeros)
    )
    return ByteWeight(packed, scales, zeros, out)


def _room(layout: Layout) -> int:
    """What the positive numbers of a weight that are summed in 16 bits may come to, and the
    negative ones: their factors are from 0 to 2 `most`, and rounding may add a half to each."""
    return (2**15 - 1) // (2 * layout.most) - layout.step // QUAD


def _summed(grouped: Tensor, absolute: Tensor, step: int) -> Tensor:
    """The most [out, groups] that the positive or the negative ones of [out, groups, GROUP] come to
    where their products are summed in 16 bits; `absolute` are their sizes."""
    number = torch.arange(GROUP)
    sums = F.one_hot(number // step * 2 + number % QUAD // 2).float()
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
