"""What is compiled computes what is not, is compiled once, and is made anew where it is damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from models.catalogue import find_model
from models.devices import cores
from models.embedded.tokenizer import EmbeddedTokenizer
from models.engine import DecodingOptions
from models.inflight import programs
from models.inflight.arithmetic import best_form
from models.inflight.decoder import Decoder
from models.inflight.engine import InflightEngine, read_decoder
from models.inflight.programs import Shapes
from models.store import ModelStore, Progress, quiet

pytestmark = pytest.mark.skipif(shutil.which("c++") is None, reason="there is no C++ compiler")


@pytest.fixture(scope="module")
def folder(checkpoint_store: ModelStore) -> Path:
    return checkpoint_store.ensure(find_model("kabar-id-en"), "transformers")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs are kept, which are compiled once for all tests."""
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="module")
def compiled(folder: Path, kept: Path) -> Decoder:
    """The embedded model as it is by default, compiled."""
    torch.set_num_threads(cores())  # as the engine does: programs are for a number of threads
    return read_decoder(folder, best_form(), 64, kept, quiet)


@pytest.mark.parametrize("count", [3, 1])
def test_compiled_it_computes_the_same(compiled: Decoder, folder: Path, count: int) -> None:
    plain = read_decoder(folder, best_form(), 64, None, quiet)
    prompts, tokens = [[2, 10, 20, 30, 40], [2, 50], [2, 60, 61, 62]][:count], [7, 11, 14][:count]
    slots = [np.array([9, 3, 5, 7, 1]), np.array([0, 2]), np.array([20, 11, 12, 13])][:count]
    own = [np.array([30]), np.array([31]), np.array([32])][:count]
    read, step = (
        [decoder.choose(states, 5)[1] for decoder in (compiled, plain) for states in [act(decoder)]]
        for act in (
            lambda decoder: decoder.read(prompts, slots),
            lambda decoder: decoder.step(tokens, slots, own),
        )
    )
    for ours, theirs in (read, step):
        assert len(ours) == count
        # A last digit that differs may round the other way to eight bits.
        assert ours == [pytest.approx(row, abs=0.1) for row in theirs]


def test_a_damaged_program_is_made_anew(
    compiled: Decoder, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder,) = kept.glob("programs-*[!k]")
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    program = copy / "queries.pt2"
    program.write_bytes(program.read_bytes()[:-1000])
    made: list[Path] = []

    def make(at: Path, shapes: Shapes, progress: Progress) -> None:
        made.append(at)
        for name in ("queries", "feed_forward", "choose"):
            shutil.copy(folder / f"{name}.pt2", at)

    monkeypatch.setattr(programs, "_make", make)
    for _ in range(2):
        compiled.compile(tmp_path, quiet)
    assert [at.name.split(".")[0] for at in made] == [copy.name]


def test_the_engine_finds_the_same_and_does_not_compile_again(
    compiled: Decoder, kept: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sentences = ["Presiden tiba di Surabaya pada Selasa (18/2/2025).", "Ia pulang."]
    said: list[str] = []
    found: list[list[str]] = []
    for programs_at in (kept, None):
        engine = InflightEngine(
            folder,
            find_model("kabar-id-en"),
            EmbeddedTokenizer.load(folder / "tokenizer.json"),
            model_hash="test",
            form=best_form(),
            programs=programs_at,
            progress=said.append,
        )
        hypotheses = engine.translate(sentences, DecodingOptions(beam=4))
        engine.close()
        found.append([hypothesis.text for hypothesis in hypotheses])
    assert (
        found
        == [["The president arrived in Surabaya on Tuesday (18/2/2025).", "He came home."]] * 2
    )
    assert said == []
    assert not caplog.records
