"""Loading: both engines load the same models and write the same texts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from paths import REPOSITORY
from tiny_checkpoints import INDONESIAN, PROMPT, checkpoint
from unconverted import EMBEDDED, Unconverted

from models.catalogue import ModelSpec, find_model
from models.checkpoints import convert
from models.checkpoints.convert import convert_checkpoint
from models.ctranslate import engine as ctranslate
from models.ctranslate.engine import CTranslateCausal
from models.embedded.gemma import forward
from models.engine import DecodingOptions, Engine
from models.errors import EngineUnavailable, UnsupportedCheckpoint
from models.files import manifest_hash
from models.load import load_engine, packed_format
from models.store import ModelStore

SPEC = find_model(EMBEDDED)
GREEDY, BEAM = DecodingOptions(beam=1), DecodingOptions(beam=4)

# The engines that run a checkpoint in any folder.
BOTH = ("ctranslate2", "transformers")

# Every token of these sentences is the likeliest by a margin larger than the error of rounding the
# weights to eight bits.
SENTENCES = {
    "Polisi menangkap dua orang.": "Police arrested two people.",
    "Sekolah ditutup karena banjir.": "The school was closed because of the flood.",
    "Presiden tiba di Surabaya pada Selasa.": "The president arrived in Surabaya on Tuesday.",
    "Saya tinggal di Jakarta.": "I live in Jakarta.",
    "Ibu kota Indonesia adalah Jakarta.": "Indonesia's capital is Jakarta.",
    "Gempa!": "Earthquake!",
}


@pytest.fixture(scope="module")
def reference(checkpoint_store: ModelStore) -> Iterator[Engine]:
    """Load the embedded model in transformers, in float32."""
    engine = load_engine(
        SPEC, checkpoint_store, engine="transformers", device="cpu", dtype="float32", threads=1
    )
    yield engine
    engine.close()


def test_both_engines_translate_the_embedded_model_alike(
    reference: Engine, exact_engine: CTranslateCausal
) -> None:
    sources, targets = list(SENTENCES), list(SENTENCES.values())
    expected = reference.translate(sources, GREEDY)
    found = exact_engine.translate(sources, GREEDY)
    assert [hypothesis.text for hypothesis in expected] == targets
    assert [hypothesis.text for hypothesis in found] == targets
    for one, other in zip(found, expected, strict=True):
        assert one.score == pytest.approx(other.score, abs=0.05)
        assert (one.source_tokens, one.target_tokens, one.finished) == (
            other.source_tokens,
            other.target_tokens,
            other.finished,
        )
    assert reference.count_tokens(sources) == exact_engine.count_tokens(sources)
    assert reference.max_source_tokens == exact_engine.max_source_tokens


@pytest.mark.parametrize("source", ["Saya tinggal di Jakarta.", "Gempa!"])
def test_transformers_takes_the_likeliest_tokens_of_the_arrays(
    reference: Engine, unconverted: Unconverted, source: str
) -> None:
    tokenizer = unconverted.tokenizer
    ids = tokenizer.encode_prompts(SPEC.prompt or "", [source])[0]
    target: list[int] = []
    values: list[float] = []
    while not target or target[-1] not in (tokenizer.eos_id, tokenizer.line_feed_id):
        logits = forward(unconverted.model, [*ids, *target])[-1].astype(np.float64)
        target.append(int(logits.argmax()))
        values.append(float(logits.max() - np.log(np.exp(logits).sum())))
    found = reference.translate([source], GREEDY)[0]
    assert found.text == tokenizer.decode(target[:-1]).strip()
    assert found.target_tokens == len(target) - 1
    assert found.score == pytest.approx(sum(values) / len(values), abs=1e-3)


def test_signatures_distinguish_the_engines(
    reference: Engine, embedded_engine: Engine, checkpoint_store: ModelStore
) -> None:
    first, second = embedded_engine.signature, reference.signature
    assert first.keys() == second.keys()
    assert first["model"] == second["model"] == "kabar-id-en"
    assert first["address"] == second["address"]
    assert (first["engine"], second["engine"]) == ("inflight", "transformers")
    packed = checkpoint_store.folder(SPEC, packed_format())
    assert first["model_hash"] == manifest_hash(packed)
    folder = checkpoint_store.folder(SPEC, "transformers")
    assert second["model_hash"] == manifest_hash(folder) != first["model_hash"]


PROGRAM = """
import sys
from pathlib import Path
from models.catalogue import find_model
from models.engine import DecodingOptions
from models.load import load_engine, packed_format
from models.store import ModelStore
engine = load_engine(find_model("kabar-id-en"), ModelStore(Path(sys.argv[1])), device="cpu")
print(engine.translate(["Saya tinggal di Jakarta."], DecodingOptions(beam=1))[0].text)
print({"torch", "transformers", "gguf"} & set(sys.modules))
"""


def test_the_default_engine_needs_neither_torch_nor_transformers(
    data_dir: Path, embedded_folder: Path
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(data_dir / "models")],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert ran.stdout.splitlines() == ["I live in Jakarta.", "set()"]


def test_a_missing_torch_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "models.checkpoints.huggingface", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(EngineUnavailable) as caught:
        load_engine(SPEC, ModelStore(tmp_path / "models"), engine="transformers")
    assert caught.value.detail == (
        "the transformers engine needs torch, which is not installed: "
        "`pip install 'kabar[transformers]'`, or leave the engine to Kabar"
    )
    assert not (tmp_path / "models").exists()


def folder_of(root: Path, name: str, into: Path, **settings: str) -> Path:
    """Copy a tiny checkpoint, and add a kabar-model.toml."""
    folder = Path(shutil.copytree(checkpoint(root, name), into / name))
    lines = [f"{setting} = {value!r}" for setting, value in settings.items()]
    text = "\n".join(lines).replace("'", '"')
    (folder / "kabar-model.toml").write_text(text + "\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("marian", {}),
        ("llama", {"prompt": PROMPT, "stop": "\n"}),
        ("gemma3", {"prompt": PROMPT, "stop": "\n"}),
    ],
)
def test_a_folder_loads_in_both_engines(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    settings: dict[str, str],
) -> None:
    spec = find_model(str(folder_of(root, name, tmp_path, **settings)))
    models = ModelStore(tmp_path / "models")
    steps: list[str] = []
    # A model of a few thousand parameters is too small to round to eight bits.
    monkeypatch.setattr(convert, "convert_checkpoint", unrounded)
    monkeypatch.setattr(
        ctranslate, "CTranslateCausal", partial(CTranslateCausal, compute_type="float32")
    )
    engine = load_engine(spec, models, device="cpu", threads=1, progress=steps.append)
    reference = load_engine(spec, models, engine="transformers", device="cpu", threads=1)
    folder = models.folder(spec, "ctranslate2")
    assert steps == [f"converting {name} for CTranslate2", f"{name} is ready in {folder}"]
    assert models.verify(spec, "ctranslate2") >= 4
    assert (engine.signature["engine"], reference.signature["engine"]) == BOTH
    assert engine.count_tokens(INDONESIAN) == reference.count_tokens(INDONESIAN)
    sources = [*INDONESIAN, "a </s> <eos> b", "Ünïcode → ☃"]
    for source in sources:
        for options in (GREEDY, BEAM):
            found = engine.translate([source], options)[0]
            expected = reference.translate([source], options)[0]
            assert found.text == expected.text
            assert found.finished is expected.finished
            if found.finished:
                assert found.score == pytest.approx(expected.score, abs=5e-4)
    together = [hypothesis.text for hypothesis in engine.translate(sources, GREEDY)]
    assert len(set(together)) >= 8
    again = load_engine(spec, models, device="cpu", threads=1, progress=steps.append)
    assert [hypothesis.text for hypothesis in again.translate(sources, GREEDY)] == together
    assert len(steps) == 2


def unrounded(folder: Path, spec: ModelSpec, out: Path, quantization: str) -> Path:
    assert quantization == "int8"
    return convert_checkpoint(folder, spec, out, "float32")


@pytest.mark.parametrize("engine", BOTH)
@pytest.mark.parametrize("prompt", [None, "Indonesian:", "{source} {source}"])
def test_a_causal_folder_needs_a_prompt(
    root: Path, tmp_path: Path, engine: str, prompt: str | None
) -> None:
    settings = {"prompt": prompt} if prompt is not None else {}
    spec = find_model(str(folder_of(root, "llama", tmp_path, **settings)))
    with pytest.raises(UnsupportedCheckpoint, match=r"needs a prompt.*kabar-model\.toml"):
        load_engine(spec, ModelStore(tmp_path / "models"), engine=engine, device="cpu", threads=1)
