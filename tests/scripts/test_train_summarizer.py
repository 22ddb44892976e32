"""Labels counted by hand, and training on a few invented articles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from models.summarizer.features import FEATURES
from models.summarizer.trees import read_trees
from scripts.evaluate_summaries import Document
from scripts.train_summarizer import app, best_extract, examples

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE = ["Banjir merendam tiga desa.", "Warga mengungsi ke balai desa."]


@pytest.mark.parametrize(
    ("sentences", "count", "best"),
    [
        (["Lomba ditunda.", "Warga mengungsi ke balai.", "Banjir merendam tiga desa."], 3, [1, 2]),
        (["Lomba ditunda.", "Warga mengungsi ke balai.", "Banjir merendam tiga desa."], 1, [1]),
        (["Lomba ditunda.", "Panitia pulang."], 3, []),
        # The second has no further token of the reference.
        (["Banjir merendam tiga desa.", "Banjir merendam tiga desa."], 2, [0]),
        ([], 3, []),
    ],
)
def test_best_extract(sentences: list[str], count: int, best: list[int]) -> None:
    assert best_extract(sentences, REFERENCE, count) == best


def test_examples_leave_out_impossible_sentences() -> None:
    document = Document(
        [
            "Lomba ditunda.",
            "Warga mengungsi ke balai.",
            "...",
            "Lomba ditunda.",
            "Banjir merendam.",
        ],
        [0, 1, 2, 3, 4],
        REFERENCE,
    )
    rows, labels = examples(document, 3)
    assert rows.shape == (3, len(FEATURES))
    assert labels.tolist() == [0, 1, 1]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl"
    articles = [
        {
            "article": f"Banjir merendam desa {n}. Warga pergi.\nLomba {n} ditunda.\nAir surut.",
            "bullets": [f"Banjir merendam desa {n}."],
        }
        for n in range(40)
    ]
    path.write_text("\n".join(map(json.dumps, articles)), encoding="utf-8")
    return path


def test_the_same_seed_gives_the_same_file(file: Path, tmp_path: Path) -> None:
    outputs = [tmp_path / name for name in ("one.json", "same.json", "other.json")]
    for output, seed in zip(outputs, ("1", "1", "2"), strict=True):
        result = CliRunner().invoke(app, [str(file), "--output", str(output), "--seed", seed])
        assert result.exit_code == 0, result.output
    one, same, other = (output.read_bytes() for output in outputs)
    assert one == same != other
    assert read_trees(outputs[0], FEATURES).leaves.shape == (120, 8)


def test_folds_print_figures_and_write_nothing(file: Path, tmp_path: Path) -> None:
    output = tmp_path / "weights.json"
    result = CliRunner().invoke(app, [str(file), "--folds", "2", "--output", str(output)])
    assert result.exit_code == 0, result.output
    assert "## news.jsonl, 40 documents, 2 folds" in result.stdout
    assert "| difference | " in result.stdout
    assert not output.exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path / "none.jsonl")])
    assert result.exit_code == 2
    assert "none.jsonl" in result.stderr
