"""Abstractive summaries, on tiny checkpoints."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_checkpoints import ENGLISH, INDONESIAN, checkpoint, spec_of
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from models.catalogue import find_model
from models.checkpoints import abstractive
from models.checkpoints.abstractive import ROUNDS, AbstractiveSummarizer, load_summarizer
from models.checkpoints.hub import checkpoint_hash
from models.checkpoints.writer import SummaryOptions, SummaryWriter
from models.errors import (
    DeviceUnavailable,
    EngineFailed,
    EngineUnavailable,
    UnsupportedCheckpoint,
)
from models.store import ModelStore

GREEDY, OWN = SummaryOptions(beam=1), SummaryOptions()

Make = Callable[..., AbstractiveSummarizer]


def sentences_of(text: str) -> list[str]:
    return re.split(r"(?<=\.) ", text)


@pytest.fixture(scope="module")
def make(root: Path) -> Make:
    """Return a function that makes a summarizer for a tiny checkpoint, once."""
    summarizers: dict[str, AbstractiveSummarizer] = {}

    def made(name: str, folder: Path | None = None, **changes: Any) -> AbstractiveSummarizer:
        key = f"{name} {folder} {changes}"
        if key not in summarizers:
            summarizers[key] = AbstractiveSummarizer(
                folder or checkpoint(root, name),
                replace(spec_of(name, **changes), task="summarization"),
                split=sentences_of,
                device="cpu",
                threads=1,
                model_hash="0",
            )
        return summarizers[key]

    return made


def changed(root: Path, name: str, into: Path, **generation: object) -> Path:
    """Copy a checkpoint, and change its generation settings."""
    folder = Path(shutil.copytree(checkpoint(root, name), into / name))
    path = folder / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | generation))
    return folder


def test_summaries_are_learned(make: Make) -> None:
    # Pegasus has a token for the end of a line, and learned it in place of `and`.
    found = make("pegasus").summarize([[source] * 2 for source in INDONESIAN[:7]], GREEDY)
    targets = [english.split(" and ") for english in ENGLISH[:7]]
    assert any(one == other for one, other in zip(found, targets, strict=True))
    assert any(len(summary) == 2 for summary in found)
    assert "<n>" not in str(found)


@pytest.mark.parametrize(("name", "options"), [("bart", OWN), ("mt5", GREEDY)])
def test_a_batch_gives_what_its_articles_give_alone(
    make: Make, root: Path, tmp_path: Path, name: str, options: SummaryOptions
) -> None:
    folder = changed(root, name, tmp_path, max_length=40)
    summarizer = make(name, folder, max_source_tokens=60)
    articles = [INDONESIAN[:2], [], INDONESIAN[7:8], [INDONESIAN[4]]]
    together = summarizer.summarize(articles, options)
    assert together == [summarizer.summarize([article], options)[0] for article in articles]
    assert together == summarizer.summarize(articles, replace(options, deterministic=True))
    assert [bool(summary) for summary in together] == [True, False, True, True]


def test_blank_articles_have_no_summary(make: Make) -> None:
    summarizer = make("bart")
    assert summarizer.summarize([], OWN) == []
    assert summarizer.summarize([[], ["", " \n"], ["..."]], OWN) == [[], [], []]


@pytest.mark.parametrize("name", ["bart", "mt5"])
def test_garbage_does_no_harm(make: Make, name: str) -> None:
    summarizer = make(name, max_source_tokens=40)
    garbage = ["\0\a</s><s>", "😀" * 30, "x" * 90, "ﷺ", "<n>", "(((", "a\u0301" * 20]
    found = summarizer.summarize([garbage, [INDONESIAN[1]]], GREEDY)
    assert found[1] == summarizer.summarize([[INDONESIAN[1]]], GREEDY)[0]
    assert found[0]
    assert all(sentence == " ".join(sentence.split()) != "" for sentence in found[0])
    with pytest.raises(EngineFailed, match=f"{name} failed on 1 articles"):
        summarizer.summarize([["\ud800"]], GREEDY)


def test_every_sentence_of_a_long_article_is_read_once(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    summarizer = make("bart", max_source_tokens=80)
    read: list[list[str]] = []

    def first_words(sources: Sequence[str], options: SummaryOptions) -> list[list[str]]:
        read.append(list(sources))
        return [[f"{source.split()[0]} {len(read)}."] for source in sources]

    monkeypatch.setattr(summarizer, "_write", first_words)
    found = summarizer.summarize([INDONESIAN, INDONESIAN[:1]], OWN)
    assert " ".join(read[0]) == " ".join([*INDONESIAN, INDONESIAN[0]])
    assert len(read) == 1
    assert found == [
        ["Presiden 1.", "Gempa 1.", "Polisi 1.", "Hujan 1.", "Seorang 1."],
        ["Presiden 1."],
    ]


def test_summaries_longer_than_the_window_are_summarized_again(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    summarizer = make("bart")
    rounds: list[int] = []

    def three_words(sources: Sequence[str], options: SummaryOptions) -> list[list[str]]:
        rounds.append(len(sources))
        return [[f"{' '.join(source.split()[:3])} {n}."] for n, source in enumerate(sources)]

    monkeypatch.setattr(summarizer, "_write", three_words)
    (found,) = summarizer.summarize([INDONESIAN * 4], OWN)
    assert rounds == [18, 4]
    assert [summary.split()[0] for summary in found] == ["Presiden", "Menteri", "Polisi", "Bank"]
    assert found[0] == "Presiden meresmikan jembatan 0."


def test_the_number_of_rounds_is_limited(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    summarizer = make("bart", max_source_tokens=40)
    rounds: list[int] = []

    def echo(sources: Sequence[str], options: SummaryOptions) -> list[list[str]]:
        rounds.append(len(sources))
        return [[source] for source in sources]

    monkeypatch.setattr(summarizer, "_write", echo)
    assert summarizer.summarize([INDONESIAN], OWN) == [INDONESIAN]
    assert rounds == [10] * ROUNDS


def test_the_first_sentence_replaces_a_missing_summary(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    summarizer = make("bart", max_source_tokens=80)
    monkeypatch.setattr(summarizer, "_write", lambda sources, options: [[] for _ in sources])
    assert summarizer.summarize([["...", *INDONESIAN[:4]]], OWN) == [[INDONESIAN[0], INDONESIAN[2]]]
    # A part of a sentence is not used.
    assert summarizer.summarize([["x" * 300]], OWN) == [[]]


def test_a_sentence_cut_by_the_limit_is_dropped(
    make: Make, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summarizer = make("mt5")
    ids = summarizer._tokenizer.encode("Air naik. Harga ber")
    monkeypatch.setattr(summarizer._searcher, "search", lambda *_: [(ids, True)])
    assert summarizer.summarize([INDONESIAN[:1]], OWN) == [["Air naik.", "Harga ber"]]
    monkeypatch.setattr(summarizer._searcher, "search", lambda *_: [(ids, False)])
    assert summarizer.summarize([INDONESIAN[:1]], OWN) == [["Air naik."]]
    short = make("mt5", changed(root, "mt5", tmp_path, max_length=6))
    assert short.summarize([INDONESIAN[2:4]], OWN) == [INDONESIAN[2:3]]


@pytest.mark.parametrize(("name", "end"), [("bart", 2), ("pegasus", 1)])
def test_the_checkpoints_settings_are_used(
    make: Make,
    root: Path,
    tmp_path: Path,
    name: str,
    end: int,
) -> None:
    own = {
        "num_beams": 3,
        "length_penalty": 2.0,
        "no_repeat_ngram_size": 2,
        "min_length": 14,
        "max_length": 40,
        "forced_eos_token_id": end,
    }
    folder = changed(root, name, tmp_path, **own)
    article = INDONESIAN[6:8]
    model = AutoModelForSeq2SeqLM.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        ids = model.generate(**tokenizer(" ".join(article), return_tensors="pt"))[0].tolist()
    # Older checkpoints keep them in config.json.
    older = Path(shutil.copytree(folder, tmp_path / "older"))
    (older / "generation_config.json").unlink()
    config = json.loads((older / "config.json").read_text())
    (older / "config.json").write_text(json.dumps(config | own))
    for place in (folder, older):
        summarizer = make(name, place)
        row = summarizer._tokenizer.encode_source(" ".join(article))
        searcher = summarizer._searcher
        assert searcher is not None
        ((written, _),) = searcher.search([row], [len(row)], searcher.settings.beam)
        assert [*written, end] == ids[searcher.settings.begin :]


def test_the_minimum_length_is_lower_for_short_texts(
    make: Make, root: Path, tmp_path: Path
) -> None:
    articles = [[source] for source in INDONESIAN]
    found = make("mt5", changed(root, "mt5", tmp_path, min_length=200)).summarize(articles, GREEDY)
    assert any(summary != article for summary, article in zip(found, articles, strict=True))


def test_the_window_leaves_room_for_what_surrounds_a_text(make: Make) -> None:
    assert make("bart").max_source_tokens == 94
    assert make("pegasus").max_source_tokens == 95
    assert make("mt5").max_source_tokens == 400
    assert make("bart", max_source_tokens=50).max_source_tokens == 50
    with pytest.raises(UnsupportedCheckpoint, match="a window of 0 tokens, too few for any"):
        make("bart", max_source_tokens=0)


def test_a_closed_summarizer(make: Make) -> None:
    summarizer = make("bart", max_source_tokens=77)
    summarizer.close()
    with pytest.raises(EngineFailed, match="bart was closed"):
        summarizer.summarize([[INDONESIAN[0]]], OWN)


# Loading


def test_a_summarizer_from_a_folder(root: Path, tmp_path: Path) -> None:
    folder = checkpoint(root, "bart")
    spec = find_model(str(folder), "summarization")
    made = load_summarizer(spec, ModelStore(tmp_path), split=sentences_of, device="cpu", threads=1)
    assert isinstance(made, SummaryWriter)
    assert made.language is None
    signature = dict(made.signature)
    assert signature.pop("summarizer_engine").startswith("5.")
    assert signature == {
        "summarizer": "bart",
        "summarizer_version": "1",
        "summarizer_hash": checkpoint_hash(folder),
        "summarizer_quantization": "float32",
        "summarizer_device": "cpu",
        "summarizer_address": spec.address,
        "summarizer_window": "94",
    }
    assert OWN.as_signature() == {"beam": None, "deterministic": False}


def test_models_that_cannot_be_loaded(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = find_model("bart-large-cnn", "summarization")
    store = ModelStore(tmp_path)
    with pytest.raises(UnsupportedCheckpoint, match="kabar-id-en is a model for translation"):
        load_summarizer(find_model("kabar-id-en"), store, split=sentences_of)
    with pytest.raises(DeviceUnavailable, match="no device called 'tpu'"):
        load_summarizer(spec, store, split=sentences_of, device="tpu")
    folder = tmp_path / "llama"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(UnsupportedCheckpoint, match=r"llama is a causal model \(llama\)"):
        make("llama", folder)
    monkeypatch.setattr(abstractive, "find_spec", lambda name: None)
    with pytest.raises(EngineUnavailable, match="summaries by bart-large-cnn need torch, which"):
        load_summarizer(spec, store, split=sentences_of)


def test_importing_needs_no_torch() -> None:
    program = (
        "import sys, models.checkpoints.abstractive, models.checkpoints.support; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
