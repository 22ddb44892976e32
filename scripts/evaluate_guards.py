"""What the guards do: numbers, quotations and lengths that are wrong, before and after them.

In goes a folder with `NAME.id`, `NAME.en` and, if there are any, other systems' outputs in
`NAME.peers/*.en`. Kabar translates the sources once; what its model said first and what came out of
the guards are counted by the same code as the other systems' outputs, which were published. Out
comes a table with sacrebleu's scores and what the guards cost in time. For the confidence of a
sentence: how well it separates bad sentences (chrF under 40) from the others, and a picture of how
often a sentence of some confidence is bad.
"""

from __future__ import annotations

import json
import re
import sys
import time
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import exp
from pathlib import Path
from statistics import fmean
from typing import Annotated

import typer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from models.engine import DecodingOptions, Hypothesis
from scripts.quality.scores import too_short
from scripts.quality.sets import EvaluationError, TestSet, read_test_set
from service.checks.checked import Checked
from service.checks.compare import pair_numbers
from service.checks.faults import loops
from service.checks.quotations import quotations
from service.runtime import open_engine
from service.scheduling.queue import EngineQueue
from service.scheduling.request import RequestContext
from service.scheduling.streamer import open_queue
from service.scheduling.translator import OnBatch, Outcome, Signature
from service.settings import load_settings
from service.translation.guards import translate_checked

BAD = 40.0  # chrF of a sentence, below which it is a bad translation
BINS = 10

app = typer.Typer(add_completion=False)


class Recorder:
    """A translator that remembers what it answered first, and how long that took: `seconds`, and
    of them `looking` in the guards, while which the engine goes on."""

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
class Row:
    """Lines of a system with a fault; `digit_lines` are those with digits on either side."""

    system: str
    digit_lines: int
    lost: int
    invented: int
    words: int
    quotations: int
    short: int
    loops: int
    bleu: float
    chrf: float


@dataclass(frozen=True, slots=True)
class Confidence:
    """How well confidence tells bad sentences: area under the ROC curve, and the share of bad
    sentences in each tenth of the sentences, least confident first, with its mean confidence."""

    auc: float
    bad: int
    sentences: int
    bins: list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Report:
    """All that is measured on one set. `seconds` are those of the first search less the guards'
    own, as if the engine had stood still meanwhile; `seconds_guarded` are all."""

    name: str
    lines: int
    rows: list[Row]
    changed: int
    seconds: float
    seconds_guarded: float
    confidence: Confidence
    signatures: list[str]


def count(system: str, test: TestSet, hypotheses: Sequence[str]) -> Row:
    """A system's faults; numbers in words are counted on their own."""
    pairings = [
        pair_numbers(source, hypothesis)
        for source, hypothesis in zip(test.sources, hypotheses, strict=True)
    ]
    lost = [[p.source[n].in_digits for n in p.missing] for p in pairings]
    invented = [[p.target[m].in_digits for m in p.invented] for p in pairings]
    both = list(zip(test.sources, hypotheses, strict=True))
    return Row(
        system=system,
        digit_lines=sum(bool(re.search(r"\d", source + target)) for source, target in both),
        lost=sum(any(line) for line in lost),
        invented=sum(any(line) for line in invented),
        words=sum(
            (bool(a) and not any(a)) or (bool(b) and not any(b))
            for a, b in zip(lost, invented, strict=True)
        ),
        quotations=sum(
            len(quotations(source)) != len(quotations(target)) for source, target in both
        ),
        short=sum(
            too_short(target, reference)
            for target, reference in zip(hypotheses, test.references, strict=True)
        ),
        loops=sum(loops(target, source) for source, target in both),
        bleu=BLEU().corpus_score(list(hypotheses), [test.references]).score,
        chrf=CHRF(word_order=2).corpus_score(list(hypotheses), [test.references]).score,
    )


def separation(scores: Sequence[float], bad: Sequence[bool]) -> float:
    """The chance that a bad sentence has a lower score than another one (ties count half): the
    area under the ROC curve (Hanley and McNeil 1982). 0.5 where all are bad, or none."""
    goods = sorted(score for score, is_bad in zip(scores, bad, strict=True) if not is_bad)
    bads = [score for score, is_bad in zip(scores, bad, strict=True) if is_bad]
    if not goods or not bads:
        return 0.5
    above = sum(
        2 * len(goods) - bisect_left(goods, score) - bisect_right(goods, score) for score in bads
    )
    return above / (2 * len(goods) * len(bads))


def judge_confidence(
    confidences: Sequence[float], hypotheses: Sequence[str], references: Sequence[str]
) -> Confidence:
    """How the confidences go with the sentences' chrF against their references."""
    metric = CHRF()
    bad = [
        metric.sentence_score(hypothesis, [reference]).score < BAD
        for hypothesis, reference in zip(hypotheses, references, strict=True)
    ]
    ranked = sorted(zip(confidences, bad, strict=True))
    bins = []
    for n in range(BINS):
        part = ranked[n * len(ranked) // BINS : (n + 1) * len(ranked) // BINS]
        if part:
            bins.append((fmean(score for score, _ in part), fmean(is_bad for _, is_bad in part)))
    return Confidence(separation(confidences, bad), sum(bad), len(bad), bins)


def measure(
    test: TestSet, queue: EngineQueue, options: DecodingOptions
) -> tuple[Report, dict[str, Sequence[str]]]:
    """Translate the set with the guards and count what they changed; beside that our hypotheses,
    before the guards and after them. Raises `EngineFailed`."""
    recorder = Recorder(queue)
    sources = [" ".join(source.split()) for source in test.sources]
    began = time.perf_counter()
    with typer.progressbar(
        length=len(sources), label=test.name, file=sys.stderr, show_pos=True
    ) as bar:
        # Equal sentences are translated once, by the queue.
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
    ours: dict[str, Sequence[str]] = {"Kabar without guards": first, "Kabar": texts}
    rows = ours | test.peers
    report = Report(
        name=test.name,
        lines=len(sources),
        rows=[count(system, test, lines) for system, lines in rows.items()],
        changed=sum(one != other for one, other in zip(first, texts, strict=True)),
        seconds=recorder.seconds - recorder.looking,
        seconds_guarded=seconds_guarded,
        confidence=judge_confidence(
            [min(1.0, exp(hypothesis.score)) for hypothesis in hypotheses], texts, test.references
        ),
        signatures=[
            f"BLEU {_signature(BLEU(), test)}",
            f"chrF++ {_signature(CHRF(word_order=2), test)}",
        ],
    )
    return report, ours


def _signature(metric: BLEU | CHRF, test: TestSet) -> str:
    metric.corpus_score(test.references[:1], [test.references[:1]])
    return str(metric.get_signature().format())


def table(report: Report) -> str:
    """The report as Markdown."""
    lines = [
        "| system | lines with digits | a number lost | invented | wrong in words | quotations "
        "| under half | loops | BLEU | chrF++ |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in report.rows:
        name = f"**{row.system}**" if row.system.startswith("Kabar") else row.system
        lines.append(
            f"| {name} | {row.digit_lines} | {row.lost} | {row.invented} | {row.words} "
            f"| {row.quotations} | {row.short} | {row.loops} | {row.bleu:.1f} | {row.chrf:.1f} |"
        )
    confidence = report.confidence
    return "\n".join(
        [
            *lines,
            "",
            f"The guards changed {report.changed} of {report.lines} sentences and took at most "
            f"{report.seconds_guarded / report.seconds - 1:.1%} more time.",
            f"Confidence separates the {confidence.bad} sentences with a chrF under {BAD:.0f} from "
            f"the others with an AUC of {confidence.auc:.2f}.",
            "",
            *(f"`{signature}`  " for signature in report.signatures),
        ]
    )


def draw(reports: Sequence[Report], path: Path) -> None:
    """The share of bad sentences by confidence, a line a set."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.5, 4), layout="constrained")
    for report in reports:
        scores, shares = zip(*report.confidence.bins, strict=True)
        label = f"{report.name} (AUC {report.confidence.auc:.2f})"
        axes.plot(scores, [100 * share for share in shares], marker="o", label=label)
    axes.set_xlabel("mean confidence of a tenth of the sentences")
    axes.set_ylabel(f"sentences with a chrF under {BAD:.0f}, %")
    axes.set_ylim(0)
    axes.legend()
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _keep(test: TestSet, hypotheses: Mapping[str, Sequence[str]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for system, lines in hypotheses.items():
        name = f"{test.name}.{system.lower().replace(' ', '-')}.en"
        text = "".join(f"{line}\n" for line in lines)
        (folder / name).write_text(text, encoding="utf-8")


@app.command(epilog="Example: python scripts/evaluate_guards.py DATA/eval flores-devtest ntrex")
def main(
    folder: Annotated[Path, typer.Argument(help="With NAME.id, NAME.en and NAME.peers/*.en.")],
    names: Annotated[list[str], typer.Argument(help="The test sets.")],
    beam: Annotated[int, typer.Option(min=1, help="Beams of the first search.")] = 4,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first lines.")] = None,
    write: Annotated[
        Path | None, typer.Option(help="A folder for guards.json and confidence.png.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="A folder for what came out, a line a sentence.")
    ] = None,
) -> None:
    """Count what is wrong before and after the guards, beside other systems."""
    settings = load_settings()
    try:
        tests = [read_test_set(folder, name).first(limit) for name in names]
    except EvaluationError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    engine = open_engine(settings)
    batcher = open_queue(engine)
    reports = []
    try:
        for test in tests:
            report, ours = measure(test, batcher, DecodingOptions(beam=beam))
            reports.append(report)
            if keep is not None:
                _keep(test, ours, keep)
            typer.echo(f"\n### {test.name}, beam {beam}\n\n{table(report)}")
    finally:
        batcher.close()
        engine.close()
    if write is not None:
        figures: Mapping[str, object] = {
            report.name: asdict(report) | {"beam": beam} for report in reports
        }
        text = json.dumps(figures, indent=1) + "\n"
        (write / "guards.json").write_text(text, encoding="utf-8")
        draw(reports, write / "confidence.png")


if __name__ == "__main__":
    app()
