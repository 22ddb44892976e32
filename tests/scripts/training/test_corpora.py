"""Pairs that are left out of training, and the reasons."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from scripts.training import corpora
from scripts.training.corpora import (
    CorpusError,
    Pair,
    clean,
    evaluation_sentences,
    normalize,
    numbers_disagree,
    read_corpus,
    read_written,
)


def test_normalized_text_has_letters_and_digits() -> None:
    assert normalize("  “Élan”, di   Jum'at (18/2)! ") == "elan di jum at 18 2"
    assert normalize("?!") == ""


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (Pair("BANJIR, di Demak!", "A flood."), "in an evaluation file"),
        (Pair("Air bah.", "the river rose"), "in an evaluation file"),
        (Pair("", "Nothing."), "one side is empty"),
        (Pair("...", "Nothing."), "one side is empty"),
        (Pair("Kota tua itu ramai.", "Kota tua itu ramai."), "not translated"),
        (
            Pair("Ya.", "Yes, as everybody in the whole village had long known."),
            "lengths far apart",
        ),
        (Pair("a" * 901, "b" * 901), "very long"),
        (Pair("Ada 15 orang.", "There are 16 people."), "numbers disagree"),
        (Pair("sudah ada", "it is there"), "twice"),
    ],
)
def test_pairs_are_left_out_for_a_reason(pair: Pair, reason: str) -> None:
    removed: Counter[str] = Counter()
    evaluation = {"banjir di demak", "the river rose"}
    seen = {("sudah ada", "it is there")}
    assert clean([pair], evaluation, seen, removed) == []
    assert removed == {reason: 1}


def test_usable_pairs_get_straight_marks_and_are_remembered() -> None:
    removed: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    pair = Pair("“Ya,” katanya.", "“Yes,” she said. It’s ‘so’.")
    assert clean([pair, pair], set(), seen, removed) == [
        Pair("“Ya,” katanya.", "\"Yes,\" she said. It's 'so'.")
    ]
    assert removed == {"twice": 1}


@pytest.mark.parametrize(
    ("source", "target", "disagree"),
    [
        ("Rp1.500 untuk 12,5 kg", "Rp1,500 for 12.5 kg", False),
        ("Ada 12 orang.", "Twelve people.", False),
        ("dua belas orang", "12 people", False),
        ("Ada 3 orang.", "A few people.", False),
        ("Ada 10 orang.", "There are ten people.", False),
        ("2.500.000 orang", "2.5 million people", False),
        ("Selasa (18/2/2025)", "Tuesday, February 18, 2025", False),
        ("abad ke-19", "the nineteenth century", False),
        ("Pada 2007 dan 2008.", "In 2007.", True),
        ("Pada 2007.", "In 2007 and 2008.", True),
    ],
)
def test_numbers_that_disagree(source: str, target: str, disagree: bool) -> None:
    assert numbers_disagree(source, target) is disagree


def test_evaluation_sentences_are_found_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "a.id").write_text("Satu.\n\nDua!\n")
    (tmp_path / "more" / "b.en").write_text("THREE\n")
    (tmp_path / "a.docids").write_text("not a sentence\n")
    assert evaluation_sentences(tmp_path) == {"satu", "dua", "three"}


def test_training_without_evaluation_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no \.id or \.en file"):
        evaluation_sentences(tmp_path)


@pytest.mark.parametrize(
    ("english", "message"),
    [
        (b"one\n", "a.id has 2 lines, a.en 1: align them"),
        (b"one\n\xff\n", "not UTF-8 at byte 4"),
        (None, "a.en: No such file or directory"),
    ],
)
def test_unaligned_or_unreadable_corpora_are_refused(
    tmp_path: Path, english: bytes | None, message: str
) -> None:
    (tmp_path / "a.id").write_text("satu\ndua\n")
    if english is not None:
        (tmp_path / "a.en").write_bytes(english)
    with pytest.raises(CorpusError, match=message):
        read_corpus(tmp_path, "a")


def test_a_quotation_on_one_side_only_is_left_out() -> None:
    removed: Counter[str] = Counter()
    pairs = [
        Pair("“Kami siap,” kata dia.", '"We are ready," he said.'),
        Pair("Kami siap, kata dia.", '"We are ready," she said.'),
        Pair('"Kami siap," katanya.', "They said they were ready."),
    ]
    kept = clean(pairs, {"x"}, set(), removed)
    assert [pair.source for pair in kept] == ["“Kami siap,” kata dia."]
    assert removed == {"a quotation on one side only": 2}


def test_the_written_pairs_are_whole_and_unlike_each_other() -> None:
    pairs = read_written()
    assert len(pairs) > 32_000
    assert len({pair.source for pair in pairs}) > 0.999 * len(pairs)
    removed: Counter[str] = Counter()
    kept = clean(pairs, set(), set(), removed)
    assert len(kept) > 0.99 * len(pairs)


def test_a_written_line_without_a_tab_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "01-a.tsv").write_text("Air surut.\tThe water receded.\nAir bah.\n")
    monkeypatch.setattr(corpora, "WRITTEN_FOLDER", tmp_path)
    with pytest.raises(CorpusError, match=r"01-a\.tsv, line 2: no tab"):
        read_written()
    with pytest.raises(CorpusError, match=r"no file fits 02\*\.tsv"):
        read_written("02*.tsv")


def test_an_empty_line_parts_articles_of_written_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "47-a.tsv").write_text("Air Surut\tWater Recedes\n\nHarga Naik\tPrices Rise\n")
    (tmp_path / "01-b.tsv").write_text("Besok.\tTomorrow.\n")
    monkeypatch.setattr(corpora, "WRITTEN_FOLDER", tmp_path)
    assert [pair.source for pair in read_written("4*.tsv")] == ["Air Surut", "Harga Naik"]
