"""The decoder: it computes what the numpy forward pass does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.embedded.gemma import Gemma, forward
from models.inflight import arithmetic, layers
from models.inflight.arithmetic import best_form, pack, possible_forms, product
from models.inflight.decoder import Decoder
from models.inflight.schedule import Slots


def decoder_of(model: Gemma, form: str, slots: int) -> Decoder:
    return Decoder(model.config, model.embedding, model.layers, model.norm, form, slots)


PROMPTS = [[2, 10, 20, 30, 40], [2, 50], [2, 60, 61, 62]]
TARGETS = [[7, 8, 9], [11, 12, 13], [14, 15, 16]]


def log_softmax(logits: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> torch.Tensor:
    return torch.log_softmax(torch.from_numpy(logits), dim=-1)


def prompt_slots() -> list[Slots]:
    # In any order: a table may name any slot.
    return [np.array([9, 3, 5, 7, 1]), np.array([0, 2]), np.array([20, 11, 12, 13])]


def assert_candidates(
    found: tuple[list[list[int]], list[list[float]]], expected: torch.Tensor
) -> None:
    """Assert that candidates are the best of `expected` [rows, vocabulary]."""
    values, ids = expected.topk(len(found[0][0]), dim=-1)
    assert found[0] == ids.tolist()
    assert found[1] == [pytest.approx(row, abs=1e-4) for row in values.tolist()]


@pytest.mark.parametrize("window", [512, 3])
def test_prompts_and_steps_give_the_plain_forward_pass(tiny_gemma: Gemma, window: int) -> None:
    model = replace(tiny_gemma, config=replace(tiny_gemma.config, sliding_window=window))
    decoder = decoder_of(model, "float32", 64)
    slots = prompt_slots()
    found = decoder.top_tokens(decoder.read(PROMPTS, slots), 3)
    expected = torch.stack([log_softmax(forward(model, prompt))[-1] for prompt in PROMPTS])
    assert_candidates(found, expected)
    produced = [np.array([30 + 3 * row + place for place in range(3)]) for row in range(3)]
    for count in (1, 2, 3):
        tokens = [target[count - 1] for target in TARGETS]
        states = decoder.step(
            tokens,
            [
                np.concatenate((prompt, output[:count]))
                for prompt, output in zip(slots, produced, strict=True)
            ],
        )
        expected = torch.stack(
            [
                log_softmax(forward(model, prompt + target[:count]))[-1]
                for prompt, target in zip(PROMPTS, TARGETS, strict=True)
            ]
        )
        assert_candidates(decoder.top_tokens(states, 3), expected)


def test_beams_share_their_prompt_and_diverge(tiny_gemma: Gemma) -> None:
    decoder = decoder_of(tiny_gemma, "float32", 64)
    slots = prompt_slots()[:2]
    decoder.read(PROMPTS[:2], slots)
    # Two beams of each sentence. The second one continues the output of the first.
    first, second = slots
    decoder.step([7, 8, 9, 10], after(first, [30], [31]) + after(second, [32], [33]))
    pasts = after(first, [30, 40], [30, 41]) + after(second, [33, 42], [32, 43])
    found = decoder.top_tokens(decoder.step([17, 18, 19, 20], pasts), 2)
    rows = [[7, 17], [7, 18], [10, 19], [9, 20]]
    expected = torch.stack(
        [
            log_softmax(forward(tiny_gemma, PROMPTS[row // 2] + target))[-1]
            for row, target in enumerate(rows)
        ]
    )
    assert_candidates(found, expected)


def after(prompt: Slots, *produced: list[int]) -> list[Slots]:
    """Return the slots of rows with the same prompt and different outputs."""
    return [np.append(prompt, slots) for slots in produced]


def test_a_single_row(tiny_gemma: Gemma) -> None:
    decoder = decoder_of(tiny_gemma, "float32", 8)
    found = decoder.top_tokens(decoder.read([[2]], [np.array([0])]), 1)
    assert_candidates(found, log_softmax(forward(tiny_gemma, [2]))[-1:])
    found = decoder.top_tokens(decoder.step([5], [np.array([0, 1])]), 1)
    assert_candidates(found, log_softmax(forward(tiny_gemma, [2, 5]))[-1:])


def test_a_prompt_continues_a_prefix_that_was_read_before(tiny_gemma: Gemma) -> None:
    decoder = decoder_of(tiny_gemma, "float32", 64)
    first = np.array([8, 6])
    decoder.read([[2, 10]], [first])
    slots = [np.array([9, 3]), np.array([0])]
    found = decoder.top_tokens(decoder.read([[20, 30], [50]], slots, [first, first[:1]]), 3)
    expected = [log_softmax(forward(tiny_gemma, ids))[-1] for ids in ([2, 10, 20, 30], [2, 50])]
    assert_candidates(found, torch.stack(expected))


@pytest.mark.parametrize("form", possible_forms())
def test_a_row_does_not_depend_on_its_batch(form: str) -> None:
    weight = pack(torch.randn(96, 64, generator=torch.Generator().manual_seed(1)), form)
    rows = torch.randn(33, 64, generator=torch.Generator().manual_seed(2))
    together = product(rows, weight, form)
    if form == "int8":  # its sums are exact
        alone = torch.cat([product(rows[n : n + 1], weight, form) for n in range(33)])
        assert torch.equal(together, alone)
    assert together.shape == (33, 96)


@pytest.mark.parametrize(
    ("form", "allowed"),
    [
        (form, allowed)
        for form, allowed in (("float32", 1e-5), ("bfloat16", 0.02), ("int8", 0.02))
        if form in possible_forms()
    ],
)
def test_products_are_as_exact_as_their_format(form: str, allowed: float) -> None:
    weight = torch.randn(96, 64, generator=torch.Generator().manual_seed(1))
    rows = torch.randn(5, 64, generator=torch.Generator().manual_seed(2))
    exact = rows @ weight.T
    error = (product(rows, pack(weight, form), form) - exact).norm() / exact.norm()
    assert float(error) < allowed


@pytest.mark.parametrize(
    ("instructions", "possible", "best"),
    [
        ({"avx2"}, ("float32", "int8"), "float32"),
        ({"avx_vnni"}, ("float32", "int8"), "int8"),
        ({"avx512_bw", "avx512_vl", "avx512_dq"}, ("float32", "bfloat16", "int8"), "float32"),
        (
            {"avx512_bw", "avx512_vl", "avx512_dq", "avx512_bf16"},
            ("float32", "bfloat16", "int8"),
            "bfloat16",
        ),
        (
            {"avx512_bw", "avx512_vl", "avx512_dq", "avx512_bf16", "avx512_vnni"},
            ("float32", "bfloat16", "int8"),
            "int8",
        ),
    ],
)
def test_formats_by_processor(
    instructions: set[str], possible: tuple[str, ...], best: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arithmetic, "_has", instructions.__contains__)
    monkeypatch.setattr(arithmetic, "_has_fbgemm", lambda: False)
    assert possible_forms() == possible
    assert best_form() == best
    monkeypatch.setattr(arithmetic, "_has_fbgemm", lambda: True)
    assert best_form() == "int8"


def test_int8_products_never_overflow_without_32_bit_sums() -> None:
    # the largest pairs of products, many times
    weight, rows = torch.ones(8, 512), torch.ones(3, 512)
    assert product(rows, pack(weight, "int8"), "int8") == pytest.approx(
        torch.full((3, 8), 512.0), rel=1e-3
    )


@pytest.mark.parametrize("form", [form for form in possible_forms() if form != "float32"])
def test_other_formats_stay_near_float32(tiny_gemma: Gemma, form: str) -> None:
    decoder = decoder_of(tiny_gemma, form, 64)
    ids, values = decoder.top_tokens(decoder.read(PROMPTS, prompt_slots()), 4)
    for row, prompt in enumerate(PROMPTS):
        exact = log_softmax(forward(tiny_gemma, prompt))[-1]
        assert values[row] == pytest.approx(exact[ids[row]].tolist(), abs=0.25)


def test_the_order_of_equal_tokens_does_not_depend_on_their_count() -> None:
    logits = torch.zeros(2, 1000, dtype=torch.bfloat16)
    logits[0, ::7] = 1
    ids, _ = layers.top_tokens(logits, 64)
    for count in (1, 8):
        assert torch.equal(layers.top_tokens(logits, count)[0], ids[:, :count])


@pytest.mark.parametrize("form", [form for form in possible_forms() if form != "float32"])
def test_packed_weights_are_freed_with_their_decoder(tiny_gemma: Gemma, form: str) -> None:
    before = len(arithmetic._packed)
    decoder = decoder_of(tiny_gemma, form, 64)
    # Four weights in each layer, and the output.
    assert len(arithmetic._packed) == before + 4 * len(tiny_gemma.layers) + 1
    del decoder
    assert len(arithmetic._packed) == before
