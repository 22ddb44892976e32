"""Decoders of the tiny model, and what they are compared with."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.embedded.gemma import Gemma, forward
from models.inflight.decoder import Decoder
from models.inflight.schedule import Slots


def decoder_of(model: Gemma, form: str, slots: int) -> Decoder:
    return Decoder(model.config, model.embedding, model.layers, model.norm, form, slots)


PROMPTS = [[2, 10, 20, 30, 40], [2, 50], [2, 60, 61, 62]]
TARGETS = [[7, 8, 9], [11, 12, 13], [14, 15, 16]]


def log_softmax(logits: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> torch.Tensor:
    return torch.log_softmax(torch.from_numpy(logits), dim=-1)


def prompt_slots() -> list[Slots]:
    # Not in the order of the pool: a table may name any slot.
    return [np.array([9, 3, 5, 7, 1]), np.array([0, 2]), np.array([20, 11, 12, 13])]


def assert_candidates(
    found: tuple[list[list[int]], list[list[float]]], expected: torch.Tensor
) -> None:
    """That ids and log-probabilities are the best of `expected` [rows, vocabulary]."""
    values, ids = expected.topk(len(found[0][0]), dim=-1)
    assert found[0] == ids.tolist()
    assert found[1] == [pytest.approx(row, abs=1e-4) for row in values.tolist()]


def assert_plain_forward_pass(decoder: Decoder, model: Gemma) -> None:
    """That prompts and three more tokens of each give what `forward` gives."""
    slots = prompt_slots()
    found = decoder.choose(decoder.read(PROMPTS, slots), 3)
    expected = torch.stack([log_softmax(forward(model, prompt))[-1] for prompt in PROMPTS])
    assert_candidates(found, expected)
    produced = [np.array([30 + 3 * row + place for place in range(3)]) for row in range(3)]
    for count in (1, 2, 3):
        tokens = [target[count - 1] for target in TARGETS]
        states = decoder.step(tokens, slots, [slots[:count] for slots in produced])
        expected = torch.stack(
            [
                log_softmax(forward(model, prompt + target[:count]))[-1]
                for prompt, target in zip(PROMPTS, TARGETS, strict=True)
            ]
        )
        assert_candidates(decoder.choose(states, 3), expected)
