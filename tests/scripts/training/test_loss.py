"""The loss and its gradient equal torch's cross-entropy."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from scripts.training.loss import loss_of


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
