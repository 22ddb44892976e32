"""ROUGE of the extractive summarizer beside the article's first sentences.

In goes a JSONL file whose objects hold `article` (paragraphs separated by line feeds) and the
reference, sentence by sentence, in `bullets` or `summary_sents`. Out comes a Markdown table of
ROUGE F1 (Lin 2004) by rouge-score, without stemming; ROUGE-L is the summary-level one
(`rougeLsum`). A file that is missing or not of this form ends the program with exit status 2.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rouge_score.rouge_scorer import RougeScorer

from models.summarizer import ExtractiveSummarizer
from service.segment import segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Scores = NDArray[np.float64]
METRICS = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeLsum": "ROUGE-L"}
RESAMPLES = 1000
SEED = 20250218

app = typer.Typer(add_completion=False)


class InputError(Exception):
    """The file cannot be read as documents; the message says which line and why."""


@dataclass(frozen=True, slots=True)
class Document:
    """An article's sentences, the paragraph number of each, and the reference's sentences."""

    sentences: list[str]
    paragraphs: list[int]
    reference: list[str]


def read_documents(lines: Iterable[str]) -> list[Document]:
    """One document a line; raises `InputError`."""
    documents = []
    for number, line in enumerate(lines, start=1):
        try:
            fields = json.loads(line)
            article = fields["article"].split("\n")
            reference = fields["bullets"] if "bullets" in fields else fields["summary_sents"]
        except (json.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
            raise InputError(f"line {number}: {error!r}") from error
        sentences, paragraphs = [], []
        for index, paragraph in enumerate(article):
            found = [paragraph[start:end] for start, end in segment(paragraph)]
            sentences += found
            paragraphs += [index] * len(found)
        documents.append(Document(sentences, paragraphs, reference))
    return documents


def rouge(documents: Sequence[Document], chosen: Sequence[Sequence[int]]) -> Scores:
    """F1 of the chosen sentences on a scale of 100, [documents, metrics]."""
    scorer = RougeScorer(list(METRICS), use_stemmer=False)
    rows = []
    for document, indexes in zip(documents, chosen, strict=True):
        summary = "\n".join(document.sentences[i] for i in indexes)
        scores = scorer.score("\n".join(document.reference), summary)
        rows.append([100 * scores[metric].fmeasure for metric in METRICS])
    return np.array(rows, dtype=np.float64)


def interval(values: Scores) -> tuple[Scores, Scores]:
    """The 2.5th and 97.5th percentile of the mean over documents, [metrics] each.

    Bootstrap over documents (Koehn 2004); the same documents are drawn in every call, so that
    of a difference of two systems is a paired one.
    """
    generator = np.random.default_rng(SEED)
    draws = generator.integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile([values[draw].mean(axis=0) for draw in draws], [2.5, 97.5], axis=0)
    return low, high


def markdown(systems: Mapping[str, Scores]) -> str:
    """A row a system: means and 95 % intervals."""
    lines = [f"| system | {' | '.join(METRICS.values())} |", "|---|" + "---|" * len(METRICS)]
    for system, scores in systems.items():
        low, high = interval(scores)
        cells = [
            f"{mean:.1f} [{a:.1f}, {b:.1f}]"
            for mean, a, b in zip(scores.mean(axis=0), low, high, strict=True)
        ]
        lines.append(f"| {system} | {' | '.join(cells)} |")
    return "\n".join(lines)


@app.command(epilog="Example: python scripts/evaluate_summaries.py DATA/summaries/tune.jsonl")
def main(
    file: Annotated[Path, typer.Argument(help="JSONL: `article`, `bullets` or `summary_sents`.")],
    count: Annotated[int, typer.Option(min=1, help="Sentences a summary.")] = 3,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N documents.")] = None,
) -> None:
    """Print ROUGE-1/2/L, with 95 % intervals, of our sentences and of the first ones."""
    try:
        with file.open(encoding="utf-8") as lines:
            documents = read_documents(lines)[:limit]
        if not documents:
            raise InputError("the file is empty")
    except (OSError, UnicodeDecodeError, InputError) as error:
        typer.echo(f"evaluate_summaries: {file}: {error}", err=True)
        raise typer.Exit(2) from error
    summarizer = ExtractiveSummarizer()
    chosen = [summarizer.select(d.sentences, d.paragraphs, count) for d in documents]
    ours = rouge(documents, chosen)
    lead = rouge(documents, [range(min(count, len(d.sentences))) for d in documents])
    typer.echo(f"## {file.name}, {len(documents)} documents, {count} sentences\n")
    typer.echo(markdown({f"lead-{count}": lead, "extractive": ours, "difference": ours - lead}))
    signature = " ".join(summarizer.signature.values())
    typer.echo(f"\nrouge-score {version('rouge-score')}, no stemming; {signature}")


if __name__ == "__main__":
    app()
