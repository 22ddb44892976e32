"""The CTranslate2 engine for encoder-decoders, against transformers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from paths import REPOSITORY
from tiny_checkpoints import INDONESIAN, SEQ2SEQ, SOURCES, checkpoint, spec_of

from models.checkpoints.convert import convert_checkpoint
from models.checkpoints.huggingface import HuggingFaceEngine
from models.checkpoints.seq2seq import CTranslateSeq2Seq
from models.engine import DecodingOptions, Engine, Hypothesis, target_token_limit
from models.errors import DeviceUnavailable, EngineFailed, ModelCorrupt, UnsupportedCheckpoint

GREEDY, BEAM = DecodingOptions(beam=1), DecodingOptions(beam=4)
TEXTS = [*SOURCES, *INDONESIAN, "a </s> <pad> b", "Ünïcode → ☃"]

Make = Callable[..., CTranslateSeq2Seq]


@pytest.fixture(scope="module")
def converted(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made = tmp_path_factory.mktemp("converted")

    def find(name: str, quantization: str = "float32") -> Path:
        out = made / f"{name}-{quantization}"
        if not out.exists():
            convert_checkpoint(checkpoint(root, name), spec_of(name), out, quantization)
        return out

    return find


@pytest.fixture(scope="module")
def make(converted: Callable[..., Path]) -> Make:
    def made(name: str, quantization: str = "float32", **changes: Any) -> CTranslateSeq2Seq:
        folder = converted(name, quantization)
        spec = spec_of(name, **changes)
        return CTranslateSeq2Seq(folder, spec, device="cpu", threads=1, model_hash="0")

    return made


@pytest.mark.parametrize(
    "options",
    [GREEDY, BEAM, DecodingOptions(beam=4, length_penalty=0.3), DecodingOptions(1, 1.0, 1.3)],
    ids=["greedy", "beam", "length penalty", "repetition penalty"],
)
@pytest.mark.parametrize("name", SEQ2SEQ)
def test_both_engines_agree_token_for_token(
    make: Make, root: Path, name: str, options: DecodingOptions
) -> None:
    reference = HuggingFaceEngine(
        checkpoint(root, name), spec_of(name), device="cpu", threads=1, model_hash="0"
    )
    engine = make(name)
    # One at a time: beside longer sources CTranslate2 lets a beam search run past its limit.
    found = [engine.translate([text], options)[0] for text in TEXTS]
    expected = [reference.translate([text], options)[0] for text in TEXTS]
    assert engine.count_tokens(TEXTS) == reference.count_tokens(TEXTS)
    for one, other in zip(found, expected, strict=True):
        assert one.text == other.text
        assert one.score == pytest.approx(other.score, abs=5e-4)
        assert (one.source_tokens, one.target_tokens, one.finished) == (
            other.source_tokens,
            other.target_tokens,
            other.finished,
        )
    assert len({hypothesis.text for hypothesis in found}) >= 8
    assert sum(hypothesis.finished for hypothesis in found) >= 4


@pytest.mark.parametrize("options", [GREEDY, BEAM], ids=["greedy", "beam"])
@pytest.mark.parametrize("name", SEQ2SEQ)
def test_a_batch_gives_what_its_segments_give_alone(
    make: Make, name: str, options: DecodingOptions
) -> None:
    engine = make(name)
    together = engine.translate(TEXTS, options)
    compared = 0
    for text, hypothesis in zip(TEXTS, together, strict=True):
        if hypothesis.finished or options.beam == 1:
            alone = engine.translate([text], options)[0]
            assert hypothesis.text == alone.text
            assert hypothesis.score == pytest.approx(alone.score, abs=1e-4)
            compared += 1
    assert compared >= 4


def test_blank_sources_give_empty_hypotheses_in_their_places(make: Make) -> None:
    engine = make("marian")
    found = engine.translate(["", SOURCES[0], " \n", SOURCES[1]], GREEDY)
    assert found[0] == found[2] == Hypothesis("", 0.0, 0, 0, True)
    assert [hypothesis.text for hypothesis in found[1::2]] == [
        hypothesis.text for hypothesis in engine.translate(SOURCES[:2], GREEDY)
    ]
    assert engine.translate([], GREEDY) == []
    assert isinstance(engine, Engine)


def test_neither_torch_nor_transformers_is_imported(converted: Callable[[str], Path]) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from models.catalogue import ModelSpec\n"
        "from models.engine import DecodingOptions\n"
        "from models.checkpoints.seq2seq import CTranslateSeq2Seq\n"
        "spec = ModelSpec(id='m', task='', source='local', summary='', licence='')\n"
        "engine = CTranslateSeq2Seq(Path(sys.argv[1]), spec, device='cpu', model_hash='0')\n"
        "assert engine.translate(['Gempa!'], DecodingOptions())[0].target_tokens\n"
        "print({'torch', 'transformers'} & set(sys.modules))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(converted("marian"))],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert ran.stdout.strip() == "set()"


@pytest.mark.parametrize("name", ["nllb", "m2m100"])
def test_the_target_language_changes_the_translation(make: Make, name: str) -> None:
    other = {"nllb": "jav_Latn", "m2m100": "jv"}[name]
    english = [found.text for found in make(name).translate(INDONESIAN, GREEDY)]
    engine = make(name, target_language=other)
    assert [found.text for found in engine.translate(INDONESIAN, GREEDY)] != english
    assert engine.signature != make(name).signature
    with pytest.raises(UnsupportedCheckpoint, match="xx"):
        make(name, target_language="xx")


def test_a_target_is_cut_at_the_limit_of_its_own_source(make: Make) -> None:
    found = make("mt5").translate([SOURCES[1], *INDONESIAN, *SOURCES], GREEDY)
    cut = [hypothesis for hypothesis in found if not hypothesis.finished]
    assert cut
    for hypothesis in cut:
        assert hypothesis.target_tokens == target_token_limit(hypothesis.source_tokens)


def test_a_source_that_is_too_long_is_refused(make: Make) -> None:
    engine = make("marian")
    assert engine.max_source_tokens == 95
    with pytest.raises(EngineFailed, match="longer than the 95"):
        engine.translate(["ak " * 60], GREEDY)


def test_the_signature_names_quantized_weights(make: Make) -> None:
    engine = make("bart", "int8")
    assert engine.signature["quantization"].startswith("int8")
    assert engine.signature["engine"] == "ctranslate2"
    assert make("bart").signature["quantization"] == "float32"
    assert all(found.text for found in engine.translate(INDONESIAN, GREEDY))


def test_a_device_that_is_absent_is_not_replaced(converted: Callable[[str], Path]) -> None:
    with pytest.raises(DeviceUnavailable, match="MPS"):
        CTranslateSeq2Seq(converted("bart"), spec_of("bart"), device="mps", model_hash="0")


def test_a_damaged_folder_is_refused(converted: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match="no converted model"):
        CTranslateSeq2Seq(tmp_path, spec_of("bart"), device="cpu", model_hash="0")
    for path in converted("bart").iterdir():
        (tmp_path / path.name).write_bytes(
            path.read_bytes()[: 1000 if path.suffix == ".bin" else None]
        )
    with pytest.raises(ModelCorrupt, match="cannot be read"):
        CTranslateSeq2Seq(tmp_path, spec_of("bart"), device="cpu", model_hash="0")


def test_a_closed_engine_fails(make: Make) -> None:
    engine = make("bart")
    engine.close()
    with pytest.raises(EngineFailed, match="bart"):
        engine.translate(SOURCES[:1], GREEDY)


@pytest.mark.parametrize("name", SEQ2SEQ)
def test_several_hypotheses_are_those_of_transformers(make: Make, root: Path, name: str) -> None:
    reference = HuggingFaceEngine(
        checkpoint(root, name), spec_of(name), device="cpu", threads=1, model_hash="0"
    )
    engine, options = make(name), replace(BEAM, hypotheses=3)
    for text in TEXTS[:4]:
        found = engine.translate([text], options)[0]
        expected = reference.translate([text], options)[0]
        assert found.text == engine.translate([text], BEAM)[0].text
        assert len(found.others) == len(expected.others) == 2
        assert [other.text for other in found.others] == [other.text for other in expected.others]
