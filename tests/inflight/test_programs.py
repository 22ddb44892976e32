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
from models.errors import BuildFailed
from models.inflight import parts, programs
from models.inflight.arithmetic import best_form
from models.inflight.decoder import Decoder
from models.inflight.engine import InflightEngine, read_decoder
from models.inflight.parts import Past
from models.inflight.programs import Shapes, attention, compile_attention
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
    decoder = read_decoder(folder, best_form(), 64)
    decoder.compile(kept, quiet)
    return decoder


@pytest.mark.parametrize("count", [3, 1])
def test_compiled_it_computes_the_same(compiled: Decoder, folder: Path, count: int) -> None:
    plain = read_decoder(folder, best_form(), 64)
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
        shutil.copytree(folder, at, dirs_exist_ok=True)

    monkeypatch.setattr(programs, "_make", make)
    for _ in range(2):
        compiled.compile(tmp_path, quiet)
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
