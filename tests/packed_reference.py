"""Compute the inflight engine's results in plain numpy.

Tests compare the native library with it. Rows and weights are rounded as in
`models.inflight.packing` and `native/kernels.cpp`, and all else is in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from models.embedded.gemma import Array, Gemma, GemmaConfig, Layer
from models.inflight.packing import (
    COLUMNS,
    GROUP,
    HEAD,
    HEADS,
    LEVELS,
    PackedWeight,
    bfloat16,
    hadamard,
    joined,
    pack,
)

Numbers = npt.NDArray[Any]


def transformed(rows: Numbers) -> Numbers:
    """Return rows [n, in] with the Hadamard transform of every whole group."""
    full = rows.shape[1] // GROUP * GROUP
    groups = rows[:, :full].reshape(len(rows), -1, GROUP) @ hadamard().astype(rows.dtype)
    return np.concatenate((groups.reshape(len(rows), full), rows[:, full:]), axis=1)


def dequantized(weight: PackedWeight, out: int, width: int) -> Numbers:
    """Return the weight [out, in] by which transformed rows are multiplied."""
    panels = len(weight.bytes)
    whole = weight.bytes.transpose(0, 2, 1, 3).reshape(panels * COLUMNS, width)
    scales = weight.scales.transpose(0, 2, 1).reshape(panels * COLUMNS, -1)
    return (whole * scales.repeat(GROUP, axis=1)[:, :width].astype(np.float64))[:out]


def rounded(rows: Numbers, sum_bits: int) -> Numbers:
    """Return transformed rows, rounded to bytes with a scale for each group."""
    level, _ = LEVELS[sum_bits]
    groups = []
    for group in np.split(transformed(rows), range(GROUP, rows.shape[1], GROUP), axis=1):
        step = np.maximum(np.abs(group).max(axis=1, keepdims=True), 1e-12) / level
        groups.append(np.rint(group / step) * step)
    return np.concatenate(groups, axis=1)


def product(rows: Numbers, weight: PackedWeight, out: int, sum_bits: int) -> Numbers:
    """Return rows [n, in] weight^T, rounded as in the kernels."""
    return rounded(rows, sum_bits) @ dequantized(weight, out, rows.shape[1]).T


def halves(numbers: Numbers) -> Numbers:
    """Round to bfloat16."""
    bits = bfloat16(numbers.astype(np.float32)).astype(np.uint32) << 16
    return bits.view(np.float32).astype(np.float64)


def next_tokens(model: Gemma, tokens: list[int], sum_bits: int) -> Numbers:
    """Return the log-probabilities [vocabulary] of the token after `tokens`."""
    config = model.config
    x = halves(model.embedding[tokens]) * config.width**0.5
    for number, layer in enumerate(model.layers):
        gathered = _attention(x, layer, config, number, sum_bits)
        o = _multiplied(gathered, layer.o_proj, sum_bits)
        x = x + _norm(o, layer.post_attention_norm, config)
        both = _multiplied(_norm(x, layer.ffn_norm, config), joined(layer, "gate_up"), sum_bits)
        gate, up = np.split(both, 2, axis=1)
        inner = (2 / np.pi) ** 0.5 * (gate + 0.044715 * gate**3)
        down = _multiplied(0.5 * gate * (1 + np.tanh(inner)) * up, layer.down_proj, sum_bits)
        x = x + _norm(down, layer.post_ffn_norm, config)
    (logits,) = _multiplied(_norm(x[-1:], model.norm, config), model.embedding, sum_bits)
    shifted = logits - logits.max()
    result: Numbers = shifted - np.log(np.exp(shifted).sum())
    return result


def _multiplied(rows: Numbers, weight: Array, sum_bits: int) -> Numbers:
    return product(rows, pack(weight, sum_bits), len(weight), sum_bits)


def _attention(
    x: Numbers, layer: Layer, config: GemmaConfig, number: int, sum_bits: int
) -> Numbers:
    n = len(x)
    y = _multiplied(_norm(x, layer.attention_norm, config), joined(layer, "qkv"), sum_bits)
    q, k, v = np.split(y, [HEADS * HEAD, (HEADS + 1) * HEAD], axis=1)
    theta = config.rope_theta if config.is_global(number) else config.local_theta
    q = _rotated(_norm(q.reshape(n, HEADS, HEAD), layer.q_norm, config), theta)
    k = halves(_rotated(_norm(k.reshape(n, 1, HEAD), layer.k_norm, config), theta))[:, 0]
    scores = np.einsum("qhd,kd->hqk", q, k) * HEAD**-0.5
    distance = np.arange(n)[:, None] - np.arange(n)
    visible = distance >= 0
    if not config.is_global(number):
        visible &= distance < config.sliding_window
    scores = np.where(visible, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    mixed: Numbers = np.einsum("hqk,kd->qhd", weights, halves(v)).reshape(n, -1)
    return mixed


def _rotated(x: Numbers, theta: float) -> Numbers:
    angle = np.arange(len(x))[:, None] * theta ** (-np.arange(0, HEAD, 2) / HEAD)
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    first, second = np.split(x, 2, axis=-1)
    return np.concatenate((first * cos - second * sin, second * cos + first * sin), axis=-1)


def _norm(x: Numbers, factor: Array, config: GemmaConfig) -> Numbers:
    normed: Numbers = x / np.sqrt(np.square(x).mean(-1, keepdims=True) + config.epsilon) * factor
    return normed


def small_gemma(*, vocabulary: int = 1100, layers: int = 2, window: int = 512) -> Gemma:
    """Return a random model with several blocks of tokens, the last not whole."""
    config = GemmaConfig(
        layers=layers, width=160, hidden=192, global_every=2, sliding_window=window
    )
    draw = np.random.default_rng(0)

    def drawn(*shape: int) -> Array:
        return draw.normal(0, shape[-1] ** -0.5, shape).astype(np.float32)

    def factors(size: int) -> Array:
        return draw.uniform(0.5, 1.5, size).astype(np.float32)

    heads, width = HEADS * HEAD, config.width
    made = tuple(
        Layer(
            q_proj=drawn(heads, width),
            k_proj=drawn(HEAD, width),
            v_proj=drawn(HEAD, width),
            o_proj=drawn(width, heads),
            gate_proj=drawn(config.hidden, width),
            up_proj=drawn(config.hidden, width),
            down_proj=drawn(width, config.hidden),
            attention_norm=factors(width),
            post_attention_norm=factors(width),
            ffn_norm=factors(width),
            post_ffn_norm=factors(width),
            q_norm=factors(HEAD),
            k_norm=factors(HEAD),
        )
        for _ in range(layers)
    )
    return Gemma(config, drawn(vocabulary, width), made, factors(width))
