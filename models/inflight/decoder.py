"""A Gemma 3 decoder: reads prompts packed, then extends rows by tokens.

A row is a token of a prompt in `read`, and one hypothesis in `step`. One pool of slots holds the
keys and values of all tokens, and a table lists the slots of each row's past. So a sentence may
join or leave at any step, and its beams share the prompt. A beam that continues another one copies
a row of the table, not keys and values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.embedded.gemma import Array, GemmaConfig
from models.inflight.library import NativeModel, instruction_sets
from models.inflight.packing import PackedModel
from models.inflight.schedule import Slots

Numbers = npt.NDArray[np.int64]
Candidates = tuple[list[list[int]], list[list[float]]]


class Decoder:
    """A model with a pool for `slots` tokens. Not safe for several threads."""

    def __init__(
        self,
        packed: PackedModel,
        slots: int,
        threads: int = 1,
        instructions: str | None = None,  # None: the fastest
    ) -> None:
        """Open the model. Raises `EngineUnavailable` or `MemoryError`."""
        self.config, self.vocabulary = packed.config, packed.vocabulary
        self.instructions = instructions or instruction_sets()[0]
        self._model = NativeModel(packed, slots, threads, self.instructions)
        self._rotations = _rotations(self.config, 512)

    def read(
        self,
        prompts: Sequence[Sequence[int]],
        slots: Sequence[Slots],
        before: Sequence[Slots] | None = None,  # slots of the tokens that were read earlier
        count: int = 1,
    ) -> Candidates:
        """Read prompts into slots; return the `count` likeliest tokens after each."""
        before = before or [slots[0][:0]] * len(prompts)
        sizes = np.array([len(prompt) for prompt in prompts])
        past = [np.concatenate(both) for both in zip(before, slots, strict=True)]
        table, _ = _table([past[number] for number in np.repeat(np.arange(len(sizes)), sizes)])
        lengths = [
            np.arange(len(earlier), len(whole)) + 1
            for earlier, whole in zip(before, past, strict=True)
        ]
        return self._compute(
            np.concatenate([np.array(prompt, np.int64) for prompt in prompts]),
            np.concatenate(slots),
            table,
            np.concatenate(lengths),
            sizes.cumsum() - 1,
            count,
        )

    def step(self, tokens: Sequence[int], pasts: Sequence[Slots], count: int) -> Candidates:
        """Extend every row by a token; return the `count` likeliest next tokens.

        `pasts` holds each row's slots, from the prompt's first to that of the new token. The rows
        of a sentence share the slots of its prompt.
        """
        table, lengths = _table(pasts)
        slots = table[np.arange(len(table)), lengths - 1]
        return self._compute(
            np.array(tokens, np.int64), slots, table, lengths, np.arange(len(tokens)), count
        )

    def product_seconds(self) -> float:
        """Return the seconds spent in products and the choice of tokens."""
        return self._model.product_seconds()

    def close(self) -> None:
        self._model.close()

    def _compute(
        self,
        tokens: Numbers,
        slots: Numbers,
        table: Numbers,
        lengths: Numbers,
        ends: Numbers,
        count: int,
    ) -> Candidates:
        if table.shape[1] > self._rotations.shape[1]:
            self._rotations = _rotations(self.config, 2 * table.shape[1])
        count = min(count, self.vocabulary)
        ids, log_probabilities = self._model.step(
            tokens, slots, table, lengths, ends, self._rotations, count
        )
        return ids.tolist(), log_probabilities.tolist()


def _table(rows: Sequence[Slots]) -> tuple[Numbers, Numbers]:
    """Return rows of slots as a table padded with slot 0, and their lengths."""
    lengths = np.array([len(row) for row in rows])
    longest = int(lengths.max())
    table = np.zeros((len(rows), longest), dtype=np.int64)
    table[np.arange(longest) < lengths[:, None]] = np.concatenate(rows)
    return table, lengths


def _rotations(config: GemmaConfig, positions: int) -> Array:
    """Return the rotations of local and of global layers.

    They are cos and sin [2, positions, 2, head width / 2].
    """
    width = config.head_width
    steps = np.arange(0, width, 2, dtype=np.float32) / np.float32(width)
    angles = np.stack(
        [
            np.arange(positions, dtype=np.float32)[:, None] * np.float32(theta) ** -steps
            for theta in (config.local_theta, config.rope_theta)
        ]
    )
    return np.stack((np.cos(angles), np.sin(angles)), axis=2)
