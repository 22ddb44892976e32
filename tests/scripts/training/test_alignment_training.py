"""Training of the word alignment on a few pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models.alignment.aligner import Aligner
from models.alignment.lexicon import read_lexicon, write_lexicon
from scripts.training.alignment import Recipe, train
from scripts.training.corpora import CorpusError, Pair

PAIRS = [
    Pair("rumah besar", "big house"),
    Pair("rumah kecil", "small house"),
    Pair("rumah biru", "blue house"),
    Pair("kapal besar", "big ship"),
    Pair("kapal kecil", "small ship"),
    Pair("pasar besar", "big market"),
    Pair("pasar kecil", "small market"),
    Pair("kapal biru", "blue ship"),
]
# The word order is reversed, so the diagonal prior must be weak.
RECIPE = Recipe(own_class=1, tension=0.5)


def trained(folder: Path, name: str, recipe: Recipe = RECIPE) -> Path:
    path = folder / name
    write_lexicon(path, train(PAIRS, recipe))
    return path


def test_counterparts_are_learned(tmp_path: Path) -> None:
    aligner = Aligner(read_lexicon(trained(tmp_path, "weights.npz")))
    # This pair is not in the training data.
    assert aligner.align("pasar biru", "blue market").links == ((0, 1), (1, 0))


def test_the_same_pairs_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = trained(tmp_path, "one.npz"), trained(tmp_path, "other")
    assert one.read_bytes() == other.read_bytes()


def test_another_recipe_gives_another_signature(tmp_path: Path) -> None:
    one = read_lexicon(trained(tmp_path, "one.npz"))
    other = read_lexicon(trained(tmp_path, "other.npz", replace(RECIPE, rounds_alone=1)))
    assert one.signature != other.signature


def test_rare_forms_share_the_class_of_a_common_one() -> None:
    pairs = [Pair("pasar ramai", "busy market")] * 3 + [Pair("pasarnya ramai", "markets busy")]
    arrays = train(pairs, Recipe(own_class=3))
    names = arrays["source_words"].tobytes().decode().split("\n")
    classes = dict(zip(names, arrays["source_classes"].tolist(), strict=True))
    assert names == ["pasar", "pasarnya", "ramai"]
    assert classes["pasar"] == classes["pasarnya"] != classes["ramai"]


def test_the_floor_and_the_maximum_prune() -> None:
    whole = train(PAIRS, replace(RECIPE, floor=0.0, rounds_alone=1, rounds_of_agreement=0))
    assert whole["row_sizes"].tolist() == [4, 3, 4, 4, 3, 4]
    pruned = train(PAIRS, replace(RECIPE, max_counterparts=1))
    assert int(pruned["row_sizes"].sum()) < 22


@pytest.mark.parametrize("pairs", [[], [Pair("…", "!")], [Pair("a " * 101, "b " * 101)]])
def test_training_without_usable_pairs_is_refused(pairs: list[Pair]) -> None:
    with pytest.raises(CorpusError, match="no pair is left"):
        train(pairs, RECIPE)
