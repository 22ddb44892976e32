"""Greedy translation of a corpus in large batches.

It makes training corpora, mostly on a GPU. All sentences of a batch step together. A row of the
cache has the prompt, and then the generated tokens. When many rows have ended, the others are
compacted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.embedded.tokenizer import EmbeddedTokenizer
from scripts.training.network import Block, Network, attend, attend_cached

# Tokens of prompts and hypotheses in the cache at once, at 18 kB each in bfloat16.
CACHE_TOKENS = {"cpu": 20_000, "cuda": 1_500_000}

# The maximum tokens of a hypothesis: 1.5 times the prompt's, plus 12.
_MAX_RATIO, _MAX_EXTRA = 1.5, 12
# Rows are compacted when less than this share of them runs, unless they are few.
_COMPACT_BELOW, _FEW = 0.7, 32


@dataclass(frozen=True, slots=True)
class PromptFormat:
    """The prompt of the network, and the text that ends a hypothesis."""

    prompt: str
    stop: str


class CorpusTranslator:
    """A translator of sentences in large batches."""

    def __init__(
        self,
        network: Network,
        tokenizer: EmbeddedTokenizer,
        prompt_format: PromptFormat,
        *,
        compiled: bool = False,
    ) -> None:
        self._network, self._tokenizer, self._prompt = network, tokenizer, prompt_format.prompt
        self.device = network.embedding.device
        stops = [tokenizer.eos_id, *tokenizer.ids_starting_with(prompt_format.stop)]
        self._stops = torch.tensor(sorted(set(stops)), device=self.device)
        self._layer: Callable[..., Tensor] = _layer
        if compiled:
            # All layers and lengths share one compilation.
            self._layer = torch.compile(_layer, dynamic=True)

    def translate(self, sources: Sequence[str]) -> list[str]:
        """Translate each sentence; a hypothesis that does not end is empty."""
        sources = [" ".join(source.split()) for source in sources]
        prompts = self._tokenizer.encode_prompts(self._prompt, sources)
        hypotheses = [""] * len(sources)
        for indexes in self._batches([len(prompt) for prompt in prompts]):
            ended = self._generate([prompts[index] for index in indexes])
            for index, text in zip(indexes, self._tokenizer.decode_batch(ended), strict=True):
                hypotheses[index] = text.strip()
        return hypotheses

    def _batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Batch the indexes of prompts, longest first, to fill the cache."""
        budget = CACHE_TOKENS[self.device.type]
        indexes = sorted(range(len(lengths)), key=lambda index: -lengths[index])
        while indexes:
            width = lengths[indexes[0]] + _max_tokens(lengths[indexes[0]])
            count = max(1, budget // width)
            yield indexes[:count]
            indexes = indexes[count:]

    @torch.no_grad()
    def _generate(self, prompts: Sequence[Sequence[int]]) -> list[list[int]]:
        """Return the tokens between prompt and end; none without an end."""
        network, device = self._network, self.device
        lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)
        width = max(len(prompt) for prompt in prompts)
        room = _max_tokens(width)
        tokens = torch.zeros(len(prompts), width, dtype=torch.long)
        for row, prompt in enumerate(prompts):
            tokens[row, : len(prompt)] = torch.tensor(prompt)
        keys, values = self._prefill(tokens[:, :-1].to(device), room)
        # The last token of each prompt is the input of the first step.
        latest = tokens.to(device).gather(1, lengths[:, None] - 1)
        rows = torch.arange(len(prompts), device=device)
        generated = torch.zeros(len(prompts), room, dtype=torch.long, device=device)
        length_of = torch.full((len(prompts),), -1, device=device)
        alive = torch.ones(len(prompts), dtype=torch.bool, device=device)
        for step in range(room):
            hidden = self._step(latest, lengths - 1 + step, keys, values)
            chosen = (hidden @ network.embedding.t()).argmax(-1)
            ends = alive & torch.isin(chosen, self._stops)
            length_of[rows[ends]] = step
            generated[rows, step] = chosen
            alive &= ~ends
            latest = chosen[:, None]
            if step % 4 == 3:
                left = int(alive.sum())
                if not left:
                    break
                if _FEW < left < _COMPACT_BELOW * len(alive):
                    rows, lengths, latest = rows[alive], lengths[alive], latest[alive]
                    keys, values = ([layer[alive] for layer in side] for side in (keys, values))
                    alive = alive[alive]
        texts, counts = generated.tolist(), length_of.tolist()
        return [text[: max(0, count)] for text, count in zip(texts, counts, strict=True)]

    def _step(
        self, tokens: Tensor, positions: Tensor, keys: list[Tensor], values: list[Tensor]
    ) -> Tensor:
        """Return hidden states [rows, width] of one more token per row.

        `tokens` is [rows, 1], `positions` is [rows].
        """
        network = self._network
        x = network.embed(tokens)
        rotations = network.rotations(positions[:, None])
        layers = zip(network.layers, rotations, keys, values, strict=True)
        for block, rotation, layer_keys, layer_values in layers:
            x = self._layer(block, x, rotation, layer_keys, layer_values, positions)
        result: Tensor = network.norm(x)[:, 0]
        return result

    def _prefill(self, tokens: Tensor, room: int) -> tuple[list[Tensor], list[Tensor]]:
        """Return each layer's keys and values for the prompts.

        They are [rows, tokens + room + 1, head_width].
        """
        network = self._network
        batch, length = tokens.shape
        shape = (batch, length + room + 1, network.config.head_width)
        keys = [network.embedding.new_zeros(shape) for _ in network.layers]
        values = [network.embedding.new_zeros(shape) for _ in network.layers]
        # The rows at once are limited so that the attention scores stay smaller than the cache.
        part = max(1, CACHE_TOKENS[self.device.type] // (8 * max(1, length)))
        for first in range(0, batch, part):
            at = slice(first, first + part)
            x = network.embed(tokens[at])
            rotations = network.rotations(torch.arange(length, device=x.device))
            for number, (block, rotation) in enumerate(zip(network.layers, rotations, strict=True)):
                q, k, v = block.heads(x, *rotation)
                keys[number][at, :length], values[number][at, :length] = k[:, :, 0], v[:, :, 0]
                x = block.finish(x, attend(q, k, v))
        return keys, values


def _max_tokens(prompt: int) -> int:
    return math.ceil(_MAX_RATIO * prompt) + _MAX_EXTRA


def _layer(
    block: Block,
    x: Tensor,
    rotation: tuple[Tensor, Tensor],
    keys: Tensor,
    values: Tensor,
    positions: Tensor,
) -> Tensor:
    """Run a layer on a token per row [rows, 1, width], and cache it."""
    q, k, v = block.heads(x, *rotation)
    index = positions[:, None, None].expand(-1, 1, keys.shape[2])
    keys.scatter_(1, index, k[:, :, 0])
    values.scatter_(1, index, v[:, :, 0])
    result: Tensor = block.finish(x, attend_cached(q, keys, values, positions))
    return result
