"""The measures of the alignment, and the command that trains it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from models.alignment.aligner import Aligner, Alignment, Word
from models.alignment.lexicon import read_lexicon
from scripts.quality.alignment import (
    cut_and_whole,
    error_rate,
    measures,
    read_gold,
    without_clause,
)
from scripts.quality.roc import roc_area
from scripts.train_alignment import CONFIGURATION, app
from scripts.training.corpora import CorpusError

GOLD = """
[[toy]]
id = "Pasar itu dibuka pukul 10:30, pasar baru."
en = "The market opened at 10:30, a new market."
sure = "Pasar:market dibuka:opened pukul:at 10:30:10:30 pasar:market#2 baru:new"
possible = "itu:The"
"""


def write_gold(folder: Path, text: str = GOLD) -> Path:
    path = folder / "gold.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_gold_links(tmp_path: Path) -> None:
    (pair,) = read_gold(write_gold(tmp_path))["toy"]
    assert pair.sure == {(0, 1), (2, 2), (3, 3), (4, 4), (5, 7), (6, 6)}
    assert pair.possible - pair.sure == {(1, 0)}


@pytest.mark.parametrize(
    "text",
    [
        GOLD.replace("dibuka:opened", "dibuka:shut"),
        GOLD.replace("dibuka:opened", "dibuka"),
        GOLD.replace("possible", "perhaps"),
        "toy = [",
    ],
)
def test_gold_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    with pytest.raises(CorpusError, match=r"gold\.toml"):
        read_gold(write_gold(tmp_path, text))


def test_error_rate(tmp_path: Path) -> None:
    """Find two links, both possible; one of them is among the six sure ones."""
    (pair,) = read_gold(write_gold(tmp_path))["toy"]

    class Two(Aligner):
        def _align_words(self, source: tuple[Word, ...], target: tuple[Word, ...]) -> Alignment:
            return Alignment(source, target, ((0, 1), (1, 0)), (1.0,) * 7)

    score = error_rate(Two(read_lexicon()), [pair])
    assert score.error == pytest.approx(1 - (1 + 2) / (2 + 6))
    assert score.precision == 1
    assert score.recall == pytest.approx(1 / 6)


@pytest.mark.parametrize(
    ("whole", "cut", "expected"),
    [([0.9, 0.8], [0.1, 0.2], 1.0), ([0.1], [0.9], 0.0), ([0.5], [0.5], 0.5),
     ([0.9, 0.3], [0.5, 0.1], 0.75)],
)  # fmt: skip
def test_area(whole: list[float], cut: list[float], expected: float) -> None:
    assert roc_area(whole, cut) == pytest.approx(expected)


def test_a_clause_is_removed_at_its_borders() -> None:
    text = "The dam broke on Friday night, and hundreds of residents fled to the hills."
    found = {without_clause(text, Random(seed)) for seed in range(20)}
    assert found == {
        "and hundreds of residents fled to the hills.",
        "The dam broke on Friday night, to the hills.",
    }
    assert without_clause("The dam broke.", Random(1)) is None


def test_only_lines_that_can_be_cut_are_used() -> None:
    long = "Residents fled their homes quickly, while the water rose by a metre."
    found = cut_and_whole([("Singkat.", "Short."), ("Warga mengungsi.", long)], seed=1)
    assert [(source, whole) for source, whole, _ in found] == [("Warga mengungsi.", long)]
    assert len(found[0][2]) < len(long)


def test_measures() -> None:
    values = {
        name: value([1.0, 0.0, 0.0, 0.5, 0.0, 0.0, 1.0]) for name, value in measures().items()
    }
    assert list(values.values()) == [pytest.approx(2.5 / 7), 0.0, pytest.approx(0.1)]
    assert [value([0.5]) for value in measures().values()] == [0.5, 0.5, 0.5]


CORPORA = ("panl", "globalvoices", "pud", "tico19", "smeru", "ausaid", "tatoeba", "nusax")
PLACES = ("Desa", "Kota", "Pulau", "Sungai", "Gunung", "Pasar", "Jalan", "Rumah")
ENGLISH = ("village", "town", "island", "river", "mountain", "market", "road", "house")
LONG = "The mayor opened the new market on Monday, while rain fell on the town."


def toy_data(folder: Path) -> Path:
    """Write corpora with different sentences, and one common to evaluation."""
    (folder / "train").mkdir(parents=True)
    (folder / "eval").mkdir()
    for name, place, english in zip(CORPORA, PLACES, ENGLISH, strict=True):
        source = [f"{place} baru itu", f"{place} lama itu", f"{place} besar", "Kalimat rahasia"]
        target = [f"the new {english}", f"the old {english}", f"big {english}", "Secret sentence"]
        (folder / f"train/{name}.id").write_text("\n".join(source), encoding="utf-8")
        (folder / f"train/{name}.en").write_text("\n".join(target), encoding="utf-8")
    for name in ("tune-news", "modern-tune", "flores-dev"):
        (folder / f"eval/{name}.id").write_text("Kalimat rahasia\nPasar dibuka", encoding="utf-8")
        (folder / f"eval/{name}.en").write_text(f"Secret sentence\n{LONG}", encoding="utf-8")
    return folder


def test_training_and_measuring(tmp_path: Path) -> None:
    data, output = toy_data(tmp_path / "data"), tmp_path / "made/weights.npz"
    gold, config = write_gold(tmp_path), tmp_path / "toy.toml"
    # The shipped settings without the written pairs, which are too many for a test.
    shipped = CONFIGURATION.read_text(encoding="utf-8").split("[corpora.")
    config.write_text("[corpora.".join(p for p in shipped if "files = " not in p), encoding="utf-8")
    options = [str(data), "--output", str(output), "--gold", str(gold), "--config", str(config)]
    first = CliRunner().invoke(app, options)
    assert first.exit_code == 0, first.output
    assert "panl: 3 pairs, 1 left out" in first.stderr
    assert "| alignment error rate | 1 pairs by hand, toy |" in first.stdout
    assert "1 lines of tune-news" in first.stdout
    lexicon = read_lexicon(output)
    assert {"desa", "baru"} <= set(lexicon.source.classes)
    assert "rahasia" not in lexicon.source.classes
    content = output.read_bytes()
    again = CliRunner().invoke(app, [*options, "--measure"])
    assert again.exit_code == 0
    assert "round" not in again.stderr
    assert output.read_bytes() == content


def test_a_folder_without_corpora(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path)])
    assert result.exit_code == 1
    assert "train_alignment: " in result.stderr
    assert "to keep out of training" in result.stderr
