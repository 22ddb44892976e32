"""Scores and tables on corpora that are small enough to check by hand."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from scripts import evaluate
from scripts.evaluate import app, timing
from scripts.quality import scores
from scripts.quality.report import Timing, score_table, timing_table
from scripts.quality.scores import Evaluation, Score
from scripts.quality.sets import InputError, read_lines

if TYPE_CHECKING:
    from pathlib import Path

REFERENCES = ["the cat sat on a mat"]
# The geometric mean of its n-gram precisions, 5/6, 3/5, 2/4 and 1/3, is 0.53728.
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
    """A set of three lines with two other systems, one with HTML entities."""
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
    """A command line that translates into capitals, and fails on `crash`."""
    package = tmp_path / "root" / "service" / "cli"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "main.py").write_text(TOY_CLI)
    monkeypatch.setattr(evaluate, "ROOT", tmp_path / "root")


@pytest.mark.parametrize(
    ("hypotheses", "references", "bleu", "chrf"),
    [
        (NEARLY, REFERENCES, 53.728, 72.030),
        (REFERENCES, REFERENCES, 100.0, 100.0),
        ([""], REFERENCES, 0.0, 0.0),
    ],
)
def test_scores(hypotheses: list[str], references: list[str], bleu: float, chrf: float) -> None:
    [score] = scores.evaluate({"toy": hypotheses}, ["x"], references, "toy").scores
    assert score.bleu == pytest.approx(bleu, abs=0.001)
    assert score.chrf == pytest.approx(chrf, abs=0.001)
    assert score.p is None


@pytest.mark.parametrize(
    ("source", "hypothesis", "numbers", "odd", "loops", "foreign", "faulty"),
    [
        ("a b c d", "", 0, 1, 0, 0, 1),
        ("a b c d", "one", 0, 1, 0, 0, 1),
        ("a b c d", "one two", 0, 0, 0, 0, 0),
        ("a b c d", "so so so so", 0, 0, 1, 0, 1),
        ("a b c d", "a c e g i k m o q", 0, 1, 0, 0, 1),
        ("ada 12 orang di sini", "there are 12 people", 0, 0, 0, 0, 0),
        ("ada 12 orang di sini", "there are 21 people", 1, 0, 0, 0, 0),
        ("ada orang di sini", "there are 3 people", 1, 0, 0, 0, 0),
        ("ada orang di sini", "ada orang di sini", 0, 0, 0, 1, 1),
    ],
)
def test_counts_of_faults(
    source: str, hypothesis: str, numbers: int, odd: int, loops: int, foreign: int, faulty: int
) -> None:
    [score] = scores.evaluate({"toy": [hypothesis]}, [source], ["a b c d"], "toy").scores
    assert (score.numbers, score.odd, score.loops, score.foreign, score.faulty) == (
        numbers,
        odd,
        loops,
        foreign,
        faulty,
    )


def test_best_system_comes_first_and_signatures_name_the_metrics() -> None:
    evaluation = scores.evaluate({"poor": NEARLY, "perfect": REFERENCES}, ["x"], REFERENCES, "poor")
    assert [score.system for score in evaluation.scores] == ["perfect", "poor"]
    bleu, chrf = (re.sub(r"version:.*", "version", line) for line in evaluation.signatures)
    assert bleu == "BLEU nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version"
    assert chrf == "chrF++ nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version"


def test_a_difference_on_every_line_is_significant_and_equal_outputs_are_not() -> None:
    references = [f"the cat number {n} sat on the mat and slept" for n in range(20)]
    worse = [line.replace("sat on the mat", "was in a house") for line in references]
    evaluation = scores.evaluate(
        {"ours": references, "worse": worse, "same": references}, ["x"] * 20, references, "ours"
    )
    chances = {score.system: score.p for score in evaluation.scores}
    assert chances["ours"] is None
    assert chances["worse"] == pytest.approx(0.000999, abs=1e-5)  # 1 of 1,001: none is as large
    assert chances["same"] == 1.0


def test_systems_of_another_length_are_refused() -> None:
    with pytest.raises(InputError, match="toy has 2 lines, the reference 1"):
        scores.evaluate({"toy": ["a", "b"]}, ["x"], ["a"], "toy")


def test_the_table_marks_our_systems() -> None:
    rows = [
        Score("peer", 33.36, 58.94, 15, 5, 0, 2, 6, 0.0123),
        Score("kabar", 30.35, 55.06, 8, 1, 2, 0, 3),
    ]
    assert score_table(Evaluation(rows, ["BLEU x", "chrF++ y"]), ["kabar"]) == (
        "| system | BLEU | chrF++ | p | numbers wrong | length | loops | Indonesian |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|\n"
        "| peer | 33.4 | 58.9 | 0.012 | 15 | 5 | 0 | 2 |\n"
        "| **kabar** | 30.4 | 55.1 |  | 8 | 1 | 2 | 0 |\n"
        "\n"
        "`BLEU x`  \n"
        "`chrF++ y`  "
    )


def test_speed_counts_source_words_and_target_tokens() -> None:
    timed = timing("kabar", ["satu ekor kucing", "", "dua"], ["One cat.", "", "two"], 0.5)
    assert timed == Timing("kabar", 0.5, words=4, tokens=4)
    table = timing_table([timed, Timing("slow", 1.0, words=4, tokens=4)])
    assert table.splitlines()[2:] == [
        "| kabar | 0.5 | 8 | 8 | 2.00 |",
        "| slow | 1.0 | 4 | 4 | 1.00 |",
    ]


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


def test_saved_outputs_are_ranked_among_the_other_systems(folder: Path) -> None:
    saved = folder / "outputs" / "toy.kabar.en"
    saved.parent.mkdir()
    saved.write_text('one "cat" sat on a mat\nTWO dogs ran\nTHREE birds\n')
    status, output = run(folder, "--set", "toy", "--outputs", str(saved.parent))
    assert status == 0
    rows = [line.split("|") for line in output.splitlines() if line.startswith("| ")][1:]
    assert [[cell.strip() for cell in row[1:4]] for row in rows] == [
        ["perfect", "100.0", "100.0"],
        ["**kabar**", "92.6", "90.7"],
        ["poor", "9.0", "28.2"],
    ]
    assert all(row[4].strip() for row in rows if "kabar" not in row[1])
    assert "## toy, 3 lines" in output
    assert "words/s" not in output


@pytest.mark.usefixtures("toy_cli")
def test_sources_go_through_the_command_line(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status, output = run(
        folder, "--set", "toy", "--limit", "2", "--system", "greedy=--engine e --beam 1"
    )
    assert status == 0
    # Each system runs twice: the first run, with one line, is not timed.
    assert capfd.readouterr().out == (
        "options --no-cache\n" * 2 + "options --no-cache --engine e --beam 1\n" * 2
    )
    assert "## toy, 2 lines" in output
    assert "| greedy | " in output


@pytest.mark.usefixtures("toy_cli")
def test_outputs_are_saved_and_reused(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ("--set", "toy", "--outputs", str(folder / "outputs"))
    assert run(folder, *arguments)[0] == 0
    saved = folder / "outputs" / "toy.kabar.en"
    assert saved.read_text() == "SATU EKOR KUCING\nDUA\nTIGA\n"
    assert run(folder, *arguments)[0] == 0
    assert capfd.readouterr().out == "options --no-cache\n" * 2


@pytest.mark.usefixtures("toy_cli")
def test_the_page_has_the_command_figures_and_charts(folder: Path) -> None:
    arguments = ["--set", "toy", "--challenge", "--outputs", str(folder / "o")]
    arguments += ["--system", "fast one=--beam 1", "--write", str(folder / "docs")]
    assert run(folder, *arguments)[0] == 0
    page = (folder / "docs" / "quality.md").read_text()
    assert "\nwith the engine `inflight`, the default of its machine:\n" in page
    assert (
        "\npython scripts/evaluate.py DATA/eval --set toy --challenge "
        "--system 'fast one=--beam 1' --write docs\n"
    ) in page
    figures = json.loads((folder / "docs" / "quality.json").read_text())
    assert figures["sets"]["toy"]["lines"] == 3
    assert figures["sets"]["toy"]["scores"]["perfect"]["bleu"] == pytest.approx(100)
    assert figures["sets"]["toy"]["scores"]["kabar"]["numbers"] == 0
    assert figures["challenge"]["fast one"]["Clock times"] == [0, 10]
    assert [line.split()[0] for line in figures["signatures"]] == ["BLEU", "chrF++"]
    assert "## toy, 3 lines" in page
    assert "| Clock times | 10 | " in page
    for picture in ("quality-scores.png", "quality-challenge.png"):
        assert f"]({picture})" in page
        assert (folder / "docs" / picture).read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("toy_cli")
def test_a_failing_command_line_ends_the_evaluation(folder: Path) -> None:
    (folder / "toy.id").write_text("satu\ncrash\ntiga\n")
    assert run(folder, "--set", "toy") == (
        1,
        "evaluate: kabar: `kabar translate` failed with status 3\n",
    )


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("toy.en", "one\n", "toy: 3 lines in toy.id, 1 in toy.en"),
        ("toy.peers/poor.en", "one\n", "toy: 1 lines in toy.peers/poor.en, 3 in toy.id"),
        ("toy.en", None, "toy.en: No such file or directory"),
        ("o/toy.kabar.en", "one\n", "toy.kabar.en has 1 lines, toy 3: remove it"),
    ],
)
def test_unaligned_or_missing_files_are_refused(
    folder: Path, file: str, content: str | None, complaint: str
) -> None:
    ours = folder / "o" / "toy.kabar.en"
    ours.parent.mkdir()
    ours.write_text("a\nb\nc\n")
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content)
    status, output = run(folder, "--set", "toy", "--outputs", str(ours.parent))
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


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "nothing to evaluate: give --set NAME or --challenge"),
        (
            ("--set", "toy", "--system", "fast"),
            '--system "fast" is not NAME=OPTIONS with an unused name (used: kabar, perfect, poor)',
        ),
        (
            ("--set", "toy", "--system", "kabar=--beam 1"),
            '--system "kabar=--beam 1" is not NAME=OPTIONS with an unused name '
            "(used: kabar, perfect, poor)",
        ),
        (
            ("--set", "toy", "--system", "a=", "--system", "a=--beam 1"),
            '--system "a=--beam 1" is not NAME=OPTIONS with an unused name '
            "(used: a, kabar, perfect, poor)",
        ),
        (
            ("--set", "toy", "--system", 'a=--model "x'),
            '--system "a=--model "x": No closing quotation',
        ),
    ],
)
def test_unclear_options_are_refused(
    folder: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    assert run(folder, *arguments) == (2, f"evaluate: {complaint}\n")
