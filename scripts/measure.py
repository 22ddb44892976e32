"""Measure speed, memory and steadiness on this machine.

The table has the targets too.

    python scripts/measure.py
    python scripts/measure.py --engines --sentences DATA/flores-dev.id --limit 96

Run nothing else meanwhile. Compare engines by their ratios in one run: machines differ, and so
does one machine from hour to hour.
"""

from __future__ import annotations

import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import httpx2
import typer

from models.catalogue import find_model
from models.engine import DecodingOptions, Engine
from models.errors import EngineFailed
from models.load import load_engine
from models.store import ModelStore
from service.article import Kind
from service.documents.text import read_text
from service.runtime import runtime_around
from service.scheduling.request import RequestContext
from service.scheduling.streamer import open_queue
from service.scheduling.translator import Outcome
from service.settings import Settings, load_settings
from service.translation.preparation import prepare

SAMPLE = Path(__file__).parent.parent / "service" / "samples" / "article.txt"
KABAR = Path(sys.executable).parent / "kabar"

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(epilog="Example: python scripts/measure.py --engines")
def main(
    engines: Annotated[
        bool, typer.Option("--engines", help="Also compare the engines (takes minutes).")
    ] = False,
    sentences: Annotated[
        Path | None, typer.Option(help="Sentences to compare engines on, one per line.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Maximum number of sentences.")] = 64,
) -> None:
    """Measure speed, memory and steadiness, and print them with their targets."""
    settings = load_settings()
    store = ModelStore(settings.models_dir)
    spec = find_model(settings.model)
    store.ensure(spec, "ctranslate2", lambda step: print(step, file=sys.stderr))
    sources = _sentences(sentences, limit)
    print("| figure | measured | target |\n|---|---|---|")
    engine = load_engine(spec, store, engine="ctranslate2")
    _article(engine, settings)
    _steadiness(engine, sources[:32])
    engine.close()
    _commands()
    _serving()
    if engines:
        _engines(store, sources)


def _row(figure: str, measured: str, target: str = "") -> None:
    print(f"| {figure} | {measured} | {target} |", flush=True)


def _sentences(path: Path | None, limit: int) -> list[str]:
    if path is not None:
        return path.read_text(encoding="utf-8").splitlines()[:limit]
    article = prepare(read_text(SAMPLE.read_text(encoding="utf-8")))
    skipped = {Kind.FURNITURE, Kind.DATELINE}
    found = [s.source for b in article.blocks if b.kind not in skipped for s in b.sentences]
    return found[:limit]


def _article(engine: Engine, settings: Settings) -> None:
    """Time the sample article with an empty cache, and again."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = runtime_around(engine, settings.model_copy(update={"data_dir": Path(folder)}))
        text = SAMPLE.read_text(encoding="utf-8")
        words = len(text.split())
        seconds = []
        for _ in range(2):
            began = time.perf_counter()
            runtime.pipeline.translate(read_text(text))
            seconds.append(time.perf_counter() - began)
        runtime.loaded.queue.close()
    _row(f"sample article ({words} words), empty cache", f"{seconds[0]:.2f} s", "under 10 s")
    _row("sample article, second time", f"{seconds[1] * 1000:.1f} ms", "under 20 ms")


def _steadiness(engine: Engine, sources: Sequence[str]) -> None:
    """Count differences of repeated, shuffled and single sentences."""
    queue, options = open_queue(engine), DecodingOptions()

    def outcomes(order: Sequence[int]) -> list[Outcome]:
        results = queue.translate([sources[n] for n in order], options, RequestContext())
        by_index = dict(zip(order, results, strict=True))
        return [by_index[n] for n in range(len(sources))]

    straight = list(range(len(sources)))
    shuffled = random.Random(7).sample(straight, len(straight))
    first, again, mixed = outcomes(straight), outcomes(straight), outcomes(shuffled)
    alone = [engine.translate([source], options)[0] for source in sources]
    queue.close()

    def changed(others: Sequence[Outcome]) -> str:
        count = sum(_text(a) != _text(b) for a, b in zip(first, others, strict=True))
        return f"{count} of {len(first)}"

    _row("sentences that differ: the same input again, no cache", changed(again), "none")
    _row("sentences that differ: input order shuffled", changed(mixed), "printed")
    _row("sentences that differ: each sentence alone", changed(alone), "printed")


def _text(outcome: Outcome) -> str:
    if isinstance(outcome, EngineFailed):
        raise outcome
    return outcome.text


def _commands() -> None:
    seconds = []
    for _ in range(7):
        began = time.perf_counter()
        subprocess.run([KABAR, "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)
    _row("`kabar --help`, median of 7", f"{sorted(seconds)[3]:.2f} s", "under 0.4 s")


def _serving() -> None:
    """Measure the server's start, and its peak memory after an article."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "models").symlink_to(load_settings().models_dir)
        began = time.perf_counter()
        with _server(Path(folder)) as (process, address):
            ready = time.perf_counter() - began
            text = SAMPLE.read_text(encoding="utf-8")
            httpx2.post(f"{address}/v1/translations", json={"text": text}, timeout=300)
            status = Path(f"/proc/{process.pid}/status")
            peak = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    _row("`kabar serve`, start to ready, model built", f"{ready:.2f} s", "under 5 s")
    if peak is not None:
        _row(
            "peak memory while serving the sample", f"{int(peak[1]) / 1000:.0f} MB", "under 900 MB"
        )


@contextmanager
def _server(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [KABAR, "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "KABAR_DATA_DIR": str(data_dir)},
    )
    assert process.stderr is not None
    lines = process.stderr
    try:
        for line in lines:
            if match := re.search(r"ready at (\S+)", line):
                threading.Thread(target=lines.read, daemon=True).start()
                yield process, match[1]
                return
        raise typer.Exit(1)
    finally:
        process.terminate()
        process.wait()


def _engines(store: ModelStore, sources: Sequence[str]) -> None:
    """Print source words per second by engine, batch size and beam size."""
    words = sum(len(source.split()) for source in sources)
    spec = find_model("kabar-id-en")
    engines = [("ctranslate2", None), ("transformers", "float32"), ("transformers", "bfloat16")]
    print(f"\nSource words per second, {len(sources)} sentences, {words} words, this machine:\n")
    columns = [(1, 1), (1, 16), (1, 64), (1, 0), (4, 0)]
    names = [f"beam {b}, {f'batch {n}' if n else 'token budget'}" for b, n in columns]
    print("| engine | " + " | ".join(names) + " | peak memory |")
    print("|---" * (len(columns) + 2) + "|")
    for name, dtype in engines:
        engine = load_engine(spec, store, engine=name, dtype=dtype)
        speeds = []
        for beam, size in columns:
            # Single sentences are slow: an eighth of them gives the same speed.
            part = sources[::8] if size == 1 else sources
            seconds = _seconds(engine, part, beam, size)
            speeds.append(sum(len(source.split()) for source in part) / seconds)
        label = f"{name} {engine.signature['quantization']}"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        cells = " | ".join(f"{speed:.0f}" for speed in speeds)
        print(f"| {label} | {cells} | {peak:.0f} MB so far |", flush=True)
        engine.close()


def _seconds(engine: Engine, sources: Sequence[str], beam: int, size: int) -> float:
    """Time all sources in batches of `size`; 0: the service's batches.

    Batches are sorted by length.
    """
    options = DecodingOptions(beam=beam)
    if size == 0:
        queue = open_queue(engine)
        began = time.perf_counter()
        queue.translate(sources, options, RequestContext())
        seconds = time.perf_counter() - began
        queue.close()
        return seconds
    lengths = engine.count_tokens(sources)
    order = sorted(range(len(sources)), key=lambda index: lengths[index])
    began = time.perf_counter()
    for at in range(0, len(order), size):
        engine.translate([sources[index] for index in order[at : at + size]], options)
    return time.perf_counter() - began


if __name__ == "__main__":
    app()
