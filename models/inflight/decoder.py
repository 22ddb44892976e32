"""A Gemma 3 decoder: reads prompts packed, then extends rows by tokens.

The forward pass follows the Gemma 3 report (Gemma Team 2025, arXiv:2503.19786). Shapes: s
sentences and n rows. A row is a token of a prompt in `read`, and one hypothesis in `step`.

One pool of slots holds the keys and values of all tokens. A table of slots names the past of each
row (paged attention with pages of one token; Kwon et al. 2023). So a sentence may join or leave at
any step, and its beams share the prompt. A beam that continues another one copies a row of the
table, not keys and values.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from models.embedded.gemma import Array, GemmaConfig, Layer
from models.inflight import kernels
from models.inflight.aot import compiled_functions, shapes_of
from models.inflight.arithmetic import best_layout, cache_type, pack
from models.inflight.checkpoint import Checkpoint
from models.inflight.layers import LayerWeights, Past, torch_functions
from models.inflight.schedule import Slots
from models.store import Progress

Numbers = npt.NDArray[np.int64]

_log = logging.getLogger(__name__)


class Decoder:
    """A model with a pool for `slots` tokens. Not safe for several threads."""

    def __init__(
        self,
        config: GemmaConfig,
        embedding: Array,
        layers: Iterable[Layer],
        norm: Array,
        form: str,  # one of `arithmetic.FORMATS`
        slots: int,
        compiled: kernels.Kernels | None = None,
    ) -> None:
        """`embedding` is [vocabulary, width], `norm` [width]."""
        self.config, self.form = config, form
        rows = torch.from_numpy(embedding)
        self._embedding = rows if form == "float32" else rows.bfloat16()
        products = compiled.products if compiled else None
        # The layout decides how the kernels round rows.
        self.layout = products.layout if products else None
        self._output = pack(rows, form, products)
        self._norm = torch.from_numpy(norm)
        self._layers = [LayerWeights.of(layer, form, products) for layer in layers]
        self._cache_type = cache_type(form)
        shape = (config.layers, slots, config.head_width)
        self._keys, self._values = (_zeros(shape, self._cache_type) for _ in range(2))
        self._functions = torch_functions(config, form)
        if compiled:
            self._functions = replace(
                self._functions, attend=compiled.attend, top_tokens=compiled.top_tokens
            )

    def compile(self, root: Path, progress: Progress) -> None:
        """Compile all but attention. Raises a `ModelError` or any error of torch."""
        before = self._functions
        shapes = shapes_of(self.config, self.form)
        try:
            self._functions = compiled_functions(before, shapes, root, progress)
            self._warm_up()
        except Exception:
            self._functions = before
            raise

    def _warm_up(self) -> None:
        """Take every kind of step once, while the pool is still empty."""
        slots = [np.array([0, 1, 2]), np.array([3, 4])]
        self.top_tokens(self.read([[0, 0, 0], [0, 0]], slots), 1)
        pasts = [np.append(slots[0], 5), np.append(slots[1], 6)]
        self.top_tokens(self.step([0, 0], pasts), 1)

    def read(
        self,
        prompts: Sequence[Sequence[int]],
        slots: Sequence[Slots],
        before: Sequence[Slots] | None = None,  # the slots of tokens that were read earlier
    ) -> Tensor:
        """Read prompts into slots; return the states [s, width] of their ends."""
        before = before or [slots[0][:0]] * len(prompts)
        count = np.array([len(prompt) for prompt in prompts])
        past = [np.concatenate(both) for both in zip(before, slots, strict=True)]
        table, _ = _table([past[number] for number in np.repeat(np.arange(len(count)), count)])
        lengths = [
            np.arange(len(earlier), len(whole)) + 1
            for earlier, whole in zip(before, past, strict=True)
        ]
        return self._forward(
            np.concatenate([np.array(prompt) for prompt in prompts]),
            np.concatenate(slots),
            table,
            np.concatenate(lengths),
            torch.from_numpy(count.cumsum() - 1),
        )

    def step(self, tokens: Sequence[int], pasts: Sequence[Slots]) -> Tensor:
        """Return the states [n, width] after one more token of every row.

        `pasts` holds each row's slots, from the prompt's first to that of the new token. The rows
        of a sentence share the slots of its prompt.
        """
        table, lengths = _table(pasts)
        slot = np.array([slots[-1] for slots in pasts])
        return self._forward(np.array(tokens), slot, table, lengths, None)

    @torch.inference_mode()
    def _forward(
        self, tokens: Numbers, slots: Slots, table: Slots, lengths: Numbers, ends: Tensor | None
    ) -> Tensor:
        """Return the states [n, width] after tokens [n].

        Their keys and values go to slots [n]. Each token attends to the first `lengths` [n] slots
        in its row of `table` [n, t], its own slot last. `ends` [s] selects the rows whose states
        are returned (None: all).
        """
        slot, position = torch.from_numpy(slots), torch.from_numpy(lengths) - 1
        windows = (self.config.sliding_window, table.shape[1])
        pasts = [Past(torch.from_numpy(table), position + 1, window) for window in windows]
        rotations = [self._rotation(position, is_global) for is_global in (False, True)]
        x = self._embed(torch.from_numpy(tokens))
        for number, layer in enumerate(self._layers):
            is_global = self.config.is_global(number)
            past = pasts[is_global]
            q, k, v = self._functions.queries(x, *rotations[is_global], layer)
            keys, values = self._keys[number], self._values[number]
            keys.index_copy_(0, slot, k.to(self._cache_type))
            values.index_copy_(0, slot, v.to(self._cache_type))
            if ends is not None and number == self.config.layers - 1:
                # No later layer needs the other rows.
                x, q = x[ends], q[ends]
                past = Past(past.table[ends], past.lengths[ends], past.window)
            gathered = self._functions.attend(q, keys, values, past)
            x = self._functions.feed_forward(x, gathered, layer)
        return x

    @torch.inference_mode()
    def top_tokens(self, states: Tensor, count: int) -> tuple[list[list[int]], list[list[float]]]:
        """Return ids and log-probabilities of the `count` likeliest next tokens."""
        logits = self._functions.logits(states, self._norm, self._output)
        count = min(count, logits.shape[1])
        ids, log_probabilities = self._functions.top_tokens(logits, count)
        return ids.tolist(), log_probabilities.tolist()

    def _embed(self, tokens: Tensor) -> Tensor:
        embedded: Tensor = F.embedding(tokens, self._embedding).float() * self.config.width**0.5
        return embedded

    def _rotation(self, position: Tensor, is_global: bool) -> tuple[Tensor, Tensor]:
        theta = self.config.rope_theta if is_global else self.config.local_theta
        width = self.config.head_width
        frequency = theta ** (-torch.arange(0, width, 2).float() / width)
        angle = position.float()[:, None] * frequency
        return angle.cos(), angle.sin()


def _zeros(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """Return zeros that, unlike torch's, take no memory until written to."""
    array = np.zeros(shape, dtype=np.float32 if dtype == torch.float32 else np.int16)
    return torch.from_numpy(array).view(dtype)


def _table(rows: Sequence[Slots]) -> tuple[Slots, Numbers]:
    """Return rows of slots as a table padded with slot 0, and their lengths."""
    lengths = np.array([len(row) for row in rows])
    table = np.zeros((len(rows), lengths.max()), dtype=np.int64)
    table[np.arange(lengths.max()) < lengths[:, None]] = np.concatenate(rows)
    return table, lengths


def load_decoder(
    folder: Path, form: str, slots: int, programs: Path | None, progress: Progress
) -> Decoder:
    """Load the decoder of a checkpoint.

    Compiled code is cached in the folder `programs` (None: run without). A warning says where
    compiling failed, and the decoder then runs without it.
    """
    weights = Checkpoint(folder)
    compiled = None
    if programs is not None:
        with _or_uncompiled():
            compiled = kernels.load(weights.config, form, best_layout(form), programs, progress)
    decoder = Decoder(
        weights.config, weights.embedding(), weights.layers(), weights.norm(), form, slots, compiled
    )
    if programs is not None and compiled is not None:
        with _or_uncompiled():
            decoder.compile(programs, progress)
    return decoder


@contextmanager
def _or_uncompiled() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # torch and the compiler may raise any exception
        _log.warning(
            "the inflight engine could not be compiled and runs more slowly (%s: %s)",
            type(error).__name__,
            str(error).split("\n", 1)[0],
        )
