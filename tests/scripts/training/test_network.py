"""The training network equals the model, and its gradients are correct."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from models.embedded.adapter import Adapter, merge
from models.embedded.gemma import PROJECTIONS, Gemma, forward
from scripts.training.network import AdaptedLinear, Network, loss_of

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


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_weighted_rows_count_for_several_tokens(smoothing: float) -> None:
    generator = torch.Generator().manual_seed(5)
    hidden = torch.randn(4, 8, generator=generator, requires_grad=True)
    embedding = torch.randn(5, 8, generator=generator)
    labels = torch.tensor([0, 1, 1, 2])
    log_weights = torch.tensor([0.0, 0.0, 0.0, 3.0, 0.5]).log()
    log_weights[:3] = 0
    loss = loss_of(hidden, embedding, labels, smoothing, log_weights)
    torch.autograd.backward(loss)
    plain = hidden.detach().clone().requires_grad_()
    logits = plain @ embedding.T
    normalizer = (logits.exp() * log_weights.exp()).sum(-1).log()
    right = logits[torch.arange(4), labels]
    expected = (normalizer - (1 - smoothing) * right - smoothing * logits.mean(-1)).sum()
    torch.autograd.backward(expected)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(hidden.grad, plain.grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("count", [7, 600])
def test_the_loss_is_cross_entropy(smoothing: float, count: int) -> None:
    generator = torch.Generator().manual_seed(4)
    hidden = torch.randn(count, 8, generator=generator, requires_grad=True)
    embedding = torch.randn(11, 8, generator=generator)
    labels = torch.randint(0, 11, (count,), generator=generator)
    loss = loss_of(hidden, embedding, labels, smoothing)
    torch.autograd.backward(loss * 2)
    plain = hidden.detach().clone().requires_grad_()
    expected = F.cross_entropy(
        plain @ embedding.T, labels, label_smoothing=smoothing, reduction="sum"
    )
    torch.autograd.backward(expected * 2)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(hidden.grad, plain.grad, rtol=1e-4, atol=1e-5)
