"""The C++ kernels: they compute what plain torch does, row by row."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pytest
import torch

from models.embedded.gemma import GemmaConfig
from models.errors import BuildFailed
from models.inflight import kernels, layers
from models.inflight.layers import Past
from models.store import quiet

pytestmark = pytest.mark.skipif(shutil.which("c++") is None, reason="there is no C++ compiler")


def config(head_width: int) -> GemmaConfig:
    return GemmaConfig(layers=1, width=16, heads=3, head_width=head_width, hidden=32)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the kernels, each compiled once for all tests."""
    return tmp_path_factory.mktemp("kernels")


def test_the_compilers_message_is_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=r"compiling failed: .*a multiple of the lanes"):
        kernels.load(config(head_width=12), "float32", None, tmp_path, quiet)
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize(("form", "dtype"), [("float32", torch.float32), ("int8", torch.bfloat16)])
@pytest.mark.parametrize("window", [512, 3])
def test_attention_is_that_of_plain_torch(
    form: str, dtype: torch.dtype, window: int, cache: Path
) -> None:
    attend = kernels.load(config(head_width=32), form, None, cache, quiet).attend
    random = torch.Generator().manual_seed(1)
    q = torch.randn(5, 3, 32, generator=random)
    keys, values = (torch.randn(40, 32, generator=random).to(dtype) for _ in range(2))
    table = torch.randint(0, 40, (5, 7), generator=random)
    lengths = torch.tensor([7, 1, 4, 3, 6])
    found = attend(q, keys, values, Past(table, lengths, window))
    expected = layers.attend(q, keys, values, Past(table, lengths, window))
    assert found.shape == (5, 96)
    assert found == pytest.approx(expected, abs=1e-5)
    # A row alone gives the same bits.
    alone = [
        attend(q[row : row + 1], keys, values, Past(table[row : row + 1], length, window))
        for row, length in enumerate(torch.split(lengths, 1))
    ]
    assert torch.equal(found, torch.cat(alone))
    # A row attends to nothing but its past.
    (first,) = attend(q[1:2], keys, values, Past(table[1:2], lengths[1:2], window))
    assert torch.equal(first, values[table[1, 0]].float().repeat(3))


@pytest.mark.parametrize("size", [1, 7, 64, 100, 1000])
@pytest.mark.parametrize("count", [1, 8, 64])
def test_the_likeliest_tokens_are_those_of_plain_torch(size: int, count: int, cache: Path) -> None:
    top_tokens = kernels.load(config(head_width=32), "float32", None, cache, quiet).top_tokens
    count = min(size, count)
    logits = torch.randn(5, size, generator=torch.Generator().manual_seed(size)) * 10
    ids, log_probabilities = top_tokens(logits, count)
    expected_ids, expected = layers.top_tokens(logits, count)
    assert torch.equal(ids, expected_ids)
    assert log_probabilities == pytest.approx(expected, abs=1e-5)
    assert torch.equal(top_tokens(logits[2:3], count)[1], log_probabilities[2:3])


def test_equal_tokens_are_ranked_in_order(cache: Path) -> None:
    top_tokens = kernels.load(config(head_width=32), "float32", None, cache, quiet).top_tokens
    logits = torch.zeros(2, 300)
    logits[0, [250, 90, 91]] = 4
    ids, log_probabilities = top_tokens(logits, 5)
    assert ids.tolist() == [[90, 91, 250, 0, 1], [0, 1, 2, 3, 4]]
    assert log_probabilities[1].tolist() == pytest.approx([-math.log(300)] * 5)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_logits_of_nan_or_infinity_give_nan(value: float, cache: Path) -> None:
    top_tokens = kernels.load(config(head_width=32), "float32", None, cache, quiet).top_tokens
    logits = torch.zeros(3, 100)
    logits[1, 70] = value
    ids, log_probabilities = top_tokens(logits, 2)
    assert log_probabilities[1].isnan().all()
    assert ids[1].tolist() == [0, 1]
    assert log_probabilities[::2] == pytest.approx(torch.full((2, 2), -math.log(100)))
    # A token may be impossible.
    logits[1, 70] = -float("inf")
    assert top_tokens(logits, 2)[1][1].tolist() == pytest.approx([-math.log(99)] * 2)
