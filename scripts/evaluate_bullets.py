"""Measure how well sources support bullets, and how long bullets take.

It needs a JSONL file of Indonesian articles (`text`, and `date` if known). It counts the numbers,
dates, names and quotations of bullets that their sources lack, and the words that are in the
English of the cited sentences. On articles of about 600 words it times three bullets: after the
article is translated, and without, beside the time to translate all of it. The cache is off. Run
nothing else meanwhile.
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
from service.summaries.records import (
    THREE_BULLETS,
    Bullet,
    EnglishByKey,
    KnownEnglish,
    Summary,
)
from service.summaries.summaries import Summaries
from service.summaries.support import unsupported_facts

# Words of the articles for times, and their default number.
_TIMED_WORDS = range(500, 701)
_TIMED = 5
# A bullet is supported if this share of its words was found.
_SUPPORTED = 0.95

_WORD = re.compile(r"[^\W_]+")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
# As pages write it: `19 Jun 2025`.
_WRITTEN = re.compile(r"\b(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4})\b")
_MONTHS = "jan feb mar apr mei jun jul agu sep okt nov des".split()

app = typer.Typer(add_completion=False)


@dataclass(slots=True)
class Counts:
    """Counts over the bullets of some articles.

    `unknown_figures` are numbers whose digits are not in the sources, found without the checks
    that choose the bullets. `supported` bullets have at least 95 % of their words found.
    """

    articles: int = 0
    bullets: int = 0
    refused: int = 0
    flagged: int = 0
    unsupported: list[str] = field(default_factory=list)
    changed: Counter[str] = field(default_factory=Counter)
    words: int = 0
    found: int = 0
    unknown_figures: list[str] = field(default_factory=list)
    supported: int = 0


def count(counts: Counts, summary: Summary) -> None:
    """Add the counts of a summary."""
    counts.articles += 1
    counts.refused += len(summary.refused)
    for bullet in summary.bullets:
        counts.bullets += 1
        counts.flagged += bool(bullet.flags)
        counts.changed.update(bullet.changed)
        sources = [source.text for source in bullet.sources]
        counts.unsupported += unsupported_facts(sources, bullet.text, bullet.added)
        known = [digits for text in [*sources, *bullet.added] for digits in _digits(text)]
        counts.unknown_figures += [digits for digits in _digits(bullet.text) if digits not in known]
        found, words = supported_words(bullet)
        counts.found += found
        counts.words += words
        counts.supported += found >= _SUPPORTED * words


def supported_words(bullet: Bullet) -> tuple[int, int]:
    """Count the words of a bullet that are supported, and all of its words.

    A supported word is in a source, in English or Indonesian, or was derived from one.
    """
    texts = [text for source in bullet.sources for text in (source.target, source.text) if text]
    known = {word.lower() for text in [*texts, *bullet.added] for word in _WORD.findall(text)}
    words = [word.lower() for word in _WORD.findall(bullet.text)]
    return sum(word in known for word in words), len(words)


@app.command(epilog="Example: python scripts/evaluate_bullets.py ARTICLES.jsonl --limit 100")
def main(
    file: Annotated[Path, typer.Argument(help="JSONL with `text`, and `date` if known.")],
    limit: Annotated[int, typer.Option(min=1, help="Use only the first N articles.")] = 100,
    timed: Annotated[int, typer.Option(min=0, help="Number of articles to time.")] = _TIMED,
) -> None:
    """Print how well bullets are supported, and how long they take."""
    try:
        articles = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        runtime = open_runtime(load_settings(cache=False))
    except (OSError, ValueError, KabarError) as error:
        typer.echo(f"evaluate_bullets: {file}: {error}", err=True)
        raise typer.Exit(2) from error
    summaries = Summaries(ExtractiveSummarizer(), runtime.pipeline)
    counts = Counts()
    with typer.progressbar(articles[:limit], label="bullets") as progress:
        for article in progress:
            count(counts, summaries.summarize([_read(article)], THREE_BULLETS))
    print("| figure | measured | target |\n|---|---|---|")
    for row in _rows(counts):
        print(f"| {' | '.join(row)} |")
    timed_articles = [a for a in articles if len(str(a["text"]).split()) in _TIMED_WORDS][:timed]
    for row in _times(runtime, summaries, timed_articles):
        print(f"| {' | '.join(row)} |")
    runtime.close()


def _rows(counts: Counts) -> Iterator[tuple[str, str, str]]:
    yield f"bullets of {counts.articles} articles", str(counts.bullets), ""
    unsupported = f"{len(counts.unsupported)} {', '.join(counts.unsupported)}".strip()
    yield "numbers, dates, names and quotations without a source", unsupported, "0"
    unknown = f"{len(counts.unknown_figures)} {', '.join(counts.unknown_figures)}".strip()
    yield "figures whose digits are not in the sources", unknown, "printed"
    share = counts.found / max(1, counts.words)
    yield "words found in the cited sentences", f"{share:.1%}", "at least 95 %"
    supported = f"{counts.supported} of {counts.bullets}"
    yield "bullets with at least 95 % of their words found", supported, ""
    yield "bullets by change: date, speaker, cut", _join(counts.changed), ""
    yield "refused sentences", str(counts.refused), ""
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
        known: EnglishByKey = {
            (0, sentence.id): KnownEnglish(sentence.target, sentence.flags)
            for block in translation.article.blocks
            for sentence in block.sentences
        }
        began = time.perf_counter()
        summaries.summarize([read], THREE_BULLETS, known_english=known)
        after.append(time.perf_counter() - began)
        # Without a cache, every sentence is translated again.
        began = time.perf_counter()
        summaries.summarize([read], THREE_BULLETS)
        fresh.append(time.perf_counter() - began)
    if not articles:
        return
    words = f"{_TIMED_WORDS.start} to {_TIMED_WORDS.stop - 1} words"
    yield (
        f"three bullets of {words} after translation ({len(articles)} articles)",
        f"{1000 * statistics.median(after):.0f} ms",
        "under 60 ms",
    )
    ratio = statistics.median(f / w for f, w in zip(fresh, whole, strict=True))
    yield (
        "three bullets without translation before, against translating all of it",
        f"{statistics.median(fresh):.1f} s to {statistics.median(whole):.1f} s: {ratio:.2f}",
        "at most 0.4",
    )


def _read(article: Mapping[str, Any]) -> Article:
    return Manuscript.from_text(str(article["text"]), _date(str(article.get("date")))).read()


def _date(text: str) -> str | None:
    if found := _ISO.match(text):
        return found[0]
    if (found := _WRITTEN.search(text)) and found[2].lower() in _MONTHS:
        return f"{found[3]}-{_MONTHS.index(found[2].lower()) + 1:02}-{int(found[1]):02}"
    return None


def _digits(text: str) -> list[str]:
    """Return the figures of a text without their separators."""
    return [re.sub(r"\D", "", found) for found in re.findall(r"\d+(?:[.,:]\d+)*", text)]


def _join(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counter.most_common()) or "none"


if __name__ == "__main__":
    app()
