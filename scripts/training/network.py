"""Gemma 3 in torch for training: whole sequences, low-rank changes.

The base weights are frozen. Each projection learns a pair (a, b), and its weight is `W + b @ a`
(LoRA, Hu et al. 2021). The sum is computed once per step, so the forward pass costs as much as in
the base model. The backward pass never computes the gradient of `W`, which saves a third of the
arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.embedded.adapter import Adapter
from models.embedded.gemma import PROJECTIONS, Gemma, GemmaConfig
from models.errors import ModelCorrupt


class _LowRankLinear(torch.autograd.Function):
    """x @ (W + b a)^T, with gradients for x, a and b only."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, merged: Tensor, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(x, merged, a, b)
        return F.linear(x, merged)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, None, Tensor, Tensor]:
        x, merged, a, b = ctx.saved_tensors
        dy = grads[0].reshape(-1, grads[0].shape[-1])  # [tokens, out]
        flat = x.reshape(-1, x.shape[-1])  # [tokens, in]
        da = (dy @ b.to(dy.dtype)).t() @ flat  # [rank, in]
        db = dy.t() @ (flat @ a.to(dy.dtype).t())  # [out, rank]
        dx = (dy @ merged).reshape(x.shape) if ctx.needs_input_grad[0] else None
        return dx, None, da.to(a.dtype), db.to(b.dtype)


_low_rank_linear: Callable[..., Tensor] = _LowRankLinear.apply


class AdaptedLinear(nn.Module):
    """A frozen projection [out, in] with a low-rank change to learn.

    `a` [rank, in] starts random and `b` [out, rank] at zero, so at first the change is zero. Both
    are float32 for any type of the frozen weight.
    """

    def __init__(self, weight: Tensor, rank: int, generator: torch.Generator) -> None:
        super().__init__()
        out_width, in_width = weight.shape
        self.a = nn.Parameter(
            torch.randn(rank, in_width, generator=generator) / math.sqrt(in_width)
        )
        self.b = nn.Parameter(torch.zeros(out_width, rank))
        self.register_buffer("weight", weight, persistent=False)
        self.register_buffer("merged", weight.clone(), persistent=False)
        self.weight: Tensor
        self.merged: Tensor

    @torch.no_grad()
    def merge(self) -> None:
        """Compute the merged weight; call it after every update of `a` and `b`."""
        dtype = self.weight.dtype
        torch.addmm(self.weight, self.b.to(dtype), self.a.to(dtype), out=self.merged)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = _low_rank_linear(x, self.merged, self.a, self.b)
        return result


class _Norm(nn.Module):
    """Root mean square normalization, computed in float32."""

    def __init__(self, factor: Tensor, epsilon: float) -> None:
        super().__init__()
        self.register_buffer("factor", factor, persistent=False)
        self.factor: Tensor
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        scale = torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.epsilon)
        return (wide * scale * self.factor).to(x.dtype)


class Block(nn.Module):
    """A decoder layer."""

    q_proj: AdaptedLinear
    k_proj: AdaptedLinear
    v_proj: AdaptedLinear
    o_proj: AdaptedLinear
    gate_proj: AdaptedLinear
    up_proj: AdaptedLinear
    down_proj: AdaptedLinear
    attention_norm: _Norm
    post_attention_norm: _Norm
    ffn_norm: _Norm
    post_ffn_norm: _Norm
    q_norm: _Norm
    k_norm: _Norm

    def __init__(
        self,
        weights: dict[str, Tensor],
        config: GemmaConfig,
        rank: int,
        generator: torch.Generator,
        dtype: torch.dtype,
    ) -> None:
        super().__init__()
        self.config = config
        for name in PROJECTIONS:
            setattr(self, name, AdaptedLinear(weights[name].to(dtype), rank, generator))
        for name, weight in weights.items():
            if name.endswith("_norm"):
                setattr(self, name, _Norm(weight, config.epsilon))

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        return self.finish(x, attend(*self.heads(x, cos, sin)))

    def heads(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys, values [batch, length, heads, head_width].

        Keys and values have `kv_heads` heads.
        """
        config = self.config
        batch, length, _ = x.shape
        h = self.attention_norm(x)
        q = self.q_proj(h).view(batch, length, config.heads, config.head_width)
        k = self.k_proj(h).view(batch, length, config.kv_heads, config.head_width)
        v = self.v_proj(h).view(batch, length, config.kv_heads, config.head_width)
        return _rotate(self.q_norm(q), cos, sin), _rotate(self.k_norm(k), cos, sin), v

    def finish(self, x: Tensor, mixed: Tensor) -> Tensor:
        """Return the layer's output from the output of its heads, `mixed`."""
        x = x + self.post_attention_norm(self.o_proj(mixed.flatten(2)))
        h = self.ffn_norm(x)
        h = self.down_proj(F.gelu(self.gate_proj(h), approximate="tanh") * self.up_proj(h))
        result: Tensor = x + self.post_ffn_norm(h)
        return result


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Compute causal attention [batch, length, heads, head_width].

    k and v have fewer heads. The queries that share one are rows of one product. At the lengths
    of sentences this takes a third of the time of torch's fused attention on a CPU; most of the
    gain is in the backward pass.
    """
    batch, length, heads, width = q.shape
    shared = k.shape[2]
    group = heads // shared
    rows = q.view(batch, length, shared, group, width).transpose(1, 2)
    rows = rows.reshape(batch * shared, length * group, width)
    keys = k.transpose(1, 2).reshape(batch * shared, length, width)
    values = v.transpose(1, 2).reshape(batch * shared, length, width)
    scores = torch.bmm(rows, keys.transpose(1, 2)).float() * width**-0.5
    scores = scores.view(batch * shared, length, group, length)
    # Padding is on the right, which the causal mask covers.
    later = torch.ones(length, length, dtype=torch.bool, device=q.device).triu(1)
    weights = scores.masked_fill(later[:, None, :], -math.inf).softmax(-1).to(v.dtype)
    mixed = torch.bmm(weights.view(batch * shared, length * group, length), values)
    mixed = mixed.view(batch, shared, length, group, width).transpose(1, 2)
    return mixed.reshape(batch, length, heads, width)


def attend_cached(q: Tensor, keys: Tensor, values: Tensor, positions: Tensor) -> Tensor:
    """Compute attention of a token per row [rows, 1, heads, head_width].

    `keys` and `values` [rows, length, head_width] are of the one head that all queries share.
    `positions` [rows] are the positions of the tokens.
    """
    scores = torch.bmm(q[:, 0], keys.transpose(1, 2)).float() * q.shape[3] ** -0.5
    columns = torch.arange(keys.shape[1], device=q.device)
    later = columns[None, None, :] > positions[:, None, None]
    weights = scores.masked_fill(later, -math.inf).softmax(-1).to(values.dtype)
    mixed: Tensor = torch.bmm(weights, values)[:, None]
    return mixed


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Apply rotary position embedding to paired halves.

    x is [batch, length, heads, head_width].
    """
    first, second = x.float().chunk(2, dim=-1)
    rotated = torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
    return rotated.to(x.dtype)


class Network(nn.Module):
    """Gemma with an adapter to learn.

    Sequences must be shorter than the sliding window of 512 tokens, for which it has no mask.
    """

    def __init__(self, base: Gemma, rank: int, seed: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.config = base.config
        generator = torch.Generator().manual_seed(seed)
        self.register_buffer(
            "embedding", torch.from_numpy(base.embedding).to(dtype), persistent=False
        )
        self.embedding: Tensor
        self.blocks = nn.ModuleList(
            Block(
                {
                    name: torch.from_numpy(getattr(layer, name))
                    for name in layer.__dataclass_fields__
                },
                base.config,
                rank,
                generator,
                dtype,
            )
            for layer in base.layers
        )
        self.norm = _Norm(torch.from_numpy(base.norm), base.config.epsilon)

    @property
    def layers(self) -> list[Block]:
        """The decoder layers, in order."""
        return [block for block in self.blocks if isinstance(block, Block)]

    def merge(self) -> None:
        """Compute every merged weight; call it after every update."""
        for module in self.modules():
            if isinstance(module, AdaptedLinear):
                module.merge()

    @torch.no_grad()
    def load_adapter(self, adapter: Adapter) -> None:
        """Load an adapter into the first ranks. Raises `ModelCorrupt` for a higher rank.

        The further ranks keep their values; before training, their change is zero.
        """
        for block, pairs in zip(self.blocks, adapter.pairs, strict=True):
            for name, (a, b) in pairs.items():
                linear = getattr(block, name)
                rank, most = len(a), len(linear.a)
                if rank > most:
                    raise ModelCorrupt(
                        f"the adapter has rank {rank}, and the run {most}: increase `rank`"
                    )
                linear.a[:rank] = torch.from_numpy(a)
                linear.b[:, :rank] = torch.from_numpy(b)
        self.merge()

    def compile_blocks(self) -> None:
        """Fuse each layer's elementwise work, with one compilation for all."""
        for block in self.blocks:
            block.compile(dynamic=True)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the hidden states before the output layer.

        From ids [batch, length] to [batch, length, width].
        """
        x: Tensor = self.embed(tokens)
        rotations = self.rotations(torch.arange(tokens.shape[1], device=x.device))
        for block, rotation in zip(self.layers, rotations, strict=True):
            x = block(x, *rotation)
        result: Tensor = self.norm(x)
        return result

    def embed(self, tokens: Tensor) -> Tensor:
        """Return the input of the first layer [..., width], of ids [...]."""
        embedded: Tensor = F.embedding(tokens, self.embedding) * self.config.width**0.5
        return embedded

    def rotations(self, positions: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return each layer's cos and sin [..., 1, head_width / 2]."""
        config = self.config
        steps = torch.arange(0, config.head_width, 2, device=positions.device).float()

        def rotation(theta: float) -> tuple[Tensor, Tensor]:
            angle = positions.float()[..., None, None] * theta ** (-steps / config.head_width)
            return angle.cos(), angle.sin()

        global_rotation, local_rotation = rotation(config.rope_theta), rotation(config.local_theta)
        return [
            global_rotation if config.is_global(number) else local_rotation
            for number in range(config.layers)
        ]
