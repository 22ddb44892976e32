"""What is compiled computes what is not, is compiled once, and is made anew where it is damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from models.catalogue import find_model
from models.devices import cores
from models.embedded.tokenizer import EmbeddedTokenizer
from models.engine import DecodingOptions
from models.inflight import aot as programs
from models.inflight.aot import Shapes
from models.inflight.arithmetic import best_form
from models.inflight.decoder import Decoder
from models.inflight.engine import InflightEngine, read_decoder
from models.inflight.layers import interpreted
from models.store import ModelStore, Progress, quiet

pytestmark = pytest.mark.skipif(shutil.which("c++") is None, reason="there is no C++ compiler")


@pytest.fixture(scope="module")
def folder(checkpoint_store: ModelStore) -> Path:
    return checkpoint_store.ensure(find_model("kabar-id-en"), "transformers")


@pytest.fixture(scope="module")
def kept(folder: Path) -> Path:
    """Where the programs are kept, which are compiled once for all tests."""
    return folder.parent


@pytest.fixture(scope="module")
def compiled(folder: Path, kept: Path) -> Decoder:
    """The embedded model as it is by default, compiled."""
    torch.set_num_threads(cores())  # as the engine does: programs are for a number of threads
    return read_decoder(folder, best_form(), 64, kept, quiet)


@pytest.mark.parametrize("count", [3, 1])
@torch.inference_mode()
def test_compiled_it_computes_the_same(compiled: Decoder, count: int) -> None:
    plain = interpreted(compiled.config, compiled.form)
    random = torch.Generator().manual_seed(count)
    x = compiled._embed(torch.tensor([7, 5000, 11])[:count])
    rotation = compiled._rotation(torch.arange(20, 20 + count), True)
    mixed = torch.randn(count, compiled.config.heads * compiled.config.head_width, generator=random)
    # One part at a time: over a whole model, one number that rounds the other way to eight bits
    # makes others do so.
    for layer in compiled._layers[:2]:
        ours, theirs = (
            [*of.queries(x, *rotation, layer), of.feed_forward(x, mixed, layer)]
            for of in (compiled._parts, plain)
        )
        for mine, other in zip(ours, theirs, strict=True):
            assert _distance(mine, other) < 1e-3
        x = theirs[-1]


def _distance(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """How far they are apart, as a part of how large they are."""
    assert ours.shape == theirs.shape
    return float((ours - theirs).norm() / theirs.norm())


def test_a_damaged_program_is_made_anew(
    compiled: Decoder, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make(at: Path, shapes: Shapes, progress: Progress) -> None:
        made.append(at.name.split(".")[0])
        for name in ("queries", "feed_forward"):
            shutil.copy(kept / made[-1] / f"{name}.pt2", at)

    monkeypatch.setattr(programs, "_make", make)
    for _ in range(2):
        compiled.compile(tmp_path, quiet)
    program = tmp_path / made[0] / "queries.pt2"
    program.write_bytes(program.read_bytes()[:-1000])
    for _ in range(2):
        compiled.compile(tmp_path, quiet)
    assert len(made) == 2
    assert made[0] == made[1]


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
