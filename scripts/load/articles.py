"""Articles of a load test, and their translation by many clients."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from models.errors import ModelError
from scripts.load.client import request, run_clients
from scripts.load.processes import Running

# Clients at once, and sentences of an article.
CLIENTS, SENTENCES = 16, 20

Article = Sequence[str]


def split_articles(sentences: Sequence[str], count: int) -> list[list[str]]:
    """Make `count` articles of consecutive sentences.

    Raises `ModelError` if there are too few sentences.
    """
    needed = count * SENTENCES
    if len(sentences) < needed:
        raise ModelError(f"the text has {len(sentences)} sentences: give one with {needed}")
    return [list(sentences[at : at + SENTENCES]) for at in range(0, needed, SENTENCES)]


def count_words(articles: Sequence[Article]) -> int:
    return sum(len(sentence.split()) for article in articles for sentence in article)


def translate(
    running: Running, articles: Sequence[Article], *, deterministic: bool = False
) -> list[bytes]:
    """Translate every article with its own client; return the bodies.

    Raises `ModelError` where a status is not 200.
    """
    options = {"options": {"deterministic": True}} if deterministic else {}
    requests = [[request({"body": list(article), **options})] for article in articles]
    answers = [answer for (answer,) in run_clients(running.port, requests)]
    for answer in answers:
        if answer.status != 200:
            raise ModelError(f"a service answered {answer.status}: {answer.body[:300]!r}")
    return [answer.body for answer in answers]


def time_translation(
    running: Running, articles: Sequence[Article], *, deterministic: bool = False
) -> float:
    """Return the seconds until every client has its answer."""
    began = time.perf_counter()
    translate(running, articles, deterministic=deterministic)
    return time.perf_counter() - began


def targets(bodies: Sequence[bytes]) -> dict[str, str]:
    """Return the English of every paragraph, by source."""
    blocks = [block for body in bodies for block in json.loads(body)["blocks"]]
    return {block["source"]: block["target"] for block in blocks}
