"""Hints in training sources."""

from __future__ import annotations

from random import Random

import pytest

from scripts.training.corpora import Pair
from scripts.training.hints import Hints

PAIRS = [
    Pair("Warga menemukan ranjau di jalan itu.", "Residents found traps on that road."),
    Pair("Ranjau itu melukai dua petani.", "The mines injured two farmers."),
    Pair("Petani menanam cabai di lereng gunung.", "Farmers grow chili on the mountainside."),
]


@pytest.fixture(scope="module")
def hints() -> Hints:
    return Hints.learn(PAIRS)


def test_a_rare_word_gets_its_english_in_basic_form(hints: Hints) -> None:
    seen = {hints.add(PAIRS[0], Random(seed)).source for seed in range(40)}
    assert any("ranjau {trap}" in source for source in seen)
    # Never the plural that the target happens to have.
    assert not any("{traps}" in source for source in seen)


def test_the_target_stays(hints: Hints) -> None:
    assert {hints.add(PAIRS[0], Random(seed)).target for seed in range(20)} == {PAIRS[0].target}


def test_sometimes_two_senses_are_given(hints: Hints) -> None:
    seen = " ".join(hints.add(PAIRS[1], Random(seed)).source for seed in range(200))
    assert "{mine/trap}" in seen
    assert "{trap/mine}" in seen


def test_a_seed_gives_the_same_hints(hints: Hints) -> None:
    assert hints.add(PAIRS[2], Random(7)) == hints.add(PAIRS[2], Random(7))


def test_machine_text_and_braces_stay(hints: Hints) -> None:
    machine = Pair(PAIRS[0].source, PAIRS[0].target, machine=True)
    braces = Pair("Isi {nama} petani.", "Fill in the {name} of the farmer.")
    for pair in (machine, braces):
        assert all(hints.add(pair, Random(seed)) == pair for seed in range(20))
