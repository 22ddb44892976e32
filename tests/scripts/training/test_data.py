"""Budgets of batches, and the pairs of an epoch."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.embedded.base import BaseVocabulary
from models.embedded.tokenizer import build_tokenizer
from scripts.training.corpora import CorpusError, Pair
from scripts.training.data import Corpora, Encoder, Example, batches, make_epoch, read_corpora
from scripts.training.settings import CorpusSettings, Settings

SETTINGS = Settings(
    seed=1,
    tokens=1000,
    cooldown=0.5,
    warmup_steps=4,
    learning_rate=0.02,
    batch_tokens=24,
    longest=12,
    smoothing=0.0,
    rank=2,
    least_uses=1,
    invented=0,
    held_out=["tune"],
    held_out_lines=2,
    counted=[],
    corpora={"toy": CorpusSettings(share=1.0, title="Toy", licence="CC0")},
)


def example(length: int) -> Example:
    return Example([2] * (length - 2), [5, 1])


def test_batches_are_of_similar_length_and_within_the_budget() -> None:
    made = batches([example(n) for n in (9, 3, 4, 20, 3, 5, 4)], 12)
    assert [[len(e) for e in batch] for batch in made] == [[3, 3, 4], [4, 5], [9], [20]]
    assert batches([], 12) == []


def test_source_and_prompt_are_one_text_and_the_target_ends(
    tiny_vocabulary: BaseVocabulary,
) -> None:
    tokenizer = build_tokenizer(tiny_vocabulary, range(len(tiny_vocabulary.tokens)))
    encoder = Encoder(tokenizer, "{source}\n")
    [made] = encoder.encode([Pair("abc  c", "b")])
    tokens = [tokenizer.tokens[n] for n in made.prompt]
    assert tokens == ["<bos>", "abc", "▁", "c", "\n"]
    assert [tokenizer.tokens[n] for n in made.target] == ["▁", "b", "<eos>"]


def test_an_epoch_leaves_out_long_pairs_and_evaluation_sentences(
    tiny_vocabulary: BaseVocabulary,
) -> None:
    encoder = Encoder(
        build_tokenizer(tiny_vocabulary, range(len(tiny_vocabulary.tokens))), "{source}\n"
    )
    pairs = [Pair("a", "b"), Pair("b", "c"), Pair("c a b c a b", "a b c"), Pair("c", "a")]
    corpora = Corpora({"toy": pairs}, {}, [], {"c"}, "")
    made, counts = make_epoch(corpora, SETTINGS, encoder, 0)
    targets = sorted(tuple(e.target) for batch in made for e in batch)
    expected = sorted(tuple(e.target) for e in encoder.encode(pairs[:2]))
    assert targets == expected
    assert (counts.too_long, counts.tokens) == (1, sum(len(e) for b in made for e in b))


def _write(folder: Path) -> None:
    for name, lines in {
        "train/toy.id": "a b\nb c\n",
        "train/toy.en": "b a\nc b\n",
        "eval/tune.id": "abc\n",
        "eval/tune.en": "cba\n",
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(lines)


def test_excluded_sentences_are_left_out(tmp_path: Path) -> None:
    _write(tmp_path)
    corpora = read_corpora(tmp_path, SETTINGS, ["B, C!"])
    assert corpora.pairs["toy"] == [Pair("a b", "b a")]
    assert corpora.digest != read_corpora(tmp_path, SETTINGS).digest


def test_a_source_by_a_model_gets_another_prompt(tiny_vocabulary: BaseVocabulary) -> None:
    tokenizer = build_tokenizer(tiny_vocabulary, range(len(tiny_vocabulary.tokens)))
    encoder = Encoder(tokenizer, "{source}\n", "{source}\n\n")
    made = encoder.encode([Pair("a", "b", machine=True), Pair("b", "c"), Pair("c", "a", True)])
    prompts = [[tokenizer.tokens[n] for n in example.prompt] for example in made]
    assert prompts == [
        ["<bos>", "a", "\n", "\n"],
        ["<bos>", "b", "\n"],
        ["<bos>", "c", "\n", "\n"],
    ]
    assert encoder.encode([]) == []


def test_reversed_corpora_are_not_rewritten(
    tmp_path: Path, tiny_vocabulary: BaseVocabulary
) -> None:
    _write(tmp_path)
    settings = SETTINGS.model_copy(update={"reverse": True, "invented": 5})
    corpora = read_corpora(tmp_path, settings)
    assert corpora.pairs["toy"] == [Pair("b a", "a b"), Pair("c b", "b c")]
    assert corpora.held_out == [Pair("cba", "abc")]
    tokenizer = build_tokenizer(tiny_vocabulary, range(len(tiny_vocabulary.tokens)))
    made, counts = make_epoch(corpora, settings, Encoder(tokenizer, "{source}\n"), 0)
    assert sum(len(batch) for batch in made) == 2
    assert not counts.rules


def test_pairs_of_a_machine_corpus_are_marked(tmp_path: Path) -> None:
    _write(tmp_path)
    corpus = SETTINGS.corpora["toy"].model_copy(update={"machine": True})
    settings = SETTINGS.model_copy(update={"corpora": {"toy": corpus}})
    corpora = read_corpora(tmp_path, settings)
    assert corpora.pairs["toy"] == [Pair("a b", "b a", True), Pair("b c", "c b", True)]


def test_a_missing_back_translation_is_named(tmp_path: Path) -> None:
    _write(tmp_path)
    corpus = SETTINGS.corpora["toy"].model_copy(update={"machine": True})
    settings = SETTINGS.model_copy(update={"corpora": {"made": corpus}})
    with pytest.raises(CorpusError, match=r"made\.id is missing: .*translate_corpus\.py"):
        read_corpora(tmp_path, settings)
