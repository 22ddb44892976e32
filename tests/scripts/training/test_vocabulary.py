"""Choice of the vocabulary."""

from __future__ import annotations

from dataclasses import replace

from models.embedded.base import BaseVocabulary
from scripts.training.vocabulary import choose


def chosen(vocabulary: BaseVocabulary, texts: list[str], min_uses: int) -> list[str]:
    ids = choose(vocabulary, texts, min_uses)
    assert ids == sorted(ids)
    return [vocabulary.tokens[number] for number in ids]


def test_control_tokens_bytes_and_letters_stay(tiny_vocabulary: BaseVocabulary) -> None:
    kept = chosen(tiny_vocabulary, [], 1)
    assert kept[:4] == ["<pad>", "<eos>", "<bos>", "<unk>"]
    assert len([token for token in kept if token.startswith("<0x")]) == 256
    assert kept[260:] == ["\n", "▁", "a", "b", "c", "ab", "bc"]


def test_frequent_tokens_stay(tiny_vocabulary: BaseVocabulary) -> None:
    assert "▁a" not in chosen(tiny_vocabulary, [" a"], 2)
    assert "▁a" in chosen(tiny_vocabulary, [" a", " a"], 2)


def test_the_parts_of_a_kept_token_stay(tiny_vocabulary: BaseVocabulary) -> None:
    words = {"xyz": -1, "xyzx": -2, "xyzxyz": -3, "xyqq": -4, "xy": -0.5, "x": -9, "y": -9, "z": -9}
    vocabulary = replace(
        tiny_vocabulary,
        tokens=tiny_vocabulary.tokens + list(words),
        scores=tiny_vocabulary.scores + list(words.values()),
        normal=tiny_vocabulary.normal + [True] * len(words),
    )
    kept = chosen(vocabulary, ["xyzxyz"], 1)
    assert {"xyzxyz", "xyz", "xy", "x", "y", "z"} <= set(kept)
    assert not {"xyzx", "xyqq"} & set(kept)
