"""Gemma 3 as arrays: the weights, and a forward pass to check conversions.

The forward pass follows the Gemma 3 report (Gemma Team 2025, arXiv:2503.19786). It is simple, not
fast: numpy in float32, no cache, one sequence at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

# Projections that an adapter may change, in the order of their use.
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


# The names of a layer's weights in Hugging Face's checkpoints, which store norms less 1.
CHECKPOINT_NAMES = {
    "q_proj": "self_attn.q_proj",
    "k_proj": "self_attn.k_proj",
    "v_proj": "self_attn.v_proj",
    "o_proj": "self_attn.o_proj",
    "gate_proj": "mlp.gate_proj",
    "up_proj": "mlp.up_proj",
    "down_proj": "mlp.down_proj",
    "q_norm": "self_attn.q_norm",
    "k_norm": "self_attn.k_norm",
    "attention_norm": "input_layernorm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffn_norm": "post_feedforward_layernorm",
}


@dataclass(frozen=True, slots=True)
class GemmaConfig:
    """Shapes and constants.

    Every `global_every`-th layer attends to all tokens and uses `rope_theta`. The others attend to
    the last `sliding_window` tokens and use `local_theta`.
    """

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
    """One decoder layer. Norms include the 1 of Gemma's `1 + w`."""

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
    """All weights. `embedding` [vocabulary, width] is for input and output."""

    config: GemmaConfig
    embedding: Array
    layers: tuple[Layer, ...]
    norm: Array

    def with_layers(self, layers: tuple[Layer, ...]) -> Gemma:
        return replace(self, layers=layers)


def forward(model: Gemma, tokens: list[int]) -> Array:
    """Return logits [len(tokens), vocabulary] of the token after each token."""
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
    """Rotate [n, heads, head_width], with halves paired (Su et al. 2021)."""
    n, _, width = x.shape
    frequency = theta ** (-np.arange(0, width, 2, dtype=np.float32) / width)
    angle = np.arange(n, dtype=np.float32)[:, None] * frequency  # [n, width / 2]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    first, second = x[..., : width // 2], x[..., width // 2 :]
    rotated = np.concatenate((first * cos - second * sin, second * cos + first * sin), axis=-1)
    return rotated.astype(np.float32)


def _norm(x: Array, factor: Array, config: GemmaConfig) -> Array:
    """Normalize by the root mean square (Zhang and Sennrich 2019), last axis."""
    mean_square = np.mean(np.square(x), axis=-1, keepdims=True)
    normed: Array = x / np.sqrt(mean_square + np.float32(config.epsilon)) * factor
    return normed


def _gelu(x: Array) -> Array:
    """Compute GELU's tanh form (Hendrycks and Gimpel 2016), as Gemma does."""
    inner = np.float32((2 / np.pi) ** 0.5) * (x + np.float32(0.044715) * x**3)
    activated: Array = np.float32(0.5) * x * (1 + np.tanh(inner))
    return activated
