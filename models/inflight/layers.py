"""The functions that a decoding step consists of.

They compute a layer before, during and after attention, and the likeliest next tokens. They are
functions of tensors alone, for any number n of rows, so that `models.inflight.aot` can compile
them. Shapes: h heads, d head width. All heads share one head of keys and values.
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
from models.inflight.tiles import ProductKernels

# Rows for which plain torch computes attention at once.
_ROWS = 128

# Minimum number of tokens that plain torch ranks. The order of equal tokens may depend on that
# number, and must not depend on how many tokens other rows need.
_MIN_RANKED = 64

Queries: TypeAlias = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """A layer's weights. Weights that multiply the same rows are joined."""

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
    def of(cls, layer: Layer, form: str, kernels: ProductKernels | None) -> LayerWeights:
        """Pack a layer in one of `arithmetic.FORMATS`, as `pack` does."""
        arrays = {
            field.name: torch.from_numpy(getattr(layer, field.name)) for field in fields(layer)
        }
        packed = functools.partial(pack, form=form, kernels=kernels)
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
        """Return the tensors of all weights, in the order of the fields."""
        values = [getattr(self, field.name) for field in fields(self)]
        return [value.data if isinstance(value, Weight) else value for value in values]

    def with_tensors(self, *tensors: Tensor) -> LayerWeights:
        """Return a layer of the same shapes with other `tensors`."""
        changed: dict[str, Any] = {}
        for field, tensor in zip(fields(self), tensors, strict=True):
            value = getattr(self, field.name)
            is_weight = isinstance(value, Weight)
            changed[field.name] = replace(value, data=tensor) if is_weight else tensor
        return replace(self, **changed)


@dataclass(frozen=True, slots=True)
class Past:
    """The slots of the pool that n rows attend to."""

    table: Tensor  # [n, t], the slots of each row's past, then of the row itself
    lengths: Tensor  # [n], how many of the slots are in use
    window: int  # how many of the last ones count


@dataclass(frozen=True, slots=True)
class ModelFunctions:
    """The functions of a model in one of `arithmetic.FORMATS`."""

    queries: Callable[[Tensor, Tensor, Tensor, LayerWeights], Queries]
    attend: Callable[[Tensor, Tensor, Tensor, Past], Tensor]
    feed_forward: Callable[[Tensor, Tensor, LayerWeights], Tensor]
    logits: Callable[[Tensor, Tensor, Weight], Tensor]
    top_tokens: Callable[[Tensor, int], tuple[Tensor, Tensor]]


def torch_functions(config: GemmaConfig, form: str) -> ModelFunctions:
    """Return the functions in plain torch, computed operation by operation."""
    h, d = config.heads, config.head_width

    def queries(x: Tensor, cos: Tensor, sin: Tensor, layer: LayerWeights) -> Queries:
        """Compute scaled queries [n, h, d], keys [n, d] and values [n, d].

        `x` [n, width] are the rows; `cos` and `sin` [n, d / 2] rotate their positions.
        """
        y = product(_norm(x, layer.attention_norm, config), layer.qkv, form)
        q, k, v = torch.split(y, [h * d, d, d], dim=-1)
        q = _norm(q.reshape(-1, h, d), layer.q_norm, config)
        q = _rotate(q, cos[:, None], sin[:, None]) * d**-0.5
        k = _rotate(_norm(k, layer.k_norm, config), cos, sin)
        return q, k, v

    def feed_forward(x: Tensor, gathered: Tensor, layer: LayerWeights) -> Tensor:
        """Compute the rest of a layer [n, width] after attention [n, h d]."""
        x = x + _norm(product(gathered, layer.o, form), layer.post_attention_norm, config)
        y = gated(_norm(x, layer.ffn_norm, config), layer.gate_up, layer.down, form)
        return x + _norm(y, layer.post_ffn_norm, config)

    def logits(states: Tensor, norm: Tensor, output: Weight) -> Tensor:
        """Compute the logits [n, vocabulary] after states [n, width]."""
        return product(_norm(states, norm, config), output, form)

    return ModelFunctions(queries, attend, feed_forward, logits, top_tokens)


def top_tokens(logits: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return ids and log-probabilities [n, count] of the likeliest tokens."""
    values, ids = logits.topk(min(max(count, _MIN_RANKED), logits.shape[1]), dim=-1)
    return ids[:, :count], values[:, :count] - logits.logsumexp(-1, keepdim=True)


def attend(q: Tensor, keys: Tensor, values: Tensor, past: Past) -> Tensor:
    """Compute attention [n, h d]: q [n, h, d], keys and values [slots, d]."""
    # A few rows at a time, since torch copies their keys and values together.
    parts = [slice(start, start + _ROWS) for start in range(0, q.shape[0], _ROWS)]
    pasts = [Past(past.table[rows], past.lengths[rows], past.window) for rows in parts]
    return torch.cat(
        [_attend(q[rows], keys, values, of) for rows, of in zip(parts, pasts, strict=True)]
    )


def _attend(q: Tensor, keys: Tensor, values: Tensor, past: Past) -> Tensor:
    place = torch.arange(past.table.shape[1])
    end = past.lengths[:, None]
    visible = (place < end) & (place >= end - past.window)  # [n, t]
    scores = torch.bmm(q, keys[past.table].float().transpose(1, 2))  # [n, h, t]
    weights = scores.masked_fill(~visible[:, None], -torch.inf).softmax(-1)
    return torch.bmm(weights, values[past.table].float()).flatten(1)


def _norm(x: Tensor, factor: Tensor, config: GemmaConfig) -> Tensor:
    """Normalize by the root mean square over the last axis."""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + config.epsilon) * factor


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Apply rotary position embedding to [..., d], with the two halves paired."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
