"""The training network equals the model, and its gradients are correct."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

from models.embedded.adapter import Adapter, merge
from models.embedded.gemma import PROJECTIONS, Gemma, forward
from scripts.training.network import AdaptedLinear, Network

TOKENS = [2, 260, 262, 266, 265, 1]


def network_of(gemma: Gemma) -> Network:
    return Network(gemma, rank=3, seed=1, dtype=torch.float32)


def logits(network: Network, rows: list[list[int]]) -> torch.Tensor:
    hidden: torch.Tensor = network(torch.tensor(rows))
    return hidden @ network.embedding.T


@torch.no_grad()
def test_the_untrained_network_is_the_base_model(tiny_gemma: Gemma) -> None:
    network = network_of(tiny_gemma)
    np.testing.assert_allclose(logits(network, [TOKENS])[0], forward(tiny_gemma, TOKENS), atol=1e-4)


@torch.no_grad()
def test_padding_does_not_change_earlier_tokens(tiny_gemma: Gemma) -> None:
    network = network_of(tiny_gemma)
    padded = logits(network, [[*TOKENS, 0, 0, 0], [*TOKENS[:4], 0, 0, 0, 0, 0]])
    np.testing.assert_allclose(padded[0, :6], forward(tiny_gemma, TOKENS), atol=1e-4)
    np.testing.assert_allclose(padded[1, :4], forward(tiny_gemma, TOKENS[:4]), atol=1e-4)


@torch.no_grad()
def test_the_trained_network_is_the_base_with_the_merged_adapter(tiny_gemma: Gemma) -> None:
    network = network_of(tiny_gemma)
    generator = torch.Generator().manual_seed(2)
    for name, parameter in network.named_parameters():
        if name.endswith(".b"):
            parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator))
    network.merge()
    adapter = Adapter(
        [],
        tuple(
            {
                name: (getattr(block, name).a.numpy(), getattr(block, name).b.numpy())
                for name in PROJECTIONS
            }
            for block in network.blocks
        ),
    )
    merged = forward(merge(tiny_gemma, adapter), TOKENS)
    assert np.abs(merged - forward(tiny_gemma, TOKENS)).max() > 0.1
    np.testing.assert_allclose(logits(network, [TOKENS])[0], merged, atol=1e-4)


def test_gradients_are_those_of_the_merged_weight() -> None:
    generator = torch.Generator().manual_seed(3)
    weight, x = (torch.randn(5, 4, generator=generator) for _ in range(2))
    layer = AdaptedLinear(weight, 2, generator)
    with torch.no_grad():
        layer.b.copy_(torch.randn(5, 2, generator=generator))
    layer.merge()
    x.requires_grad_()
    torch.autograd.backward(layer(x).square().sum())
    a, b = (parameter.detach().clone().requires_grad_() for parameter in (layer.a, layer.b))
    plain = x.detach().clone().requires_grad_()
    torch.autograd.backward(F.linear(plain, weight + b @ a).square().sum())
    for learned, expected in ((layer.a, a), (layer.b, b), (x, plain)):
        torch.testing.assert_close(learned.grad, expected.grad)
