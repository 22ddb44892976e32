"""Cross-entropy with label smoothing, for a frozen output layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


class _SmoothedLoss(torch.autograd.Function):
    """Summed cross-entropy of a frozen output layer.

    The forward pass computes the gradient of the hidden states chunk by chunk, so that the logits
    [tokens, vocabulary] are not stored.
    """

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        embedding: Tensor,
        labels: Tensor,
        smoothing: float,
        log_weights: Tensor | None,
    ) -> Tensor:
        gradient = torch.empty_like(hidden)
        total = hidden.new_zeros((), dtype=torch.float32)
        vocabulary = embedding.shape[0]
        chunk = _CHUNKS[hidden.device.type]
        for start in range(0, len(hidden), chunk):
            part = slice(start, start + chunk)
            logits = F.linear(hidden[part], embedding).float()
            answers = labels[part, None]
            right = logits.gather(1, answers)
            mean = logits.mean(-1, keepdim=True)
            if log_weights is not None:
                logits += log_weights
            normalizer = logits.logsumexp(-1, keepdim=True)
            total += (normalizer - right * (1 - smoothing) - mean * smoothing).sum()
            if not ctx.needs_input_grad[0]:
                continue
            logits.sub_(normalizer).exp_().sub_(smoothing / vocabulary)
            logits.scatter_add_(1, answers, torch.full_like(right, smoothing - 1))
            gradient[part] = logits.to(hidden.dtype) @ embedding
        ctx.save_for_backward(gradient)
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * grads[0].to(gradient.dtype), None, None, None, None


# Rows of logits in memory at once: as many as fit into a CPU's cache, or fill a GPU.
_CHUNKS = {"cpu": 512, "cuda": 4096}
_smoothed_loss: Callable[..., Tensor] = _SmoothedLoss.apply


def loss_of(
    hidden: Tensor,
    embedding: Tensor,
    labels: Tensor,
    smoothing: float,
    log_weights: Tensor | None = None,
) -> Tensor:
    """Return the summed cross-entropy in nats.

    `hidden` is [tokens, width], `labels` has ids [tokens]. `smoothing` is the share of probability
    spread evenly over the rows of `embedding` (label smoothing, Szegedy et al. 2016). If the rows
    are a sample, `log_weights` [vocabulary] has the log of the number of tokens that each row
    stands for. The embedding gets no gradient.
    """
    return _smoothed_loss(hidden, embedding, labels, smoothing, log_weights)
