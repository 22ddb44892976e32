"""Gemma 3 for decoding: prompts are read packed, then every row goes on token by token.

The forward pass follows the Gemma 3 report (Gemma Team 2025, arXiv:2503.19786). Shapes in
comments: n rows (tokens of prompts when they are read, one token of each hypothesis in a step),
s sentences, b beams of each, h heads, d head width, and all heads share one head of keys and
values.

Keys and values of all tokens lie in one pool of slots. A row knows its past as a table of
slots (paged attention with pages of one token; Kwon et al. 2023), so that a sentence may join or
leave at any step, the beams of a sentence share its prompt, and a beam that goes on from another
one copies a row of a table rather than keys and values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from models.embedded.gemma import Gemma, GemmaConfig, Layer
from models.inflight.arithmetic import Weight, pack, product

Slots = npt.NDArray[np.int64]

_NEVER = -1e30  # what a place scores that must not be attended to

# The output layer is searched in pieces: the best k ids lie in the k pieces with the highest
# maxima.
_PIECE = 64


@dataclass(frozen=True, slots=True)
class _LayerWeights:
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


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where the rows of a step stand: rotations (cos, sin) [n, d / 2], the slot [n] of the
    token itself, the slots of the prompt [s, p] and of what was produced [n, g], and what is
    added to the scores [n, 1, p + g], 0 or `_NEVER`."""

    cos: Tensor
    sin: Tensor
    slot: Tensor
    prompt: Tensor
    produced: Tensor
    mask: Tensor


@dataclass(frozen=True, slots=True)
class _Prompts:
    """Where the tokens of packed prompts stand: rotations (cos, sin) [n, d / 2], the slot [n]
    and the place in the padded rectangle [n] of every token, the slots of the rectangle
    [s, p], and what is added to the scores [p, p]."""

    cos: Tensor
    sin: Tensor
    slot: Tensor
    place: Tensor
    table: Tensor
    mask: Tensor


class Decoder:
    """The model with room for the keys and values of `slots` tokens. Not for several threads.

    `form` is one of `arithmetic.FORMATS`.
    """

    def __init__(self, model: Gemma, form: str, slots: int) -> None:
        self.config, self.form = model.config, form
        embedding = torch.from_numpy(model.embedding)
        self._embedding = embedding if form == "float32" else embedding.bfloat16()
        self.vocabulary = len(embedding)
        # Padded to whole pieces, with rows that never win.
        padding = -self.vocabulary % _PIECE
        self._output = pack(F.pad(embedding, (0, 0, 0, padding)), form)
        self._norm = torch.from_numpy(model.norm)
        self._layers = [_layer_weights(layer, form) for layer in model.layers]
        kept = torch.float32 if form == "float32" else torch.bfloat16
        shape = (model.config.layers, slots, model.config.head_width)
        self._keys, self._values = torch.zeros(shape, dtype=kept), torch.zeros(shape, dtype=kept)
        self._read: Callable[..., Tensor] = _read_layer
        self._go_on: Callable[..., Tensor] = _step_layer
        self._choose: Callable[..., tuple[Tensor, Tensor]] = _choose

    def compile(self) -> None:
        """Fuse elementwise work. One compilation serves all layers and sizes."""
        self._read = torch.compile(_read_layer, dynamic=True)
        self._go_on = torch.compile(_step_layer, dynamic=True)
        self._choose = torch.compile(_choose, dynamic=True)

    @torch.inference_mode()
    def read(self, prompts: Sequence[Sequence[int]], slots: Sequence[Slots]) -> Tensor:
        """Read whole prompts into their slots; the states [s, width] after their last tokens."""
        lengths = [len(prompt) for prompt in prompts]
        widest = max(lengths)
        position = torch.cat([torch.arange(length) for length in lengths])
        row = torch.repeat_interleave(torch.arange(len(prompts)), torch.tensor(lengths))
        table = np.zeros((len(prompts), widest), dtype=np.int64)
        for number, taken in enumerate(slots):
            table[number, : len(taken)] = taken
        slot = torch.from_numpy(np.concatenate(slots))
        distance = torch.arange(widest)[:, None] - torch.arange(widest)
        place = row * widest + position
        of_kind = [
            _Prompts(
                *self._rotation(position, everywhere),
                slot,
                place,
                torch.from_numpy(table),
                self._mask(distance, everywhere),
            )
            for everywhere in (False, True)
        ]
        x = self._embed(torch.tensor([token for prompt in prompts for token in prompt]))
        for number, layer in enumerate(self._layers):
            rows = of_kind[self.config.is_global(number)]
            pool = self._keys[number], self._values[number]
            x = self._read(x, *pool, rows, layer, self.config, self.form)
        last = torch.tensor(lengths).cumsum(0) - 1
        return x[last]

    @torch.inference_mode()
    def step(
        self, tokens: Sequence[int], prompts: Sequence[Slots], produced: Sequence[Slots]
    ) -> Tensor:
        """The states [n, width] after one more token of every row.

        `prompts` are the slots of each of s sentences' prompts, `produced` those of what each
        row produced, the token at hand included: n / s rows belong to each sentence.
        """
        beams = len(tokens) // len(prompts)
        read = np.repeat([len(slots) for slots in prompts], beams)
        gone = np.array([len(slots) for slots in produced])
        prompt_table, prompt_there = _table(prompts)
        produced_table, produced_there = _table(produced)
        slot = np.array([slots[-1] for slots in produced])
        position = torch.from_numpy(read + gone - 1)
        # Where each key stands, as far as it is there.
        at = torch.from_numpy(
            np.concatenate(
                (
                    np.tile(np.arange(prompt_table.shape[1]), (len(tokens), 1)),
                    read[:, None] + np.arange(produced_table.shape[1]),
                ),
                axis=1,
            )
        )
        there = torch.from_numpy(
            np.concatenate((prompt_there.repeat(beams, axis=0), produced_there), axis=1)
        )
        distance = position[:, None] - at
        of_kind = [
            _Rows(
                *self._rotation(position, everywhere),
                torch.from_numpy(slot),
                torch.from_numpy(prompt_table),
                torch.from_numpy(produced_table),
                self._mask(distance, everywhere).masked_fill(~there, _NEVER)[:, None],
            )
            for everywhere in (False, True)
        ]
        x = self._embed(torch.tensor(tokens))
        for number, layer in enumerate(self._layers):
            rows = of_kind[self.config.is_global(number)]
            pool = self._keys[number], self._values[number]
            x = self._go_on(x, *pool, rows, layer, self.config, self.form)
        return x

    @torch.inference_mode()
    def choose(self, states: Tensor, count: int) -> tuple[list[list[int]], list[list[float]]]:
        """The `count` likeliest next tokens of each state, best first, and their natural
        log-probabilities."""
        ids, log_probabilities = self._choose(
            states, self._norm, self._output, self.vocabulary, count, self.config, self.form
        )
        return ids.tolist(), log_probabilities.tolist()

    def _embed(self, tokens: Tensor) -> Tensor:
        embedded: Tensor = F.embedding(tokens, self._embedding).float() * self.config.width**0.5
        return embedded

    def _rotation(self, position: Tensor, everywhere: bool) -> tuple[Tensor, Tensor]:
        theta = self.config.rope_theta if everywhere else self.config.local_theta
        width = self.config.head_width
        frequency = theta ** (-torch.arange(0, width, 2).float() / width)
        angle = position.float()[:, None] * frequency
        return angle.cos(), angle.sin()

    def _mask(self, distance: Tensor, everywhere: bool) -> Tensor:
        visible = distance >= 0
        if not everywhere:
            visible &= distance < self.config.sliding_window
        return torch.zeros(distance.shape).masked_fill(~visible, _NEVER)


def _table(rows: Sequence[Slots]) -> tuple[Slots, npt.NDArray[np.bool_]]:
    """Rows of slots as a rectangle, and where it is filled."""
    lengths = np.array([len(row) for row in rows])
    there = np.arange(lengths.max()) < lengths[:, None]
    table = np.zeros(there.shape, dtype=np.int64)
    table[there] = np.concatenate(rows)
    return table, there


def _layer_weights(layer: Layer, form: str) -> _LayerWeights:
    arrays = {name: torch.from_numpy(getattr(layer, name)) for name in layer.__dataclass_fields__}
    norms = {name: array for name, array in arrays.items() if name.endswith("_norm")}
    return _LayerWeights(
        qkv=pack(torch.cat([arrays["q_proj"], arrays["k_proj"], arrays["v_proj"]]), form),
        o=pack(arrays["o_proj"], form),
        gate_up=pack(torch.cat([arrays["gate_proj"], arrays["up_proj"]]), form),
        down=pack(arrays["down_proj"], form),
        **norms,
    )


def _read_layer(
    x: Tensor,
    keys: Tensor,
    values: Tensor,
    at: _Prompts,
    layer: _LayerWeights,
    config: GemmaConfig,
    form: str,
) -> Tensor:
    """One layer over the n tokens of s packed prompts, x [n, width]."""
    q = _queries(x, keys, values, at.slot, at.cos, at.sin, layer, config, form)  # [n, h, d]
    s, p = at.table.shape
    h, d = config.heads, config.head_width
    padded = q.new_zeros((s * p, h, d))
    padded[at.place] = q
    rows = padded.view(s, p, h, d).transpose(1, 2).reshape(s, h * p, d)
    scores = torch.bmm(rows, keys[at.table].transpose(1, 2)).float().view(s, h, p, p)
    weights = (scores + at.mask).softmax(-1).to(keys.dtype)
    mixed = torch.bmm(weights.view(s, h * p, p), values[at.table])  # [s, h p, d]
    mixed = mixed.view(s, h, p, d).transpose(1, 2).reshape(s * p, h * d)[at.place]
    return _feed_forward(x, mixed.float(), layer, config, form)


def _step_layer(
    x: Tensor,
    keys: Tensor,
    values: Tensor,
    at: _Rows,
    layer: _LayerWeights,
    config: GemmaConfig,
    form: str,
) -> Tensor:
    """One layer over one token of each of n rows, x [n, width]."""
    q = _queries(x, keys, values, at.slot, at.cos, at.sin, layer, config, form)  # [n, h, d]
    n = len(at.produced)
    s, p = at.prompt.shape
    h, d = config.heads, config.head_width
    # The rows of a sentence share the keys of its prompt: [s, b h, d] x [s, d, p].
    of_prompt = torch.bmm(q.view(s, -1, d), keys[at.prompt].transpose(1, 2)).view(n, h, p)
    of_produced = torch.bmm(q, keys[at.produced].transpose(1, 2))  # [n, h, g]
    scores = torch.cat((of_prompt, of_produced), dim=-1).float() + at.mask
    weights = scores.softmax(-1).to(keys.dtype)
    mixed = torch.bmm(weights[:, :, :p].reshape(s, -1, p), values[at.prompt]).view(n, h, d).float()
    mixed = mixed + torch.bmm(weights[:, :, p:], values[at.produced]).float()
    return _feed_forward(x, mixed.view(n, h * d), layer, config, form)


def _queries(
    x: Tensor,
    keys: Tensor,
    values: Tensor,
    slot: Tensor,
    cos: Tensor,
    sin: Tensor,
    layer: _LayerWeights,
    config: GemmaConfig,
    form: str,
) -> Tensor:
    """Scaled queries [n, h, d]; keys and values go to their slots."""
    h, d = config.heads, config.head_width
    y = product(_norm(x, layer.attention_norm, config), layer.qkv, form)
    q, k, v = torch.split(y, [h * d, d, d], dim=-1)
    q = _norm(q.reshape(-1, h, d), layer.q_norm, config)
    q = _rotate(q, cos[:, None], sin[:, None]) * d**-0.5
    keys[slot] = _rotate(_norm(k, layer.k_norm, config), cos, sin).to(keys.dtype)
    values[slot] = v.to(values.dtype)
    scaled: Tensor = q.to(keys.dtype)
    return scaled


def _feed_forward(
    x: Tensor, mixed: Tensor, layer: _LayerWeights, config: GemmaConfig, form: str
) -> Tensor:
    """The rest of a layer, from what its heads gathered [n, h d]."""
    x = x + _norm(product(mixed, layer.o, form), layer.post_attention_norm, config)
    gate, up = product(_norm(x, layer.ffn_norm, config), layer.gate_up, form).chunk(2, dim=-1)
    y = product(F.gelu(gate, approximate="tanh") * up, layer.down, form)
    return x + _norm(y, layer.post_ffn_norm, config)


def _choose(
    states: Tensor,
    norm: Tensor,
    output: Weight,
    vocabulary: int,
    count: int,
    config: GemmaConfig,
    form: str,
) -> tuple[Tensor, Tensor]:
    """The best tokens [n, count] after states [n, width], and their log-probabilities."""
    logits = product(_norm(states, norm, config), output, form)
    n = len(logits)
    pieces = logits.view(n, -1, _PIECE)
    if padding := output.out - vocabulary:
        pieces[:, -1, -padding:] = _NEVER  # less than any logit
    best, where = pieces.amax(-1).topk(min(count, pieces.shape[1]), dim=-1)  # [n, count]
    inside = pieces.gather(1, where[:, :, None].expand(-1, -1, _PIECE)).view(n, -1)
    values, at = inside.topk(count, dim=-1)
    ids = where.gather(1, at // _PIECE) * _PIECE + at % _PIECE
    normaliser = (logits - best[:, :1]).exp().sum(-1, keepdim=True).log() + best[:, :1]
    return ids, values - normaliser


def _norm(x: Tensor, factor: Tensor, config: GemmaConfig) -> Tensor:
    """Root mean square normalisation over the last axis."""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + config.epsilon) * factor


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding of [..., d], halves paired."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
