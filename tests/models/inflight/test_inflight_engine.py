"""The engine translates as transformers does; sentences join and leave; faults stay small."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from models.catalogue import ModelSpec, find_model
from models.embedded.tokenizer import EmbeddedTokenizer
from models.engine import DecodingOptions, Engine, Hypothesis
from models.errors import (
    DeviceUnavailable,
    EngineFailed,
    EngineUnavailable,
    ModelCorrupt,
    UnsupportedCheckpoint,
)
from models.inflight.engine import MAX_ROWS, InflightEngine
from models.load import load_engine
from models.store import ModelStore
from service.scheduling.batcher import Batcher
from service.scheduling.request import RequestContext

GREEDY, BEAMS = DecodingOptions(beam=1), DecodingOptions(beam=4)
SENTENCES = [
    "Presiden tiba di Surabaya pada Selasa (18/2/2025).",
    "Harga beras naik menjadi Rp15.000 per kilogram.",
    '"Kami akan membangun 1.200 rumah," kata Menteri Perumahan di Palu, Sulawesi Tengah.',
    "Gempa bermagnitudo 5,6 mengguncang Cianjur.",
    "Ia pulang.",
]


@pytest.fixture(scope="module")
def folder(checkpoint_store: ModelStore) -> Path:
    return checkpoint_store.ensure(find_model("kabar-id-en"), "transformers")


def make(folder: Path, **options: Any) -> InflightEngine:
    tokenizer = EmbeddedTokenizer.load(folder / "tokenizer.json")
    options = {"model_hash": "test", "form": "int8"} | options
    return InflightEngine(folder, find_model("kabar-id-en"), tokenizer, **options)


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[InflightEngine]:
    made = make(folder)
    yield made
    made.close()


@pytest.fixture(scope="module")
def greedy(engine: InflightEngine) -> list[str]:
    """The sentences, translated greedily all at once."""
    return texts(engine.translate(SENTENCES, GREEDY))


@pytest.fixture(scope="module")
def exact(folder: Path) -> Iterator[InflightEngine]:
    made = make(folder, form="float32")
    yield made
    made.close()


@pytest.fixture(scope="module")
def reference(checkpoint_store: ModelStore) -> Iterator[Engine]:
    made = load_engine(
        find_model("kabar-id-en"),
        checkpoint_store,
        engine="transformers",
        device="cpu",
        dtype="float32",
    )
    yield made
    made.close()


@pytest.mark.parametrize(
    "options",
    # as transformers searches, which gives up no beam
    [GREEDY, replace(BEAMS, hypotheses=3, thorough=True)],
    ids=["greedy", "several-of-beams"],
)
def test_it_finds_what_transformers_finds(
    exact: InflightEngine, reference: Engine, options: DecodingOptions
) -> None:
    ours = exact.translate(SENTENCES, options)
    theirs = reference.translate(SENTENCES, options)
    assert [h.text for h in ours] == [h.text for h in theirs]
    assert [h.score for h in ours] == pytest.approx([h.score for h in theirs], abs=1e-3)
    assert [(h.source_tokens, h.target_tokens, h.finished) for h in ours] == [
        (h.source_tokens, h.target_tokens, h.finished) for h in theirs
    ]
    assert [texts(found.others) for found in ours] == [texts(found.others) for found in theirs]
    assert {len(found.others) for found in ours} == {options.hypotheses - 1}


def test_eight_bits_stay_near(exact: InflightEngine, greedy: list[str]) -> None:
    assert texts(exact.translate(SENTENCES[:2], GREEDY)) == greedy[:2]


def texts(hypotheses: Sequence[Hypothesis]) -> list[str]:
    return [hypothesis.text for hypothesis in hypotheses]


@pytest.mark.parametrize("options", [GREEDY, BEAMS], ids=["greedy", "beams"])
def test_no_text_changes_with_the_batch(engine: InflightEngine, options: DecodingOptions) -> None:
    together = texts(engine.translate(SENTENCES, options))
    alone = [engine.translate([sentence], options)[0].text for sentence in SENTENCES]
    assert alone == together
    assert texts(engine.translate(SENTENCES[::-1], options)) == together[::-1]


def test_beams_that_fall_behind_are_not_computed(
    engine: InflightEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    step = engine._decoder.step

    def counted(tokens: Sequence[int], pasts: Any) -> torch.Tensor:
        steps.append(len(tokens))
        return step(tokens, pasts)

    monkeypatch.setattr(engine._decoder, "step", counted)
    engine.translate(SENTENCES[:1], BEAMS)
    assert max(steps) <= 4
    assert sum(steps) < 4 * len(steps)
    steps.clear()
    engine.translate(SENTENCES[:1], replace(BEAMS, thorough=True))
    assert sum(steps) == 4 * len(steps)


def test_beams_that_differ_in_a_name_or_a_number_both_go_on(engine: InflightEngine) -> None:
    pruning = engine._pruning
    tokens = engine._tokenizer.tokens
    assert {tokens[number] for number in pruning.told} >= {"▁Prab", "▁cannot", "▁seven", "7"}
    assert "owo" in {tokens[number] for number in pruning.within_words}


def test_sentences_of_different_beams_run_side_by_side(
    engine: InflightEngine, greedy: list[str]
) -> None:
    both = [engine.submit(SENTENCES, options) for options in (GREEDY, BEAMS)]
    found = [texts([answer.result(60) for answer in answers]) for answers in both]
    # Asked for more hypotheses, it finds the same best.
    beams = texts(engine.translate(SENTENCES, replace(BEAMS, hypotheses=3)))
    assert found == [greedy, beams]


def test_many_threads_at_once(engine: InflightEngine, greedy: list[str]) -> None:
    results: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: results.append(texts(engine.translate(SENTENCES, GREEDY))))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert results == [greedy] * 6


def test_blank_sources_give_empty_hypotheses(engine: InflightEngine) -> None:
    nothing = Hypothesis("", 0.0, 0, 0, True)
    assert engine.translate(["", " \n"], GREEDY) == [nothing, nothing]
    assert engine.translate([], GREEDY) == []


def test_a_source_that_is_too_long_fails_alone(engine: InflightEngine, greedy: list[str]) -> None:
    long, short = engine.submit(["kata " * 4000, SENTENCES[4]], GREEDY)
    with pytest.raises(EngineFailed, match="longer than the 220 that kabar-id-en reads"):
        long.result(60)
    assert short.result(60).text == greedy[4]


def test_a_sentence_that_never_ends_stops_at_its_limit(folder: Path) -> None:
    tokenizer = EmbeddedTokenizer.load(folder / "tokenizer.json")
    spec = ModelSpec(
        id="endless", task="translation", source="embedded", summary="", licence="",
        prompt="{source}", stop=None,
    )  # fmt: skip
    made = InflightEngine(folder, spec, tokenizer, model_hash="test", form="int8")
    found = made.translate(["1 2 1 2 1 2 1 2 1 2 1 2 1 2"], GREEDY)[0]
    made.close()
    assert not found.finished
    assert found.target_tokens == 2 * found.source_tokens + 24


def test_what_is_cancelled_makes_room(engine: InflightEngine) -> None:
    answers = engine.submit(SENTENCES * 20, BEAMS)
    cancelled = [answer for answer in answers if answer.cancel()]
    assert cancelled
    with pytest.raises(CancelledError):
        cancelled[0].result()
    assert engine.translate([SENTENCES[4]], GREEDY)[0].text
    assert engine._schedule.running == []
    assert engine._pool.left == engine.slots


def test_a_step_that_fails_is_tried_sentence_by_sentence(
    folder: Path, greedy: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    made = make(folder)
    read = made._decoder.read

    def poisoned(prompts: Sequence[Sequence[int]], slots: Any, before: Any) -> torch.Tensor:
        if any(len(prompt) < 10 for prompt in prompts):
            raise RuntimeError("not enough memory")
        return read(prompts, slots, before)

    made._decoder.read = poisoned  # type: ignore[method-assign]
    with caplog.at_level(logging.WARNING):
        answers = made.submit([*SENTENCES[:3], SENTENCES[4]], GREEDY)
        assert texts([answer.result(60) for answer in answers[:3]]) == greedy[:3]
        with pytest.raises(EngineFailed, match=r"failed on a segment \(RuntimeError\): not enough"):
            answers[3].result(60)
    assert "a step of 4 sentences failed (RuntimeError: not enough memory)" in caplog.text
    assert made._pool.left == made.slots
    assert made._schedule.max_rows < MAX_ROWS
    # It comes back when nothing fails any more.
    for _ in range(8):
        made._calm_rounds = 200
        made.translate(SENTENCES[:1], GREEDY)
    assert made._schedule.max_rows == MAX_ROWS
    made.close()


def test_a_thread_that_ends_leaves_nobody_waiting(folder: Path) -> None:
    made = make(folder)
    made._round = lambda: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(EngineFailed, match="kabar-id-en was closed"):
        made.translate(SENTENCES, GREEDY)
    with pytest.raises(EngineFailed, match="kabar-id-en was closed"):
        made.translate(SENTENCES, GREEDY)
    made.close()


def test_a_repetition_penalty_is_refused(engine: InflightEngine) -> None:
    with pytest.raises(EngineFailed, match="no repetition penalty"):
        engine.translate(SENTENCES, DecodingOptions(beam=1, repetition_penalty=1.2))


def test_a_closed_engine_says_so(folder: Path) -> None:
    made = make(folder)
    answers = made.submit(SENTENCES * 10, BEAMS)
    made.close()
    outcomes = [answer.exception(60) for answer in answers]
    assert any(isinstance(outcome, EngineFailed) for outcome in outcomes)
    with pytest.raises(EngineFailed, match="kabar-id-en was closed"):
        made.translate(SENTENCES, GREEDY)


def test_a_model_that_cannot_be_read(folder: Path, tmp_path: Path) -> None:
    tokenizer = EmbeddedTokenizer.load(folder / "tokenizer.json")
    spec = find_model("kabar-id-en")
    with pytest.raises(ModelCorrupt, match="cannot be read"):
        InflightEngine(tmp_path, spec, tokenizer, model_hash="test")
    (tmp_path / "config.json").write_text('{"model_type": "marian"}')
    with pytest.raises(UnsupportedCheckpoint, match="holds a marian model"):
        InflightEngine(tmp_path, spec, tokenizer, model_hash="test")


def test_the_batcher_leaves_batches_to_the_engine(
    engine: InflightEngine, greedy: list[str]
) -> None:
    told: list[str] = []
    batcher = Batcher(engine)
    found, known = batcher.translate(
        [*SENTENCES, SENTENCES[0]], GREEDY, RequestContext(), lambda rows, _: told.extend(rows)
    )
    batcher.close()
    hypotheses = [outcome for outcome in found if isinstance(outcome, Hypothesis)]
    assert texts(hypotheses) == [*greedy, greedy[0]]
    assert known == [False] * 6
    assert sorted(told) == sorted(SENTENCES)  # equal sentences once


def test_a_failure_in_the_batcher_leaves_the_rest_alone(engine: InflightEngine) -> None:
    batcher = Batcher(engine)
    found, _ = batcher.translate(["kata " * 4000, *SENTENCES], BEAMS, RequestContext())
    batcher.close()
    assert isinstance(found[0], EngineFailed)
    assert "longer than the 220" in found[0].detail
    assert all(isinstance(outcome, Hypothesis) for outcome in found[1:])
    assert engine._pool.left == engine.slots


def test_number_formats_and_devices_that_it_has_not(
    folder: Path, checkpoint_store: ModelStore
) -> None:
    with pytest.raises(EngineUnavailable, match="does not compute in float16"):
        make(folder, form="float16")
    with pytest.raises(DeviceUnavailable, match="computes on the CPU"):
        load_engine(find_model("kabar-id-en"), checkpoint_store, engine="inflight", device="cuda")


def test_without_a_compiler_it_runs_and_says_so_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with caplog.at_level(logging.WARNING):
        made = make(folder, programs=tmp_path)
        assert made.translate([SENTENCES[4]], GREEDY)[0].text
    made.close()
    said = [record.getMessage() for record in caplog.records if record.name.startswith("models")]
    assert said == [
        "the inflight engine could not be compiled and runs more slowly "
        "(BuildFailed: no C++ compiler)"
    ]
