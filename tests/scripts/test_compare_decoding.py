"""The comparison of decodings: its own sentences, real engines on few lines, and bad input."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scripts.compare_decoding import app
from scripts.quality.sets import read_lines

SENTENCES = Path(__file__).parents[2] / "scripts" / "quality" / "decoding.tsv"


def test_the_sentences_are_of_four_kinds_and_none_occurs_twice() -> None:
    rows = [line.split("\t") for line in read_lines(SENTENCES)]
    kinds = [kind for kind, _, _ in rows]
    assert {kind: kinds.count(kind) for kind in sorted(set(kinds))} == {
        "flood": 70,
        "fraction": 70,
        "negation": 90,
        "office": 70,
    }
    assert len({source for _, source, _ in rows}) == 300


def test_a_row_for_each_decoding(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KABAR_DATA_DIR", str(data_dir))
    (tmp_path / "toy.id").write_text("Air surut.\nPresiden tiba di Jakarta.\n")
    (tmp_path / "toy.en").write_text("The water receded.\nThe president arrived in Jakarta.\n")
    found = CliRunner().invoke(
        app, [str(tmp_path), "--set", "toy", "--set", "own", "--limit", "2", "--margins", "4"]
    )
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert lines[0] == "| decoding | toy | own | seconds |"
    assert [line.split(" | ")[0] for line in lines[2:7]] == [
        "| float32",
        "| inflight, no pruning",
        "| **inflight**, margin 1.5",
        "| inflight, margin 4.0",
        "| inflight, greedy",
    ]
    assert re.fullmatch(r"\| float32 \| [\d.]+ / [\d.]+ \| [\d.]+ / [\d.]+ \| [\d.]+ \|", lines[2])
    assert ", p " in lines[3]
    assert lines[-1].startswith("chrF++ nrefs:1|case:mixed|eff:yes|nc:6|nw:2")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "none"], "none.id: No such file or directory"),
        (["--set", "own", "--margins", "low"], "--margins low: not numbers, as in 1,2.5"),
    ],
)
def test_bad_input(tmp_path: Path, options: list[str], message: str) -> None:
    found = CliRunner().invoke(app, [str(tmp_path), *options])
    assert found.exit_code == 2
    assert message in found.stderr
