"""The decoder: every instruction set computes what plain numpy does."""

from __future__ import annotations

import math
import resource
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from packed_reference import next_tokens, small_gemma

from models.embedded.gemma import Gemma, forward
from models.errors import EngineUnavailable
from models.inflight.decoder import Candidates, Decoder
from models.inflight.library import instruction_sets, sum_bits
from models.inflight.packing import PackedModel, write_packed
from models.inflight.schedule import Slots

PROMPTS = [[2, 10, 20, 30, 40], [2, 50], [2, 60, 61, 62]]
TARGETS = [[7, 8, 9], [11, 12, 13], [14, 15, 16]]

Open = Callable[..., Decoder]


@pytest.fixture(params=instruction_sets())
def instructions(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def open_decoder(instructions: str, tmp_path: Path) -> Iterator[Open]:
    """A function that packs a model and opens its decoder."""
    opened: list[Decoder] = []

    def opening(model: Gemma, slots: int = 64, threads: int = 2) -> Decoder:
        write_packed(model, sum_bits(instructions), tmp_path)
        opened.append(Decoder(PackedModel(tmp_path), slots, threads, instructions))
        return opened[-1]

    yield opening
    for decoder in opened:
        decoder.close()


def prompt_slots() -> list[Slots]:
    # In any order: a table may name any slot.
    return [np.array([9, 3, 5, 7, 1]), np.array([0, 2]), np.array([20, 11, 12, 13])]


def assert_candidates(found: Candidates, model: Gemma, rows: list[list[int]], bits: int) -> None:
    """Assert that the candidates of each row are the best of the reference.

    Halfway between two bytes, the last digit of a float decides, so both differ a little.
    """
    for ids, scores, row in zip(*found, rows, strict=True):
        expected = next_tokens(model, row, bits)
        best = np.sort(expected)[::-1][: len(ids)]
        assert np.abs(np.array(scores) - expected[ids]).mean() < 0.03
        assert np.abs(np.array(scores) - best).mean() < 0.03


@pytest.mark.parametrize("window", [512, 3])
def test_prompts_and_steps_are_those_of_numpy(
    open_decoder: Open, instructions: str, window: int
) -> None:
    model, bits = small_gemma(window=window), sum_bits(instructions)
    decoder = open_decoder(model)
    slots = prompt_slots()
    assert_candidates(decoder.read(PROMPTS, slots, count=30), model, PROMPTS, bits)
    produced = [np.array([30 + 3 * row + place for place in range(3)]) for row in range(3)]
    for count in (1, 2, 3):
        tokens = [target[count - 1] for target in TARGETS]
        pasts = [
            np.concatenate((prompt, output[:count]))
            for prompt, output in zip(slots, produced, strict=True)
        ]
        rows = [prompt + target[:count] for prompt, target in zip(PROMPTS, TARGETS, strict=True)]
        assert_candidates(decoder.step(tokens, pasts, 30), model, rows, bits)


def test_int8_stays_near_the_unpacked_model(open_decoder: Open) -> None:
    model = small_gemma()
    ids, scores = open_decoder(model).read(PROMPTS, prompt_slots(), count=4)
    for row, prompt in enumerate(PROMPTS):
        logits = forward(model, prompt)[-1].astype(np.float64)
        exact = logits - np.log(np.exp(logits).sum())
        assert scores[row] == pytest.approx(exact[ids[row]].tolist(), abs=0.2)


def test_beams_share_their_prompt_and_diverge(open_decoder: Open, instructions: str) -> None:
    model = small_gemma()
    decoder = open_decoder(model)
    slots = prompt_slots()[:2]
    decoder.read(PROMPTS[:2], slots)
    # Two beams of each sentence. The second one continues the output of the first.
    first, second = slots
    decoder.step([7, 8, 9, 10], after(first, [30], [31]) + after(second, [32], [33]), 1)
    pasts = after(first, [30, 40], [30, 41]) + after(second, [33, 42], [32, 43])
    found = decoder.step([17, 18, 19, 20], pasts, 30)
    targets = [[7, 17], [7, 18], [10, 19], [9, 20]]
    rows = [PROMPTS[number // 2] + target for number, target in enumerate(targets)]
    assert_candidates(found, model, rows, sum_bits(instructions))


def after(prompt: Slots, *produced: list[int]) -> list[Slots]:
    """Return the slots of rows with the same prompt and different outputs."""
    return [np.append(prompt, slots) for slots in produced]


def test_a_prompt_continues_a_prefix_that_was_read_before(
    open_decoder: Open, instructions: str
) -> None:
    model = small_gemma()
    decoder = open_decoder(model)
    first = np.array([8, 6])
    decoder.read([[2, 10]], [first])
    slots = [np.array([9, 3]), np.array([0])]
    found = decoder.read([[20, 30], [50]], slots, [first, first[:1]], 30)
    assert_candidates(found, model, [[2, 10, 20, 30], [2, 50]], sum_bits(instructions))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_a_row_has_the_same_bits_in_every_batch(open_decoder: Open, threads: int) -> None:
    decoder = open_decoder(small_gemma(), 600, threads)
    random = np.random.default_rng(1)
    prompts = [random.integers(4, 1000, size).tolist() for size in [*range(1, 30), 3, 3]]
    starts = np.cumsum([0, *map(len, prompts)])
    slots = [np.arange(start, start + len(p)) for start, p in zip(starts, prompts, strict=False)]
    together = decoder.read(prompts, slots, count=5)
    for number, (prompt, own) in enumerate(zip(prompts, slots, strict=True)):
        alone = decoder.read([prompt], [own], count=5)
        assert (alone[0][0], alone[1][0]) == (together[0][number], together[1][number])
    tokens = random.integers(4, 1000, len(prompts)).tolist()
    pasts = [np.append(own, 500 + number) for number, own in enumerate(slots)]
    together = decoder.step(tokens, pasts, 5)
    for number, (token, past) in enumerate(zip(tokens, pasts, strict=True)):
        alone = decoder.step([token], [past], 5)
        assert (alone[0][0], alone[1][0]) == (together[0][number], together[1][number])
    assert decoder.step(tokens[::-1], pasts[::-1], 5)[1] == together[1][::-1]


def test_a_long_past(open_decoder: Open, instructions: str) -> None:
    model = small_gemma(layers=1)  # more positions than are computed at first
    decoder = open_decoder(model, 700)
    prompt = np.random.default_rng(2).integers(4, 1000, 600).tolist()
    found = decoder.read([prompt], [np.arange(600)], count=30)
    assert_candidates(found, model, [prompt], sum_bits(instructions))


@pytest.mark.parametrize("count", [1, 8, 64, 5000])
def test_the_likeliest_tokens_come_in_order(open_decoder: Open, count: int) -> None:
    decoder = open_decoder(small_gemma())
    (ids,), (scores,) = decoder.read([[2, 10]], [np.array([0, 1])], count=count)
    assert len(ids) == min(count, 1100)
    assert scores == sorted(scores, reverse=True)
    assert len(set(ids)) == len(ids)
    if count > 1100:
        assert math.fsum(math.exp(score) for score in scores) == pytest.approx(1, abs=1e-4)


def test_equal_tokens_are_ranked_by_their_ids(open_decoder: Open) -> None:
    model = small_gemma()
    embedding = model.embedding.copy()
    (best, *_), *_ = open_decoder(model).read([[2, 10]], [np.array([0, 1])])[0]
    embedding[[7, 600, 1099]] = embedding[best]
    decoder = open_decoder(replace(model, embedding=embedding))
    (ids,), (scores,) = decoder.read([[2, 10]], [np.array([0, 1])], count=4)
    assert ids == sorted({7, best, 600, 1099})
    assert len(set(scores)) == 1


@pytest.mark.parametrize("bits", [0x7FC0, 0x7F80], ids=["nan", "infinity"])
def test_a_row_that_is_not_a_number_is_nan_alone(open_decoder: Open, bits: int) -> None:
    decoder = open_decoder(small_gemma())
    slots = prompt_slots()
    decoder.read(PROMPTS, slots)
    # The values of a slot of the third prompt, in bfloat16.
    decoder._model._pools[1][:, 11] = bits
    pasts = [np.append(own, 40 + number) for number, own in enumerate(slots)]
    ids, scores = decoder.step([4, 5, 6], pasts, 2)
    assert all(math.isnan(score) for score in scores[2])
    assert ids[2] == [0, 1]
    assert not any(math.isnan(score) for row in scores[:2] for score in row)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="this system has no /proc")
def test_more_threads_than_the_system_has_are_an_error(instructions: str, tmp_path: Path) -> None:
    write_packed(small_gemma(), sum_bits(instructions), tmp_path)
    packed = PackedModel(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_AS)
    # Each thread reserves megabytes of addresses for its stack.
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2**30, before[1]))
    try:
        with pytest.raises(EngineUnavailable, match="memory or threads are lacking"):
            Decoder(packed, 64, 20_000, instructions)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
    decoder = Decoder(packed, 64, 2, instructions)
    assert decoder.read([[2]], [np.array([0])])[0][0]
    decoder.close()


def test_a_model_of_the_other_kind_is_refused(instructions: str, tmp_path: Path) -> None:
    other = 48 - sum_bits(instructions)
    write_packed(small_gemma(), other, tmp_path)
    with pytest.raises(EngineUnavailable, match=f"packed for sums of {other} bits"):
        Decoder(PackedModel(tmp_path), 64, 1, instructions)
