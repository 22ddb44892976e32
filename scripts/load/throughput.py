"""Source words per second of Kabar and its baselines."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial

from scripts.bench.process import EngineProcess
from scripts.bench.worker import BUDGETS
from scripts.load.articles import (
    CLIENTS,
    count_words,
    split_articles,
    time_translation,
)
from scripts.load.bench import Bench, log, print_row
from service.scheduling.queue import TOKEN_BUDGET

# These take minutes, so they translate two articles, and in three rounds.
_SLOW = ("transformers by sentence", "Kabar, deterministic")
_SLOW_ARTICLES, _SLOW_ROUNDS = 2, 3
SYSTEMS = (
    "engine directly",
    "engine directly, batches of the same size",
    "engine under guards, directly",
    "Kabar",
    "Kabar without guards",
    "same engine by request",
    *_SLOW,
)
_RATIOS = (
    ("Kabar without guards", "engine directly", "at least 0.92"),
    ("Kabar without guards", "engine directly, batches of the same size", "printed"),
    ("Kabar without guards", "same engine by request", "at least 1.5"),
    ("Kabar without guards", "transformers by sentence", "at least 10"),
    ("Kabar", "engine under guards, directly", "printed"),
    ("Kabar", "engine directly", "printed"),
    ("Kabar", "same engine by request", "printed"),
    ("Kabar", "transformers by sentence", "printed"),
    ("Kabar", "Kabar, deterministic", "printed"),
)

# Translates its articles once, and returns the seconds.
Action = Callable[[], float]


def throughput(bench: Bench) -> None:
    """Measure every system in alternation, and print the ratios."""
    articles = split_articles(bench.sentences, CLIENTS)
    flat = [sentence for article in articles for sentence in article]
    with ExitStack() as running:
        direct = running.enter_context(closing(EngineProcess(bench.engine)))
        batch = _best_batch(direct, flat, bench)
        actions = _direct(direct, flat, bench.beam, batch) | _services(bench, articles, running)
        speeds = _measure(actions, articles, bench)
    medians = {name: statistics.median(found) for name, found in speeds.items()}
    bench.figures["throughput"] = {
        "engine": bench.engine, "beam": bench.beam, "budget": -min(batch, 0),
        "rounds": speeds, "words_a_second": medians,
    }  # fmt: skip
    for system, base, target in _RATIOS:
        if {system, base} <= medians.keys():
            measured = f"{medians[system]:.1f} to {medians[base]:.1f} words/s: "
            ratio = f"{medians[system] / medians[base]:.2f}"
            print_row(f"{system} against {base}", measured + ratio, target)


def _best_batch(direct: EngineProcess, sentences: Sequence[str], bench: Bench) -> int:
    """Return the fastest batch, as `scripts.bench.worker.translate` takes it.

    The default engine gets token budgets, that of Kabar's queue among them. The others make
    their batches themselves, and get all sentences.
    """
    batches = [-budget for budget in BUDGETS] if bench.engine == "ctranslate2" else [len(sentences)]
    seconds = {
        batch: direct.translate(sentences, bench.beam, batch)["seconds"] for batch in batches
    }
    return min(seconds, key=lambda batch: seconds[batch])


def _direct(
    direct: EngineProcess, sentences: Sequence[str], beam: int, batch: int
) -> dict[str, Action]:
    def run(batch: int, *, guarded: bool = False) -> float:
        return float(direct.translate(sentences, beam, batch, guarded=guarded)["seconds"])

    return {
        "engine directly": partial(run, batch),
        "engine directly, batches of the same size": partial(run, -TOKEN_BUDGET),
        "engine under guards, directly": partial(run, min(batch, 0), guarded=True),
    }


def _services(
    bench: Bench, articles: Sequence[Sequence[str]], running: ExitStack
) -> dict[str, Action]:
    """Start the services that are measured."""
    few = articles[:_SLOW_ARTICLES]
    actions: dict[str, Action] = {}
    if {"Kabar", "Kabar, deterministic"} & set(bench.systems):
        service = running.enter_context(bench.kabar(cache="false", queue_seconds="3600"))
        actions["Kabar"] = partial(time_translation, service, articles)
        actions["Kabar, deterministic"] = partial(
            time_translation, service, few, deterministic=True
        )
    for name, kind, some in (
        ("Kabar without guards", "unguarded", articles),
        ("same engine by request", "per-request", articles),
        ("transformers by sentence", "naive", few),
    ):
        if name in bench.systems:
            service = running.enter_context(bench.baseline(kind))
            actions[name] = partial(time_translation, service, some)
    return actions


def _measure(
    actions: Mapping[str, Action], articles: Sequence[Sequence[str]], bench: Bench
) -> dict[str, list[float]]:
    """Return words per second of each system by round, after a warm-up."""
    speeds: dict[str, list[float]] = {name: [] for name in SYSTEMS if name in bench.systems}
    for turn in range(bench.rounds + 1):
        for name, found in speeds.items():
            if name in _SLOW and turn > _SLOW_ROUNDS:
                continue
            seconds = actions[name]()
            if turn:
                some = articles[:_SLOW_ARTICLES] if name in _SLOW else articles
                found.append(count_words(some) / seconds)
            log(f"round {turn} of {bench.rounds}: {name}: {seconds:.1f} s")
    return speeds
