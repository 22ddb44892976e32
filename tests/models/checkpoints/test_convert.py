"""The conversion of checkpoints for CTranslate2, and its refusals."""

from __future__ import annotations

import json
import resource
import shutil
from pathlib import Path

import ctranslate2
import pytest
from tiny_checkpoints import CAUSAL, INDONESIAN, SEQ2SEQ, checkpoint, spec_of
from tokenizers import Tokenizer

from models.checkpoints import convert
from models.checkpoints.convert import DESCRIPTION, convert_checkpoint
from models.checkpoints.huggingface import HuggingFaceEngine
from models.engine import DecodingOptions
from models.errors import NoSpace, UnsupportedCheckpoint


def described(folder: Path) -> dict[str, object]:
    description: dict[str, object] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    return description


@pytest.mark.parametrize(
    ("name", "source", "target", "files"),
    [
        ("marian", ["{text}", "</s>"], [], {"source.spm", "target.spm"}),
        (
            "m2m100",
            ["{source_language}", "{text}", "</s>"],
            ["{target_language}"],
            {"sentencepiece.bpe.model"},
        ),
        (
            "nllb",
            ["{source_language}", "{text}", "</s>"],
            ["{target_language}"],
            {"tokenizer.json"},
        ),
        ("mt5", ["{text}", "</s>"], [], {"tokenizer.json"}),
        ("bart", ["<s>", "{text}", "</s>"], ["<s>"], {"tokenizer.json"}),
    ],
)
def test_the_folder_describes_the_input_format(
    root: Path, tmp_path: Path, name: str, source: list[str], target: list[str], files: set[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()  # an empty folder is allowed
    convert_checkpoint(checkpoint(root, name), spec_of(name), out, "int8")
    found = described(out)
    assert (found["source"], found["target"], found["end"]) == (source, target, ["</s>"])
    assert files < {path.name for path in out.iterdir()}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", CAUSAL)
def test_a_converted_causal_model_writes_the_same_text(
    root: Path, tmp_path: Path, name: str
) -> None:
    folder = convert_checkpoint(checkpoint(root, name), spec_of(name), tmp_path / "out", "float32")
    found = described(folder)
    assert found["architecture"] == "causal"
    assert found["prefix"] == (["<bos>"] if name == "gemma3" else [])
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    generator = ctranslate2.Generator(str(folder), device="cpu", intra_threads=1)
    spec = spec_of(name, prompt="{source}\n")
    engine = HuggingFaceEngine(
        checkpoint(root, name), spec, device="cpu", threads=1, model_hash="0"
    )
    for source in INDONESIAN[:4]:
        expected = engine.translate([source], DecodingOptions(beam=1))[0]
        result = generator.generate_batch(
            [tokenizer.encode(source + "\n").tokens],
            max_length=expected.target_tokens,
            include_prompt_in_result=False,
        )[0]
        assert tokenizer.decode(result.sequences_ids[0]).strip() == expected.text


def test_an_unsupported_family_is_refused_with_a_list(root: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(checkpoint(root, "llama"), tmp_path / "gpt2"))
    (folder / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    with pytest.raises(UnsupportedCheckpoint, match=r"gpt2.*bart, m2m_100, marian.*llama"):
        convert_checkpoint(folder, spec_of("llama"), tmp_path / "out", "int8")
    assert not (tmp_path / "out").exists()


def test_scaled_rotary_positions_of_gemma3_are_refused(root: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(checkpoint(root, "gemma3"), tmp_path / "gemma3"))
    config = json.loads((folder / "config.json").read_text())
    config["rope_parameters"]["full_attention"] |= {"rope_type": "linear", "factor": 8.0}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(UnsupportedCheckpoint, match="scaled rotary positions"):
        convert_checkpoint(folder, spec_of("gemma3"), tmp_path / "out", "int8")


@pytest.mark.parametrize("name", ["mt5", "gemma3"])
def test_a_setting_that_the_converter_overlooks_is_refused(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(convert, "_adapt", lambda config: None)
    with pytest.raises(UnsupportedCheckpoint, match="does not agree with the original"):
        convert_checkpoint(checkpoint(root, name), spec_of(name), tmp_path / "out", "int8")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [SEQ2SEQ[0], CAUSAL[1]])
def test_a_full_disk_leaves_nothing_behind(root: Path, tmp_path: Path, name: str) -> None:
    source = checkpoint(root, name)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(NoSpace, match="filled up"):
            convert_checkpoint(source, spec_of(name), tmp_path / "out", "float32")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
