"""Compiled functions: equal to plain torch, compiled once, repaired."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from models.catalogue import find_model
from models.devices import cores
from models.embedded.tokenizer import EmbeddedTokenizer
from models.engine import DecodingOptions
from models.inflight import aot
from models.inflight.arithmetic import best_form
from models.inflight.decoder import Decoder, load_decoder
from models.inflight.engine import InflightEngine
from models.inflight.layers import torch_functions
from models.store import ModelStore, Progress, quiet

pytestmark = pytest.mark.skipif(shutil.which("c++") is None, reason="there is no C++ compiler")


@pytest.fixture(scope="module")
def folder(checkpoint_store: ModelStore) -> Path:
    return checkpoint_store.ensure(find_model("kabar-id-en"), "transformers")


@pytest.fixture(scope="module")
def cache(folder: Path) -> Path:
    """Return the folder of the programs, compiled once for all tests."""
    return folder.parent


@pytest.fixture(scope="module")
def compiled(folder: Path, cache: Path) -> Decoder:
    """Return the embedded model in its default format, compiled."""
    torch.set_num_threads(cores())  # programs depend on the engine's number of threads
    return load_decoder(folder, best_form(), 64, cache, quiet)


@pytest.mark.parametrize("count", [3, 1])
@torch.inference_mode()
def test_programs_compute_what_plain_torch_does(compiled: Decoder, count: int) -> None:
    plain = torch_functions(compiled.config, compiled.form)
    random = torch.Generator().manual_seed(count)
    x = compiled._embed(torch.tensor([7, 5000, 11])[:count])
    rotation = compiled._rotation(torch.arange(20, 20 + count), True)
    gathered = torch.randn(
        count, compiled.config.heads * compiled.config.head_width, generator=random
    )
    # One function at a time: in a whole model, one number that rounds differently to eight bits
    # changes others.
    for layer in compiled._layers[:2]:
        found, expected = (
            [*of.queries(x, *rotation, layer), of.feed_forward(x, gathered, layer)]
            for of in (compiled._functions, plain)
        )
        for one, other in zip(found, expected, strict=True):
            assert _distance(one, other) < 1e-3
        x = expected[-1]


def _distance(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Return the relative distance of two tensors."""
    assert found.shape == expected.shape
    return float((found - expected).norm() / expected.norm())


def test_a_damaged_program_is_replaced(
    compiled: Decoder, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make(at: Path, shapes: Mapping[str, Any], progress: Progress) -> None:
        made.append(at.name.split(".")[0])
        for name in ("queries", "feed_forward"):
            shutil.copy(cache / made[-1] / f"{name}.pt2", at)

    monkeypatch.setattr(aot, "_make", make)
    for _ in range(2):
        compiled.compile(tmp_path, quiet)
    program = tmp_path / made[0] / "queries.pt2"
    program.write_bytes(program.read_bytes()[:-1000])
    for _ in range(2):
        compiled.compile(tmp_path, quiet)
    assert len(made) == 2
    assert made[0] == made[1]


def test_the_compiled_engine_translates_alike_and_does_not_compile_again(
    compiled: Decoder, cache: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sentences = ["Presiden tiba di Surabaya pada Selasa (18/2/2025).", "Ia pulang."]
    steps: list[str] = []
    found: list[list[str]] = []
    for programs in (cache, None):
        engine = InflightEngine(
            folder,
            find_model("kabar-id-en"),
            EmbeddedTokenizer.load(folder / "tokenizer.json"),
            model_hash="test",
            form=best_form(),
            programs=programs,
            progress=steps.append,
        )
        hypotheses = engine.translate(sentences, DecodingOptions(beam=4))
        engine.close()
        found.append([hypothesis.text for hypothesis in hypotheses])
    assert (
        found
        == [["The president arrived in Surabaya on Tuesday (18/2/2025).", "He came home."]] * 2
    )
    assert steps == []
    assert not caplog.records
