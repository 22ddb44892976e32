"""How long sentences wait that arrive at random times, by how the engine batches.

The same sentences arrive at the same times (a Poisson process) at the same engine, by turns: each
joins those that run at the next step (in flight), or waits until the batch that runs is done and
is then translated with all who waited with it (fixed batches). Latency is from arrival to answer.
Nothing else should run meanwhile.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Annotated

import typer

from models.catalogue import find_model
from models.engine import DecodingOptions, Hypothesis, InflightBatching
from models.errors import ModelError
from models.load import load_engine
from models.store import ModelStore
from scripts.training.corpora import read_lines
from service.settings import load_settings

app = typer.Typer(add_completion=False)

# Latencies in seconds, of sentences that arrive at these seconds.
Way = Callable[[Sequence[str], Sequence[float]], list[float]]


@app.command(epilog="Example: python scripts/bench_arrivals.py DATA/eval/ntrex.id")
def main(
    text: Annotated[Path, typer.Argument(help="Indonesian, a sentence a line.")],
    limit: Annotated[int, typer.Option(min=2, help="Sentences of it.")] = 64,
    load: Annotated[
        list[float] | None,
        typer.Option(help="Sentences a second, as a share of what it can do; 0.5 by default."),
    ] = None,
    beam: Annotated[int, typer.Option(min=1, help="Beams of the search.")] = 4,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of either way.")] = 5,
) -> None:
    """Print mean latencies, and their ratio."""
    try:
        sentences = read_lines(text)[:limit]
        settings = load_settings()
        spec, store = find_model(settings.model), ModelStore(settings.models_dir)
        engine = load_engine(spec, store, engine="inflight", device="cpu", progress=_say)
    except ModelError as error:
        typer.echo(f"bench_arrivals: {error.detail}", err=True)
        raise typer.Exit(1) from error
    assert isinstance(engine, InflightBatching)
    options = DecodingOptions(beam=beam)
    ways: dict[str, Way] = {
        "in flight": lambda sources, times: in_flight(engine, options, sources, times),
        "fixed batches": lambda sources, times: fixed(engine, options, sources, times),
    }
    began = time.perf_counter()
    engine.translate(sentences, options)
    capacity = len(sentences) / (time.perf_counter() - began)
    print(f"{len(sentences)} sentences, beam {beam}; all at once: {capacity:.1f} sentences/s\n")
    print("| load | in flight, mean | fixed batches, mean | ratio | p95 | p95 |")
    print("|---:|---:|---:|---:|---:|---:|", flush=True)
    for share in load or (0.5,):
        found: dict[str, list[float]] = {name: [] for name in ways}
        ratios = []
        for number in range(rounds):
            times = arrivals(len(sentences), share * capacity, seed=number)
            means = {}
            for name, way in ways.items():
                latencies = way(sentences, times)
                found[name] += latencies
                means[name] = statistics.mean(latencies)
            ratios.append(means["in flight"] / means["fixed batches"])
            _say(f"load {share:g}: round {number + 1} of {rounds}")
        flight, batches = (statistics.mean(found[name]) for name in ways)
        p95 = [statistics.quantiles(found[name], n=20)[-1] for name in ways]
        print(
            f"| {share:g} | {flight:.2f} s | {batches:.2f} s | {statistics.median(ratios):.2f} "
            f"| {p95[0]:.2f} s | {p95[1]:.2f} s |",
            flush=True,
        )
    engine.close()


def arrivals(count: int, a_second: float, *, seed: int) -> list[float]:
    """Seconds at which sentences arrive, the first at 0."""
    draw = random.Random(seed)
    times = [0.0]
    while len(times) < count:
        times.append(times[-1] + draw.expovariate(a_second))
    return times


def in_flight(
    engine: InflightBatching,
    options: DecodingOptions,
    sources: Sequence[str],
    times: Sequence[float],
) -> list[float]:
    """Every sentence is handed over as it arrives."""
    done = [0.0] * len(sources)

    def note(number: int) -> Callable[[Future[Hypothesis]], None]:
        def stamp(answer: Future[Hypothesis]) -> None:
            done[number] = time.perf_counter()

        return stamp

    began = time.perf_counter()
    answers = []
    for number, (source, at) in enumerate(zip(sources, times, strict=True)):
        _sleep_until(began + at)
        (answer,) = engine.submit([source], options)
        answer.add_done_callback(note(number))
        answers.append(answer)
    for answer in answers:
        answer.result()
    # A result is there a moment before its callbacks have run.
    while not all(done):
        time.sleep(0.001)
    return [end - began - at for end, at in zip(done, times, strict=True)]


def fixed(
    engine: InflightBatching,
    options: DecodingOptions,
    sources: Sequence[str],
    times: Sequence[float],
) -> list[float]:
    """Whoever has arrived while a batch ran is the next batch."""
    done = [0.0] * len(sources)
    waiting: SimpleQueue[int | None] = SimpleQueue()

    def work() -> None:
        ended = False
        while not ended:
            batch = [waiting.get()]
            while not waiting.empty():
                batch.append(waiting.get())
            ended = None in batch
            numbers = [number for number in batch if number is not None]
            if numbers:
                answers = engine.submit([sources[number] for number in numbers], options)
                for answer in answers:
                    answer.result()
            for number in numbers:
                done[number] = time.perf_counter()

    worker = Thread(target=work)
    worker.start()
    began = time.perf_counter()
    for number, at in enumerate(times):
        _sleep_until(began + at)
        waiting.put(number)
    waiting.put(None)
    worker.join()
    return [end - began - at for end, at in zip(done, times, strict=True)]


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.perf_counter()))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    app()
