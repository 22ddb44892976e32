"""The card has the figures of the run and of the evaluation."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from models.embedded.adapter import Adapter, write_adapter
from models.embedded.gemma import PROJECTIONS
from scripts.model_card import app
from scripts.training.run import Record

SETTINGS = """
seed = 7
tokens = 3_000_000
cooldown = 0.9
warmup_steps = 40
learning_rate = 4e-4
batch_tokens = 2048
longest = 100
smoothing = 0.05
rank = 2
least_uses = 1
invented = 150
held_out = ["tune"]
held_out_lines = 1
counted = []
[corpora.toy]
share = 1.0
title = "Toy (news)"
licence = "CC0"
"""

RECORD = Record(
    tokens=3_000_000,
    steps=1500,
    seconds=5400.0,
    epoch=1,
    batch=10,
    held_out=[(200_000, 2.1), (3_000_000, 1.7654)],
    pairs={"toy": 2468},
    rules={"numbers": 200, "headline": 20},
    removed={"twice": 30, "in an evaluation file": 4},
    epoch_tokens=2_000_000,
    machine="2 cores, AMD EPYC",
    dtype="bfloat16",
)

QUALITY = {
    "sets": {
        "flores-devtest": {
            "lines": 1012,
            "scores": {"kabar": {"bleu": 35.04, "chrf": 59.51, "numbers": 7, "faulty": 2}},
        }
    },
    "signatures": ["BLEU x", "chrF++ y"],
    "challenge": {"kabar": {"Dates": [19, 20]}},
}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "training.toml").write_text(SETTINGS)
    (tmp_path / "record.json").write_text(json.dumps(asdict(RECORD)))
    (tmp_path / "quality.json").write_text(json.dumps(QUALITY))
    pair = (np.ones((2, 8), np.float32), np.ones((8, 2), np.float32))
    adapter = Adapter([0, 1, 5], (dict.fromkeys(PROJECTIONS, pair),) * 2)
    write_adapter(tmp_path / "adapter.safetensors", adapter, {"prompt": "p", "stop": "s"})
    return tmp_path


def write(run: Path, *more: str) -> tuple[int, str]:
    arguments = [str(run), "--quality", str(run / "quality.json"), "-o", str(run / "CARD.md")]
    arguments += more
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


def test_the_card_has_the_figures_of_the_run_and_of_the_evaluation(run: Path) -> None:
    assert write(run) == (0, "")
    card = " ".join((run / "CARD.md").read_text().split())
    for fact in (
        "LoRA of rank 2 on all seven projections of the 2 layers",
        "| vocabulary | 3 of the base's 262,144 tokens",
        "### Run 1 90 minutes on 2 cores, AMD EPYC, in bfloat16: 3.0 million tokens (1,500 steps "
        "of at most 2,048 tokens, 1.5 epochs), AdamW, learning rate 0.0004 after 40 steps",
        "| Toy (news) | 1,234 | CC0 |",
        "| sentences from templates | 150 | |",
        "110 of an epoch's pairs were rewritten by rule (numbers 100, headline 10).",
        "file were removed (4), and 30 others: 30 twice.",
        "1.765 at the end, 2.100 after 200,000 tokens",
        "| flores-devtest | 1,012 | 35.0 | 59.5 | 7 | 2 |",
        "`BLEU x` `chrF++ y`",
        "| Dates | 20 | 95% |",
        "[3] int32",
    ):
        assert fact in card


def test_the_card_of_several_runs_and_of_their_blend(run: Path) -> None:
    assert write(run, str(run)) == (0, "")
    card = (run / "CARD.md").read_text()
    assert "Each run goes on from the adapter of the one before." in card
    assert [line for line in card.split("\n") if line.startswith("### ")] == [
        "### Run 1",
        "### Run 2",
    ]
    pair = (np.ones((3, 8), np.float32), np.ones((8, 3), np.float32))
    blend = run / "blend.safetensors"
    write_adapter(blend, Adapter([0, 5], (dict.fromkeys(PROJECTIONS, pair),) * 2), {})
    assert write(run, str(run), "--adapter", str(blend)) == (0, "")
    card = (run / "CARD.md").read_text()
    assert "LoRA of rank 3 on all seven" in card
    assert "The adapter that ships is a blend of these runs" in card


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("record.json", None, "record.json'"),
        ("record.json", "{", "record.json: Expecting property name"),
        ("quality.json", "{}", "lacks data for the card (KeyError: 'sets')"),
        ("record.json", json.dumps({**asdict(RECORD), "held_out": []}), "finish the runs"),
        ("adapter.safetensors", "x", "adapter.safetensors"),
    ],
)
def test_a_missing_or_broken_file_gives_a_one_line_error(
    run: Path, file: str, content: str | None, complaint: str
) -> None:
    if content is None:
        (run / file).unlink()
    else:
        (run / file).write_text(content)
    status, output = write(run)
    assert status == 2
    assert output.startswith("model_card: ")
    assert complaint in output
    assert output.count("\n") == 1
    assert not (run / "CARD.md").exists()
