"""What a step is made of: a layer before, while and after its heads look back, and the choice of
the next token.

These are functions of tensors alone, with any number n of rows: `models.inflight.aot`
compiles them. Other shapes in comments: h heads, d head width, and all heads share one head of
keys and values.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

import torch
from torch import Tensor

from models.embedded.gemma import GemmaConfig, Layer
from models.inflight.arithmetic import Weight, gated, pack, product
from models.inflight.tiles import Products

# Rows that plain torch attends with at once.
_ROWS = 128

# How many of the likeliest tokens plain torch looks for at least: which of equal ones come first
# may depend on how many it looks for, and a row is not to depend on what others want.
_CANDIDATES = 64

Queries: TypeAlias = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """A layer's weights; what is applied to the same rows is one weight."""

    qkv: Weight  # [(h + 2) d, width]
    o: Weight  # [width, h d]
    gate_up: Weight  # [2 hidden, width]
    down: Weight  # [width, hidden]
    attention_norm: Tensor  # [width]
    post_attention_norm: Tensor  # [width]
    ffn_norm: Tensor  # [width]
    post_ffn_norm: Tensor  # [width]
    q_norm: Tensor  # [d]
    k_norm: Tensor  # [d]

    @classmethod
    def of(cls, layer: Layer, form: str, products: Products | None) -> LayerWeights:
        """Packed for products in one of `arithmetic.FORMATS`, with `products` if there are any."""
        arrays = {
            field.name: torch.from_numpy(getattr(layer, field.name)) for field in fields(layer)
        }
        packed = functools.partial(pack, form=form, products=products)
        norms = {name: array for name, array in arrays.items() if name.endswith("_norm")}
        return cls(
            qkv=packed(torch.cat([arrays["q_proj"], arrays["k_proj"], arrays["v_proj"]])),
            o=packed(arrays["o_proj"]),
            gate_up=packed(torch.cat([arrays["gate_proj"], arrays["up_proj"]])),
            down=packed(arrays["down_proj"]),
            **norms,
        )

    @property
    def tensors(self) -> list[Tensor]:
        """All of them, in order."""
        values = [getattr(self, field.name) for field in fields(self)]
        return [value.data if isinstance(value, Weight) else value for value in values]

    def with_tensors(self, *tensors: Tensor) -> LayerWeights:
        """A layer of the same shapes with other `tensors`."""
        changed: dict[str, Any] = {}
        for field, tensor in zip(fields(self), tensors, strict=True):
            mine = getattr(self, field.name)
            changed[field.name] = replace(mine, data=tensor) if isinstance(mine, Weight) else tensor
        return replace(self, **changed)


@dataclass(frozen=True, slots=True)
class Past:
    """What each of n rows may look back on: the first `lengths` [n] of the slots of the pool in
    its row of `table` [n, t], itself the last, and of those the last `window`."""

    table: Tensor
    lengths: Tensor
    window: int


@dataclass(frozen=True, slots=True)
class Parts:
    """The functions of a model, in one of `arithmetic.FORMATS`."""

    queries: Callable[[Tensor, Tensor, Tensor, LayerWeights], Queries]
    attend: Callable[[Tensor, Tensor, Tensor, Past], Tensor]
    feed_forward: Callable[[Tensor, Tensor, LayerWeights], Tensor]
    logits: Callable[[Tensor, Tensor, Weight], Tensor]
    choose: Callable[[Tensor, int], tuple[Tensor, Tensor]]


def interpreted(config: GemmaConfig, form: str) -> Parts:
    """The functions, computed operation by operation."""
    h, d = config.heads, config.head_width

    def queries(x: Tensor, cos: Tensor, sin: Tensor, layer: LayerWeights) -> Queries:
        """Scaled queries [n, h, d], keys [n, d] and values [n, d] of rows x [n, width], whose
        places are given as rotations (cos, sin) [n, d / 2]."""
        y = product(_norm(x, layer.attention_norm, config), layer.qkv, form)
        q, k, v = torch.split(y, [h * d, d, d], dim=-1)
        q = _norm(q.reshape(-1, h, d), layer.q_norm, config)
        q = _rotate(q, cos[:, None], sin[:, None]) * d**-0.5
        k = _rotate(_norm(k, layer.k_norm, config), cos, sin)
        return q, k, v

    def feed_forward(x: Tensor, mixed: Tensor, layer: LayerWeights) -> Tensor:
        """The rest of a layer [n, width], from what its heads gathered [n, h d]."""
        x = x + _norm(product(mixed, layer.o, form), layer.post_attention_norm, config)
        y = gated(_norm(x, layer.ffn_norm, config), layer.gate_up, layer.down, form)
        return x + _norm(y, layer.post_ffn_norm, config)

    def logits(states: Tensor, norm: Tensor, output: Weight) -> Tensor:
        """Of every token after states [n, width], [n, vocabulary]."""
        return product(_norm(states, norm, config), output, form)

    return Parts(queries, attend, feed_forward, logits, choose)


def choose(logits: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` likeliest tokens [n, count] of logits [n, vocabulary], and their
    log-probabilities."""
    values, ids = logits.topk(min(max(count, _CANDIDATES), logits.shape[1]), dim=-1)
    return ids[:, :count], values[:, :count] - logits.logsumexp(-1, keepdim=True)


def attend(q: Tensor, keys: Tensor, values: Tensor, past: Past) -> Tensor:
    """What rows with queries q [n, h, d] gather [n, h d] from keys and values [slots, d]."""
    # Some rows at a time, since what they look back on is copied together.
    some = [slice(start, start + _ROWS) for start in range(0, q.shape[0], _ROWS)]
    pasts = [Past(past.table[rows], past.lengths[rows], past.window) for rows in some]
    return torch.cat(
        [_attend(q[rows], keys, values, of) for rows, of in zip(some, pasts, strict=True)]
    )


def _attend(q: Tensor, keys: Tensor, values: Tensor, past: Past) -> Tensor:
    place = torch.arange(past.table.shape[1])
    last = past.lengths[:, None]
    seen = (place < last) & (place >= last - past.window)  # [n, t]
    scores = torch.bmm(q, keys[past.table].float().transpose(1, 2))  # [n, h, t]
    weights = scores.masked_fill(~seen[:, None], -torch.inf).softmax(-1)
    return torch.bmm(weights, values[past.table].float()).flatten(1)


def _norm(x: Tensor, factor: Tensor, config: GemmaConfig) -> Tensor:
    """Root mean square normalisation over the last axis."""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + config.epsilon) * factor


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding of [..., d], halves paired."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
