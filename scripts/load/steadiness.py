"""Sentences whose translation depends on the other sentences in a batch."""

from __future__ import annotations

import random

from scripts.load.articles import CLIENTS, SENTENCES, split_articles, targets, translate
from scripts.load.bench import Bench, print_row


def steadiness(bench: Bench) -> None:
    """Translate sentences in two different orders; count the differences."""
    draw = random.Random(4)
    sentences = list(bench.sentences[: CLIENTS * SENTENCES])
    few = sentences[: 5 * SENTENCES]  # deterministic translation is slow
    counts = {}
    with bench.kabar(cache="false", queue_seconds="3600") as running:
        for name, part, deterministic in (
            ("in other batches", sentences, False),
            ("in other batches, deterministic", few, True),
        ):
            found = []
            for _ in range(2):
                draw.shuffle(part)
                articles = split_articles(part, len(part) // SENTENCES)
                found.append(targets(translate(running, articles, deterministic=deterministic)))
            different = sum(found[1][source] != target for source, target in found[0].items())
            counts[name] = [different, len(found[0])]
            print_row(
                f"sentences that differ {name}",
                f"{different} of {len(found[0])}",
                "none" if deterministic else "printed",
            )
    bench.figures["steadiness"] = counts
