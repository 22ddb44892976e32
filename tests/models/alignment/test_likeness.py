"""Spellings of names and loanwords, and stems of unknown words."""

from __future__ import annotations

import pytest

from models.alignment.likeness import ALIKE, likeness, spelling
from models.alignment.stems import english, indonesian


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rusia", "russia"),
        ("autopsi", "autopsy"),
        ("inflasi", "inflation"),
        ("politik", "political"),
        ("universitas", "university"),
        ("polisi", "police"),
        ("organisasi", "organization"),
        ("soekarno", "sukarno"),
        ("semifinal", "semifinals"),
    ],
)
def test_one_word_in_two_spellings(one: str, other: str) -> None:
    assert likeness(one, other) >= ALIKE
    assert likeness(other, one) == likeness(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("menteri", "minister"), ("mereka", "america"), ("untuk", "until"), ("di", "di"), ("", "")],
)
def test_other_words(one: str, other: str) -> None:
    assert likeness(one, other) < ALIKE


def test_spelling() -> None:
    assert spelling("kuota") == spelling("quota") == "kuota"
    assert spelling("aktivis") == spelling("activists") == "aktifis"
    assert spelling("café") == "kafe"


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("rumahnya", "rumah"),
        ("dibawakan", "bawa"),
        ("memukul", "pukul"),
        ("menulislah", "tulis"),
        ("mengirim", "kirim"),
        ("menyapu", "sapu"),
        ("kesehatan", "sehat"),
        ("mempermudah", "mudah"),
        ("anak-anaknya", "anak"),
        ("berkata", "kata"),
    ],
)
def test_indonesian_forms(word: str, form: str) -> None:
    assert form in indonesian(word)


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("cities", "city"),
        ("running", "run"),
        ("making", "make"),
        ("opened", "open"),
        ("moved", "move"),
        ("tried", "try"),
        ("boxes", "box"),
        ("closely", "close"),
    ],
)
def test_english_forms(word: str, form: str) -> None:
    assert form in english(word)


def test_the_nearest_form_comes_first() -> None:
    assert indonesian("rumahnya")[0] == "rumah"
    forms = indonesian("dikatakan")
    assert forms.index("katakan") < forms.index("kata")


@pytest.mark.parametrize("word", ["", "a", "-", "x" * 41, "an", "ber", "-" * 30])
def test_a_word_without_stems(word: str) -> None:
    assert indonesian(word) == []
    assert english(word) == []
