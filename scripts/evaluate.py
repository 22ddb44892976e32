"""Compare Kabar's translations with those of published systems.

The folder holds `NAME.id` and `NAME.en` (aligned, one sentence per line) and optionally outputs of
other systems in `NAME.peers/*.en`. For every set the script prints BLEU (Papineni et al. 2002) and
chrF++ (Popović 2017) by sacrebleu, with their signatures. It tests every system against Kabar by
paired bootstrap, counts outputs with faults, and prints times. For the challenge set it prints the
share of sentences that pass. `--write` makes a page of it, with charts. Missing, empty or unaligned
files end the program with exit status 2.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from models.catalogue import find_model
from models.load import choose_engine
from scripts.quality.challenge import count_passed, faults, read_challenge
from scripts.quality.report import (
    Timing,
    challenge_table,
    draw_challenge,
    draw_scores,
    score_table,
    timing_table,
)
from scripts.quality.scores import Evaluation, evaluate
from scripts.quality.sets import (
    OURS,
    EvaluationError,
    InputError,
    TestSet,
    TranslationError,
    read_lines,
    read_test_set,
)
from service.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent
CHALLENGE = "challenge"
PAGE = "quality.md"
FIGURES = "quality.json"

app = typer.Typer(add_completion=False)


@dataclass(frozen=True, slots=True)
class System:
    """A way to run Kabar: a name, and options of `kabar translate`."""

    name: str
    options: list[str]


@app.command(
    epilog="Example: python scripts/evaluate.py DATA/eval --set flores-devtest --challenge "
    '--system "greedy=--beam 1"'
)
def main(
    folder: Annotated[
        Path, typer.Argument(help="Folder with NAME.id, NAME.en and NAME.peers/*.en.")
    ],
    sets: Annotated[
        list[str] | None, typer.Option("--set", help="NAME of a test set; repeatable.")
    ] = None,
    challenge: Annotated[
        bool, typer.Option("--challenge", help="Add the challenge set, and print its failures.")
    ] = False,
    system: Annotated[
        list[str] | None,
        typer.Option(
            help=f'"NAME=OPTIONS" of `kabar translate`, beside {OURS} without options; repeatable.'
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Use only the first N lines.")] = None,
    outputs: Annotated[
        Path | None,
        typer.Option(help="Folder to keep outputs in; outputs that it has are reused."),
    ] = None,
    write: Annotated[
        Path | None, typer.Option(help=f"Folder for {PAGE}, {FIGURES} and the charts.")
    ] = None,
) -> None:
    """Print Kabar's quality and speed, and the other systems' quality."""
    try:
        if not sets and not challenge:
            raise InputError("nothing to evaluate: give --set NAME or --challenge")
        tests = [read_test_set(folder, name).first(limit) for name in sets or ()]
        systems = _systems(system or (), tests)
        page = _Page()
        for test in tests:
            page.add_set(test, systems, outputs)
        if challenge:
            page.add_challenge(systems, outputs)
        typer.echo("\n".join(page.lines))
        if write:
            page.write(write, _command(tests, challenge, system or (), limit))
    except EvaluationError as error:
        typer.echo(f"evaluate: {error}", err=True)
        raise typer.Exit(error.exit_code) from error


def _command(
    tests: Sequence[TestSet], challenge: bool, systems: Sequence[str], limit: int | None
) -> str:
    """Return the command that makes the page, with `DATA` for the folder."""
    words = ["python", "scripts/evaluate.py", "DATA/eval"]
    for test in tests:
        words += ["--set", test.name]
    words += ["--challenge"] if challenge else []
    words += ["--limit", str(limit)] if limit else []
    for system in systems:
        words += ["--system", system]
    return shlex.join([*words, "--write", "docs"])


def _systems(texts: Sequence[str], tests: Sequence[TestSet]) -> list[System]:
    """Return Kabar without options, and the given systems.

    Raises `InputError`.
    """
    systems = [System(OURS, [])]
    for text in texts:
        name, separator, options = text.partition("=")
        used = {system.name for system in systems} | {peer for test in tests for peer in test.peers}
        if not separator or not name.strip() or name.strip() in used:
            raise InputError(
                f'--system "{text}" is not NAME=OPTIONS with an unused name '
                f"(used: {', '.join(sorted(used))})"
            )
        try:
            systems.append(System(name.strip(), shlex.split(options)))
        except ValueError as error:
            raise InputError(f'--system "{text}": {error}') from error
    return systems


class _Page:
    """The tables, and the results for the charts."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._evaluations: dict[str, Evaluation] = {}
        self._counts: dict[str, int] = {}
        self._challenge: dict[str, dict[str, tuple[int, int]]] = {}
        self._ours: list[str] = []

    def add_set(self, test: TestSet, systems: Sequence[System], outputs: Path | None) -> None:
        self._ours = [system.name for system in systems]
        hypotheses, timings = dict(test.peers), []
        for system in systems:
            lines, seconds = translate(test.name, test.sources, system, outputs)
            hypotheses[system.name] = lines
            if seconds is not None:
                timings.append(timing(system.name, test.sources, lines, seconds))
        evaluation = evaluate(hypotheses, test.sources, test.references, OURS)
        self._evaluations[test.name], self._counts[test.name] = evaluation, len(test.sources)
        self.lines += [f"## {test.name}, {len(test.sources):,} lines", ""]
        self.lines += [score_table(evaluation, self._ours), ""]
        if len(timings) > 1:  # speeds of one run are not compared with those of another
            self.lines += [timing_table(timings), ""]

    def add_challenge(self, systems: Sequence[System], outputs: Path | None) -> None:
        challenge = read_challenge()
        sentences = [s for phenomenon in challenge.values() for s in phenomenon.sentences]
        sources = [sentence.source for sentence in sentences]
        failures: list[str] = []
        for system in systems:
            hypotheses, _ = translate(CHALLENGE, sources, system, outputs)
            self._challenge[system.name] = count_passed(challenge, hypotheses)
            if system.name == OURS:
                for sentence, hypothesis in zip(sentences, hypotheses, strict=True):
                    if wrong := faults(sentence, hypothesis):
                        failures += [f"{sentence.source}\n    {hypothesis}\n    {'; '.join(wrong)}"]
        for failure in failures:
            typer.echo(failure, err=True)
        self.lines += ["## Challenge set", "", challenge_table(challenge, self._challenge), ""]

    def write(self, folder: Path, command: str) -> None:
        """Write the page, its figures as JSON, and the charts."""
        folder.mkdir(parents=True, exist_ok=True)
        pictures = []
        if self._evaluations:
            draw_scores(self._evaluations, self._ours, folder / "quality-scores.png")
            pictures += ["![BLEU and chrF++ of each system](quality-scores.png)", ""]
        if self._challenge:
            draw_challenge(read_challenge(), self._challenge, folder / "quality-challenge.png")
            pictures += ["![Pass rates by phenomenon](quality-challenge.png)", ""]
        settings = load_settings()
        name, _ = choose_engine(find_model(settings.model), settings.engine, settings.device)
        engine = f"with the engine `{name}`, the default of its machine:"
        lines = [*_PREFACE, engine, "", "```", command, "```", ""]
        text = "\n".join([*lines, *pictures, *self.lines]).rstrip() + "\n"
        (folder / PAGE).write_text(text, encoding="utf-8")
        figures = json.dumps(self._figures(), indent=1, ensure_ascii=False) + "\n"
        (folder / FIGURES).write_text(figures, encoding="utf-8")

    def _figures(self) -> dict[str, object]:
        """Return the page's figures for programs, such as `scripts/model_card.py`."""
        titles = {name: phenomenon.title for name, phenomenon in read_challenge().items()}
        return {
            "sets": {
                name: {
                    "lines": self._counts[name],
                    "scores": {score.system: asdict(score) for score in evaluation.scores},
                }
                for name, evaluation in self._evaluations.items()
            },
            "signatures": [s for e in self._evaluations.values() for s in e.signatures][:2],
            "challenge": {
                system: {titles[name]: counts for name, counts in result.items()}
                for system, result in self._challenge.items()
            },
        }


_PREFACE = [
    "# Translation quality",
    "",
    "- *p*: the probability that the choice of sentences alone gives a BLEU difference from kabar",
    "  this large (paired bootstrap, 1,000 resamplings).",
    "- *numbers wrong*: lines that lose a number in digits, or have one that the source lacks.",
    "- *length*: outputs under half or over twice the reference. *loops*: outputs that repeat a",
    "  phrase three times. *Indonesian*: outputs in Indonesian.",
    "- Seconds include the start of the program. × is the speed relative to that system. Target",
    "  tokens are sacrebleu's 13a tokens.",
    "",
    "The model was trained as [training](training.md) says. This command wrote the page,",
]


def translate(
    name: str, sources: Sequence[str], system: System, outputs: Path | None
) -> tuple[list[str], float | None]:
    """Translate with the command line; return lines and seconds.

    The lines of an earlier run in `outputs` are reused, without seconds. Raises `TranslationError`,
    and `InputError` for reused lines of another number.
    """
    saved = outputs / f"{name}.{system.name.replace(' ', '-')}.en" if outputs else None
    if saved and saved.exists():
        lines = read_lines(saved)
        if len(lines) != len(sources):
            raise InputError(f"{saved} has {len(lines)} lines, {name} {len(sources)}: remove it")
        typer.echo(f"{system.name}: reused {saved}", err=True)
        return lines, None
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source.id"), Path(folder, "target.en")
        command = [sys.executable, "-m", "service.cli.main", "translate", "--lines", str(source)]
        command += ["--no-cache", *system.options, "-o", str(target)]
        # The first line alone builds the model if needed, so that the time does not include it.
        for part in (sources[:1], sources):
            source.write_text("".join(f"{line}\n" for line in part), encoding="utf-8", newline="\n")
            started = time.perf_counter()
            status = subprocess.run(command, cwd=ROOT, check=False).returncode
            seconds = time.perf_counter() - started
            if status != 0:
                raise TranslationError(
                    f"{system.name}: `kabar translate` failed with status {status}"
                )
        lines = read_lines(target)
        if saved:
            saved.parent.mkdir(parents=True, exist_ok=True)
            saved.write_bytes(target.read_bytes())
    return lines, seconds


def timing(
    system: str, sources: Sequence[str], hypotheses: Sequence[str], seconds: float
) -> Timing:
    """Count source words by white space, and target tokens by sacrebleu."""
    tokenize = Tokenizer13a()  # type: ignore[no-untyped-call]
    return Timing(
        system,
        seconds,
        words=sum(len(source.split()) for source in sources),
        tokens=sum(len(tokenize(hypothesis).split()) for hypothesis in hypotheses),
    )


if __name__ == "__main__":
    app()
