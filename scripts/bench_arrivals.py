"""Compare the latency of in-flight and fixed batches.

The same sentences arrive at the same times (a Poisson process) at the same engine. In flight, a
sentence joins the running ones at the next step. With fixed batches, it waits until the running
batch ends, and is then translated with the others that waited. Both methods alternate. Latency
is the time from arrival to answer. Run nothing else meanwhile.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
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

# From sentences and their arrival times to their latencies, all in seconds.
Batching = Callable[[Sequence[str], Sequence[float]], list[float]]


@app.command(epilog="Example: python scripts/bench_arrivals.py DATA/eval/ntrex.id")
def main(
    text: Annotated[Path, typer.Argument(help="Indonesian sentences, one per line.")],
    limit: Annotated[int, typer.Option(min=2, help="Number of sentences to use.")] = 64,
    load: Annotated[
        list[float] | None,
        typer.Option(help="Arrival rate as a share of capacity; repeatable. Default: 0.5."),
    ] = None,
    beam: Annotated[int, typer.Option(min=1, help="Beam size.")] = 4,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of each method.")] = 5,
) -> None:
    """Print the mean latency of both methods, and their ratio."""
    try:
        sentences = read_lines(text)[:limit]
        settings = load_settings()
        spec, store = find_model(settings.model), ModelStore(settings.models_dir)
        engine = load_engine(spec, store, engine="inflight", device="cpu", progress=_log)
    except ModelError as error:
        typer.echo(f"bench_arrivals: {error.detail}", err=True)
        raise typer.Exit(1) from error
    assert isinstance(engine, InflightBatching)
    options = DecodingOptions(beam=beam)
    methods: dict[str, Batching] = {
        "in flight": lambda sources, times: in_flight(engine, options, sources, times),
        "fixed batches": lambda sources, times: fixed_batches(engine, options, sources, times),
    }
    began = time.perf_counter()
    engine.translate(sentences, options)
    capacity = len(sentences) / (time.perf_counter() - began)
    print(f"{len(sentences)} sentences, beam {beam}; all at once: {capacity:.1f} sentences/s\n")
    print("| load | in flight, mean | fixed batches, mean | ratio | p95 | p95 |")
    print("|---:|---:|---:|---:|---:|---:|", flush=True)
    for share in load or (0.5,):
        _print_row(methods, sentences, share, capacity, rounds)
    engine.close()


def _print_row(
    methods: Mapping[str, Batching],
    sentences: Sequence[str],
    share: float,
    capacity: float,
    rounds: int,
) -> None:
    latencies: dict[str, list[float]] = {name: [] for name in methods}
    ratios = []
    for number in range(rounds):
        times = arrivals(len(sentences), share * capacity, seed=number)
        means = {}
        for name, method in methods.items():
            found = method(sentences, times)
            latencies[name] += found
            means[name] = statistics.mean(found)
        ratios.append(means["in flight"] / means["fixed batches"])
        _log(f"load {share:g}: round {number + 1} of {rounds}")
    flight, batches = (statistics.mean(latencies[name]) for name in methods)
    p95 = [statistics.quantiles(latencies[name], n=20)[-1] for name in methods]
    print(
        f"| {share:g} | {flight:.2f} s | {batches:.2f} s | {statistics.median(ratios):.2f} "
        f"| {p95[0]:.2f} s | {p95[1]:.2f} s |",
        flush=True,
    )


def arrivals(count: int, rate: float, *, seed: int) -> list[float]:
    """Draw `count` arrival times in seconds, from 0, at `rate` per second."""
    draw = random.Random(seed)
    times = [0.0]
    while len(times) < count:
        times.append(times[-1] + draw.expovariate(rate))
    return times


def in_flight(
    engine: InflightBatching,
    options: DecodingOptions,
    sources: Sequence[str],
    times: Sequence[float],
) -> list[float]:
    """Submit every sentence when it arrives; return the latencies."""
    done = [0.0] * len(sources)

    def stamp(number: int) -> Callable[[Future[Hypothesis]], None]:
        def note(_: Future[Hypothesis]) -> None:
            done[number] = time.perf_counter()

        return note

    began = time.perf_counter()
    answers = []
    for number, (source, at) in enumerate(zip(sources, times, strict=True)):
        _sleep_until(began + at)
        (answer,) = engine.submit([source], options)
        answer.add_done_callback(stamp(number))
        answers.append(answer)
    for answer in answers:
        answer.result()
    # `result` can return a moment before the callbacks have run.
    while not all(done):
        time.sleep(0.001)
    return [end - began - at for end, at in zip(done, times, strict=True)]


def fixed_batches(
    engine: InflightBatching,
    options: DecodingOptions,
    sources: Sequence[str],
    times: Sequence[float],
) -> list[float]:
    """Batch sentences that arrive while a batch runs; return latencies."""
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


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    app()
