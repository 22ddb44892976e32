"""Translating a corpus with the network in training: many sentences at once, greedily.

For making corpora, on a GPU above all. The sentences of a batch step together, each row of the
cache holding its prompt and behind it what was generated; when many rows have ended, the rest
move together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.embedded.tokenizer import EmbeddedTokenizer
from scripts.training.network import Block, Network, attend, attend_cached

# Tokens of prompts and hypotheses in the cache at once: 18 kB each in bfloat16.
CACHE_TOKENS = {"cpu": 20_000, "cuda": 1_500_000}

# A hypothesis has at most so many times the prompt's tokens, and so many more.
_LONGEST_RATIO, _LONGEST_MORE = 1.5, 12
# When fewer of the rows than this are left, they move together, unless they are few anyway.
_MOVE_TOGETHER, _FEW = 0.7, 32


@dataclass(frozen=True, slots=True)
class Spoken:
    """How the network is spoken to: the prompt, and the text that ends a hypothesis."""

    prompt: str
    stop: str


class CorpusTranslator:
    """Translates sentences in large batches."""

    def __init__(
        self,
        network: Network,
        tokenizer: EmbeddedTokenizer,
        spoken: Spoken,
        *,
        compiled: bool = False,
    ) -> None:
        self._network, self._tokenizer, self._spoken = network, tokenizer, spoken
        self.device = network.embedding.device
        stops = [tokenizer.eos_id, *tokenizer.ids_starting_with(spoken.stop)]
        self._stops = torch.tensor(sorted(set(stops)), device=self.device)
        self._layer: Callable[..., Tensor] = _layer
        if compiled:
            # One compilation serves all layers and lengths.
            self._layer = torch.compile(_layer, dynamic=True)

    def translate(self, sources: Sequence[str]) -> list[str]:
        """The hypothesis for each sentence, of the most probable token each time; empty where it
        did not end."""
        sources = [" ".join(source.split()) for source in sources]
        prompts = self._tokenizer.encode_prompts(self._spoken.prompt, sources)
        made = [""] * len(sources)
        for places in self._batches([len(prompt) for prompt in prompts]):
            ended = self._generate([prompts[place] for place in places])
            for place, text in zip(places, self._tokenizer.decode_batch(ended), strict=True):
                made[place] = text.strip()
        return made

    def _batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        """Places of prompts of similar length, the longest first, as many as the cache holds."""
        budget = CACHE_TOKENS[self.device.type]
        places = sorted(range(len(lengths)), key=lambda place: -lengths[place])
        while places:
            width = lengths[places[0]] + _room(lengths[places[0]])
            count = max(1, budget // width)
            yield places[:count]
            places = places[count:]

    @torch.no_grad()
    def _generate(self, prompts: Sequence[Sequence[int]]) -> list[list[int]]:
        """What follows each prompt, without its end; nothing where it did not end."""
        network, device = self._network, self.device
        lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)
        width = max(len(prompt) for prompt in prompts)
        room = _room(width)
        tokens = torch.zeros(len(prompts), width, dtype=torch.long)
        for row, prompt in enumerate(prompts):
            tokens[row, : len(prompt)] = torch.tensor(prompt)
        keys, values = self._prefill(tokens[:, :-1].to(device), room)
        # The last token of each prompt is the first to be stepped.
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
                if _FEW < left < _MOVE_TOGETHER * len(alive):
                    rows, lengths, latest = rows[alive], lengths[alive], latest[alive]
                    keys, values = ([layer[alive] for layer in side] for side in (keys, values))
                    alive = alive[alive]
        texts, counts = generated.tolist(), length_of.tolist()
        return [text[: max(0, count)] for text, count in zip(texts, counts, strict=True)]

    def _step(
        self, tokens: Tensor, positions: Tensor, keys: list[Tensor], values: list[Tensor]
    ) -> Tensor:
        """Hidden states [rows, width] of one more token a row: tokens [rows, 1], positions
        [rows]."""
        network = self._network
        x = network.embed(tokens)
        rotations = network.rotations(positions[:, None])
        layers = zip(network.layers, rotations, keys, values, strict=True)
        for block, rotation, own_keys, own_values in layers:
            x = self._layer(block, x, rotation, own_keys, own_values, positions)
        result: Tensor = network.norm(x)[:, 0]
        return result

    def _prefill(self, tokens: Tensor, room: int) -> tuple[list[Tensor], list[Tensor]]:
        """Keys and values of each layer [rows, tokens + room + 1, head_width]."""
        network = self._network
        batch, length = tokens.shape
        shape = (batch, length + room + 1, network.config.head_width)
        keys = [network.embedding.new_zeros(shape) for _ in network.layers]
        values = [network.embedding.new_zeros(shape) for _ in network.layers]
        # So many rows at once that the layers' scores do not outgrow the cache.
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


def _room(prompt: int) -> int:
    return math.ceil(_LONGEST_RATIO * prompt) + _LONGEST_MORE


def _layer(
    block: Block,
    x: Tensor,
    rotation: tuple[Tensor, Tensor],
    keys: Tensor,
    values: Tensor,
    positions: Tensor,
) -> Tensor:
    """One layer for one more token a row [rows, 1, width], whose key and value are added."""
    q, k, v = block.heads(x, *rotation)
    place = positions[:, None, None].expand(-1, 1, keys.shape[2])
    keys.scatter_(1, place, k[:, :, 0])
    values.scatter_(1, place, v[:, :, 0])
    result: Tensor = block.finish(x, attend_cached(q, keys, values, positions))
    return result
