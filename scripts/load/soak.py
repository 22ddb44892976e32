"""Everybody at once, for minutes: a desk, newsletters, an archive, callers who go."""

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

from scripts.load.client import Answer, Connection, request
from scripts.load.processes import Running


@dataclass(slots=True)
class _Seen:
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    archived: int = 0
    went: int = 0

    def note(self, who: str, answer: Answer) -> None:
        self.statuses[answer.status] += 1
        if answer.status == 200:
            self.seconds.setdefault(who, []).append(answer.seconds)


async def soak(running: Running, sentences: Sequence[str], seconds: float) -> dict[str, Any]:
    """What was seen, in words, and the memory minute by minute."""
    draw = random.Random(5)
    seen = _Seen()
    ends = time.monotonic() + seconds

    def article(size: int) -> dict[str, Any]:
        return {"body": draw.sample(sentences, size)}

    known = [article(10) for _ in range(20)]

    async def again(pause: float, act: Callable[[Connection], Awaitable[None]]) -> None:
        connection = Connection(running.port)
        while time.monotonic() < ends:
            await act(connection)
            await asyncio.sleep(draw.expovariate(1 / pause))
        connection.close()

    async def runtime(connection: Connection) -> None:
        body = {**article(6), "options": {"lane": "breaking"}}
        seen.note("desk", await connection.ask(request(body)))

    async def newsletter(connection: Connection) -> None:
        answer = await connection.ask(request(draw.choice(known), "/v1/summaries"))
        seen.note("newsletter", answer)

    async def health(connection: Connection) -> None:
        seen.note("health", await connection.ask(request(None, "/healthz", "GET")))

    async def leaver(_: Connection) -> None:
        connection = Connection(running.port)
        asking = asyncio.create_task(connection.ask(request(article(10))))
        await asyncio.sleep(draw.uniform(0, 1))
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        connection.close()
        seen.went += 1

    async def archive(connection: Connection) -> None:
        body = {"articles": [article(5) for _ in range(20)]}
        made = await connection.ask(request(body, "/v1/jobs"))
        seen.note("made", made)
        if made.status != 202:
            return
        path = f"/v1/jobs/{json.loads(made.body)['id']}"
        while time.monotonic() < ends:
            job = json.loads((await connection.ask(request(None, path, "GET"))).body)
            if job["state"] == "done":
                break
            await asyncio.sleep(1)
        seen.archived += job["done"]

    sizes: list[float] = []

    async def memory() -> None:
        while time.monotonic() < ends:
            await asyncio.sleep(min(60, max(0.1, ends - time.monotonic())))
            sizes.append(running.megabytes)

    await asyncio.gather(
        again(6, runtime),
        *(again(0.2, newsletter) for _ in range(4)),
        again(0.1, health),
        again(2, leaver),
        again(1, archive),
        memory(),
    )
    return {
        "statuses": ", ".join(f"{count} times {s}" for s, count in sorted(seen.statuses.items())),
        **{who: _centiles(seen.seconds.get(who, [])) for who in ("desk", "newsletter", "health")},
        "archive": str(seen.archived),
        "went": str(seen.went),
        "memory": f"{sizes[0]:.0f} and {sizes[-1]:.0f} MB",
        "megabytes": sizes,
    }


def _centiles(seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return "too few"
    centiles = statistics.quantiles(seconds, n=100)
    return f"{1000 * centiles[49]:.1f} and {1000 * centiles[98]:.1f} ms of {len(seconds)}"
