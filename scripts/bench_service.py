"""Measure the service under load, beside what it is compared with, in one run.

Every side is a process of its own, and sides take turns round by round; figures are medians, and
what counts is their ratio. Nothing else should run meanwhile. The parts:

throughput  16 clients, each an article of 20 sentences of its own: the engine called directly on
            all sentences, without guards and with them, Kabar, FastAPI with the same engine by
            request, FastAPI with transformers
hits        the same article again and again: latency, and requests a second
breaking    an urgent article alone, and while a job of 1,000 articles runs
memory      after 100 articles, and after 10,000
overload    ten times what it can do, for a minute
start       until it is ready, the model being there
steadiness  sentences that come out differently when other sentences share their batches
soak        a desk, newsletters, an archive and callers who go, for some minutes; only when named
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer

from models.catalogue import find_model
from models.engine_choice import COMPARED, DEFAULT
from models.errors import ModelError
from models.load import ENGINES, check_engine
from models.store import ModelStore
from scripts.bench.side import BUDGETS
from scripts.bench_engine import Side
from scripts.load.client import Answer, Connection, clients, request, steadily
from scripts.load.picture import draw
from scripts.load.processes import Running, kabar, rival
from scripts.load.soak import soak
from scripts.training.corpora import read_lines
from service.scheduling.queue import TOKEN_BUDGET
from service.settings import load_settings

PARTS = ("throughput", "hits", "breaking", "memory", "overload", "start", "steadiness")
SOAK = "soak"
CLIENTS, SENTENCES = 16, 20

# Of throughput. Those that take minutes do a part of the work, in some of the rounds.
_SLOW = ("transformers by sentence", "Kabar, deterministic")
SIDES = (
    "engine directly",
    "engine directly, batches of the same size",
    "engine under guards, directly",
    "Kabar",
    "Kabar without guards",
    "same engine by request",
    *_SLOW,
)
OVERLOAD_SECONDS = 60

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: python scripts/bench_service.py DATA/eval/ntrex.id --part hits")
def main(
    text: Annotated[Path, typer.Argument(help="Indonesian, a sentence a line; 320 at least.")],
    parts: Annotated[
        list[str] | None, typer.Option("--part", help=f"Of {', '.join(PARTS)}; all by default.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of every side.")] = 5,
    beam: Annotated[int, typer.Option(min=1, help="Beams of the search.")] = 1,
    engine: Annotated[str, typer.Option(help=f"Of Kabar: {', '.join(COMPARED)}.")] = DEFAULT,
    sides: Annotated[
        list[str] | None, typer.Option("--side", help="Of throughput; all by default.")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="Of the soak.")] = 10,
    figures: Annotated[
        Path | None, typer.Option(help="Add what was measured to this JSON file.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option(help="Draw throughput and overload, of the JSON file.")
    ] = None,
) -> None:
    """Print each figure beside its target."""
    chosen = parts or list(PARTS)
    for kind, asked, known in (("part", chosen, (*PARTS, SOAK)), ("side", sides or (), SIDES)):
        if unknown := set(asked) - set(known):
            typer.echo(
                f"bench_service: no {kind} is called {', '.join(unknown)}: there are "
                f"{', '.join(known)}",
                err=True,
            )
            raise typer.Exit(2)
    try:
        sentences = read_lines(text)
        settings = load_settings()
        check_engine(engine, "cpu")
        ModelStore(settings.models_dir).ensure(find_model(settings.model), ENGINES[engine], _say)
        bench = Bench(sentences, rounds, beam, engine, sides or SIDES, settings.models_dir)
        print("| figure | measured | target |\n|---|---|---|", flush=True)
        for part in chosen:
            if part == SOAK:
                bench.soak(minutes)
            else:
                getattr(bench, part)()
        if figures is not None:
            found = json.loads(figures.read_text()) if figures.exists() else {}
            figures.write_text(json.dumps(found | bench.figures, indent=1) + "\n")
            if picture is not None:
                draw(found | bench.figures, picture)
    except ModelError as error:
        typer.echo(f"bench_service: {error.detail}", err=True)
        raise typer.Exit(1) from error


class Bench:
    """The parts, and what they measured."""

    def __init__(
        self,
        sentences: Sequence[str],
        rounds: int,
        beam: int,
        engine: str,
        sides: Sequence[str],
        models_dir: Path,
    ) -> None:
        self._sentences, self._rounds, self._beam = sentences, rounds, beam
        self._engine, self._sides, self._models = engine, set(sides), models_dir
        self.figures: dict[str, Any] = {}

    def throughput(self) -> None:
        """Source words a second."""
        lists = _articles(self._sentences, CLIENTS, SENTENCES)
        flat = [sentence for article in lists for sentence in article]
        few = lists[:2]
        with ExitStack() as running:
            start = running.enter_context
            direct = Side(self._engine)
            running.callback(direct.close)
            # An engine with batches of its own is given all at once; of budgets, which have the
            # batcher's own among them, the best counts.
            ways = [-budget for budget in BUDGETS] if self._engine == DEFAULT else [len(flat)]
            tried = {way: direct.ask(flat, self._beam, way)["seconds"] for way in ways}
            best = min(tried, key=lambda way: tried[way])

            def directly(way: int, *, guarded: bool = False) -> float:
                return float(direct.ask(flat, self._beam, way, guarded=guarded)["seconds"])

            acts: dict[str, Callable[[], float]] = {
                "engine directly": partial(directly, best),
                "engine directly, batches of the same size": partial(directly, -TOKEN_BUDGET),
                "engine under guards, directly": partial(directly, min(best, 0), guarded=True),
            }
            if {"Kabar", "Kabar, deterministic"} & self._sides:
                ours = start(self._kabar(cache="false", queue_seconds="3600"))
                acts["Kabar"] = partial(_timed, ours, lists)
                acts["Kabar, deterministic"] = partial(_timed, ours, few, deterministic=True)
            for name, kind, articles in (
                ("Kabar without guards", "unguarded", lists),
                ("same engine by request", "per-request", lists),
                ("transformers by sentence", "naive", few),
            ):
                if name in self._sides:
                    acts[name] = partial(_timed, start(self._rival(kind)), articles)
            speeds: dict[str, list[float]] = {name: [] for name in SIDES if name in self._sides}
            for turn in range(self._rounds + 1):
                for name, found in speeds.items():
                    articles = few if name in _SLOW else lists
                    if name in _SLOW and turn > 3:
                        continue  # it takes minutes
                    seconds = acts[name]()
                    if turn:  # the first is for warming up
                        found.append(_words(articles) / seconds)
                    _say(f"round {turn} of {self._rounds}: {name}: {seconds:.1f} s")
        medians = {name: statistics.median(found) for name, found in speeds.items()}
        self.figures["throughput"] = {
            "engine": self._engine, "beam": self._beam, "budget": -min(best, 0),
            "rounds": speeds, "words_a_second": medians,
        }  # fmt: skip
        for side, name, target in (
            ("Kabar without guards", "engine directly", "at least 0.92"),
            ("Kabar without guards", "engine directly, batches of the same size", "printed"),
            ("Kabar without guards", "same engine by request", "at least 1.5"),
            ("Kabar without guards", "transformers by sentence", "at least 10"),
            ("Kabar", "engine under guards, directly", "printed"),
            ("Kabar", "engine directly", "printed"),
            ("Kabar", "same engine by request", "printed"),
            ("Kabar", "transformers by sentence", "printed"),
            ("Kabar", "Kabar, deterministic", "printed"),
        ):
            if {side, name} <= medians.keys():
                measured = f"{medians[side]:.1f} to {medians[name]:.1f} words/s: "
                ratio = f"{medians[side] / medians[name]:.2f}"
                _row(f"{side} against {name}", measured + ratio, target)

    def hits(self) -> None:
        """A result that is there."""
        article = request({"body": list(self._sentences[:SENTENCES])})
        with self._kabar(log_level="info") as ours:
            _asked(ours, [article])
            alone = [answer.seconds for answer in _asked(ours, [article] * 2000)]
            best = 0.0
            for _ in range(self._rounds):
                began = time.perf_counter()
                together = asyncio.run(clients(ours.port, [[article] * 250] * 16))
                best = max(best, 4000 / (time.perf_counter() - began))
                assert all(answer.status == 200 for one in together for answer in one)
        centiles = statistics.quantiles(alone, n=100)
        found = {"p50_ms": centiles[49] * 1000, "p99_ms": centiles[98] * 1000, "a_second": best}
        self.figures["hits"] = found
        _row("the same article again, p50", f"{found['p50_ms']:.2f} ms", "under 2 ms")
        _row("the same article again, p99", f"{found['p99_ms']:.2f} ms", "under 8 ms")
        _row("the same article again, 16 clients", f"{best:.0f} requests/s", "at least 1,200")

    def breaking(self) -> None:
        """An urgent article, idle and behind a job."""
        draw = random.Random(1)
        urgent = list(self._sentences[:SENTENCES])
        rest = self._sentences[SENTENCES:]
        job = {"articles": [{"body": draw.sample(rest, SENTENCES)} for _ in range(1000)]}
        body = request({"body": urgent, "options": {"lane": "breaking"}})
        with self._kabar(cache="false") as ours:
            _asked(ours, [body])
            idle = [_asked(ours, [body])[0].seconds for _ in range(self._rounds)]
            address = f"http://127.0.0.1:{ours.port}/v1/jobs"
            made = httpx2.post(address, json=job, timeout=60).json()
            time.sleep(5)
            busy = []
            for _ in range(self._rounds):
                busy.append(_asked(ours, [body])[0].seconds)
                time.sleep(1)
            httpx2.delete(f"{address}/{made['id']}", timeout=60)
        ratio = statistics.median(busy) / statistics.median(idle)
        self.figures["breaking"] = {"idle": idle, "busy": busy, "ratio": ratio}
        _row(
            "a breaking article while a job of 1,000 runs",
            f"{statistics.median(busy):.1f} s to {statistics.median(idle):.1f} s: {ratio:.2f}",
            "at most 1.6",
        )

    def memory(self) -> None:
        """Articles that differ, of sentences that are known, each 50th with a new one."""
        draw = random.Random(2)
        known, fresh = list(self._sentences[:200]), list(self._sentences[200:])

        def articles(count: int) -> list[bytes]:
            made = []
            for number in range(count):
                body = draw.sample(known, SENTENCES)
                if number % 50 == 0 and fresh:
                    body[0] = fresh.pop()
                made.append(request({"body": body}))
            return made

        with self._kabar(queue_seconds="3600") as ours:
            for at in range(0, len(known), SENTENCES):
                _asked(ours, [request({"body": known[at : at + SENTENCES]})])
            sizes: dict[int, float] = {}
            for upto in (100, 300, 1000, 2000, 3000, 5000, 7000, 10_000):
                count = upto - max(sizes, default=0)
                lists = [articles(count // 4) for _ in range(4)]
                answers = asyncio.run(clients(ours.port, lists))
                assert all(answer.status == 200 for one in answers for answer in one)
                sizes[upto] = ours.megabytes
                _say(f"{upto} articles: {sizes[upto]:.0f} MB")
        growth = sizes[10_000] / sizes[100] - 1
        self.figures["memory"] = {"megabytes": sizes, "growth": growth}
        _row(
            "memory after 10,000 articles against after 100",
            f"{sizes[10_000]:.0f} to {sizes[100]:.0f} MB: {growth:+.1%}",
            "under 5 %",
        )

    def overload(self) -> None:
        """Far more than it can do."""
        draw = random.Random(3)

        def article() -> bytes:
            return request({"body": draw.sample(self._sentences, 5)})

        with self._kabar(cache="false", queue_seconds="5", request_seconds="60") as ours:
            usual = article()
            _asked(ours, [usual])
            normal = statistics.median(_asked(ours, [usual])[0].seconds for _ in range(5))
            began = time.perf_counter()
            together = asyncio.run(clients(ours.port, [[article()] for _ in range(8)]))
            # Of those at once some are refused already.
            let_in = sum(answer.status == 200 for (answer,) in together)
            rate = 10 * let_in / (time.perf_counter() - began)
            requests = [article() for _ in range(int(rate * OVERLOAD_SECONDS))]

            async def recovered() -> float:
                """Seconds from the end of the load to the start of a request as quick as ever."""
                await asyncio.sleep(OVERLOAD_SECONDS)
                over, connection = time.monotonic(), Connection(ours.port)
                while True:
                    answer = await connection.ask(usual)
                    if answer.status == 200 and answer.seconds < 2 * normal:
                        connection.close()
                        return answer.at - answer.seconds - over
                    await asyncio.sleep(0.2)

            async def load() -> tuple[list[Answer | Exception], float]:
                return await asyncio.gather(steadily(ours.port, requests, rate), recovered())

            began = time.monotonic()
            got, recovery = asyncio.run(load())
        answers = [answer for answer in got if isinstance(answer, Answer)]
        statuses = Counter(answer.status for answer in answers)
        done = [answer.seconds for answer in answers if answer.status == 200]
        refused = sorted(answer.seconds for answer in answers if answer.status == 429)
        p99 = refused[int(len(refused) * 0.99)] if refused else 0.0
        self.figures["overload"] = {
            "a_second": rate,
            "unanswered": len(got) - len(answers),
            "statuses": {str(status): count for status, count in statuses.items()},
            "slowest_accepted": max(done),
            "recovery": recovery,
            "refusal_p50_ms": 1000 * statistics.median(refused),
            "refusal_p99_ms": 1000 * p99,
            "timeline": [
                [round(answer.at - began, 1), answer.status, round(answer.seconds, 3)]
                for answer in answers
            ],
        }
        _row(
            f"{len(requests)} articles in {OVERLOAD_SECONDS} s, ten times the capacity",
            ", ".join(f"{count} times {status}" for status, count in sorted(statuses.items()))
            + f", {len(got) - len(answers)} unanswered",
            "every one answered",
        )
        _row("slowest that was accepted", f"{max(done):.1f} s", "its deadline, 60 s")
        _row(
            "a refusal, p50 and p99",
            f"{1000 * statistics.median(refused):.1f} and {1000 * p99:.1f} ms",
            "20 ms",
        )
        _row("as quick as ever, after the end of the load", f"{recovery:.1f} s", "5 s")

    def start(self) -> None:
        """To ready."""
        seconds = []
        for _ in range(self._rounds):
            with self._kabar() as ours:
                seconds.append(ours.seconds)
        self.figures["start"] = seconds
        _row("start to ready", f"{statistics.median(seconds):.1f} s", "under 4 s")

    def steadiness(self) -> None:
        """The same sentences in other company."""
        draw = random.Random(4)
        flat = list(self._sentences[: CLIENTS * SENTENCES])
        few = flat[: 5 * SENTENCES]
        counts = {}
        with self._kabar(cache="false", queue_seconds="3600") as ours:
            for name, part, deterministic in (
                ("in other batches", flat, False),
                ("in other batches, deterministic", few, True),
            ):
                found = []
                for _ in range(2):
                    draw.shuffle(part)
                    lists = _articles(part, len(part) // SENTENCES, SENTENCES)
                    found.append(_targets(_texts(ours, lists, deterministic=deterministic)))
                differ = sum(found[1][source] != target for source, target in found[0].items())
                counts[name] = [differ, len(found[0])]
                target = "none" if deterministic else "printed"
                _row(f"sentences that differ {name}", f"{differ} of {len(found[0])}", target)
        self.figures["steadiness"] = counts

    def soak(self, minutes: float) -> None:
        """Everybody at once, for long."""
        with self._kabar(queue_seconds="30") as ours:
            found = asyncio.run(soak(ours, self._sentences, minutes * 60))
        self.figures["soak"] = found
        _row(f"{minutes:g} minutes: answers by status", found["statuses"], "no 500")
        _row("articles of the desk, p50 and p99", found["desk"], "")
        _row("summaries of newsletters, p50 and p99", found["newsletter"], "")
        _row("`/healthz`, p50 and p99", found["health"], "50 ms")
        _row("articles of jobs done", found["archive"], "")
        _row("callers who went", found["went"], "")
        _row("memory after the first minute, and at the end", found["memory"], "")

    @contextmanager
    def _kabar(self, **settings: str) -> Iterator[Running]:
        """Kabar with an empty cache, and the model that is there."""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "models").symlink_to(self._models)
            mine = {"beam": str(self._beam), "engine": self._engine}
            with kabar(Path(folder), **mine, **settings) as running:
                yield running

    def _rival(self, name: str) -> AbstractContextManager[Running]:
        return rival(name, self._models.parent, beam=str(self._beam), engine=self._engine)


def _articles(sentences: Sequence[str], count: int, size: int) -> list[list[str]]:
    if len(sentences) < count * size:
        raise ModelError(f"{count * size} sentences are needed, and there are {len(sentences)}")
    return [list(sentences[at : at + size]) for at in range(0, count * size, size)]


def _timed(
    running: Running, lists: Sequence[Sequence[str]], *, deterministic: bool = False
) -> float:
    """Seconds until every client has its answer."""
    began = time.perf_counter()
    _texts(running, lists, deterministic=deterministic)
    return time.perf_counter() - began


def _texts(
    running: Running, lists: Sequence[Sequence[str]], *, deterministic: bool = False
) -> list[bytes]:
    """The answers to as many clients as there are articles, all at once."""
    more = {"options": {"deterministic": True}} if deterministic else {}
    bodies = [[request({"body": list(article), **more})] for article in lists]
    answers = asyncio.run(clients(running.port, bodies))
    for one in answers:
        if one[0].status != 200:
            raise ModelError(f"a service answered {one[0].status}: {one[0].body[:300]!r}")
    return [one[0].body for one in answers]


def _targets(bodies: Sequence[bytes]) -> dict[str, str]:
    """The English of every paragraph."""
    blocks = [block for body in bodies for block in json.loads(body)["blocks"]]
    return {block["source"]: block["target"] for block in blocks}


def _asked(running: Running, requests: Sequence[bytes]) -> list[Answer]:
    """One client's requests, one after the other."""

    async def ask() -> list[Answer]:
        connection = Connection(running.port)
        answers = [await connection.ask(one) for one in requests]
        connection.close()
        return answers

    return asyncio.run(ask())


def _words(lists: Sequence[Sequence[str]]) -> int:
    return sum(len(sentence.split()) for article in lists for sentence in article)


def _row(figure: str, measured: str, target: str) -> None:
    print(f"| {figure} | {measured} | {target} |", flush=True)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    app()
