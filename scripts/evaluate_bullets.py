"""What is in English bullets, and how long they take.

In goes a JSONL file of Indonesian articles (`text`, and `date` where it is known). Of every bullet
it is counted which numbers, dates, names and quotations its sources lack, and how many of its words
stand in the English of the sentences it cites. Then, for articles of about 600 words: the time of
three bullets where the article is translated already, and from nothing, beside the time that
translating all of it takes, each with nothing in the cache. Nothing else should run meanwhile.
"""

from __future__ import annotations

import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from models.errors import KabarError
from models.summarizer import ExtractiveSummarizer
from service.article import Article
from service.documents.manuscript import Manuscript
from service.runtime import Runtime, open_runtime
from service.settings import load_settings
from service.summaries.make import THREE_BULLETS, Bullet, Given, Known, Summaries, Summary
from service.summaries.receipts import unsupported

# Words of the articles that times are measured on, and how many articles that are.
_LONG = range(500, 701)
_TIMED = 5

_WORD = re.compile(r"[^\W_]+")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
# `19 Jun 2025`, as pages write it.
_WRITTEN = re.compile(r"\b(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4})\b")
_MONTHS = "jan feb mar apr mei jun jul agu sep okt nov des".split()

app = typer.Typer(add_completion=False)


@dataclass(slots=True)
class Counts:
    """What was found in bullets."""

    articles: int = 0
    bullets: int = 0
    refused: int = 0
    flagged: int = 0
    unsupported: list[str] = field(default_factory=list)
    changed: Counter[str] = field(default_factory=Counter)
    words: int = 0
    found: int = 0
    # Figures whose digits stand nowhere in the sources: counted without the ledger, which chose.
    strange: list[str] = field(default_factory=list)
    # Bullets of which at least 95 % of the words were found.
    backed: int = 0


def count(counts: Counts, summary: Summary) -> None:
    """Add what is in a summary."""
    counts.articles += 1
    counts.refused += len(summary.refused)
    for bullet in summary.bullets:
        counts.bullets += 1
        counts.flagged += bool(bullet.flags)
        counts.changed.update(bullet.changed)
        sources = [source.text for source in bullet.sources]
        counts.unsupported += unsupported(sources, bullet.text, bullet.added)
        there = [digits for text in [*sources, *bullet.added] for digits in _digits(text)]
        counts.strange += [digits for digits in _digits(bullet.text) if digits not in there]
        found, words = supported_words(bullet)
        counts.found += found
        counts.words += words
        counts.backed += found >= 0.95 * words


def supported_words(bullet: Bullet) -> tuple[int, int]:
    """How many words of a bullet stand in the English of its sources (a name also in their
    Indonesian) or were worked out, and how many it has."""
    texts = [text for source in bullet.sources for text in (source.target, source.text) if text]
    there = {word.lower() for text in [*texts, *bullet.added] for word in _WORD.findall(text)}
    words = [word.lower() for word in _WORD.findall(bullet.text)]
    return sum(word in there for word in words), len(words)


@app.command(epilog="Example: python scripts/evaluate_bullets.py ARTICLES.jsonl --limit 100")
def main(
    file: Annotated[Path, typer.Argument(help="JSONL with `text`, and `date` where it is known.")],
    limit: Annotated[int, typer.Option(min=1, help="Only the first so many articles.")] = 100,
    timed: Annotated[int, typer.Option(min=0, help="Articles for times.")] = _TIMED,
) -> None:
    """Print what is in bullets, and how long they take."""
    try:
        articles = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        runtime = open_runtime(load_settings(cache=False))
    except (OSError, ValueError, KabarError) as error:
        typer.echo(f"evaluate_bullets: {file}: {error}", err=True)
        raise typer.Exit(2) from error
    summaries = Summaries(ExtractiveSummarizer(), runtime.pipeline)
    counts = Counts()
    with typer.progressbar(articles[:limit], label="bullets") as some:
        for article in some:
            count(counts, summaries.summarize([_read(article)], THREE_BULLETS))
    print("| figure | measured | target |\n|---|---|---|")
    for row in _rows(counts):
        print(f"| {' | '.join(row)} |")
    lengthy = [a for a in articles if len(str(a["text"]).split()) in _LONG][:timed]
    for row in _times(runtime, summaries, lengthy):
        print(f"| {' | '.join(row)} |")
    runtime.close()


def _rows(counts: Counts) -> Iterator[tuple[str, str, str]]:
    yield f"bullets of {counts.articles} articles", str(counts.bullets), ""
    wrong = f"{len(counts.unsupported)} {', '.join(counts.unsupported)}".strip()
    yield "numbers, dates, names and quotations without a source", wrong, "0"
    strange = f"{len(counts.strange)} {', '.join(counts.strange)}".strip()
    yield "figures whose digits stand nowhere in the sources", strange, "printed"
    share = counts.found / max(1, counts.words)
    yield "words found in the sentences cited", f"{share:.1%}", "at least 95 %"
    backed = f"{counts.backed} of {counts.bullets}"
    yield "bullets with at least 95 % of their words there", backed, ""
    yield "with a date, a speaker or a cut", _listed(counts.changed), ""
    yield "sentences that were refused", str(counts.refused), ""
    yield "bullets with a flag", str(counts.flagged), ""


def _times(
    runtime: Runtime, summaries: Summaries, articles: list[dict[str, Any]]
) -> Iterator[tuple[str, str, str]]:
    after, fresh, whole = [], [], []
    for article in articles:
        read = _read(article)
        began = time.perf_counter()
        translation = runtime.pipeline.translate(read)
        whole.append(time.perf_counter() - began)
        known: Known = {
            (0, sentence.id): Given(sentence.target, sentence.flags)
            for block in translation.article.blocks
            for sentence in block.sentences
        }
        began = time.perf_counter()
        summaries.summarize([read], THREE_BULLETS, known=known)
        after.append(time.perf_counter() - began)
        # The batcher, without a cache, remembers nothing: every sentence is translated again.
        began = time.perf_counter()
        summaries.summarize([read], THREE_BULLETS)
        fresh.append(time.perf_counter() - began)
    if not articles:
        return
    words = f"{_LONG.start} to {_LONG.stop - 1} words"
    yield (
        f"three bullets of {words} after translation ({len(articles)} articles)",
        f"{1000 * statistics.median(after):.0f} ms",
        "under 60 ms",
    )
    ratio = statistics.median(f / w for f, w in zip(fresh, whole, strict=True))
    yield (
        "three bullets from nothing, against translating all of it",
        f"{statistics.median(fresh):.1f} s to {statistics.median(whole):.1f} s: {ratio:.2f}",
        "at most 0.4",
    )


def _read(article: Mapping[str, Any]) -> Article:
    return Manuscript.from_text(str(article["text"]), _date(str(article.get("date")))).read()


def _date(written: str) -> str | None:
    if found := _ISO.match(written):
        return found[0]
    if (found := _WRITTEN.search(written)) and found[2].lower() in _MONTHS:
        return f"{found[3]}-{_MONTHS.index(found[2].lower()) + 1:02}-{int(found[1]):02}"
    return None


def _digits(text: str) -> list[str]:
    """The figures of a text, without what parts their digits."""
    return [re.sub(r"\D", "", found) for found in re.findall(r"\d+(?:[.,:]\d+)*", text)]


def _listed(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counter.most_common()) or "none"


if __name__ == "__main__":
    app()
