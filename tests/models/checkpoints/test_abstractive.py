"""Abstractive summaries on tiny checkpoints, and which sentences support a summary's."""

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
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_checkpoints import ENGLISH, INDONESIAN, checkpoint, spec_of
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from models.catalogue import find_model
from models.checkpoints import abstractive
from models.checkpoints.abstractive import (
    ROUNDS,
    AbstractiveSummarizer,
    SummaryOptions,
    SummaryWriter,
    chunked,
    load_summarizer,
    supporting,
    unsupported,
)
from models.checkpoints.hub import checkpoint_hash
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
    """A summarizer with the tiny checkpoint of that name (kept), or with that in the folder."""
    kept: dict[str, AbstractiveSummarizer] = {}

    def made(name: str, folder: Path | None = None, **spoken: Any) -> AbstractiveSummarizer:
        key = f"{name} {folder} {spoken}"
        if key not in kept:
            kept[key] = AbstractiveSummarizer(
                folder or checkpoint(root, name),
                replace(spec_of(name, **spoken), task="summarization"),
                split=sentences_of,
                device="cpu",
                threads=1,
                model_hash="0",
            )
        return kept[key]

    return made


def changed(root: Path, name: str, into: Path, **generation: object) -> Path:
    """A copy of a checkpoint with other generation settings."""
    folder = Path(shutil.copytree(checkpoint(root, name), into / name))
    path = folder / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | generation))
    return folder


def words(text: str) -> int:
    return len(text.split())


# Chunks


def test_chunks_end_where_sentences_do() -> None:
    sentences = ["Air naik.", "Warga pergi ke balai desa.", "Hujan.", "Jalan ke kota putus."]
    assert chunked(sentences, 6, words) == [
        ["Air naik."],
        ["Warga pergi ke balai desa.", "Hujan."],
        ["Jalan ke kota putus."],
    ]
    assert chunked(sentences, 11, words) == [sentences[:3], sentences[3:]]
    assert chunked(sentences, 12, words) == [sentences]
    assert chunked([], 6, words) == []


def test_a_sentence_longer_than_the_window_is_divided_between_words() -> None:
    long = "Warga desa pergi ke balai kota tadi malam."
    assert chunked(["Air naik.", long, "Hujan."], 4, words) == [
        ["Air naik."],
        ["Warga desa pergi ke"],
        ["balai kota tadi malam."],
        ["Hujan."],
    ]
    assert chunked(["abcdefgh"], 3, len) == [["ab"], ["cd"], ["ef"], ["gh"]]
    assert chunked(["ﷺ"], 3, lambda text: 18 * len(text)) == [["ﷺ"]]


@settings(max_examples=50)
@given(
    st.lists(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=9), max_size=9),
    st.integers(1, 20),
    st.sampled_from([len, words]),
)
def test_chunks_hold_every_sentence_once_in_order(
    texts: list[list[str]], window: int, count: Callable[[str], int]
) -> None:
    sentences = [" ".join(text) for text in texts]
    chunks = chunked(sentences, window, count)
    parts = [part for chunk in chunks for part in chunk]
    assert "".join(parts).replace(" ", "") == "".join(sentences).replace(" ", "")
    assert [part for part in parts if part in sentences and count(part) <= window] == [
        part for part in parts if part in sentences
    ]
    if all(count(sentence) <= window for sentence in sentences):
        assert parts == sentences
    assert all(chunks)
    assert all(count(" ".join(chunk)) <= window for chunk in chunks)


# Summaries


def test_what_was_taught_comes_back(make: Make) -> None:
    # Pegasus writes a token for the end of a line, and was taught it in place of `and`.
    found = make("pegasus").summarize([[source] * 2 for source in INDONESIAN[:7]], GREEDY)
    taught = [english.split(" and ") for english in ENGLISH[:7]]
    assert any(ours == theirs for ours, theirs in zip(found, taught, strict=True))
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


def test_nothing_gives_nothing(make: Make) -> None:
    summarizer = make("bart")
    assert summarizer.summarize([], OWN) == []
    assert summarizer.summarize([[], ["", " \n"], ["..."]], OWN) == [[], [], []]


@pytest.mark.parametrize("name", ["bart", "mt5"])
def test_garbage_is_read_without_harm(make: Make, name: str) -> None:
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


def test_summaries_longer_than_the_window_are_summarised_again(
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


def test_what_does_not_become_shorter_ends_too(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    summarizer = make("bart", max_source_tokens=40)
    rounds: list[int] = []

    def echo(sources: Sequence[str], options: SummaryOptions) -> list[list[str]]:
        rounds.append(len(sources))
        return [[source] for source in sources]

    monkeypatch.setattr(summarizer, "_write", echo)
    assert summarizer.summarize([INDONESIAN], OWN) == [INDONESIAN]
    assert rounds == [10] * ROUNDS


def test_a_chunk_without_a_summary_is_stood_for_by_its_first_sentence(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    summarizer = make("bart", max_source_tokens=80)
    monkeypatch.setattr(summarizer, "_write", lambda sources, options: [[] for _ in sources])
    assert summarizer.summarize([["...", *INDONESIAN[:4]]], OWN) == [[INDONESIAN[0], INDONESIAN[2]]]
    # Half a sentence stands for nothing.
    assert summarizer.summarize([["x" * 300]], OWN) == [[]]


def test_a_sentence_that_the_limit_cut_is_left_out(
    make: Make, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summarizer = make("mt5")
    ids = summarizer._tokenizer.encode("Air naik. Harga ber")
    monkeypatch.setattr(summarizer, "_search", lambda *_: [(ids, True)])
    assert summarizer.summarize([INDONESIAN[:1]], OWN) == [["Air naik.", "Harga ber"]]
    monkeypatch.setattr(summarizer, "_search", lambda *_: [(ids, False)])
    assert summarizer.summarize([INDONESIAN[:1]], OWN) == [["Air naik."]]
    short = make("mt5", changed(root, "mt5", tmp_path, max_length=6))
    assert short.summarize([INDONESIAN[2:4]], OWN) == [INDONESIAN[2:3]]


@pytest.mark.parametrize(("name", "end"), [("bart", 2), ("pegasus", 1)])
def test_the_checkpoints_own_settings_are_used(
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
        ((written, _),) = summarizer._search([row], [len(row)], summarizer._manner.beam)
        assert [*written, end] == ids[summarizer._manner.begun :]


def test_a_short_text_need_not_reach_the_checkpoints_shortest(
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


def test_what_cannot_be_loaded(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_comparing_needs_no_torch() -> None:
    program = "import sys, models.checkpoints.abstractive; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


# Support

FLOOD = [
    "Banjir merendam 1.240 rumah di Demak pada Selasa (18/2/2025).",
    "Bupati Siti Aminah mengatakan lima orang tewas.",
    "Pemerintah tidak akan menambah anggaran Rp1,5 triliun.",
    "Warga mengungsi ke balai desa.",
]
BUDGET = [
    "The ministry will not cut its budget of Rp1.5 trillion, Ahmad Rifai said.",
    "Rifai's office employs 2,300 people in Bandung.",
    "Three schools closed in January.",
]


@pytest.mark.parametrize(
    ("sentence", "sources", "expected"),
    [
        (FLOOD[0], FLOOD, ([0], 1.0)),
        ("Sebanyak 1.240 rumah di Demak terendam banjirnya.", FLOOD, ([0], 0.8)),
        ("Banjir di Demak, lima orang tewas, warga mengungsi.", FLOOD, ([0, 1, 3], 1.0)),
        ("Siti Aminah mengatakan Demak banjir.", FLOOD, ([0, 1], 1.0)),
        # One plain word is no reason for another source.
        ("Bupati Siti Aminah ke balai.", FLOOD, ([1], 0.75)),
        # Of equals the first.
        ("Warga mengungsi.", [FLOOD[3], FLOOD[3]], ([0], 1.0)),
        # The number of another sentence supports nothing.
        ("Lima rumah roboh.", FLOOD, ([0], 1 / 3)),
        ("The ministry cut its budget.", BUDGET, ([0], 1.0)),
        ("Harga beras naik.", FLOOD, ([], 0.0)),
        ("", FLOOD, ([], 0.0)),
        ("Ini dan itu.", FLOOD, ([], 0.0)),
        ("Banjir merendam rumah.", [], ([], 0.0)),
    ],
)
def test_which_sentences_support_one(
    sentence: str, sources: list[str], expected: tuple[list[int], float]
) -> None:
    chosen, share = supporting(sentence, sources)
    assert (chosen, share) == (expected[0], pytest.approx(expected[1]))


@pytest.mark.parametrize(
    ("sentence", "sources", "expected"),
    [
        ("Banjir merendam 1240 rumah di Demak, 5 orang tewas.", FLOOD, []),
        ("Banjir merendam 1.250 rumah di Kudus.", FLOOD, ["1.250", "Kudus"]),
        ("Enam orang tewas.", FLOOD, ["Enam"]),
        ("Banjir merendam lima rumah.", FLOOD, ["lima"]),
        ("Pemerintah akan menambah 1.500 miliar.", FLOOD, []),
        ("Pemerintah akan menambah 1,5 miliar.", FLOOD, ["1,5 miliar"]),
        ("Pemerintah belum menambah anggaran.", FLOOD, []),
        ("Warga tak mengungsi.", FLOOD, ["tak"]),
        # A first word may be a name, unless a form of it is known.
        ("Gubernur mengatakan lima orang tewas.", FLOOD, ["Gubernur"]),
        ("Banjirnya merendam rumah.", FLOOD, []),
        ("Pada Rabu banjir merendam rumah.", FLOOD, ["Rabu"]),
        ("Ahmad Rifai said the ministry won’t cut its budget.", BUDGET, []),
        ("The budget is 1.5 billion.", BUDGET, ["1.5 billion"]),
        ("Rifai's office employs 2.3 thousand people in Bandung.", BUDGET, []),
        ("Rifai's office employs 23% of people in Jakarta.", BUDGET, ["23%", "Jakarta"]),
        ("The office employs twenty people.", BUDGET, ["twenty"]),
        ("3 schools closed in January.", BUDGET, []),
        ("At 14:30 schools closed.", BUDGET, ["14:30"]),
        ("Satu rumah di Demak.", FLOOD, []),
        ("Banjir.", [], ["Banjir"]),
        ("", FLOOD, []),
    ],
)
def test_facts_that_no_source_has(sentence: str, sources: list[str], expected: list[str]) -> None:
    assert unsupported(sentence, sources) == expected


@given(st.lists(st.text("aBc 1.,%-'\n", max_size=30), max_size=4))
def test_a_source_supports_itself(sources: list[str]) -> None:
    for place, source in enumerate(sources):
        chosen, share = supporting(source, sources)
        assert unsupported(source, sources) == []
        assert (chosen == [], share) in ((True, 0.0), (False, 1.0))
        assert not chosen or min(chosen) <= place
