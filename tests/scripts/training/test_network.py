"""The training network computes what the model is, and its gradients are the real ones."""

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
def test_untrained_it_is_the_base_model(tiny_gemma: Gemma) -> None:
    network = network_of(tiny_gemma)
    np.testing.assert_allclose(logits(network, [TOKENS])[0], forward(tiny_gemma, TOKENS), atol=1e-4)


@torch.no_grad()
def test_padding_changes_nothing_before_it(tiny_gemma: Gemma) -> None:
    network = network_of(tiny_gemma)
    padded = logits(network, [[*TOKENS, 0, 0, 0], [*TOKENS[:4], 0, 0, 0, 0, 0]])
    np.testing.assert_allclose(padded[0, :6], forward(tiny_gemma, TOKENS), atol=1e-4)
    np.testing.assert_allclose(padded[1, :4], forward(tiny_gemma, TOKENS[:4]), atol=1e-4)


@torch.no_grad()
def test_trained_it_is_the_base_model_with_the_adapter_merged(tiny_gemma: Gemma) -> None:
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
    layer(x).square().sum().backward()
    a, b = (parameter.detach().clone().requires_grad_() for parameter in (layer.a, layer.b))
    plain = x.detach().clone().requires_grad_()
    F.linear(plain, weight + b @ a).square().sum().backward()
    for ours, theirs in ((layer.a, a), (layer.b, b), (x, plain)):
        torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_row_that_stands_for_others_counts_as_often(smoothing: float) -> None:
    generator = torch.Generator().manual_seed(5)
    hidden = torch.randn(4, 8, generator=generator, requires_grad=True)
    embedding = torch.randn(5, 8, generator=generator)
    labels = torch.tensor([0, 1, 1, 2])
    log_weights = torch.tensor([0.0, 0.0, 0.0, 3.0, 0.5]).log()
    log_weights[:3] = 0
    loss = loss_of(hidden, embedding, labels, smoothing, log_weights)
    loss.backward()  # type: ignore[no-untyped-call]
    plain = hidden.detach().clone().requires_grad_()
    logits = plain @ embedding.T
    normaliser = (logits.exp() * log_weights.exp()).sum(-1).log()
    right = logits[torch.arange(4), labels]
    expected = (normaliser - (1 - smoothing) * right - smoothing * logits.mean(-1)).sum()
    expected.backward()  # type: ignore[no-untyped-call]
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
    (loss * 2).backward()  # type: ignore[no-untyped-call]
    plain = hidden.detach().clone().requires_grad_()
    expected = F.cross_entropy(
        plain @ embedding.T, labels, label_smoothing=smoothing, reduction="sum"
    )
    (expected * 2).backward()  # type: ignore[no-untyped-call]
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(hidden.grad, plain.grad, rtol=1e-4, atol=1e-5)
