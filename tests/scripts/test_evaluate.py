"""Scores and tables on corpora small enough to work out by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from scripts import evaluate
from scripts.evaluate import Evaluation, InputError, Score, app, markdown, read_lines, speed

if TYPE_CHECKING:
    from pathlib import Path

REFERENCES = ["the cat sat on a mat"]
# n-gram precisions 5/6, 3/5, 2/4, 1/3: their geometric mean is 0.53728.
NEARLY = ["the cat sat on the mat"]

TOY_CLI = """
import pathlib, sys
_, _, source, *options, _, target = sys.argv[1:]
lines = pathlib.Path(source).read_text().split("\\n")[:-1]
print("options", *options)
if "crash" in lines:
    sys.exit(3)
pathlib.Path(target).write_text("".join(line.upper() + "\\n" for line in lines))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of three lines with two peers, one with HTML entities."""
    (tmp_path / "toy.id").write_text("satu ekor kucing\ndua\ntiga\n")
    (tmp_path / "toy.en").write_text('one "cat" sat on a mat\nTWO dogs ran away\nTHREE birds\n')
    peers = tmp_path / "toy.peers"
    peers.mkdir()
    (peers / "perfect.en").write_text(
        "one &quot;cat&quot; sat on a mat\nTWO dogs ran away\nTHREE birds\n"
    )
    (peers / "poor.en").write_text("one cat sat\n\nTHREE birds or even more of them\n")
    return tmp_path


@pytest.fixture
def toy_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command line that translates by shouting and fails on `crash`."""
    package = tmp_path / "root" / "service"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "cli.py").write_text(TOY_CLI)
    monkeypatch.setattr(evaluate, "ROOT", package.parent)


@pytest.mark.parametrize(
    ("hypotheses", "references", "bleu", "chrf"),
    [
        (NEARLY, REFERENCES, 53.728, 72.030),
        (REFERENCES, REFERENCES, 100.0, 100.0),
        ([""], REFERENCES, 0.0, 0.0),
    ],
)
def test_scores(hypotheses: list[str], references: list[str], bleu: float, chrf: float) -> None:
    [score] = evaluate.evaluate({"toy": hypotheses}, references).scores
    assert score.bleu == pytest.approx(bleu, abs=0.001)
    assert score.chrf == pytest.approx(chrf, abs=0.001)


@pytest.mark.parametrize(
    ("hypothesis", "short", "long", "empty"),
    [
        ("", 1, 0, 1),
        ("  ", 1, 0, 1),
        ("one", 1, 0, 0),
        ("one two", 0, 0, 0),
        ("1 2 3 4 5 6 7 8", 0, 0, 0),
        ("1 2 3 4 5 6 7 8 9", 0, 1, 0),
    ],
)
def test_counts_of_odd_lengths(hypothesis: str, short: int, long: int, empty: int) -> None:
    [score] = evaluate.evaluate({"toy": [hypothesis]}, ["a b c d"]).scores
    assert (score.short, score.long, score.empty) == (short, long, empty)


def test_best_system_comes_first_and_signatures_name_the_metrics() -> None:
    evaluation = evaluate.evaluate({"poor": NEARLY, "perfect": REFERENCES}, REFERENCES)
    assert [score.system for score in evaluation.scores] == ["perfect", "poor"]
    bleu, chrf = (re.sub(r"version:.*", "version", line) for line in evaluation.signatures)
    assert bleu == "BLEU nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version"
    assert chrf == "chrF++ nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version"


def test_systems_of_another_length_are_refused() -> None:
    with pytest.raises(InputError, match="toy: 2 lines, reference: 1"):
        evaluate.evaluate({"toy": ["a", "b"]}, ["a"])


def test_table_marks_our_system() -> None:
    scores = [Score("peer", 33.36, 58.94, 5, 0, 0), Score("kabar", 30.35, 55.06, 1, 2, 0)]
    assert markdown(Evaluation(scores, ["BLEU x", "chrF++ y"])) == (
        "| system | BLEU | chrF++ | under half | over twice | empty |\n"
        "|---|---:|---:|---:|---:|---:|\n"
        "| peer | 33.4 | 58.9 | 5 | 0 | 0 |\n"
        "| **kabar** | 30.4 | 55.1 | 1 | 2 | 0 |\n"
        "\n"
        "BLEU x\n"
        "chrF++ y"
    )


def test_speed_counts_source_words() -> None:
    assert speed(["satu ekor kucing", "", "dua"], 0.5) == "0.5 s for 4 source words, 8.0 words/s"


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\r\nb", ["a", "b"]),
        ("a\u2028b\x0b\n\nc\n".encode(), ["a\u2028b\x0b", "", "c"]),
    ],
)
def test_only_line_feeds_end_lines(tmp_path: Path, content: bytes, lines: list[str]) -> None:
    path = tmp_path / "lines"
    path.write_bytes(content)
    assert read_lines(path) == lines


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and everything that was printed."""
    result = CliRunner().invoke(app, [str(folder), *arguments])
    return result.exit_code, result.output


def test_given_hypotheses_are_ranked_among_the_peers(folder: Path) -> None:
    ours = folder / "ours.en"
    ours.write_text('one "cat" sat on a mat\nTWO dogs ran\nTHREE birds\n')
    status, output = run(folder, "--set", "toy", "--hypotheses", str(ours))
    assert status == 0
    rows = [line for line in output.splitlines() if line.startswith("| ")][1:]
    assert rows == [
        "| perfect | 100.0 | 100.0 | 0 | 0 | 0 |",
        "| **kabar** | 92.6 | 90.7 | 0 | 0 | 0 |",
        "| poor | 9.0 | 28.2 | 1 | 1 | 1 |",
    ]
    assert "## toy, 3 lines" in output
    assert "words/s" not in output


@pytest.mark.usefixtures("toy_cli")
def test_sources_go_through_the_command_line(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status, output = run(folder, "--set", "toy", "--limit", "2", "--engine", "e", "--beam", "3")
    assert status == 0
    assert capfd.readouterr().out == "options --no-cache --engine e --beam 3\n"
    assert "## toy, 2 lines" in output
    assert "kabar translate --engine e --beam 3: " in output
    assert " s for 4 source words, " in output


@pytest.mark.usefixtures("toy_cli")
def test_a_failing_command_line_ends_the_evaluation(folder: Path) -> None:
    (folder / "toy.id").write_text("satu\ncrash\ntiga\n")
    assert run(folder, "--set", "toy") == (
        1,
        "evaluate: `kabar translate` ended with status 3\n",
    )


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("toy.en", "one\n", "toy: 3 lines in toy.id, 1 in toy.en"),
        ("toy.peers/poor.en", "one\n", "toy: 1 lines in toy.peers/poor.en, 3 in toy.id"),
        ("toy.en", None, "toy.en: No such file or directory"),
        ("ours.en", "one\n", "ours.en: 1 lines, toy.id: 3"),
    ],
)
def test_files_that_do_not_fit_are_refused(
    folder: Path, file: str, content: str | None, complaint: str
) -> None:
    ours = folder / "ours.en"
    ours.write_text("a\nb\nc\n")
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content)
    status, output = run(folder, "--set", "toy", "--hypotheses", str(ours))
    assert status == 2
    assert output.rstrip("\n").endswith(complaint)


def test_other_bad_input_is_refused(folder: Path) -> None:
    assert run(folder / "none", "--set", "toy")[0] == 2
    (folder / "blank.id").touch()
    (folder / "blank.en").touch()
    assert run(folder, "--set", "blank") == (2, "evaluate: blank: the files are empty\n")
    (folder / "toy.en").write_bytes(b"ab\xff\n\n\n")
    status, output = run(folder, "--set", "toy")
    assert status == 2
    assert output.endswith("toy.en: not UTF-8 at byte 2\n")


def test_hypotheses_exclude_translating(folder: Path) -> None:
    status, output = run(folder, "--set", "toy", "--hypotheses", "x", "--beam", "2")
    assert status == 2
    assert output == "evaluate: --hypotheses goes with one --set and no option for translating\n"
