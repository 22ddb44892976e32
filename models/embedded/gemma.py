"""Gemma 3 as arrays: the weights, and a forward pass in numpy to check conversions against.

The forward pass follows the Gemma 3 report (Gemma Team 2025, arXiv:2503.19786) and is written
to be read, not to be fast: float32, no cache, one sequence at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

# Projections an adapter may change, in the order they are applied.
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, slots=True)
class GemmaConfig:
    """Shapes and constants. `rope_theta` is for layers that attend to everything, `local_theta`
    for those that attend to the last `sliding_window` tokens; every `global_every`-th layer is of
    the first kind."""

    layers: int = 18
    width: int = 640
    heads: int = 4
    kv_heads: int = 1
    head_width: int = 256
    hidden: int = 2048
    epsilon: float = 1e-6
    rope_theta: float = 1_000_000.0
    local_theta: float = 10_000.0
    sliding_window: int = 512
    global_every: int = 6

    def is_global(self, layer: int) -> bool:
        return (layer + 1) % self.global_every == 0


@dataclass(frozen=True, slots=True)
class Layer:
    """One decoder layer. Projections are [out, in]; norms are the factors themselves (the 1 of
    Gemma's `1 + w` is already in them)."""

    q_proj: Array  # [heads * head_width, width]
    k_proj: Array  # [kv_heads * head_width, width]
    v_proj: Array  # [kv_heads * head_width, width]
    o_proj: Array  # [width, heads * head_width]
    gate_proj: Array  # [hidden, width]
    up_proj: Array  # [hidden, width]
    down_proj: Array  # [width, hidden]
    attention_norm: Array  # [width]
    post_attention_norm: Array  # [width]
    ffn_norm: Array  # [width]
    post_ffn_norm: Array  # [width]
    q_norm: Array  # [head_width]
    k_norm: Array  # [head_width]


@dataclass(frozen=True, slots=True)
class Gemma:
    """All the weights. `embedding` [vocabulary, width] serves input and output."""

    config: GemmaConfig
    embedding: Array
    layers: tuple[Layer, ...]
    norm: Array

    def with_layers(self, layers: tuple[Layer, ...]) -> Gemma:
        return replace(self, layers=layers)


def forward(model: Gemma, tokens: list[int]) -> Array:
    """Logits [len(tokens), vocabulary] of the token after each of `tokens`."""
    config = model.config
    x = model.embedding[np.asarray(tokens)] * np.float32(config.width**0.5)  # [n, width]
    for number, layer in enumerate(model.layers):
        attended = _attention(layer, config, _norm(x, layer.attention_norm, config), number)
        x = x + _norm(attended, layer.post_attention_norm, config)
        h = _norm(x, layer.ffn_norm, config)
        h = (_gelu(h @ layer.gate_proj.T) * (h @ layer.up_proj.T)) @ layer.down_proj.T
        x = x + _norm(h, layer.post_ffn_norm, config)
    logits: Array = _norm(x, model.norm, config) @ model.embedding.T
    return logits


def _attention(layer: Layer, config: GemmaConfig, x: Array, number: int) -> Array:
    n = len(x)
    q = (x @ layer.q_proj.T).reshape(n, config.heads, config.head_width)
    k = (x @ layer.k_proj.T).reshape(n, config.kv_heads, config.head_width)
    v = (x @ layer.v_proj.T).reshape(n, config.kv_heads, config.head_width)
    theta = config.rope_theta if config.is_global(number) else config.local_theta
    q = _rotate(_norm(q, layer.q_norm, config), theta)
    k = _rotate(_norm(k, layer.k_norm, config), theta)
    group = config.heads // config.kv_heads
    k, v = k.repeat(group, axis=1), v.repeat(group, axis=1)
    scores = np.einsum("qhd,khd->hqk", q, k) * np.float32(config.head_width**-0.5)
    position = np.arange(n)
    distance = position[:, None] - position[None, :]
    visible = distance >= 0
    if not config.is_global(number):
        visible &= distance < config.sliding_window
    scores = np.where(visible, scores, np.float32(-1e30))
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    mixed = np.einsum("hqk,khd->qhd", weights, v).reshape(n, -1)
    attended: Array = mixed @ layer.o_proj.T
    return attended


def _rotate(x: Array, theta: float) -> Array:
    """Rotary position embedding (Su et al. 2021) of [n, heads, head_width], halves paired."""
    n, _, width = x.shape
    frequency = theta ** (-np.arange(0, width, 2, dtype=np.float32) / width)
    angle = np.arange(n, dtype=np.float32)[:, None] * frequency  # [n, width / 2]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    first, second = x[..., : width // 2], x[..., width // 2 :]
    rotated = np.concatenate((first * cos - second * sin, second * cos + first * sin), axis=-1)
    return rotated.astype(np.float32)


def _norm(x: Array, factor: Array, config: GemmaConfig) -> Array:
    """Root mean square normalisation (Zhang and Sennrich 2019) over the last axis."""
    mean_square = np.mean(np.square(x), axis=-1, keepdims=True)
    normed: Array = x / np.sqrt(mean_square + np.float32(config.epsilon)) * factor
    return normed


def _gelu(x: Array) -> Array:
    """The tanh form of GELU (Hendrycks and Gimpel 2016), which Gemma was trained with."""
    inner = np.float32((2 / np.pi) ** 0.5) * (x + np.float32(0.044715) * x**3)
    activated: Array = np.float32(0.5) * x * (1 + np.tanh(inner))
    return activated
