"""Count wrong numbers, quotations and lengths before and after the guards.

The folder holds `NAME.id`, `NAME.en` and optionally outputs of other systems in `NAME.peers/*.en`.
Kabar translates the sources once. The same code counts the faults of the model's first output,
of the output of the guards, and of the other systems. The script prints a table with sacrebleu's
scores, and the time that the guards take. For the confidence of a sentence, it measures how well it
separates bad sentences (chrF under 40) from the others, and draws how often a sentence is bad.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import exp
from pathlib import Path
from typing import Annotated

import typer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from models.engine import DecodingOptions, Hypothesis
from scripts.quality.confidence import BAD_CHRF, Confidence, draw, measure_confidence
from scripts.quality.faults import FaultCounts, count_faults, fault_table
from scripts.quality.sets import EvaluationError, TestSet, read_test_set
from service.checks.checked import Checked
from service.runtime import open_engine
from service.scheduling.queue import EngineQueue
from service.scheduling.request import RequestContext
from service.scheduling.streamer import open_queue
from service.scheduling.translator import OnBatch, Outcome, Signature
from service.settings import load_settings
from service.translation.guards import translate_checked

app = typer.Typer(add_completion=False)


class Recorder:
    """A translator that records its first answer, `first`, by source.

    `seconds` is the time of that answer. `looking` is the part that the guards took in it, during
    which the engine continued.
    """

    def __init__(self, inner: EngineQueue) -> None:
        self._inner = inner
        self.first: dict[str, Hypothesis] = {}
        self.seconds = 0.0
        self.looking = 0.0

    @property
    def signature(self) -> Signature:
        return self._inner.signature

    @property
    def max_source_tokens(self) -> int:
        return self._inner.max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return self._inner.count_tokens(sources)

    def translate(
        self,
        sources: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        on_batch: OnBatch | None = None,
    ) -> list[Outcome]:
        if self.first:
            return self._inner.translate(sources, options, context, on_batch)

        def timed(indexes: Sequence[int], outcomes: Sequence[Outcome]) -> None:
            began = time.perf_counter()
            if on_batch is not None:
                on_batch(indexes, outcomes)
            self.looking += time.perf_counter() - began

        began = time.perf_counter()
        outcomes = self._inner.translate(sources, options, context, timed)
        self.seconds = time.perf_counter() - began
        self.first = {
            source: outcome
            for source, outcome in zip(sources, outcomes, strict=True)
            if isinstance(outcome, Hypothesis)
        }
        return outcomes


@dataclass(frozen=True, slots=True)
class Report:
    """The results of one test set.

    `seconds` is the time of the first search without the guards, as if the engine stood still
    while they ran. `seconds_guarded` is the whole time.
    """

    name: str
    lines: int
    rows: list[FaultCounts]
    changed: int
    seconds: float
    seconds_guarded: float
    confidence: Confidence
    signatures: list[str]


def measure(
    test: TestSet, queue: EngineQueue, options: DecodingOptions
) -> tuple[Report, dict[str, Sequence[str]]]:
    """Translate the set with the guards, and count what they changed.

    Return the report, and Kabar's lines without and with the guards. Raises `EngineFailed`.
    """
    recorder = Recorder(queue)
    sources = [" ".join(source.split()) for source in test.sources]
    began = time.perf_counter()
    with typer.progressbar(
        length=len(sources), label=test.name, file=sys.stderr, show_pos=True
    ) as bar:
        # The queue translates equal sentences once.
        outcomes = translate_checked(
            recorder, sources, options, RequestContext(), lambda rows, _: bar.update(len(rows))
        )
    seconds_guarded = time.perf_counter() - began
    hypotheses = []
    for outcome in outcomes:
        if not isinstance(outcome, Checked):
            raise outcome
        hypotheses.append(outcome.hypothesis)
    first = [recorder.first[source].text for source in sources]
    texts = [hypothesis.text for hypothesis in hypotheses]
    kabar: dict[str, Sequence[str]] = {"Kabar without guards": first, "Kabar": texts}
    report = Report(
        name=test.name,
        lines=len(sources),
        rows=[count_faults(system, test, lines) for system, lines in (kabar | test.peers).items()],
        changed=sum(before != after for before, after in zip(first, texts, strict=True)),
        seconds=recorder.seconds - recorder.looking,
        seconds_guarded=seconds_guarded,
        confidence=measure_confidence(
            [min(1.0, exp(hypothesis.score)) for hypothesis in hypotheses], texts, test.references
        ),
        signatures=[
            f"BLEU {_signature(BLEU(), test)}",
            f"chrF++ {_signature(CHRF(word_order=2), test)}",
        ],
    )
    return report, kabar


def _signature(metric: BLEU | CHRF, test: TestSet) -> str:
    metric.corpus_score(test.references[:1], [test.references[:1]])
    return str(metric.get_signature().format())


def table(report: Report) -> str:
    """Format the report as Markdown."""
    confidence = report.confidence
    return "\n".join(
        [
            *fault_table(report.rows),
            "",
            f"The guards changed {report.changed} of {report.lines} sentences and took at most "
            f"{report.seconds_guarded / report.seconds - 1:.1%} more time.",
            f"Confidence separates the {confidence.bad} sentences with a chrF under {BAD_CHRF:.0f} "
            f"from the others with an AUC of {confidence.auc:.2f}.",
            "",
            *(f"`{signature}`  " for signature in report.signatures),
        ]
    )


def _save_lines(test: TestSet, outputs: Mapping[str, Sequence[str]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for system, lines in outputs.items():
        name = f"{test.name}.{system.lower().replace(' ', '-')}.en"
        text = "".join(f"{line}\n" for line in lines)
        (folder / name).write_text(text, encoding="utf-8")


@app.command(epilog="Example: python scripts/evaluate_guards.py DATA/eval flores-devtest ntrex")
def main(
    folder: Annotated[Path, typer.Argument(help="Folder with NAME.id, .en and .peers/*.en.")],
    names: Annotated[list[str], typer.Argument(help="NAMEs of test sets.")],
    beam: Annotated[int, typer.Option(min=1, help="Beam size of the first search.")] = 4,
    limit: Annotated[int | None, typer.Option(min=1, help="Use only the first N lines.")] = None,
    write: Annotated[
        Path | None, typer.Option(help="Folder for guards.json and confidence.png.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Folder for Kabar's outputs, one sentence per line.")
    ] = None,
) -> None:
    """Print faults before and after the guards, and of other systems."""
    settings = load_settings()
    try:
        tests = [read_test_set(folder, name).first(limit) for name in names]
    except EvaluationError as error:
        typer.echo(f"evaluate_guards: {error}", err=True)
        raise typer.Exit(error.exit_code) from error
    engine = open_engine(settings)
    queue = open_queue(engine)
    reports = []
    try:
        for test in tests:
            report, kabar = measure(test, queue, DecodingOptions(beam=beam))
            reports.append(report)
            if keep is not None:
                _save_lines(test, kabar, keep)
            typer.echo(f"\n### {test.name}, beam {beam}\n\n{table(report)}")
    finally:
        queue.close()
        engine.close()
    if write is not None:
        figures = {report.name: asdict(report) | {"beam": beam} for report in reports}
        text = json.dumps(figures, indent=1) + "\n"
        (write / "guards.json").write_text(text, encoding="utf-8")
        draw({report.name: report.confidence for report in reports}, write / "confidence.png")


if __name__ == "__main__":
    app()
