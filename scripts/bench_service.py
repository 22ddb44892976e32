"""Measure the service and its baselines under load, in one run.

Every system has its own process, and the systems alternate round by round. Figures are medians;
compare ratios only. Run nothing else meanwhile. The parts:

throughput  16 clients, each with its own article of 20 sentences, against these systems: the
            engine called directly with all sentences, with guards and without; Kabar; FastAPI
            with the same engine by request; FastAPI with transformers
hits        the same article again: latency, and requests per second
breaking    a breaking article, alone and during a job of 1,000 articles
memory      after 100 articles, and after 10,000
overload    ten times the capacity, for a minute
start       until the service is ready, with the model built
steadiness  sentences that come out differently with other sentences in their batches
soak        several kinds of clients at once, for minutes; only with `--part soak`
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from models.catalogue import find_model
from models.errors import ModelError
from models.load import check_engine, model_format
from models.store import ModelStore
from scripts.load.bench import Bench, log
from scripts.load.latency import breaking, hits, start
from scripts.load.memory import memory
from scripts.load.overload import overload
from scripts.load.picture import draw
from scripts.load.soak import soak
from scripts.load.steadiness import steadiness
from scripts.load.throughput import SYSTEMS, throughput
from scripts.training.corpora import read_lines
from service.settings import load_settings

PARTS: dict[str, Callable[[Bench], None]] = {
    "throughput": throughput,
    "hits": hits,
    "breaking": breaking,
    "memory": memory,
    "overload": overload,
    "start": start,
    "steadiness": steadiness,
}
SOAK = "soak"

COMPARED = ("inflight", "ctranslate2")

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: python scripts/bench_service.py DATA/eval/ntrex.id --part hits")
def main(
    text: Annotated[Path, typer.Argument(help="Indonesian sentences, one per line; at least 320.")],
    parts: Annotated[
        list[str] | None,
        typer.Option("--part", help=f"{', '.join(PARTS)} or {SOAK}; all but {SOAK} by default."),
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of every system.")] = 5,
    beam: Annotated[int, typer.Option(min=1, help="Beam size.")] = 1,
    engine: Annotated[str, typer.Option(help=f"Kabar's engine: {', '.join(COMPARED)}.")] = COMPARED[
        0
    ],
    sides: Annotated[
        list[str] | None, typer.Option("--side", help="System of throughput; all by default.")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="Length of the soak.")] = 10,
    figures: Annotated[Path | None, typer.Option(help="JSON file to add the figures to.")] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Image to draw of the JSON file's throughput and overload.")
    ] = None,
) -> None:
    """Print each figure with its target."""
    _check_names("part", parts or (), (*PARTS, SOAK))
    _check_names("side", sides or (), SYSTEMS)
    try:
        sentences = read_lines(text)
        settings = load_settings()
        check_engine(engine, "cpu")
        spec = find_model(settings.model)
        ModelStore(settings.models_dir).ensure(spec, model_format(spec, engine, "cpu"), log)
        bench = Bench(sentences, rounds, beam, engine, sides or SYSTEMS, settings.models_dir)
        print("| figure | measured | target |\n|---|---|---|", flush=True)
        for part in parts or PARTS:
            if part == SOAK:
                soak(bench, minutes)
            else:
                PARTS[part](bench)
        if figures is not None:
            known = json.loads(figures.read_text()) if figures.exists() else {}
            figures.write_text(json.dumps(known | bench.figures, indent=1) + "\n")
            if picture is not None:
                draw(known | bench.figures, picture)
    except ModelError as error:
        typer.echo(f"bench_service: {error.detail}", err=True)
        raise typer.Exit(1) from error


def _check_names(kind: str, names: Sequence[str], known: Sequence[str]) -> None:
    if unknown := set(names) - set(known):
        typer.echo(
            f"bench_service: unknown --{kind} {'; '.join(unknown)}: choose from {'; '.join(known)}",
            err=True,
        )
        raise typer.Exit(2)


if __name__ == "__main__":
    app()
