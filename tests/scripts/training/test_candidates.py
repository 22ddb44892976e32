"""Candidates of a step: tokens of the batch, frequent ones, and a sample."""

from __future__ import annotations

import math

import pytest
import torch

from scripts.training import candidates
from scripts.training.candidates import CandidateSampler
from scripts.training.data import Example
from scripts.training.loss import loss_of

BATCH = [Example([3, 4], [5, 1]), Example([3, 17], [1])]
TARGETS = [Example([9], [7, 7, 8, 1]), Example([9], [7, 8, 6, 1])]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "_FREQUENT", 3)
    monkeypatch.setattr(candidates, "_DRAWN", 4)


def test_batch_and_frequent_tokens_are_in_and_the_sample_has_weights() -> None:
    drawn = CandidateSampler(TARGETS, 20, seed=1).draw(BATCH, step=0)
    weights = dict(zip(drawn.ids.tolist(), drawn.log_weights.tolist(), strict=True))
    # The batch has 1, 3, 4, 5 and 17. Targets have 7, 1 and 8 most often.
    assert [n for n, weight in weights.items() if weight == 0] == [1, 3, 4, 5, 7, 8, 17]
    rest = [weight for weight in weights.values() if weight != 0]
    assert rest == pytest.approx([math.log(13 / 4)] * 4)
    assert drawn.ids.tolist() == sorted(weights)


def test_the_sample_depends_on_seed_and_step_alone() -> None:
    def ids(seed: int, step: int) -> list[int]:
        return CandidateSampler(TARGETS, 20, seed).draw(BATCH, step).ids.tolist()

    assert ids(1, 5) == ids(1, 5)
    assert ids(1, 5) != ids(2, 5)
    assert ids(1, 5) != ids(1, 6)


def test_a_small_rest_is_taken_whole() -> None:
    drawn = CandidateSampler(TARGETS, 9, seed=1).draw([Example([3], [5, 1])], step=0)
    assert drawn.ids.tolist() == list(range(9))
    assert drawn.log_weights.tolist() == [0.0] * 9


def test_the_sampled_sum_over_the_vocabulary_has_the_right_mean() -> None:
    generator = torch.Generator().manual_seed(1)
    hidden = 0.5 * torch.randn(3, 8, generator=generator)
    embedding = torch.randn(20, 8, generator=generator)
    labels = torch.tensor([5, 1, 1])
    whole = (hidden @ embedding.T).exp().sum(-1)
    sampler = CandidateSampler(TARGETS, 20, seed=1)
    sums = []
    for step in range(1000):
        drawn = sampler.draw(BATCH, step)
        sums.append(((hidden @ embedding[drawn.ids].T) + drawn.log_weights).exp().sum(-1))
    torch.testing.assert_close(torch.stack(sums).mean(0), whole, rtol=0.05, atol=0)
    # The loss over candidates uses that sum.
    loss = loss_of(
        hidden,
        embedding[drawn.ids],
        torch.searchsorted(drawn.ids, labels),
        0.0,
        drawn.log_weights,
    )
    right = (hidden * embedding[labels]).sum(-1)
    torch.testing.assert_close(loss, (sums[-1].log() - right).sum())
