"""The challenge set is sound, and its checks find faults."""

from __future__ import annotations

import re

import pytest

from scripts.quality.challenge import Phenomenon, Sentence, count_passed, faults, read_challenge

SENTENCE = Sentence(
    "“Air surut,” kata Tono, pukul 5 pagi.", "", ['"', "Tono", "a\\.?m"], ["p\\.?m"]
)


def test_the_set_has_enough_different_sentences_and_patterns_that_compile() -> None:
    sentences = [s for phenomenon in read_challenge().values() for s in phenomenon.sentences]
    assert len(sentences) == 221
    assert len({sentence.source for sentence in sentences}) == 221
    for sentence in sentences:
        assert sentence.has
        for pattern in sentence.has + sentence.lacks:
            re.compile(pattern)
            # A pattern that matches the empty text checks nothing.
            assert not re.search(pattern, "")
        assert (sentence.good, faults(sentence, sentence.good)) == (sentence.good, [])
        assert (sentence.source, bool(faults(sentence, sentence.source))) == (sentence.source, True)


@pytest.mark.parametrize(
    "wrong",
    [
        "Rupiah falls sharply against the US dollar",
        "The PBB denounced the attack.",
        "Russia and the European Union scrap tariffs.",
        "Doctors who warned of a surge in measles",
        "Forest fires in Riau have been put out",
        "Central bank raises benchmark interest rate",
        "Losses are estimated at between Rp50 million and Rp75 million.",
        "Next year's education budget reaches Rp6608 trillion.",
        "The earthquake struck at 2:15 p.m.",
        '"We will give up," the coach said.',
        "All of the passengers survived.",
    ],
)
def test_a_wrong_translation_passes_for_no_sentence(wrong: str) -> None:
    sentences = [s for phenomenon in read_challenge().values() for s in phenomenon.sentences]
    assert [s.source for s in sentences if not faults(s, wrong)] == []


@pytest.mark.parametrize(
    ("hypothesis", "wrong"),
    [
        ('"The water has gone down," Tono said at 5 a.m.', []),
        ("“The water has gone down,” TONO said at 5 AM.", []),
        ("", ["empty"]),
        ('"The water has gone down," said at 5 a.m.', ["lacks /Tono/"]),
        ('"Water," Tono said at 5 p.m., 5 a.m.', ["has /p\\.?m/"]),
        ('"Air surut", am, kata Tono dan mereka yang di sana', ["still Indonesian"]),
        ('"so so so" Tono said, a.m.', ["repeats itself"]),
        ('"' + "Tono was there in the morning at a.m. " * 4, ["32 words for 7", "repeats itself"]),
    ],
)
def test_faults(hypothesis: str, wrong: list[str]) -> None:
    assert faults(SENTENCE, hypothesis) == wrong


def test_pass_rates_are_by_phenomenon_in_order() -> None:
    one, two = Sentence("satu", "one", ["one"], []), Sentence("dua", "two", ["two"], [])
    challenge = {"a": Phenomenon("A", [one, two]), "b": Phenomenon("B", [one])}
    assert count_passed(challenge, ["one", "three", "one"]) == {"a": (1, 2), "b": (1, 1)}
