"""Gemma 3 for decoding: prompts are read packed, then every row goes on token by token.

The forward pass follows the Gemma 3 report (Gemma Team 2025, arXiv:2503.19786). Shapes in
comments: n rows (tokens of prompts when they are read, one token of each hypothesis in a step)
and s sentences.

Keys and values of all tokens lie in one pool of slots. A row knows its past as a table of
slots (paged attention with pages of one token; Kwon et al. 2023), so that a sentence may join or
leave at any step, the beams of a sentence share its prompt, and a beam that goes on from another
one copies a row of a table rather than keys and values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from models.embedded.gemma import Array, GemmaConfig, Layer
from models.inflight.aot import Shapes, compiled
from models.inflight.arithmetic import kept_type, pack
from models.inflight.kernels import Kernels
from models.inflight.layers import LayerWeights, Past, interpreted
from models.inflight.schedule import Slots
from models.store import Progress

Numbers = npt.NDArray[np.int64]


class Decoder:
    """The model with room for the keys and values of `slots` tokens. Not for several threads.

    `form` is one of `arithmetic.FORMATS`; without `kernels`, plain torch does what they would.
    """

    def __init__(
        self,
        config: GemmaConfig,
        embedding: Array,
        layers: Iterable[Layer],
        norm: Array,
        form: str,
        slots: int,
        kernels: Kernels | None = None,
    ) -> None:
        """`embedding` is [vocabulary, width], `norm` [width]; layers are gone through once."""
        self.config, self.form = config, form
        rows = torch.from_numpy(embedding)
        self._embedding = rows if form == "float32" else rows.bfloat16()
        products = kernels.products if kernels else None
        # How products of our own take bytes, which decides how they are rounded.
        self.layout = products.layout if products else None
        self._output = pack(rows, form, products)
        self._norm = torch.from_numpy(norm)
        self._layers = [LayerWeights.of(layer, form, products) for layer in layers]
        self._kept = kept_type(form)
        shape = (config.layers, slots, config.head_width)
        self._keys, self._values = (_zeros(shape, self._kept) for _ in range(2))
        self._parts = interpreted(config, form)
        if kernels:
            self._parts = replace(self._parts, attend=kernels.attend, choose=kernels.choose)

    def compile(self, root: Path, progress: Progress) -> None:
        """Have what lies between attentions run as programs, which are kept under `root`.

        Raises a `ModelError` or whatever torch raises, and goes on as before then.
        """
        before = self._parts
        shapes = Shapes.of(self.config, self.form)
        try:
            self._parts = compiled(before, shapes, root, progress)
            self._rehearse()
        except Exception:
            self._parts = before
            raise

    def _rehearse(self) -> None:
        """Take every kind of step once. Nothing may be in the pool yet."""
        slots = [np.array([0, 1, 2]), np.array([3, 4])]
        self.choose(self.read([[0, 0, 0], [0, 0]], slots), 1)
        self.choose(self.step([0, 0], [np.append(slots[0], 5), np.append(slots[1], 6)]), 1)

    def read(
        self,
        prompts: Sequence[Sequence[int]],
        slots: Sequence[Slots],
        before: Sequence[Slots] | None = None,
    ) -> Tensor:
        """Read prompts into their slots; the states [s, width] after their last tokens.

        `before` are the slots of what was read before each prompt already.
        """
        before = before or [slots[0][:0]] * len(prompts)
        count = np.array([len(prompt) for prompt in prompts])
        past = [np.concatenate(both) for both in zip(before, slots, strict=True)]
        table, _ = _table([past[number] for number in np.repeat(np.arange(len(count)), count)])
        seen = [
            np.arange(len(earlier), len(whole)) + 1
            for earlier, whole in zip(before, past, strict=True)
        ]
        return self._forward(
            np.concatenate([np.array(prompt) for prompt in prompts]),
            np.concatenate(slots),
            table,
            np.concatenate(seen),
            torch.from_numpy(count.cumsum() - 1),
        )

    def step(self, tokens: Sequence[int], pasts: Sequence[Slots]) -> Tensor:
        """The states [n, width] after one more token of every row.

        `pasts` are each row's slots, those of its prompt first and that of the token at hand last:
        the rows of a sentence share its prompt's.
        """
        table, lengths = _table(pasts)
        slot = np.array([slots[-1] for slots in pasts])
        return self._forward(np.array(tokens), slot, table, lengths, None)

    @torch.inference_mode()
    def _forward(
        self, tokens: Numbers, slots: Slots, table: Slots, lengths: Numbers, ends: Tensor | None
    ) -> Tensor:
        """The states [n, width] after tokens [n], whose keys and values go to slots [n]; each
        looks back on the first `lengths` [n] slots in its row of `table` [n, t], its own the last.

        `ends` [s]: the rows whose states are wanted (None: all).
        """
        slot, position = torch.from_numpy(slots), torch.from_numpy(lengths) - 1
        windows = (self.config.sliding_window, table.shape[1])
        pasts = [Past(torch.from_numpy(table), position + 1, window) for window in windows]
        rotations = [self._rotation(position, everywhere) for everywhere in (False, True)]
        x = self._embed(torch.from_numpy(tokens))
        for number, layer in enumerate(self._layers):
            everywhere = self.config.is_global(number)
            past = pasts[everywhere]
            q, k, v = self._parts.queries(x, *rotations[everywhere], layer)
            keys, values = self._keys[number], self._values[number]
            keys.index_copy_(0, slot, k.to(self._kept))
            values.index_copy_(0, slot, v.to(self._kept))
            if ends is not None and number == self.config.layers - 1:
                # Nobody looks at the others any more.
                x, q = x[ends], q[ends]
                past = Past(past.table[ends], past.lengths[ends], past.window)
            x = self._parts.feed_forward(x, self._parts.attend(q, keys, values, past), layer)
        return x

    @torch.inference_mode()
    def choose(self, states: Tensor, count: int) -> tuple[list[list[int]], list[list[float]]]:
        """The `count` likeliest next tokens of each state, at most all, best first, and their
        natural log-probabilities."""
        logits = self._parts.logits(states, self._norm, self._output)
        ids, log_probabilities = self._parts.choose(logits, min(count, logits.shape[1]))
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


def _zeros(shape: tuple[int, ...], kept: torch.dtype) -> Tensor:
    """Zeros that take no memory before they are written to, which torch's own do."""
    whole = np.zeros(shape, dtype=np.float32 if kept == torch.float32 else np.int16)
    return torch.from_numpy(whole).view(kept)


def _table(rows: Sequence[Slots]) -> tuple[Slots, Numbers]:
    """Rows of slots as a rectangle, filled up with slot 0, and their lengths."""
    lengths = np.array([len(row) for row in rows])
    table = np.zeros((len(rows), lengths.max()), dtype=np.int64)
    table[np.arange(lengths.max()) < lengths[:, None]] = np.concatenate(rows)
    return table, lengths
