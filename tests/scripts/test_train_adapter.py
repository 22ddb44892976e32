"""The training command: its report, and errors before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from scripts.train_adapter import app, draw
from scripts.training.run import Record

SETTINGS = """
seed = 1
tokens = 1000
cooldown = 0.5
warmup_steps = 4
learning_rate = 0.01
batch_tokens = 128
longest = 100
smoothing = 0.0
rank = 2
least_uses = 1
invented = 0
held_out = ["tune"]
held_out_lines = 1
counted = []
[corpora.toy]
share = 1.0
title = "Toy"
licence = "CC0"
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, lines in {
        "train/toy.id": "Satu kucing.\nDua anjing.\nTiga burung pipit.\n",
        "train/toy.en": "One cat.\nTwo dogs.\nThree sparrows.\n",
        "eval/tune.id": "TIGA burung, pipit\n",
        "eval/tune.en": "Three small sparrows.\n",
        "training.toml": SETTINGS,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(lines)
    return tmp_path


def run(data: Path, *arguments: str) -> tuple[int, str]:
    output, config = str(data / "out"), str(data / "training.toml")
    result = CliRunner().invoke(
        app, [str(data), "--output", output, "--config", config, *arguments]
    )
    return result.exit_code, result.output


def test_check_reports_the_data_and_trains_nothing(data: Path) -> None:
    status, output = run(data, "--check")
    assert status == 0
    assert [line.split("  ", 1)[1] for line in output.splitlines()] == [
        "toy: 2 pairs; left out: 1 in an evaluation file",
        "1 pairs left out because an evaluation file has one of their sides",
    ]
    assert not (data / "out").exists()


def test_missing_data_gives_a_one_line_error(data: Path) -> None:
    (data / "train" / "toy.en").unlink()
    status, output = run(data)
    assert status == 1
    assert output == (f"train_adapter: {data}/train/toy.en: No such file or directory\n")


def test_the_loss_curve_is_a_png(tmp_path: Path) -> None:
    record = Record(losses=[(100, 3.0), (200, 2.5)], held_out=[(200, 2.4)])
    draw(record, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
    draw(Record(), tmp_path / "empty.png")
    assert (tmp_path / "empty.png").exists()
