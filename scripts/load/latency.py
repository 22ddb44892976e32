"""Latency of cached results, of breaking news, and of the start."""

from __future__ import annotations

import random
import statistics
import time

import httpx2

from scripts.load.articles import CLIENTS, SENTENCES
from scripts.load.bench import Bench, print_row
from scripts.load.client import request, run_clients, send_all


def hits(bench: Bench) -> None:
    """Measure a result that is in the cache."""
    article = request({"body": list(bench.sentences[:SENTENCES])})
    with bench.kabar(log_level="info") as running:
        send_all(running.port, [article])
        alone = [answer.seconds for answer in send_all(running.port, [article] * 2000)]
        best = 0.0
        for _ in range(bench.rounds):
            began = time.perf_counter()
            answers = run_clients(running.port, [[article] * 250] * CLIENTS)
            best = max(best, 250 * CLIENTS / (time.perf_counter() - began))
            assert all(answer.status == 200 for one in answers for answer in one)
    centiles = statistics.quantiles(alone, n=100)
    found = {"p50_ms": centiles[49] * 1000, "p99_ms": centiles[98] * 1000, "a_second": best}
    bench.figures["hits"] = found
    print_row("the same article again, p50", f"{found['p50_ms']:.2f} ms", "under 2 ms")
    print_row("the same article again, p99", f"{found['p99_ms']:.2f} ms", "under 8 ms")
    print_row(
        f"the same article again, {CLIENTS} clients", f"{best:.0f} requests/s", "at least 1,200"
    )


def breaking(bench: Bench) -> None:
    """Measure a breaking article, alone and during a job of 1,000 articles."""
    draw = random.Random(1)
    rest = bench.sentences[SENTENCES:]
    job = {"articles": [{"body": draw.sample(rest, SENTENCES)} for _ in range(1000)]}
    article = {"body": list(bench.sentences[:SENTENCES]), "options": {"lane": "breaking"}}
    body = request(article)
    with bench.kabar(cache="false") as running:
        send_all(running.port, [body])
        idle = [send_all(running.port, [body])[0].seconds for _ in range(bench.rounds)]
        address = f"http://127.0.0.1:{running.port}/v1/jobs"
        created = httpx2.post(address, json=job, timeout=60).json()
        time.sleep(5)
        busy = []
        for _ in range(bench.rounds):
            busy.append(send_all(running.port, [body])[0].seconds)
            time.sleep(1)
        httpx2.delete(f"{address}/{created['id']}", timeout=60)
    ratio = statistics.median(busy) / statistics.median(idle)
    bench.figures["breaking"] = {"idle": idle, "busy": busy, "ratio": ratio}
    print_row(
        "a breaking article during a job of 1,000 against alone",
        f"{statistics.median(busy):.1f} s to {statistics.median(idle):.1f} s: {ratio:.2f}",
        "at most 1.6",
    )


def start(bench: Bench) -> None:
    """Measure the time until the service is ready, with the model built."""
    seconds = []
    for _ in range(bench.rounds):
        with bench.kabar() as running:
            seconds.append(running.start_seconds)
    bench.figures["start"] = seconds
    print_row("start to ready", f"{statistics.median(seconds):.1f} s", "under 4 s")
