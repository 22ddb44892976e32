"""Invented sentences are sound, and not in the challenge set."""

from __future__ import annotations

import re
from random import Random

from scripts.quality.challenge import read_challenge
from scripts.training.corpora import normalize
from scripts.training.templates import invent
from service.checks.compare import lost_and_invented


def test_three_thousand_sentences_are_sound() -> None:
    random = Random(1)
    challenge = {
        normalize(sentence.source)
        for phenomenon in read_challenge().values()
        for sentence in phenomenon.sentences
    }
    for _ in range(3000):
        pair = invent(random)
        assert not re.search(r"[{}\n]|\b[Tt]he the\b|^\s|\s$", pair.source + pair.target), pair
        assert not pair.target[0].islower(), pair
        assert lost_and_invented(pair.source, pair.target) == ([], []), pair
        assert normalize(pair.source) not in challenge, pair


def test_a_seed_gives_the_same_sentences() -> None:
    assert invent(Random(7)) == invent(Random(7))
