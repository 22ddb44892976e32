"""Several kinds of clients at once, for minutes."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scripts.load.bench import Bench, print_row
from scripts.load.client import Answer, Connection, request
from scripts.load.processes import Running


def soak(bench: Bench, minutes: float) -> None:
    """Run all clients, and print their latencies and the service's memory."""
    with bench.kabar(queue_seconds="30") as running:
        found = asyncio.run(Soak(running, bench.sentences, minutes * 60).run())
    bench.figures["soak"] = found
    print_row(f"{minutes:g} minutes: answers by status", found["statuses"], "no 500")
    print_row("breaking articles, p50 and p99", found["desk"], "")
    print_row("summaries for newsletters, p50 and p99", found["newsletter"], "")
    print_row("`/healthz`, p50 and p99", found["health"], "50 ms")
    print_row("articles of jobs done", found["archive"], "")
    print_row("clients who left early", found["went"], "")
    print_row("memory after the first minute, and at the end", found["memory"], "")


@dataclass(slots=True)
class _Counts:
    """Counts of answers, latencies by client, and memory."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    archived: int = 0
    left: int = 0
    megabytes: list[float] = field(default_factory=list)

    def add(self, client: str, answer: Answer) -> None:
        self.statuses[answer.status] += 1
        if answer.status == 200:
            self.seconds.setdefault(client, []).append(answer.seconds)

    def figures(self) -> dict[str, Any]:
        return {
            "statuses": ", ".join(
                f"{n} times {status}" for status, n in sorted(self.statuses.items())
            ),
            **{
                client: _centiles(self.seconds.get(client, []))
                for client in ("desk", "newsletter", "health")
            },
            "archive": str(self.archived),
            "went": str(self.left),
            "memory": f"{self.megabytes[0]:.0f} and {self.megabytes[-1]:.0f} MB",
            "megabytes": self.megabytes,
        }


class Soak:
    """The clients of a soak test."""

    def __init__(self, running: Running, sentences: Sequence[str], seconds: float) -> None:
        self._running, self._sentences = running, sentences
        self._draw, self._counts = random.Random(5), _Counts()
        self._end = time.monotonic() + seconds
        self._known = [self._article(10) for _ in range(20)]

    async def run(self) -> dict[str, Any]:
        """Return the counts in words, and the memory in MB after each minute."""
        await asyncio.gather(
            self._repeat(6, self._desk),
            *(self._repeat(0.2, self._newsletter) for _ in range(4)),
            self._repeat(0.1, self._health),
            self._repeat(2, self._leave),
            self._repeat(1, self._archive),
            self._watch_memory(),
        )
        return self._counts.figures()

    def _article(self, size: int) -> dict[str, Any]:
        return {"body": self._draw.sample(self._sentences, size)}

    async def _repeat(self, pause: float, act: Callable[[Connection], Awaitable[None]]) -> None:
        """Act until the end, with random pauses of `pause` seconds on average."""
        connection = Connection(self._running.port)
        while time.monotonic() < self._end:
            await act(connection)
            await asyncio.sleep(self._draw.expovariate(1 / pause))
        connection.close()

    async def _desk(self, connection: Connection) -> None:
        body = {**self._article(6), "options": {"lane": "breaking"}}
        self._counts.add("desk", await connection.send(request(body)))

    async def _newsletter(self, connection: Connection) -> None:
        body = request(self._draw.choice(self._known), "/v1/summaries")
        self._counts.add("newsletter", await connection.send(body))

    async def _health(self, connection: Connection) -> None:
        self._counts.add("health", await connection.send(request(None, "/healthz", "GET")))

    async def _leave(self, _: Connection) -> None:
        """Disconnect before the answer."""
        connection = Connection(self._running.port)
        sending = asyncio.create_task(connection.send(request(self._article(10))))
        await asyncio.sleep(self._draw.uniform(0, 1))
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        connection.close()
        self._counts.left += 1

    async def _archive(self, connection: Connection) -> None:
        """Create a job, and wait for it."""
        body = {"articles": [self._article(5) for _ in range(20)]}
        created = await connection.send(request(body, "/v1/jobs"))
        self._counts.add("made", created)
        if created.status != 202:
            return
        path = f"/v1/jobs/{json.loads(created.body)['id']}"
        while time.monotonic() < self._end:
            job = json.loads((await connection.send(request(None, path, "GET"))).body)
            if job["state"] == "done":
                break
            await asyncio.sleep(1)
        self._counts.archived += job["done"]

    async def _watch_memory(self) -> None:
        while time.monotonic() < self._end:
            await asyncio.sleep(min(60, max(0.1, self._end - time.monotonic())))
            self._counts.megabytes.append(self._running.megabytes)


def _centiles(seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return "too few"
    centiles = statistics.quantiles(seconds, n=100)
    return f"{1000 * centiles[49]:.1f} and {1000 * centiles[98]:.1f} ms of {len(seconds)}"
