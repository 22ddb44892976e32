"""Compare engines on the same weights and sentences, in one run.

Every engine has its own process, which loads the model once. The engines alternate round by
round, so that other load on the machine affects them alike. Figures are medians; compare ratios
only. Run nothing else meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Annotated, Any

import sacrebleu
import typer

from models.errors import ModelError
from scripts.bench.picture import draw_engines
from scripts.bench.process import EngineProcess
from scripts.bench.worker import BUDGETS
from scripts.training.corpora import read_lines

ENGINES = (
    "ctranslate2 int8",
    "inflight",
    "transformers bfloat16",
    "transformers float32",
)
# All sentences at once: the engine, or the queue's token budget, makes the batches.
ALL = 0
# More than there are sentences: one batch, which the engine splits.
MANY = 1_000_000

app = typer.Typer(add_completion=False)


class Measurements:
    """The answers of one engine with one setting, one per round."""

    def __init__(self, answers: Sequence[dict[str, Any]]) -> None:
        self._answers = answers

    def median(self, name: str) -> float:
        values: list[float] = [answer[name] for answer in self._answers]
        return median(values)

    @property
    def last(self) -> dict[str, Any]:
        return self._answers[-1]


@app.command(
    epilog="Example: python scripts/bench_engine.py DATA/eval/flores-devtest.id "
    "--references DATA/eval/flores-devtest.en --limit 512"
)
def main(
    text: Annotated[Path, typer.Argument(help="Indonesian sentences, one per line.")],
    references: Annotated[Path | None, typer.Option(help="Their translations, for chrF++.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of sentences.")] = 512,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of every engine.")] = 5,
    sides: Annotated[
        list[str] | None,
        typer.Option("--side", help='"ENGINE FORM" to compare; repeatable. All by default.'),
    ] = None,
    batches: Annotated[
        str, typer.Option(help="Batch sizes to compare, comma-separated; 0: all sentences.")
    ] = "0",
    beams: Annotated[str, typer.Option(help="Beam sizes to compare, comma-separated.")] = "1",
    figures: Annotated[Path | None, typer.Option(help="JSON file to add the speeds to.")] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Image to draw of all speeds in the JSON file.")
    ] = None,
) -> None:
    """Print source words per second, with ratios to the first engine."""
    try:
        sentences = read_lines(text)[:limit]
        expected = read_lines(references)[:limit] if references else None
        engines = []
        for name in sides or ENGINES:
            engine = EngineProcess(name)
            engines.append(engine)
            _log(f"{name}: loaded in {engine.load_seconds:.1f} s")
        settings = [(int(b), int(s)) for b in beams.split(",") for s in batches.split(",")]
        speeds = _compare(engines, sentences, expected, settings, rounds)
        for engine in engines:
            engine.close()
        if figures is not None:
            speeds = _add_speeds(figures, speeds)
        if picture is not None:
            draw_engines(speeds, picture)
    except ModelError as error:
        typer.echo(f"bench_engine: {error.detail}", err=True)
        raise typer.Exit(1) from error


def _add_speeds(path: Path, speeds: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    known = json.loads(path.read_text()) if path.exists() else {}
    for setting, by_engine in speeds.items():
        known[setting] = known.get(setting, {}) | by_engine
    path.write_text(json.dumps(known, indent=1) + "\n")
    return dict(known)


def _compare(
    engines: Sequence[EngineProcess],
    sentences: Sequence[str],
    references: Sequence[str] | None,
    settings: Sequence[tuple[int, int]],
    rounds: int,
) -> dict[str, dict[str, float]]:
    """Print a table for each setting; return speeds by setting and engine."""
    words = sum(len(sentence.split()) for sentence in sentences)
    speeds: dict[str, dict[str, float]] = {}
    for beam, batch in settings:
        title = f"beam {beam}, batch {batch or 'all'}"
        # The search for the best budget also warms up the engines.
        batches = {e.name: _best_batch(e, sentences[:64], beam, batch) for e in engines}
        measured = _measure(engines, sentences, beam, batches, rounds, title)
        print(f"\n{title}, {len(sentences)} sentences, medians of {rounds} rounds\n")
        print(
            "| engine | source words/s | ratio | target tokens/s | first sentence | products "
            "| peak memory | load | chrF++ | as in float32 | changes with the batch |"
        )
        print("|---|" + "---:|" * 10)
        speeds[title] = {name: words / found.median("seconds") for name, found in measured.items()}
        exact = next((m.last["texts"] for n, m in measured.items() if n.endswith("float32")), None)
        for engine in engines:
            found, speed = measured[engine.name], speeds[title][engine.name]
            # Other sentences in a batch can change a result, so every second one is left out.
            half = engine.translate(sentences[::2], beam, batches[engine.name])["texts"]
            cells = [
                engine.name,
                f"{speed:.0f}",
                f"{speed / speeds[title][engines[0].name]:.2f}",
                f"{found.last['tokens'] / found.median('seconds'):.0f}",
                # An engine with one batch answers only at the end.
                "" if batches[engine.name] == MANY else f"{found.median('first'):.1f} s",
                f"{found.median('products'):.0%}" if found.last["products"] else "",
                f"{found.last['peak']:,.0f} MB",
                f"{engine.load_seconds:.1f} s",
                _chrf(found.last["texts"], references) if references else "",
                f"{fmean(_equal(found.last['texts'], exact)):.0%}" if exact is not None else "",
                f"{fmean(not same for same in _equal(half, found.last['texts'][::2])):.1%}",
            ]
            print(f"| {' | '.join(cells)} |")
    return speeds


def _measure(
    engines: Sequence[EngineProcess],
    sentences: Sequence[str],
    beam: int,
    batches: Mapping[str, int],
    rounds: int,
    title: str,
) -> dict[str, Measurements]:
    answers: dict[str, list[dict[str, Any]]] = {engine.name: [] for engine in engines}
    for turn in range(rounds):
        for engine in engines:
            answer = engine.translate(sentences, beam, batches[engine.name])
            answers[engine.name].append(answer)
        _log(f"{title}: round {turn + 1} of {rounds}")
    return {name: Measurements(found) for name, found in answers.items()}


def _best_batch(engine: EngineProcess, sentences: Sequence[str], beam: int, batch: int) -> int:
    """Return the batch to request.

    For all sentences it is the fastest token budget, or one batch for engines that batch
    themselves.
    """
    if batch != ALL or engine.name.startswith("inflight"):
        engine.translate(sentences, beam, batch)
        return batch
    # The first budget runs twice: the first run only warms up.
    seconds = {
        -budget: engine.translate(sentences, beam, -budget)["seconds"]
        for budget in (BUDGETS[0], *BUDGETS)
    }
    return min(seconds, key=lambda budget: seconds[budget])


def _equal(texts: Sequence[str], others: Sequence[str]) -> list[bool]:
    return [a == b for a, b in zip(texts, others, strict=True)]


def _chrf(texts: Sequence[str], references: Sequence[str]) -> str:
    return f"{sacrebleu.corpus_chrf(list(texts), [list(references)], word_order=2).score:.1f}"


def _log(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    app()
