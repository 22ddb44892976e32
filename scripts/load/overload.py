"""Ten times as many requests as the service can handle, for a minute."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from scripts.load.bench import Bench, print_row
from scripts.load.client import (
    Answer,
    Connection,
    request,
    run_clients,
    send_all,
    send_at_rate,
)

SECONDS = 60


def overload(bench: Bench) -> None:
    """Count answers and rejections, and time the recovery."""
    draw = random.Random(3)

    def article() -> bytes:
        return request({"body": draw.sample(bench.sentences, 5)})

    with bench.kabar(cache="false", queue_seconds="5", request_seconds="60") as running:
        usual = article()
        send_all(running.port, [usual])
        normal = statistics.median(send_all(running.port, [usual])[0].seconds for _ in range(5))
        rate = 10 * _capacity(running.port, article)
        requests = [article() for _ in range(int(rate * SECONDS))]

        async def load() -> tuple[list[Answer | Exception], float]:
            return await asyncio.gather(
                send_at_rate(running.port, requests, rate),
                _recovery(running.port, usual, 2 * normal),
            )

        began = time.monotonic()
        answers, recovery = asyncio.run(load())
    bench.figures["overload"] = _report(answers, rate, recovery, began)


def _capacity(port: int, article: Callable[[], bytes]) -> float:
    """Return articles per second that are accepted, of eight at once."""
    began = time.perf_counter()
    answers = run_clients(port, [[article()] for _ in range(8)])
    accepted = sum(answer.status == 200 for (answer,) in answers)
    return accepted / (time.perf_counter() - began)


async def _recovery(port: int, usual: bytes, seconds: float) -> float:
    """Return the seconds from the load's end to the first normal request.

    A normal request takes under `seconds`. The load ends after `SECONDS`.
    """
    await asyncio.sleep(SECONDS)
    over, connection = time.monotonic(), Connection(port)
    while True:
        answer = await connection.send(usual)
        if answer.status == 200 and answer.seconds < seconds:
            connection.close()
            return answer.at - answer.seconds - over
        await asyncio.sleep(0.2)


def _report(
    answers: Sequence[Answer | Exception], rate: float, recovery: float, began: float
) -> dict[str, Any]:
    """Print the rows, and return the figures for the JSON file."""
    answered = [answer for answer in answers if isinstance(answer, Answer)]
    unanswered = len(answers) - len(answered)
    statuses = Counter(answer.status for answer in answered)
    slowest = max(answer.seconds for answer in answered if answer.status == 200)
    rejected = sorted(answer.seconds for answer in answered if answer.status == 429)
    p50 = 1000 * statistics.median(rejected)
    p99 = 1000 * rejected[int(len(rejected) * 0.99)]
    counts = ", ".join(f"{count} times {status}" for status, count in sorted(statuses.items()))
    print_row(
        f"{len(answers)} articles in {SECONDS} s, ten times the capacity",
        f"{counts}, {unanswered} unanswered",
        "every one answered",
    )
    print_row("slowest accepted request", f"{slowest:.1f} s", "its deadline, 60 s")
    print_row("a rejection, p50 and p99", f"{p50:.1f} and {p99:.1f} ms", "20 ms")
    print_row("normal speed again after the load", f"{recovery:.1f} s", "5 s")
    return {
        "a_second": rate,
        "unanswered": unanswered,
        "statuses": {str(status): count for status, count in statuses.items()},
        "slowest_accepted": slowest,
        "recovery": recovery,
        "refusal_p50_ms": p50,
        "refusal_p99_ms": p99,
        "timeline": [
            [round(answer.at - began, 1), answer.status, round(answer.seconds, 3)]
            for answer in answered
        ],
    }
