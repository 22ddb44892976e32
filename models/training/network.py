"""Gemma 3 in torch, for training: whole sequences, no cache, and low-rank changes to learn.

The base weights stay as they are; what is learned is a pair (a, b) for every projection, the
weight in use being `W + b @ a` (LoRA, Hu et al. 2021). The sum is formed once a step, so that
the forward pass costs what the base model costs, and the backward pass never forms the gradient
of a whole weight, which saves a third of the arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.embedded.gemma import PROJECTIONS, Gemma, GemmaConfig


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
    """One projection [out, in]: frozen, with a low-rank change to learn.

    `a` [rank, in] starts random and `b` [out, rank] at zero, so that nothing is changed at first.
    Both stay in float32 whatever the type of the frozen weight.
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
        """Form the weight in use from the present a and b: to be called after every update."""
        dtype = self.weight.dtype
        torch.addmm(self.weight, self.b.to(dtype), self.a.to(dtype), out=self.merged)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = _low_rank_linear(x, self.merged, self.a, self.b)
        return result


class _Norm(nn.Module):
    """Root mean square normalisation, computed in float32."""

    def __init__(self, factor: Tensor, epsilon: float) -> None:
        super().__init__()
        self.register_buffer("factor", factor, persistent=False)
        self.factor: Tensor
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        wide = x.float()
        scale = torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.epsilon)
        return (wide * scale * self.factor).to(x.dtype)


class _Block(nn.Module):
    """One decoder layer."""

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
        config = self.config
        batch, length, _ = x.shape
        h = self.attention_norm(x)
        q = self.q_proj(h).view(batch, length, config.heads, config.head_width)
        k = self.k_proj(h).view(batch, length, config.kv_heads, config.head_width)
        v = self.v_proj(h).view(batch, length, config.kv_heads, config.head_width)
        q, k = _rotate(self.q_norm(q), cos, sin), _rotate(self.k_norm(k), cos, sin)
        mixed = _attend(q, k, v).reshape(batch, length, -1)
        x = x + self.post_attention_norm(self.o_proj(mixed))
        h = self.ffn_norm(x)
        h = self.down_proj(F.gelu(self.gate_proj(h), approximate="tanh") * self.up_proj(h))
        result: Tensor = x + self.post_ffn_norm(h)
        return result


def _attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention of q [batch, length, heads, head_width] to k and v of fewer heads.

    The queries that share a head of k and v are rows of one product. At the lengths of sentences
    this takes a third of the time of torch's fused attention on a CPU, most of all backwards.
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
    # Padding is on the right, where causal attention does not look: no other mask is needed.
    later = torch.ones(length, length, dtype=torch.bool, device=q.device).triu(1)
    weights = scores.masked_fill(later[:, None, :], -math.inf).softmax(-1).to(v.dtype)
    mixed = torch.bmm(weights.view(batch * shared, length * group, length), values)
    mixed = mixed.view(batch, shared, length, group, width).transpose(1, 2)
    return mixed.reshape(batch, length, heads, width)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding of [batch, length, heads, head_width], halves paired."""
    first, second = x.float().chunk(2, dim=-1)
    rotated = torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
    return rotated.to(x.dtype)


class Network(nn.Module):
    """Gemma with an adapter to learn.

    Sequences must be shorter than the sliding window (512 tokens): within it, the layers that
    look back a limited way see everything, and no mask is needed.
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
            _Block(
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

    def merge(self) -> None:
        """Form every weight in use anew: to be called after every update of the parameters."""
        for module in self.modules():
            if isinstance(module, AdaptedLinear):
                module.merge()

    def compile_blocks(self) -> None:
        """Fuse each layer's elementwise work. One compilation serves all layers and lengths."""
        for block in self.blocks:
            block.compile(dynamic=True)

    def forward(self, tokens: Tensor) -> Tensor:
        """Hidden states [batch, length, width] before the output layer, of ids [batch, length]."""
        x = F.embedding(tokens, self.embedding) * self.config.width**0.5
        rotations = {
            theta: self._rotation(tokens.shape[1], theta, x.device)
            for theta in (self.config.rope_theta, self.config.local_theta)
        }
        for number, block in enumerate(self.blocks):
            of = (
                self.config.rope_theta if self.config.is_global(number) else self.config.local_theta
            )
            x = block(x, *rotations[of])
        result: Tensor = self.norm(x)
        return result

    def _rotation(self, length: int, theta: float, device: torch.device) -> tuple[Tensor, Tensor]:
        """cos and sin [length, 1, head_width / 2]."""
        width = self.config.head_width
        frequency = theta ** (-torch.arange(0, width, 2, device=device).float() / width)
        angle = torch.arange(length, device=device).float()[:, None, None] * frequency
        return angle.cos(), angle.sin()


class _SmoothedLoss(torch.autograd.Function):
    """Summed cross-entropy of an output layer that is not trained.

    The gradient of the hidden states is computed in the forward pass, chunk by chunk, so that
    the logits [tokens, vocabulary] are never kept.
    """

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        embedding: Tensor,
        labels: Tensor,
        smoothing: float,
        log_weights: Tensor | None,
    ) -> Tensor:
        gradient = torch.empty_like(hidden)
        total = hidden.new_zeros((), dtype=torch.float32)
        vocabulary = embedding.shape[0]
        for start in range(0, len(hidden), _LOSS_CHUNK):
            part = slice(start, start + _LOSS_CHUNK)
            logits = F.linear(hidden[part], embedding).float()
            answers = labels[part, None]
            right = logits.gather(1, answers)
            mean = logits.mean(-1, keepdim=True)
            if log_weights is not None:
                logits += log_weights
            normaliser = logits.logsumexp(-1, keepdim=True)
            total += (normaliser - right * (1 - smoothing) - mean * smoothing).sum()
            if not ctx.needs_input_grad[0]:
                continue
            logits.sub_(normaliser).exp_().sub_(smoothing / vocabulary)
            logits.scatter_add_(1, answers, torch.full_like(right, smoothing - 1))
            gradient[part] = logits.to(hidden.dtype) @ embedding
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * grads[0].to(gradient.dtype), None, None, None, None


_LOSS_CHUNK = 512
_smoothed_loss: Callable[..., Tensor] = _SmoothedLoss.apply


def loss_of(
    hidden: Tensor,
    embedding: Tensor,
    labels: Tensor,
    smoothing: float,
    log_weights: Tensor | None = None,
) -> Tensor:
    """Summed cross-entropy, in nats, of hidden states [tokens, width] against ids [tokens].

    `smoothing` is the share of the probability that is spread evenly over the rows of `embedding`
    (label smoothing, Szegedy et al. 2016). `log_weights` [vocabulary] holds the log of how many
    tokens each row stands for, where there are not all of them. The embedding gets no gradient.
    """
    return _smoothed_loss(hidden, embedding, labels, smoothing, log_weights)
