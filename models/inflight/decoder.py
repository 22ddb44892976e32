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

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from models.embedded.gemma import Array, GemmaConfig, Layer
from models.inflight.arithmetic import Weight, kept_type, pack, product

Slots = npt.NDArray[np.int64]

_NEVER = -1e30  # what a place scores that must not be attended to

# The output layer is searched in pieces: the best k ids lie in the k pieces with the highest
# maxima.
_PIECE = 64
_CANDIDATES = (8, 64)


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
class _Past:
    """Where the rows of a step stand: rotations (cos, sin) [n, d / 2], the slot [n] of the
    token itself, the slots of the prompt [s, p] and of what was produced [n, g], and what is
    added to the scores [n, 1, p + g], 0 or `_NEVER`."""

    cos: Tensor
    sin: Tensor
    slot: Tensor
    prompt: Tensor
    produced: Tensor
    mask: Tensor


class Decoder:
    """The model with room for the keys and values of `slots` tokens. Not for several threads.

    `form` is one of `arithmetic.FORMATS`.
    """

    def __init__(
        self,
        config: GemmaConfig,
        embedding: Array,
        layers: Iterable[Layer],
        norm: Array,
        form: str,
        slots: int,
    ) -> None:
        """`embedding` is [vocabulary, width], `norm` [width]; layers are gone through once."""
        self.config, self.form = config, form
        rows = torch.from_numpy(embedding)
        self._embedding = rows if form == "float32" else rows.bfloat16()
        self._output = pack(rows, form)
        self._norm = torch.from_numpy(norm)
        self._layers = [_layer_weights(layer, form) for layer in layers]
        self._kept = kept_type(form)
        shape = (config.layers, slots, config.head_width)
        self._keys, self._values = (_zeros(shape, self._kept) for _ in range(2))
        self._queries: Callable[..., tuple[Tensor, Tensor, Tensor]]
        self._feed_forward: Callable[..., Tensor]
        self._choose: Callable[..., tuple[Tensor, Tensor]]
        self.interpret()

    def interpret(self) -> None:
        """Compute without compiled code."""
        self._queries, self._feed_forward, self._choose = _queries, _feed_forward, _choose

    def compile(self) -> None:
        """Fuse elementwise work. One compilation serves all layers and numbers of rows."""
        # A row that is alone takes the same code as many.
        torch.fx.experimental._config.backed_size_oblivious = True
        self._queries = torch.compile(_queries)
        self._feed_forward = torch.compile(_feed_forward)
        self._choose = torch.compile(_choose)

    def rehearse(self) -> None:
        """Take every kind of step once, which compiles it. Nothing may be in the pool yet."""
        slots = [np.array([0, 1, 2]), np.array([3, 4])]
        self.choose(self.read([[0, 0, 0], [0, 0]], slots), 1)
        self.choose(self.step([0, 0], slots, [np.array([5]), np.array([6])]), 1)

    @torch.inference_mode()
    def read(self, prompts: Sequence[Sequence[int]], slots: Sequence[Slots]) -> Tensor:
        """Read whole prompts into their slots; the states [s, width] after their last tokens."""
        lengths = [len(prompt) for prompt in prompts]
        position = torch.cat([torch.arange(length) for length in lengths])
        slot = torch.from_numpy(np.concatenate(slots))
        rotations = [self._rotation(position, everywhere) for everywhere in (False, True)]
        x = self._embed(torch.tensor([token for prompt in prompts for token in prompt]))
        for number, layer in enumerate(self._layers):
            everywhere = self.config.is_global(number)
            q, k, v = self._project(x, *rotations[everywhere], layer)
            self._keys[number].index_copy_(0, slot, k)
            self._values[number].index_copy_(0, slot, v)
            window = None if everywhere else self.config.sliding_window
            x = self._finish(x, _attend_within(q, k, v, lengths, window), layer)
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
            _Past(
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
            past = of_kind[self.config.is_global(number)]
            keys, values = self._keys[number], self._values[number]
            q, k, v = self._project(x, past.cos, past.sin, layer)
            keys.index_copy_(0, past.slot, k)
            values.index_copy_(0, past.slot, v)
            x = self._finish(x, _attend_to_past(q, keys, values, past), layer)
        return x

    @torch.inference_mode()
    def choose(self, states: Tensor, count: int) -> tuple[list[list[int]], list[list[float]]]:
        """The `count` likeliest next tokens of each state, best first, and their natural
        log-probabilities."""
        _vary(states)
        # Few different numbers of candidates are compiled for.
        most = next(size for size in _CANDIDATES if count <= size)
        ids, log_probabilities = self._choose(
            states, self._norm, self._output, most, self.config, self.form
        )
        return ids[:, :count].tolist(), log_probabilities[:, :count].tolist()

    def _project(
        self, x: Tensor, cos: Tensor, sin: Tensor, layer: _LayerWeights
    ) -> tuple[Tensor, Tensor, Tensor]:
        _vary(x, cos, sin)
        return self._queries(x, cos, sin, layer, self.config, self.form, self._kept)

    def _finish(self, x: Tensor, mixed: Tensor, layer: _LayerWeights) -> Tensor:
        _vary(x, mixed)
        return self._feed_forward(x, mixed, layer, self.config, self.form)

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


def _zeros(shape: tuple[int, ...], kept: torch.dtype) -> Tensor:
    """Zeros that take no memory before they are written to, which torch's own do."""
    whole = np.zeros(shape, dtype=np.float32 if kept == torch.float32 else np.int16)
    return torch.from_numpy(whole).view(kept)


def _vary(*tensors: Tensor) -> None:
    """Say that the number of rows differs from call to call, and nothing else."""
    for tensor in tensors:
        torch._dynamo.maybe_mark_dynamic(tensor, 0)


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


def _queries(
    x: Tensor,
    cos: Tensor,
    sin: Tensor,
    layer: _LayerWeights,
    config: GemmaConfig,
    form: str,
    kept: torch.dtype,
) -> tuple[Tensor, Tensor, Tensor]:
    """Scaled queries [n, h, d], keys [n, d] and values [n, d] of rows x [n, width]."""
    h, d = config.heads, config.head_width
    y = product(_norm(x, layer.attention_norm, config), layer.qkv, form)
    q, k, v = torch.split(y, [h * d, d, d], dim=-1)
    q = _norm(q.reshape(-1, h, d), layer.q_norm, config)
    q = _rotate(q, cos[:, None], sin[:, None]) * d**-0.5
    k = _rotate(_norm(k, layer.k_norm, config), cos, sin)
    return q.to(kept), k.to(kept), v.to(kept)


def _attend_within(
    q: Tensor, k: Tensor, v: Tensor, lengths: Sequence[int], window: int | None
) -> Tensor:
    """What every token of packed prompts gathers [n, h d] from itself and those before it.

    Prompt by prompt, so that nothing is computed for padding and no prompt has to do with
    another.
    """
    mixed = []
    parts = (torch.split(packed, list(lengths)) for packed in (q, k, v))
    for rows, keys, values in zip(*parts, strict=True):
        n, h, _ = rows.shape
        mask = None
        if window is not None and n > window:
            distance = torch.arange(n)[:, None] - torch.arange(n)
            mask = (distance >= 0) & (distance < window)
        of_prompt = F.scaled_dot_product_attention(
            rows.transpose(0, 1)[None],
            keys.expand(1, h, -1, -1),
            values.expand(1, h, -1, -1),
            attn_mask=mask,
            is_causal=mask is None,
            scale=1.0,
        )
        mixed.append(of_prompt[0].transpose(0, 1).reshape(n, -1))
    return torch.cat(mixed)


def _attend_to_past(q: Tensor, keys: Tensor, values: Tensor, at: _Past) -> Tensor:
    """What n rows with queries q [n, h, d] gather [n, h d] from the slots of their past."""
    n, h, d = q.shape
    s, p = at.prompt.shape
    # The rows of a sentence share the keys of its prompt: [s, b h, d] x [s, d, p].
    of_prompt = torch.bmm(q.view(s, -1, d), _rows(keys, at.prompt).transpose(1, 2)).view(n, h, p)
    of_produced = torch.bmm(q, _rows(keys, at.produced).transpose(1, 2))  # [n, h, g]
    scores = torch.cat((of_prompt, of_produced), dim=-1).float().add_(at.mask)
    weights = scores.softmax(-1).to(keys.dtype)
    mixed = torch.bmm(weights[:, :, :p].reshape(s, -1, p), _rows(values, at.prompt)).view(n, h, d)
    return torch.add(mixed, torch.bmm(weights[:, :, p:], _rows(values, at.produced))).view(n, h * d)


def _rows(pool: Tensor, table: Tensor) -> Tensor:
    """The rows [..., d] of a pool [slots, d] that a table [...] names."""
    return pool.index_select(0, table.view(-1)).view(*table.shape, -1)


def _gelu(x: Tensor) -> Tensor:
    """The tanh form of GELU, (1 + tanh z) / 2 written as the sigmoid of 2 z, which is cheaper."""
    return x * torch.sigmoid((8 / math.pi) ** 0.5 * (x + 0.044715 * x * x * x))


def _feed_forward(
    x: Tensor, mixed: Tensor, layer: _LayerWeights, config: GemmaConfig, form: str
) -> Tensor:
    """The rest of a layer, from what its heads gathered [n, h d]."""
    x = x + _norm(product(mixed.float(), layer.o, form), layer.post_attention_norm, config)
    gate, up = product(_norm(x, layer.ffn_norm, config), layer.gate_up, form).chunk(2, dim=-1)
    y = product(_gelu(gate) * up, layer.down, form)
    return x + _norm(y, layer.post_ffn_norm, config)


def _choose(
    states: Tensor,
    norm: Tensor,
    output: Weight,
    count: int,
    config: GemmaConfig,
    form: str,
) -> tuple[Tensor, Tensor]:
    """The best tokens [n, count] after states [n, width], and their log-probabilities."""
    logits = product(_norm(states, norm, config), output, form)
    whole = output.out - output.out % _PIECE
    pieces = logits[:, :whole].reshape(len(logits), -1, _PIECE)
    _, best = pieces.amax(-1).topk(min(count, whole // _PIECE), dim=-1)  # numbers of pieces
    inside = pieces.gather(1, best[:, :, None].expand(-1, -1, _PIECE)).flatten(1)
    offset = torch.arange(_PIECE, device=logits.device)
    ids = (best[:, :, None] * _PIECE + offset).flatten(1)
    # What is left over of whole pieces is looked at in any case.
    rest = torch.arange(whole, output.out, device=logits.device).expand(len(ids), -1)
    values, at = torch.cat((inside, logits[:, whole:]), dim=-1).topk(count, dim=-1)
    normaliser = logits.logsumexp(-1, keepdim=True)
    return torch.cat((ids, rest), dim=-1).gather(1, at), values - normaliser


def _norm(x: Tensor, factor: Tensor, config: GemmaConfig) -> Tensor:
    """Root mean square normalisation over the last axis."""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + config.epsilon) * factor


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding of [..., d], halves paired."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)
