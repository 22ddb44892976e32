"""Translation quality of Kabar beside published systems, on sets of aligned lines.

In goes a folder with `NAME.id` and `NAME.en` (one sentence a line, aligned) and, if there are
any, other systems' outputs in `NAME.peers/*.en`. Out comes a Markdown table of BLEU (Papineni et
al. 2002) and chrF++ (Popović 2017) by sacrebleu, with the signatures that reproduce them.
Files that are missing, empty or of unequal length end the program with exit status 2.
"""

from __future__ import annotations

import html
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
OURS = "kabar"

app = typer.Typer(add_completion=False)


class EvaluationError(Exception):
    """Base of what ends the evaluation; `exit_code` is the program's exit status."""

    exit_code = 1


class InputError(EvaluationError):
    """The files or options cannot be used as they are; the message says which and why."""

    exit_code = 2


class TranslationError(EvaluationError):
    """The command line failed; what it says about it stands above the message."""


@dataclass(frozen=True, slots=True)
class TestSet:
    """Aligned lines; `peers` holds other systems' outputs by name, as long as the sources."""

    __test__ = False  # not for pytest to collect

    sources: list[str]
    references: list[str]
    peers: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Score:
    """One system on one set: BLEU and chrF++ on a scale of 100.

    `short`, `long` and `empty` count outputs with under half, over twice, and none of the
    reference's words; an empty output is also a short one.
    """

    system: str
    bleu: float
    chrf: float
    short: int
    long: int
    empty: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores, best BLEU first, and sacrebleu's signatures for them."""

    scores: list[Score]
    signatures: list[str]


def evaluate(systems: Mapping[str, Sequence[str]], references: Sequence[str]) -> Evaluation:
    """Score every system's lines against one reference each.

    Raises `InputError` where a system has another number of lines than the reference.
    """
    bleu, chrf = BLEU(), CHRF(word_order=2)
    scores = []
    for system, hypotheses in systems.items():
        if len(hypotheses) != len(references):
            raise InputError(f"{system}: {len(hypotheses)} lines, reference: {len(references)}")
        lengths = [
            (len(hypothesis.split()), len(reference.split()))
            for hypothesis, reference in zip(hypotheses, references, strict=True)
        ]
        scores.append(
            Score(
                system,
                bleu=bleu.corpus_score(hypotheses, [references]).score,
                chrf=chrf.corpus_score(hypotheses, [references]).score,
                short=sum(2 * ours < theirs for ours, theirs in lengths),
                long=sum(ours > 2 * theirs for ours, theirs in lengths),
                empty=sum(ours == 0 for ours, _ in lengths),
            )
        )
    scores.sort(key=lambda score: -score.bleu)
    signatures = [
        f"BLEU {bleu.get_signature().format()}",
        f"chrF++ {chrf.get_signature().format()}",
    ]
    return Evaluation(scores, signatures)


def markdown(evaluation: Evaluation, ours: str = OURS) -> str:
    """The table, our system in bold, and the signatures below it."""
    lines = [
        "| system | BLEU | chrF++ | under half | over twice | empty |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for score in evaluation.scores:
        name = f"**{score.system}**" if score.system == ours else score.system
        lines.append(
            f"| {name} | {score.bleu:.1f} | {score.chrf:.1f} "
            f"| {score.short} | {score.long} | {score.empty} |"
        )
    return "\n".join([*lines, "", *evaluation.signatures])


def speed(sources: Sequence[str], seconds: float) -> str:
    """Source words (between white space) a second, start of the program included."""
    words = sum(len(source.split()) for source in sources)
    return f"{seconds:.1f} s for {words} source words, {words / seconds:.1f} words/s"


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file; only line feeds end one. Raises `InputError`."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}") from error
    if not text:
        return []
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def read_test_set(folder: Path, name: str) -> TestSet:
    """The set's files, checked against each other. Raises `InputError`."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder")
    sources = read_lines(folder / f"{name}.id")
    references = read_lines(folder / f"{name}.en")
    if len(sources) != len(references):
        raise InputError(
            f"{name}: {len(sources)} lines in {name}.id, {len(references)} in {name}.en"
        )
    if not sources:
        raise InputError(f"{name}: the files are empty")
    # Google's outputs were published with HTML entities; no other peer has any.
    peers = {
        path.stem: [html.unescape(line) for line in read_lines(path)]
        for path in sorted((folder / f"{name}.peers").glob("*.en"))
    }
    for peer, lines in peers.items():
        if len(lines) != len(sources):
            raise InputError(
                f"{name}: {len(lines)} lines in {name}.peers/{peer}.en, {len(sources)} in {name}.id"
            )
    return TestSet(sources, references, peers)


def translate(sources: Sequence[str], options: Sequence[str]) -> list[str]:
    """The command line's translation of every line. Raises `TranslationError`."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.id"), Path(folder, "target.en")
        source.write_text("".join(f"{line}\n" for line in sources), encoding="utf-8", newline="\n")
        command = [sys.executable, "-m", "service.cli", "translate", "--lines", str(source)]
        command += ["--no-cache", *options, "-o", str(target)]
        status = subprocess.run(command, cwd=ROOT, check=False).returncode
        if status != 0:
            raise TranslationError(f"`kabar translate` ended with status {status}")
        return read_lines(target)


@app.command(epilog="Example: python scripts/evaluate.py DATA/eval --set flores-devtest --beam 4")
def main(
    folder: Annotated[Path, typer.Argument(help="Holds NAME.id, NAME.en and NAME.peers/*.en.")],
    sets: Annotated[list[str], typer.Option("--set", help="NAME of a set; may be repeated.")],
    engine: Annotated[str | None, typer.Option(help="As for `kabar translate`.")] = None,
    model: Annotated[str | None, typer.Option(help="As for `kabar translate`.")] = None,
    beam: Annotated[int | None, typer.Option(min=1, help="As for `kabar translate`.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N lines.")] = None,
    hypotheses: Annotated[
        Path | None, typer.Option(help="Score these lines of one set instead of translating.")
    ] = None,
) -> None:
    """Print BLEU and chrF++ of Kabar and of the peers of each set."""
    given = {"--engine": engine, "--model": model, "--beam": beam}
    options = [
        part for key, value in given.items() if value is not None for part in (key, str(value))
    ]
    try:
        if hypotheses and (options or len(sets) > 1):
            raise InputError("--hypotheses goes with one --set and no option for translating")
        for name in sets:
            _report(name, read_test_set(folder, name), options, limit, hypotheses)
    except EvaluationError as error:
        typer.echo(f"evaluate: {error}", err=True)
        raise typer.Exit(error.exit_code) from error


def _report(
    name: str, test_set: TestSet, options: list[str], limit: int | None, hypotheses: Path | None
) -> None:
    sources = test_set.sources[:limit]
    started = time.perf_counter()
    if hypotheses:
        ours = read_lines(hypotheses)
        if len(ours) != len(test_set.sources):
            raise InputError(f"{hypotheses}: {len(ours)} lines, {name}.id: {len(test_set.sources)}")
    else:
        ours = translate(sources, options)
    seconds = time.perf_counter() - started
    systems = {peer: lines[:limit] for peer, lines in test_set.peers.items()}
    systems[OURS] = ours[:limit]
    evaluation = evaluate(systems, test_set.references[:limit])
    typer.echo(f"## {name}, {len(sources)} lines\n\n{markdown(evaluation)}")
    if not hypotheses:
        typer.echo(f"\nkabar translate {' '.join(options)}: {speed(sources, seconds)}")
    typer.echo()


if __name__ == "__main__":
    app()
