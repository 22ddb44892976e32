"""Memory of the service, as articles go by."""

from __future__ import annotations

import random

from scripts.load.articles import SENTENCES
from scripts.load.bench import Bench, log, print_row
from scripts.load.client import request, run_clients, send_all

_CLIENTS = 4
# Numbers of articles after which memory is read.
_COUNTS = (100, 300, 1000, 2000, 3000, 5000, 7000, 10_000)


def memory(bench: Bench) -> None:
    """Compare memory after 100 and after 10,000 different articles.

    They are made of 200 sentences that are translated before. Every 50th article of a client has
    a new sentence as long as there are any, so that the engine does little.
    """
    draw = random.Random(2)
    known, fresh = list(bench.sentences[:200]), list(bench.sentences[200:])

    def articles(count: int) -> list[bytes]:
        requests = []
        for number in range(count):
            body = draw.sample(known, SENTENCES)
            if number % 50 == 0 and fresh:
                body[0] = fresh.pop()
            requests.append(request({"body": body}))
        return requests

    with bench.kabar(queue_seconds="3600") as running:
        for at in range(0, len(known), SENTENCES):
            send_all(running.port, [request({"body": known[at : at + SENTENCES]})])
        sizes: dict[int, float] = {}
        for total in _COUNTS:
            count = total - max(sizes, default=0)
            lists = [articles(count // _CLIENTS) for _ in range(_CLIENTS)]
            answers = run_clients(running.port, lists)
            assert all(answer.status == 200 for one in answers for answer in one)
            sizes[total] = running.megabytes
            log(f"{total} articles: {sizes[total]:.0f} MB")
    growth = sizes[10_000] / sizes[100] - 1
    bench.figures["memory"] = {"megabytes": sizes, "growth": growth}
    print_row(
        "memory after 10,000 articles against after 100",
        f"{sizes[10_000]:.0f} to {sizes[100]:.0f} MB: {growth:+.1%}",
        "under 5 %",
    )
