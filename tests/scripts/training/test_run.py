"""A run learns, continues, and refuses another run's checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from models.embedded.adapter import Adapter, read_adapter
from models.embedded.base import BaseVocabulary
from models.embedded.gemma import Gemma
from models.embedded.tokenizer import build_tokenizer
from models.errors import ModelCorrupt
from scripts.training.corpora import CorpusError
from scripts.training.data import Encoder, read_corpora
from scripts.training.network import Network
from scripts.training.run import Run
from scripts.training.settings import CorpusSettings, Settings

SETTINGS = Settings(
    seed=1,
    tokens=4000,
    cooldown=0.5,
    warmup_steps=4,
    learning_rate=0.02,
    batch_tokens=128,
    longest=100,
    smoothing=0.0,
    rank=2,
    least_uses=1,
    invented=0,
    held_out=["tune"],
    held_out_lines=2,
    counted=[],
    corpora={"toy": CorpusSettings(share=1.0, title="Toy", licence="CC0")},
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    for name in ("train", "eval"):
        (folder / name).mkdir(parents=True)
    words = ("a", "b", "c", "ab", "bc", "abc", "ba", "cb", "ca", "ac")
    pairs = [(f"{one} {two}", f"{two} {one}") for one in words for two in words if one != two]
    (folder / "train" / "toy.id").write_text("".join(f"{source}\n" for source, _ in pairs))
    (folder / "train" / "toy.en").write_text("".join(f"{target}\n" for _, target in pairs))
    (folder / "eval" / "tune.id").write_text("abc cb\nba ab\n")
    (folder / "eval" / "tune.en").write_text("cb abc\nab ba\n")
    return folder


class Runs:
    """A factory of runs on the tiny model."""

    def __init__(self, data: Path, gemma: Gemma, vocabulary: BaseVocabulary) -> None:
        self.data, self.gemma = data, gemma
        self.token_ids = list(range(len(vocabulary.tokens)))
        self.tokenizer = build_tokenizer(vocabulary, self.token_ids)
        self.lines: list[str] = []

    def __call__(
        self, folder: Path, settings: Settings = SETTINGS, start: Adapter | None = None
    ) -> Run:
        return Run(
            Network(self.gemma, settings.rank, settings.seed, torch.float32),
            self.token_ids,
            {"prompt": "{source}\n", "stop": "\n"},
            read_corpora(self.data, settings),
            settings,
            Encoder(self.tokenizer, "{source}\n"),
            folder,
            self.lines.append,
            start,
        )


@pytest.fixture
def runs(data: Path, tiny_gemma: Gemma, tiny_vocabulary: BaseVocabulary) -> Runs:
    return Runs(data, tiny_gemma, tiny_vocabulary)


def test_evaluation_sentences_are_not_among_the_pairs(runs: Runs) -> None:
    corpora = read_corpora(runs.data, SETTINGS)
    assert corpora.removed["toy"]["in an evaluation file"] == 4  # both pairs, and both reversed
    assert len(corpora.pairs["toy"]) == 86


def test_the_loss_falls_and_the_adapter_is_written(runs: Runs, tmp_path: Path) -> None:
    run = runs(tmp_path / "out")
    before = run.held_out_loss()
    assert run.train(lambda: False)
    assert run.held_out_loss() < before - 0.3
    assert run.record.tokens >= 4000
    assert run.record.pairs["toy"] == 86 * (run.record.epoch + 1)
    adapter = read_adapter(tmp_path / "out" / "adapter.safetensors")
    assert adapter.token_ids == runs.token_ids
    a, b = adapter.pairs[1]["up_proj"]
    assert (a.shape, b.shape) == ((2, 16), (32, 2))
    assert np.abs(b).max() > 0.001


def test_a_stopped_run_continues_as_if_uninterrupted(runs: Runs, tmp_path: Path) -> None:
    assert runs(tmp_path / "whole").train(lambda: False)
    steps = iter(range(100))
    assert not runs(tmp_path / "parts").train(lambda: next(steps) == 11)
    assert not (tmp_path / "parts" / "adapter.safetensors").exists()
    assert read_adapter(tmp_path / "parts" / "stopped.safetensors").token_ids == runs.token_ids
    resumed = runs(tmp_path / "parts")
    assert resumed.record.steps == 12
    assert resumed.train(lambda: False)
    whole, parts = (
        load_file(tmp_path / name / "adapter.safetensors") for name in ("whole", "parts")
    )
    assert whole.keys() == parts.keys()
    for name in whole:
        np.testing.assert_allclose(whole[name], parts[name], atol=2e-3, err_msg=name)


def test_a_checkpoint_with_other_settings_or_data_is_refused(runs: Runs, tmp_path: Path) -> None:
    runs(tmp_path / "out").save()
    runs(tmp_path / "out", SETTINGS.model_copy(update={"tokens": 9000}))
    with pytest.raises(CorpusError, match="other settings: use another --output"):
        runs(tmp_path / "out", SETTINGS.model_copy(update={"smoothing": 0.5}))
    with (runs.data / "train" / "toy.id").open("a") as source:
        source.write("abc abc\n")
    with (runs.data / "train" / "toy.en").open("a") as target:
        target.write("abc ab c\n")
    with pytest.raises(CorpusError, match="other data"):
        runs(tmp_path / "out")


def test_a_run_goes_on_from_an_adapter_of_a_lower_rank(runs: Runs, tmp_path: Path) -> None:
    assert runs(tmp_path / "first").train(lambda: False)
    first = read_adapter(tmp_path / "first" / "adapter.safetensors")
    wider = SETTINGS.model_copy(update={"rank": 3})
    run = runs(tmp_path / "second", wider, start=first)
    loss = run.held_out_loss()
    assert loss == pytest.approx(runs(tmp_path / "first").held_out_loss(), abs=0.02)
    run.write_adapter(tmp_path / "unchanged.safetensors")
    unchanged = read_adapter(tmp_path / "unchanged.safetensors")
    for name, (a, b) in unchanged.pairs[0].items():
        before = first.pairs[0][name]
        assert a.shape[0] == 3
        np.testing.assert_allclose(b @ a, before[1] @ before[0], atol=1e-3)
    run.save()
    with pytest.raises(CorpusError, match="other start"):
        runs(tmp_path / "second", wider)
    narrower = SETTINGS.model_copy(update={"rank": 1})
    with pytest.raises(ModelCorrupt, match="has rank 2, and the run 1: increase `rank`"):
        runs(tmp_path / "third", narrower, start=first)


def test_a_license_may_be_corrected_during_a_run(runs: Runs, tmp_path: Path) -> None:
    runs(tmp_path / "out").save()
    corrected = CorpusSettings(share=1.0, title="Toy", licence="CC BY 4.0")
    runs(tmp_path / "out", SETTINGS.model_copy(update={"corpora": {"toy": corrected}}))


def test_a_changed_schedule_is_recorded(runs: Runs, tmp_path: Path) -> None:
    steps = iter(range(100))
    runs(tmp_path / "out").train(lambda: next(steps) == 3)
    longer = runs(tmp_path / "out", SETTINGS.model_copy(update={"tokens": 9000}))
    (start, first), (then, second) = longer.record.schedules
    assert (start, first["tokens"]) == (0, 4000)
    assert (then, second["tokens"]) == (longer.record.tokens, 9000)


def test_a_run_without_usable_data_is_refused(runs: Runs, tmp_path: Path) -> None:
    none = SETTINGS.model_copy(
        update={"corpora": {"toy": CorpusSettings(share=0.0, title="Toy", licence="CC0")}}
    )
    with pytest.raises(CorpusError, match="no pair is left to train on"):
        runs(tmp_path / "out", none).train(lambda: False)
    with pytest.raises(CorpusError, match="no line of at most 1 tokens"):
        runs(tmp_path / "out", SETTINGS.model_copy(update={"longest": 1}))
    (tmp_path / "file").touch()
    with pytest.raises(CorpusError, match="file: File exists"):
        runs(tmp_path / "file")


def test_a_damaged_or_unwritable_checkpoint_gives_a_clear_error(runs: Runs, tmp_path: Path) -> None:
    run = runs(tmp_path / "out")
    run.save()
    checkpoint = tmp_path / "out" / "checkpoint.pt"
    whole = checkpoint.read_bytes()
    (tmp_path / "out" / "checkpoint.pt.new").mkdir()  # where the next one is written
    with pytest.raises(CorpusError, match=r"checkpoint\.pt\.new could not be written"):
        run.save()
    assert checkpoint.read_bytes() == whole
    checkpoint.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CorpusError, match=r"checkpoint\.pt is damaged: remove it to start again"):
        runs(tmp_path / "out")


@pytest.mark.parametrize(
    ("steps", "tokens", "rate"),
    [
        (0, 0, 0.005),
        (1, 50, 0.01),
        (4, 200, 0.02),
        (20, 2000, 0.02),
        (30, 3000, 0.01),
        (9, 4000, 0),
    ],
)
def test_the_learning_rate_rises_stays_and_falls(
    runs: Runs, tmp_path: Path, steps: int, tokens: int, rate: float
) -> None:
    run = runs(tmp_path / "out")
    run.record.steps, run.record.tokens = steps, tokens
    assert run.learning_rate() == pytest.approx(rate)
