"""The inflight engine: batches, cancelling, failures and limits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.catalogue import ModelSpec, find_model
from models.embedded.tokenizer import EmbeddedTokenizer
from models.engine import DecodingOptions, Engine, Hypothesis
from models.errors import DeviceUnavailable, EngineFailed, ModelCorrupt
from models.inflight.decoder import Candidates
from models.inflight.engine import MAX_ROWS, InflightEngine
from models.inflight.library import instruction_sets, sum_bits
from models.load import load_engine, packed_format
from models.store import ModelStore
from service.scheduling.request import RequestContext
from service.scheduling.streamer import open_queue

GREEDY, BEAMS = DecodingOptions(beam=1), DecodingOptions(beam=4)
SENTENCES = [
    "Presiden tiba di Surabaya pada Selasa (18/2/2025).",
    "Harga beras naik menjadi Rp15.000 per kilogram.",
    '"Kami akan membangun 1.200 rumah," kata Menteri Perumahan di Palu, Sulawesi Tengah.',
    "Gempa bermagnitudo 5,6 mengguncang Cianjur.",
    "Ia pulang.",
]


@pytest.fixture(scope="module")
def folder(models_dir: Path) -> Path:
    return ModelStore(models_dir).ensure(find_model("kabar-id-en"), packed_format())


def make(folder: Path, **options: Any) -> InflightEngine:
    tokenizer = EmbeddedTokenizer.load(folder / "tokenizer.json")
    return InflightEngine(
        folder, find_model("kabar-id-en"), tokenizer, model_hash="test", **options
    )


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[InflightEngine]:
    made = make(folder)
    yield made
    made.close()


@pytest.fixture(scope="module")
def greedy(engine: InflightEngine) -> list[str]:
    """Translate the sentences greedily, all at once."""
    return texts(engine.translate(SENTENCES, GREEDY))


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
    # transformers drops no beam
    [GREEDY, replace(BEAMS, hypotheses=3, thorough=True)],
    ids=["greedy", "several-of-beams"],
)
def test_hypotheses_are_those_of_transformers(
    engine: InflightEngine, reference: Engine, options: DecodingOptions
) -> None:
    found = engine.translate(SENTENCES, options)
    expected = reference.translate(SENTENCES, options)
    assert texts(found) == texts(expected)
    assert [h.score for h in found] == pytest.approx([h.score for h in expected], abs=0.05)
    assert [(h.source_tokens, h.target_tokens, h.finished) for h in found] == [
        (h.source_tokens, h.target_tokens, h.finished) for h in expected
    ]
    assert {len(h.others) for h in found} == {options.hypotheses - 1}


def texts(hypotheses: Sequence[Hypothesis]) -> list[str]:
    return [hypothesis.text for hypothesis in hypotheses]


@pytest.mark.parametrize("options", [GREEDY, BEAMS], ids=["greedy", "beams"])
def test_texts_do_not_depend_on_the_batch(engine: InflightEngine, options: DecodingOptions) -> None:
    together = texts(engine.translate(SENTENCES, options))
    alone = [engine.translate([sentence], options)[0].text for sentence in SENTENCES]
    assert alone == together
    assert texts(engine.translate(SENTENCES[::-1], options)) == together[::-1]


def test_beams_that_fall_behind_are_dropped(
    engine: InflightEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    decoder = engine._batch.decoder
    step = decoder.step

    def counted(tokens: Sequence[int], pasts: Any, count: int) -> Candidates:
        steps.append(len(tokens))
        return step(tokens, pasts, count)

    monkeypatch.setattr(decoder, "step", counted)
    engine.translate(SENTENCES[:1], BEAMS)
    assert max(steps) <= 4
    assert sum(steps) < 4 * len(steps)
    steps.clear()
    engine.translate(SENTENCES[:1], replace(BEAMS, thorough=True))
    assert sum(steps) == 4 * len(steps)


def test_the_engine_knows_salient_tokens_and_continuations(engine: InflightEngine) -> None:
    pruning = engine.pruning
    tokens = engine._tokenizer.tokens
    assert {tokens[number] for number in pruning.salient} >= {"▁Prab", "▁cannot", "▁seven", "7"}
    assert "owo" in {tokens[number] for number in pruning.continuations}


def test_sentences_of_different_beams_run_side_by_side(
    engine: InflightEngine, greedy: list[str]
) -> None:
    both = [engine.submit(SENTENCES, options) for options in (GREEDY, BEAMS)]
    found = [texts([answer.result(60) for answer in answers]) for answers in both]
    # With more hypotheses the best one is the same.
    beams = texts(engine.translate(SENTENCES, replace(BEAMS, hypotheses=3)))
    assert found == [greedy, beams]


def test_several_threads_at_once(engine: InflightEngine, greedy: list[str]) -> None:
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
    made = InflightEngine(folder, spec, tokenizer, model_hash="test")
    found = made.translate(["1 2 1 2 1 2 1 2 1 2 1 2 1 2"], GREEDY)[0]
    made.close()
    assert not found.finished
    assert found.target_tokens == 2 * found.source_tokens + 24


def test_cancelled_sentences_make_room(engine: InflightEngine) -> None:
    answers = engine.submit(SENTENCES * 20, BEAMS)
    cancelled = [answer for answer in answers if answer.cancel()]
    assert cancelled
    with pytest.raises(CancelledError):
        cancelled[0].result()
    assert engine.translate([SENTENCES[4]], GREEDY)[0].text
    assert engine._batch.schedule.running == []
    assert engine._batch.pool.free == engine._batch.slots


def test_a_failed_step_is_retried_in_smaller_groups(
    folder: Path, greedy: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    made = make(folder)
    batch = made._batch
    read = batch.decoder.read

    def poisoned(
        prompts: Sequence[Sequence[int]], slots: Any, before: Any, count: int
    ) -> Candidates:
        if any(len(prompt) < 10 for prompt in prompts):
            raise MemoryError("not enough memory")
        return read(prompts, slots, before, count)

    batch.decoder.read = poisoned  # type: ignore[method-assign,assignment]
    with caplog.at_level(logging.WARNING):
        answers = made.submit([*SENTENCES[:3], SENTENCES[4]], GREEDY)
        assert texts([answer.result(60) for answer in answers[:3]]) == greedy[:3]
        with pytest.raises(EngineFailed, match=r"failed on a segment \(MemoryError\): not enough"):
            answers[3].result(60)
    assert "a step of 4 sentences failed (MemoryError: not enough memory)" in caplog.text
    assert batch.pool.free == batch.slots
    assert batch.schedule.max_rows < MAX_ROWS
    # It grows again when no step fails.
    for _ in range(8):
        batch.calm_rounds = 200
        made.translate(SENTENCES[:1], GREEDY)
    assert batch.schedule.max_rows == MAX_ROWS
    made.close()


def test_callers_fail_when_the_thread_ends(folder: Path) -> None:
    made = make(folder)
    made._batch.advance = lambda: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(EngineFailed, match="kabar-id-en was closed"):
        made.translate(SENTENCES, GREEDY)
    with pytest.raises(EngineFailed, match="kabar-id-en was closed"):
        made.translate(SENTENCES, GREEDY)
    made.close()


def test_a_repetition_penalty_is_refused(engine: InflightEngine) -> None:
    with pytest.raises(EngineFailed, match="no repetition penalty"):
        engine.translate(SENTENCES, DecodingOptions(beam=1, repetition_penalty=1.2))


def test_a_closed_engine_fails_what_waits_and_refuses_work(folder: Path) -> None:
    made = make(folder)
    answers = made.submit(SENTENCES * 10, BEAMS)
    made.close()
    outcomes = [answer.exception(60) for answer in answers]
    assert any(isinstance(outcome, EngineFailed) for outcome in outcomes)
    with pytest.raises(EngineFailed, match="kabar-id-en was closed"):
        made.translate(SENTENCES, GREEDY)


def test_an_unreadable_model_is_refused(folder: Path, tmp_path: Path) -> None:
    tokenizer = EmbeddedTokenizer.load(folder / "tokenizer.json")
    with pytest.raises(ModelCorrupt, match="cannot be read"):
        InflightEngine(tmp_path, find_model("kabar-id-en"), tokenizer, model_hash="test")


def test_the_queue_leaves_batches_to_the_engine(
    engine: InflightEngine, greedy: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted: list[str] = []
    submit = engine.submit

    def recorded(sources: Sequence[str], options: DecodingOptions) -> list[Future[Hypothesis]]:
        submitted.extend(sources)
        return submit(sources, options)

    monkeypatch.setattr(engine, "submit", recorded)
    answered: list[int] = []
    queue = open_queue(engine)
    found = queue.translate(
        [*SENTENCES, SENTENCES[0]], GREEDY, RequestContext(), lambda at, _: answered.extend(at)
    )
    queue.close()
    hypotheses = [outcome for outcome in found if isinstance(outcome, Hypothesis)]
    assert texts(hypotheses) == [*greedy, greedy[0]]
    assert sorted(answered) == [0, 1, 2, 3, 4, 5]
    assert sorted(submitted) == sorted(SENTENCES)  # equal sentences once


def test_a_failure_in_the_queue_leaves_the_rest_alone(engine: InflightEngine) -> None:
    queue = open_queue(engine)
    found = queue.translate(["kata " * 4000, *SENTENCES], BEAMS, RequestContext())
    queue.close()
    assert isinstance(found[0], EngineFailed)
    assert "longer than the 220" in found[0].detail
    assert all(isinstance(outcome, Hypothesis) for outcome in found[1:])
    assert engine._batch.pool.free == engine._batch.slots


def test_other_devices_are_refused(models_dir: Path) -> None:
    with pytest.raises(DeviceUnavailable, match="computes on the CPU"):
        load_engine(
            find_model("kabar-id-en"), ModelStore(models_dir), engine="inflight", device="cuda"
        )


def test_every_instruction_set_translates_alike(folder: Path) -> None:
    kinds = [name for name in instruction_sets() if packed_format() == f"packed{sum_bits(name)}"]
    found = []
    for name in kinds:
        made = make(folder, instructions=name)
        found.append(texts(made.translate(SENTENCES[:2], GREEDY)))
        made.close()
    assert found == [found[0]] * len(kinds)


def test_sentences_are_answered_as_soon_as_they_are_done(engine: InflightEngine) -> None:
    done: list[int] = []
    answers = engine.submit([SENTENCES[2] * 2, SENTENCES[4]], GREEDY)
    for answer in answers:
        answer.add_done_callback(lambda ended: done.append(answers.index(ended)))
    for answer in answers:
        answer.result(60)
    assert done == [1, 0]
