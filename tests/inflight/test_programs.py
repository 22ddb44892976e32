"""What is compiled computes what is not, is compiled once, and is made anew where it is damaged."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny_decoders import (
    assert_candidates,
    assert_plain_forward_pass,
    decoder_of,
    log_softmax,
)

from models.catalogue import find_model
from models.embedded.gemma import Gemma, forward
from models.embedded.tokenizer import EmbeddedTokenizer
from models.engine import DecodingOptions
from models.errors import BuildFailed
from models.inflight import parts, programs
from models.inflight.arithmetic import best_form
from models.inflight.engine import InflightEngine
from models.inflight.parts import Past
from models.inflight.programs import Shapes, attention, compile_attention
from models.store import ModelStore, Progress, quiet

pytestmark = pytest.mark.skipif(shutil.which("c++") is None, reason="there is no C++ compiler")

COMPILING = "compiling for this machine (about a minute, once)"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tiny model's programs are kept."""
    return tmp_path_factory.mktemp("programs")


@pytest.mark.parametrize("window", [512, 3])
def test_prompts_and_steps_give_the_plain_forward_pass(
    tiny_gemma: Gemma, window: int, kept: Path
) -> None:
    model = replace(tiny_gemma, config=replace(tiny_gemma.config, sliding_window=window))
    decoder = decoder_of(model, "float32", 64)
    decoder.compile(kept, quiet)
    assert_plain_forward_pass(decoder, model)


def test_one_row_alone(tiny_gemma: Gemma, kept: Path) -> None:
    decoder = decoder_of(tiny_gemma, "float32", 8)
    decoder.compile(kept, quiet)
    found = decoder.choose(decoder.read([[2]], [torch.tensor([0]).numpy()]), 1)
    assert_candidates(found, log_softmax(forward(tiny_gemma, [2]))[-1:])
    slots = [torch.tensor([number]).numpy() for number in (0, 1)]
    found = decoder.choose(decoder.step([5], slots[:1], slots[1:]), 1)
    assert_candidates(found, log_softmax(forward(tiny_gemma, [2, 5]))[-1:])


def test_a_damaged_program_is_made_anew(
    tiny_gemma: Gemma, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder = decoder_of(tiny_gemma, "float32", 8)
    decoder.compile(kept, quiet)
    (folder,) = kept.glob("programs-*[!k]")
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    program = copy / "queries.pt2"
    program.write_bytes(program.read_bytes()[:-1000])
    made: list[Path] = []

    def make(at: Path, shapes: Shapes, progress: Progress) -> None:
        made.append(at)
        shutil.copytree(folder, at, dirs_exist_ok=True)

    monkeypatch.setattr(programs, "_make", make)
    for _ in range(2):
        decoder.compile(tmp_path, quiet)
    assert made == [copy]


def test_what_the_compiler_says_is_passed_on(tmp_path: Path) -> None:
    shapes = Shapes(
        width=16, heads=2, head_width=12, hidden=32, epsilon=1e-6, vocabulary=64, form="float32"
    )
    with pytest.raises(BuildFailed, match="a program was not compiled: "):
        compile_attention("c++", tmp_path / "attention.so", shapes)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("form", "kept_as"), [("float32", torch.float32), ("int8", torch.bfloat16)]
)
@pytest.mark.parametrize("window", [512, 3])
def test_attention_is_that_of_plain_torch(
    form: str, kept_as: torch.dtype, window: int, tmp_path: Path
) -> None:
    shapes = Shapes(
        width=16, heads=3, head_width=32, hidden=32, epsilon=1e-6, vocabulary=64, form=form
    )
    compile_attention("c++", tmp_path / "attention.so", shapes)
    attend = attention(tmp_path / "attention.so")
    random = torch.Generator().manual_seed(1)
    q = torch.randn(5, 3, 32, generator=random)
    keys, values = (torch.randn(40, 32, generator=random).to(kept_as) for _ in range(2))
    table = torch.randint(0, 40, (5, 7), generator=random)
    lengths = torch.tensor([7, 1, 4, 3, 6])
    found = attend(q, keys, values, Past(table, lengths, window))
    expected = parts.attend(q, keys, values, Past(table, lengths, window))
    assert found.shape == (5, 96)
    assert found == pytest.approx(expected, abs=1e-5)
    # A row by itself gives the same to the bit.
    alone = [
        attend(q[row : row + 1], keys, values, Past(table[row : row + 1], length, window))
        for row, length in enumerate(lengths.split(1))
    ]
    assert torch.equal(found, torch.cat(alone))
    # It looks at nothing but its past.
    (lone,) = attend(q[1:2], keys, values, Past(table[1:2], lengths[1:2], window))
    assert torch.equal(lone, values[table[1, 0]].float().repeat(3))


def test_compiled_the_engine_finds_the_same_and_compiles_once(
    checkpoint_store: ModelStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spec, options = find_model("kabar-id-en"), DecodingOptions(beam=4)
    folder = checkpoint_store.ensure(spec, "transformers")
    sentences = ["Presiden tiba di Surabaya pada Selasa (18/2/2025).", "Ia pulang."]

    def texts(at: Path | None, progress: Progress) -> list[str]:
        engine = InflightEngine(
            folder,
            spec,
            EmbeddedTokenizer.load(folder / "tokenizer.json"),
            model_hash="test",
            form=best_form(),
            programs=at,
            progress=progress,
        )
        found = engine.translate(sentences, options)
        engine.close()
        return [hypothesis.text for hypothesis in found]

    said: list[str] = []
    first, second = texts(tmp_path, said.append), texts(tmp_path, said.append)
    assert first == second == texts(None, said.append)
    assert first == [
        "The president arrived in Surabaya on Tuesday (18/2/2025).",
        "He came home.",
    ]
    assert said == [COMPILING]
    assert not caplog.records
