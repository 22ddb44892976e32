"""The transformers engine, on tiny checkpoints of every architecture."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_checkpoints import CAUSAL, ENGLISH, INDONESIAN, SEQ2SEQ, SOURCES, checkpoint, spec_of
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

from models.checkpoints.checkpoint import CheckpointTokenizer
from models.checkpoints.huggingface import HuggingFaceEngine
from models.engine import DecodingOptions, Engine, Hypothesis, target_token_limit
from models.errors import DeviceUnavailable, EngineFailed, ModelCorrupt, UnsupportedCheckpoint

ALL = SEQ2SEQ + CAUSAL
GREEDY, BEAM = DecodingOptions(beam=1), DecodingOptions(beam=4)

Make = Callable[..., HuggingFaceEngine]


@pytest.fixture(scope="module")
def make(root: Path) -> Make:
    """Return a function that makes an engine for a tiny checkpoint.

    Engines without changes are reused.
    """
    engines: dict[str, HuggingFaceEngine] = {}

    def made(name: str, folder: Path | None = None, **settings: Any) -> HuggingFaceEngine:
        if name in engines and folder is None and not settings:
            return engines[name]
        options: dict[str, Any] = {"device": "cpu", "threads": 1, "model_hash": "0"}
        changes = {key: settings.pop(key) for key in list(settings) if key not in ENGINE_OPTIONS}
        engine = HuggingFaceEngine(
            folder or checkpoint(root, name), spec_of(name, **changes), **(options | settings)
        )
        if folder is None and not settings and not changes:
            engines[name] = engine
        return engine

    return made


ENGINE_OPTIONS = {"device", "dtype", "tokenizer"}


def copy(root: Path, name: str, into: Path) -> Path:
    return Path(shutil.copytree(checkpoint(root, name), into / name))


def texts(hypotheses: Sequence[Hypothesis]) -> list[str]:
    return [hypothesis.text for hypothesis in hypotheses]


@pytest.mark.parametrize("name", ALL)
def test_translations_are_learned_and_depend_on_the_source(make: Make, name: str) -> None:
    found = make(name).translate(INDONESIAN, GREEDY)
    learned = sum(one == other for one, other in zip(texts(found), ENGLISH, strict=True))
    assert learned >= 1
    assert len(set(texts(found))) >= 5
    assert len({hypothesis.target_tokens for hypothesis in found}) >= 5
    assert isinstance(make(name), Engine)


@pytest.mark.parametrize("options", [GREEDY, BEAM])
@pytest.mark.parametrize("name", ALL)
def test_a_batch_gives_what_its_segments_give_alone(
    make: Make, name: str, options: DecodingOptions
) -> None:
    engine = make(name)
    sources = SOURCES[:3] + INDONESIAN[:2]
    together = engine.translate(sources, options)
    alone = [engine.translate([source], options)[0] for source in sources]
    assert texts(together) == texts(alone)
    for one, other in zip(together, alone, strict=True):
        assert one.score == pytest.approx(other.score, abs=1e-4)
        assert (one.finished, one.target_tokens) == (other.finished, other.target_tokens)


def test_blank_sources_give_empty_hypotheses_in_their_places(make: Make) -> None:
    engine = make("marian")
    found = engine.translate(["", SOURCES[0], "  \n", SOURCES[1]], GREEDY)
    assert found[0] == found[2] == Hypothesis("", 0.0, 0, 0, True)
    assert found[1::2] == engine.translate([SOURCES[0], SOURCES[1]], GREEDY)
    assert engine.translate([], GREEDY) == []


def by_hand(root: Path, name: str, source: str, target: Sequence[int]) -> tuple[float, list[float]]:
    """Return a target's mean log-probability, step by step without padding."""
    tokenizer = CheckpointTokenizer(checkpoint(root, name), spec_of(name))
    folder = str(checkpoint(root, name))
    values = []
    with torch.no_grad():
        if name in CAUSAL:
            model: Any = AutoModelForCausalLM.from_pretrained(folder).eval()  # type: ignore[no-untyped-call]
            ids = tokenizer.encode_prompt(spec_of(name).prompt or "", source)
            for token in target:
                logits = model(input_ids=torch.tensor([ids])).logits[0, -1]
                values.append(float(torch.log_softmax(logits, 0)[token]))
                ids.append(token)
        else:
            model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
            row = torch.tensor([tokenizer.encode_source(source)])
            ids = [model.config.decoder_start_token_id]
            ids += [tokenizer.target_id] if tokenizer.target_id is not None else []
            for token in target:
                logits = model(input_ids=row, decoder_input_ids=torch.tensor([ids])).logits[0, -1]
                if name == "marian":
                    logits[model.config.pad_token_id] = -torch.inf
                values.append(float(torch.log_softmax(logits, 0)[token]))
                ids.append(token)
    return sum(values) / len(values), values


@pytest.mark.parametrize(
    "options", [GREEDY, BEAM, DecodingOptions(beam=3, length_penalty=0.2, repetition_penalty=1.2)]
)
@pytest.mark.parametrize("name", ["marian", "nllb", "gemma3"])
def test_the_score_is_the_mean_log_probability_with_the_end(
    make: Make, root: Path, monkeypatch: pytest.MonkeyPatch, name: str, options: DecodingOptions
) -> None:
    engine = make(name)
    produced: list[list[int]] = []
    assert engine._searcher is not None
    search = engine._searcher.search

    def recorded(*arguments: Any) -> list[list[int]]:
        produced.extend(search(*arguments))
        return produced

    monkeypatch.setattr(engine._searcher, "search", recorded)
    found = engine.translate([INDONESIAN[4]], options)[0]
    assert found.finished
    assert len(produced[0]) == found.target_tokens + 1
    expected, values = by_hand(root, name, INDONESIAN[4], produced[0])
    assert found.score == pytest.approx(expected, abs=1e-4)
    assert len(set(values)) > 3


@pytest.mark.parametrize("name", ["gemma3", "bart", "marian"])
def test_generation_settings_of_the_checkpoint_change_nothing(
    make: Make, root: Path, tmp_path: Path, name: str
) -> None:
    folder = copy(root, name, tmp_path)
    path = folder / "generation_config.json"
    settings = json.loads(path.read_text())
    surprising = {"do_sample", "top_k", "no_repeat_ngram_size", "min_length", "num_beams"}
    assert surprising & settings.keys()
    path.write_text(json.dumps({k: v for k, v in settings.items() if k not in surprising}))
    plain = make(name, folder).translate(SOURCES, GREEDY)
    assert make(name).translate(SOURCES, GREEDY) == plain
    assert make(name).translate(SOURCES, GREEDY) == plain


def test_marian_never_writes_padding(make: Make, root: Path, tmp_path: Path) -> None:
    folder = copy(root, "marian", tmp_path)
    weights = load_file(folder / "model.safetensors")
    weights["final_logits_bias"][0, -1] = 50.0
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    loud = make("marian", folder).translate(SOURCES, BEAM)
    plain = make("marian").translate(SOURCES, BEAM)
    assert texts(loud) == texts(plain)
    assert loud[0].score == pytest.approx(plain[0].score, abs=1e-4)


def test_the_target_language_changes_the_translation(make: Make) -> None:
    english = make("nllb").translate(INDONESIAN, GREEDY)
    javanese = make("nllb", target_language="jav_Latn").translate(INDONESIAN, GREEDY)
    assert texts(english) != texts(javanese)
    assert make("nllb").signature != make("nllb", target_language="jav_Latn").signature


@pytest.mark.parametrize("name", ["nllb", "m2m100"])
def test_languages_are_required_and_must_be_known(make: Make, name: str) -> None:
    with pytest.raises(UnsupportedCheckpoint, match=r"kabar-model\.toml with source_language"):
        make(name, target_language=None)
    with pytest.raises(UnsupportedCheckpoint, match="'xx_Xxxx'"):
        make(name, source_language="xx_Xxxx")


def test_a_causal_model_needs_a_prompt(make: Make) -> None:
    with pytest.raises(UnsupportedCheckpoint, match=r"kabar-model\.toml"):
        make("llama", prompt=None)
    with pytest.raises(UnsupportedCheckpoint, match="prompt"):
        make("llama", prompt="without a place for it")


def test_a_stop_string_that_is_not_a_token_ends_the_text(make: Make) -> None:
    source = INDONESIAN[0]
    whole = make("llama").translate([source], GREEDY)[0]
    stop = whole.text[12:15]
    found = make("llama", stop=stop).translate([source], GREEDY)[0]
    assert whole.finished
    assert found.text == whole.text.split(stop)[0].strip()
    assert found.finished
    assert 0 < found.target_tokens < whole.target_tokens


class Injected:
    """A causal tokenizer from outside, with a tokenizer.json."""

    bos_id, eos_id = 2, 1

    def __init__(self, path: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(path))

    def encode_prompts(self, prompt: str, sources: Sequence[str]) -> list[list[int]]:
        texts = [prompt.replace("{source}", source) for source in sources]
        return [[self.bos_id, *ids] for ids in self.encode_batch(texts)]

    def ids_starting_with(self, text: str) -> list[int]:
        return self.encode_batch([text])[0]

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [list(row.ids) for row in encoded]

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(ids)))


def test_a_causal_model_accepts_another_tokenizer(make: Make, root: Path) -> None:
    tokenizer = Injected(checkpoint(root, "gemma3") / "tokenizer.json")
    engine = make("gemma3", tokenizer=tokenizer, prompt="{source}\n")
    own = make("gemma3", prompt="{source}\n")
    assert texts(engine.translate(SOURCES, BEAM)) == texts(own.translate(SOURCES, BEAM))
    assert engine.count_tokens(SOURCES) == own.count_tokens(SOURCES)
    with pytest.raises(ValueError, match="causal"):
        make("marian", tokenizer=tokenizer)


@pytest.mark.parametrize("name", ["mt5", "llama"])
def test_a_target_is_cut_at_the_limit_of_its_own_source(make: Make, name: str) -> None:
    sources = [SOURCES[1], INDONESIAN[6], *SOURCES]
    found = make(name).translate(sources, GREEDY)
    assert any(not hypothesis.finished for hypothesis in found)
    for hypothesis in found:
        limit = target_token_limit(hypothesis.source_tokens)
        assert hypothesis.target_tokens <= limit
        assert hypothesis.finished or hypothesis.target_tokens == limit


def test_a_source_that_is_too_long_is_refused(make: Make) -> None:
    engine = make("marian")
    assert engine.max_source_tokens == 95
    assert make("marian", max_source_tokens=7).max_source_tokens == 7
    assert make("mt5").max_source_tokens == 400
    long = "ak " * 60
    assert engine.count_tokens([long, "ak"])[0] > 95
    with pytest.raises(EngineFailed, match="longer than the 95"):
        engine.translate([long], GREEDY)
    just = " ".join(["ak"] * 40)
    assert engine.translate([just], GREEDY)[0].source_tokens <= 95


def test_a_device_that_is_absent_is_not_replaced(make: Make) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has the device")
    with pytest.raises(DeviceUnavailable, match="CUDA was requested and none was found"):
        make("llama", device="cuda")
    assert make("llama", device="auto").signature["device"] in ("cpu", "mps")


def test_the_signature(make: Make) -> None:
    signature = make("llama").signature
    assert signature["model"] == "llama"
    assert signature["engine"] == "transformers"
    assert signature["quantization"] == "float32"
    half = make("llama", dtype="bfloat16")
    assert half.signature["quantization"] == "bfloat16"
    assert half.translate(SOURCES[:1], GREEDY)[0].text
    assert make("llama", prompt="{source}\n").signature != signature


def test_pickled_weights_are_refused(make: Make, root: Path, tmp_path: Path) -> None:
    folder = copy(root, "llama", tmp_path)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(UnsupportedCheckpoint, match=r"no \.safetensors"):
        make("llama", folder)


def test_weights_that_do_not_fit_are_refused(make: Make, root: Path, tmp_path: Path) -> None:
    folder = copy(root, "llama", tmp_path)
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelCorrupt, match=r"layers\.1\.mlp\.up_proj"):
        make("llama", folder)
    (folder / "model.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(ModelCorrupt, match="cannot be read"):
        make("llama", folder)


def test_code_in_a_checkpoint_is_not_run(make: Make, root: Path, tmp_path: Path) -> None:
    folder = copy(root, "llama", tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "news", "auto_map": {"AutoConfig": "news.NewsConfig"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "news.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(UnsupportedCheckpoint, match="never run"):
        make("llama", folder)
    assert not (tmp_path / "ran").exists()


def test_an_architecture_that_contradicts_its_description(make: Make) -> None:
    with pytest.raises(UnsupportedCheckpoint, match="described as causal"):
        make("marian", architecture="causal")


def test_threads_share_an_engine(make: Make) -> None:
    engine = make("bart")
    expected = texts(engine.translate(SOURCES, GREEDY))
    found: dict[int, list[str]] = {}

    def work(place: int) -> None:
        engine.count_tokens(SOURCES)
        found[place] = texts(engine.translate(SOURCES, GREEDY))

    workers = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == dict.fromkeys(range(4), expected)


def test_an_exception_inside_is_an_engine_failure(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make("llama", prompt="{source}\n")
    assert engine._searcher is not None
    monkeypatch.setattr(engine._searcher._model, "lm_head", None)
    with pytest.raises(EngineFailed, match="llama failed on a batch of 1 segments"):
        engine.translate(SOURCES[:1], GREEDY)
    engine.close()
    with pytest.raises(EngineFailed, match="closed"):
        engine.translate(SOURCES[:1], GREEDY)
