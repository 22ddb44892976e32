"""The CTranslate2 engine for decoder-only models, on the embedded model."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from unconverted import EMBEDDED, Unconverted

from models.catalogue import find_model
from models.ctranslate import engine as ctranslate
from models.ctranslate.engine import CTranslateCausal, JsonTokenizer
from models.embedded.gemma import forward
from models.embedded.tokenizer import EmbeddedTokenizer
from models.engine import DecodingOptions, Engine, Hypothesis, target_token_limit
from models.errors import EngineFailed, ModelCorrupt, UnsupportedCheckpoint
from models.load import load_engine
from models.store import ModelStore

SPEC = find_model(EMBEDDED)
GREEDY, BEAM = DecodingOptions(beam=1), DecodingOptions(beam=4)
EMPTY = Hypothesis("", 0.0, 0, 0, True)

SOURCES = [
    "Harga beras naik lima persen.",
    "Gempa!",
    "Menteri Keuangan mengatakan anggaran akan ditambah.",
    "Saya tinggal di Jakarta.",
    "Sekolah ditutup karena banjir.",
]

Make = Callable[..., CTranslateCausal]


@pytest.fixture
def make(embedded_folder: Path, embedded_tokenizer: EmbeddedTokenizer) -> Make:
    """Return a function that makes an engine with another input format."""

    def made(folder: Path = embedded_folder, **changes: Any) -> CTranslateCausal:
        return CTranslateCausal(
            folder,
            replace(SPEC, **changes),
            embedded_tokenizer,
            model_hash="0",
            device="cpu",
            threads=1,
            compute_type="float32",
        )

    return made


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Saya tinggal di Jakarta.", "I live in Jakarta."),
        ("Polisi menangkap dua orang.", "Police arrested two people."),
        (
            "Presiden tiba di Surabaya pada Selasa.",
            "The president arrived in Surabaya on Tuesday.",
        ),
    ],
)
def test_literal_translations(exact_engine: Engine, source: str, target: str) -> None:
    found = exact_engine.translate([source], GREEDY)[0]
    assert found.text == target
    assert found.finished
    assert -1 < found.score < 0


def test_blank_sources_give_empty_hypotheses_in_their_places(embedded_engine: Engine) -> None:
    sources = ["", SOURCES[0], " \n\t", "\u3000", SOURCES[1], ""]
    found = embedded_engine.translate(sources, GREEDY)
    assert [hypothesis == EMPTY for hypothesis in found] == [True, False, True, True, False, True]
    assert embedded_engine.translate(["", "  "], BEAM) == [EMPTY, EMPTY]
    assert embedded_engine.translate([], BEAM) == []


@pytest.mark.parametrize("options", [GREEDY, BEAM], ids=["greedy", "beam"])
def test_a_batch_gives_by_place_what_its_segments_give_alone(
    exact_engine: CTranslateCausal, options: DecodingOptions
) -> None:
    alone = [exact_engine.translate([source], options)[0] for source in SOURCES]
    assert len({hypothesis.text for hypothesis in alone}) == len(SOURCES)
    order = [3, 0, 4, 2, 1]
    together = exact_engine.translate([SOURCES[place] for place in order], options)
    assert len(together) == len(SOURCES)
    for place, hypothesis in zip(order, together, strict=True):
        expected = alone[place]
        assert hypothesis == replace(expected, score=hypothesis.score)
        assert hypothesis.score == pytest.approx(expected.score, abs=1e-4)


def test_every_run_gives_the_same(embedded_engine: Engine) -> None:
    first = embedded_engine.translate(SOURCES, BEAM)
    assert [embedded_engine.translate(SOURCES, BEAM) for _ in range(2)] == [first, first]


def test_threads_share_an_engine(embedded_engine: Engine) -> None:
    expected = embedded_engine.translate(SOURCES, GREEDY)
    found: dict[int, list[Hypothesis]] = {}

    def work(number: int) -> None:
        found[number] = embedded_engine.translate(SOURCES, GREEDY)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == dict.fromkeys(range(3), expected)


class Recording:
    """The real generator, which records the ids of its results."""

    def __init__(self, generator: Any) -> None:
        self._generator = generator
        self.ids: list[int] = []

    def generate_batch(self, *arguments: Any, **named: Any) -> Any:
        results = self._generator.generate_batch(*arguments, **named)
        self.ids = list(results[0].sequences_ids[0])
        return results


@pytest.mark.parametrize(
    "options",
    [
        GREEDY,
        BEAM,
        DecodingOptions(beam=1, length_penalty=0.3),
        DecodingOptions(beam=4, length_penalty=0.3),
        DecodingOptions(beam=4, length_penalty=0.0),
    ],
    ids=["greedy", "beam", "greedy 0.3", "beam 0.3", "beam 0"],
)
@pytest.mark.parametrize("source", SOURCES[:3])
def test_the_score_is_the_mean_log_probability_with_the_end(
    exact_engine: CTranslateCausal,
    embedded_tokenizer: EmbeddedTokenizer,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    options: DecodingOptions,
) -> None:
    generator = exact_engine._generator
    recording = Recording(generator)
    monkeypatch.setattr(exact_engine, "_generator", recording)
    found = exact_engine.translate([source], options)[0]
    assert found.finished
    assert len(recording.ids) == found.target_tokens + 1
    prompt = embedded_tokenizer.encode_prompts(SPEC.prompt or "", [source])[0]
    tokens = [embedded_tokenizer.tokens[place] for place in prompt + recording.ids]
    scored = generator.score_batch([tokens])[0].log_probs[len(prompt) - 1 :]
    assert len(scored) == len(recording.ids)
    assert found.score == pytest.approx(sum(scored) / len(scored), abs=1e-4)


def test_the_score_is_that_of_the_unconverted_model(
    exact_engine: CTranslateCausal, unconverted: Unconverted
) -> None:
    found = exact_engine.translate([SOURCES[3]], GREEDY)[0]
    tokenizer = unconverted.tokenizer
    prompt = tokenizer.encode_prompts(SPEC.prompt or "", [SOURCES[3]])[0]
    target = [*tokenizer.encode(f" {found.text}"), tokenizer.eos_id]
    assert len(target) == found.target_tokens + 1
    logits = forward(unconverted.model, prompt + target)[len(prompt) - 1 : -1].astype(np.float64)
    chosen = logits[np.arange(len(target)), target] - np.log(np.exp(logits).sum(axis=-1))
    # The engine's weights are rounded to eight bits.
    assert found.score == pytest.approx(float(chosen.mean()), abs=0.03)


def test_tokens_are_counted_without_prompt_and_end(embedded_engine: Engine) -> None:
    counts = embedded_engine.count_tokens([*SOURCES, "", "<eos>", "▁"])
    assert counts == [6, 3, 9, 5, 7, 0, 4, 3]
    assert embedded_engine.count_tokens([]) == []
    found = embedded_engine.translate(SOURCES, GREEDY)
    assert [hypothesis.source_tokens for hypothesis in found] == [6, 3, 9, 5, 7]


@pytest.mark.parametrize(
    "source",
    [
        "Harga beras\nnaik\r\nlima \t persen.",
        "\n\nHarga beras naik lima persen.\n",
        "Harga\u2028beras naik\u00a0lima persen.",
    ],
)
def test_white_space_in_a_source_is_a_space(embedded_engine: Engine, source: str) -> None:
    assert embedded_engine.translate([source], GREEDY) == embedded_engine.translate(
        ["Harga beras naik lima persen."], GREEDY
    )


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Tulis <eos> di akhir baris.", "Write <eos> at the end of the line."),
        ("<bos>Saya tinggal di Jakarta.<eos>", "<bos>I live in Jakarta.<eos>"),
        ("<pad> <unk> ▁ \0 😀", "<pad> <unk> ▁ \0 😀"),
    ],
)
def test_control_tokens_in_a_source_are_text(
    exact_engine: CTranslateCausal, source: str, target: str
) -> None:
    found = exact_engine.translate([source, SOURCES[3]], GREEDY)
    assert found[0].text == target
    assert found[0].finished
    assert found[1].text == "I live in Jakarta."


POEM = "Poem by {source}:\n\nRoses are red,\nViolets are blue,\n"
CONTINUATION = "in the US$1,000 range, the price of rice, the price of rice, the price"


@pytest.mark.parametrize(
    ("prompt", "stop", "text"),
    [
        ("{source}", None, CONTINUATION),
        ("{source}", ", the", "in the US$1,000 range"),
        ("{source}", "rice", "in the US$1,000 range, the p"),
        (POEM, "\n", "The roses are red,"),
        (POEM, "are", "The roses"),
        (POEM, "e", "Th"),  # inside a token
    ],
)
def test_a_target_ends_at_the_stop_string(
    make: Make, prompt: str, stop: str | None, text: str
) -> None:
    engine = make(prompt=prompt, stop=stop)
    found = engine.translate(["Harga beras"], GREEDY)[0]
    assert found.text.startswith(text) if stop is None else found.text == text
    assert found.finished == (stop is not None)
    engine.close()


@pytest.mark.parametrize("options", [GREEDY, BEAM], ids=["greedy", "beam"])
def test_a_target_that_is_too_long_is_not_finished(
    exact_engine: CTranslateCausal, monkeypatch: pytest.MonkeyPatch, options: DecodingOptions
) -> None:
    whole = exact_engine.translate([SOURCES[2]], options)[0]
    monkeypatch.setattr(ctranslate, "target_token_limit", lambda tokens: 3)
    found = exact_engine.translate([SOURCES[2], SOURCES[1]], options)
    assert not found[0].finished
    assert found[0].target_tokens == 3
    assert whole.text.startswith(found[0].text)
    assert len(found[0].text) < len(whole.text)
    assert found[1].text == "Earthquake!"
    assert found[1].finished


def test_a_target_is_cut_at_the_limit_of_its_own_source(
    exact_engine: CTranslateCausal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctranslate, "target_token_limit", lambda tokens: tokens - 3)
    sources = ["Polisi menangkap dua orang.", "Presiden tiba di Surabaya pada Selasa."]
    together = exact_engine.translate(sources, GREEDY)
    assert [(h.source_tokens, h.target_tokens, h.finished) for h in together] == [
        (7, 4, False),
        (8, 5, False),
    ]
    texts = [exact_engine.translate([source], GREEDY)[0].text for source in sources]
    assert (
        [h.text for h in together]
        == texts
        == ["Police arrested two people", "The president arrived in Surabaya"]
    )


@pytest.mark.parametrize(("source_tokens", "limit"), [(0, 24), (1, 26), (100, 224)])
def test_the_length_limit_of_a_target(source_tokens: int, limit: int) -> None:
    assert target_token_limit(source_tokens) == limit


def test_the_signature(exact_engine: CTranslateCausal, make: Make, models_dir: Path) -> None:
    store = ModelStore(models_dir)
    engine = load_engine(find_model(EMBEDDED), store, engine="ctranslate2", device="cpu")
    signature = dict(engine.signature)
    assert len(signature.pop("model_hash")) == 64
    assert signature == {
        "model": "kabar-id-en",
        "engine": "ctranslate2",
        "engine_version": "4.8.5",
        "quantization": "int8_float32",
        "device": "cpu",
        "address": "cdc8cfb31db8",
        "hints": "braces",
    }
    assert exact_engine.signature["quantization"] == "float32"
    other = make(prompt="{source}")
    assert other.signature["address"] != signature["address"]
    other.close()
    assert isinstance(engine, Engine)
    assert engine.max_source_tokens == 220
    engine.close()


@pytest.mark.parametrize("prompt", [None, "", "Indonesian:", "{source} {source}"])
def test_a_prompt_has_the_source_once(make: Make, prompt: str | None) -> None:
    with pytest.raises(
        UnsupportedCheckpoint, match=r"kabar-id-en .* needs a prompt: .*kabar-model\.toml"
    ):
        make(prompt=prompt)


def test_a_closed_engine_fails(make: Make) -> None:
    engine = make()
    engine.close()
    with pytest.raises(EngineFailed, match="CTranslate2 could not translate a batch: "):
        engine.translate(SOURCES[:1], GREEDY)


def test_a_damaged_model_is_refused(make: Make, embedded_folder: Path, tmp_path: Path) -> None:
    for path in embedded_folder.iterdir():
        content = path.read_bytes()
        (tmp_path / path.name).write_bytes(content[:1000] if path.suffix == ".bin" else content)
    message = r"cannot be loaded \(.*\): rebuild it with `kabar models build --force`"
    with pytest.raises(ModelCorrupt, match=message):
        make(tmp_path)
    (tmp_path / "model.bin").unlink()
    with pytest.raises(ModelCorrupt, match=message):
        make(tmp_path)


def test_a_converted_folder_without_its_tokenizer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kabar.json").write_text('{"prefix": [], "end": ["</s>"], "hidden": []}')
    (tmp_path / "vocabulary.json").write_text('["</s>"]')
    with pytest.raises(ModelCorrupt, match=r"cannot be read .* rebuild it with"):
        JsonTokenizer(tmp_path)


def test_several_hypotheses_come_with_the_best_first(exact_engine: Engine) -> None:
    best = exact_engine.translate(SOURCES, BEAM)
    several = exact_engine.translate(SOURCES, replace(BEAM, hypotheses=3))
    assert [found.text for found in several] == [one.text for one in best]
    for found in several:
        scores = [hypothesis.score for hypothesis in (found, *found.others)]
        assert len(scores) == 3
        assert scores == sorted(scores, reverse=True)
        # Two of them may be the same words in other tokens.
        assert len({hypothesis.text for hypothesis in (found, *found.others)}) > 1
