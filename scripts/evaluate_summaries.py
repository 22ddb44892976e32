"""Compare the extractive summarizer with others by ROUGE.

The others are the article's first sentences, LexRank (Erkan and Radev 2004) and TextRank (Mihalcea
and Tarau 2004). The last two are sumy's, with the same sentences, words and stop words as Kabar.

It needs a JSONL file whose objects have `article` (paragraphs separated by line feeds), and a
reference as a list of sentences, `bullets` or `summary_sents`. It prints a Markdown table of ROUGE
F1 (Lin 2004) by rouge-score, without stemming; ROUGE-L is at the summary level (`rougeLsum`). A
missing file, or one with another format, ends the program with exit status 2.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rouge_score.rouge_scorer import RougeScorer

from models.summarizer import STOP_WORDS, ExtractiveSummarizer
from models.summarizer.terms import words_of
from service.text.segmentation import segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Chooser = Callable[["Document", int], Sequence[int]]

Scores = NDArray[np.float64]
METRICS = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeLsum": "ROUGE-L"}
RESAMPLES = 1000
SEED = 20250218

app = typer.Typer(add_completion=False)


class InputError(Exception):
    """A file without documents; the message names the line and the reason."""


@dataclass(frozen=True, slots=True)
class Document:
    """An article's sentences and paragraph numbers, and its reference."""

    sentences: list[str]
    paragraphs: list[int]
    reference: list[str]


def read_documents(lines: Iterable[str]) -> list[Document]:
    """Read a document from each line. Raises `InputError`."""
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


def load(file: Path) -> list[Document]:
    """Read the documents of a file. Raises `InputError`, with the file's name."""
    try:
        with file.open(encoding="utf-8") as lines:
            documents = read_documents(lines)
        if not documents:
            raise InputError("the file is empty")
    except (OSError, UnicodeDecodeError, InputError) as error:
        raise InputError(f"{file}: {error}") from error
    return documents


def lead(document: Document, count: int) -> Sequence[int]:
    """Choose the first sentences."""
    return range(min(count, len(document.sentences)))


class _Words:
    """A replacement for sumy's tokenizer, which needs nltk's data."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        return tuple(words_of(sentence))


def sumy_choosers() -> dict[str, Chooser]:
    """Return LexRank and TextRank. Raises `ImportError` without sumy."""
    dom = import_module("sumy.models.dom")
    ranks = {
        "LexRank": import_module("sumy.summarizers.lex_rank").LexRankSummarizer(),
        "TextRank": import_module("sumy.summarizers.text_rank").TextRankSummarizer(),
    }

    def chooser(summarizer: Any) -> Chooser:
        summarizer.stop_words = STOP_WORDS

        def choose(document: Document, count: int) -> Sequence[int]:
            sentences = [dom.Sentence(text, _Words()) for text in document.sentences]
            # Sentences with the same text are equal, so they are told apart by identity.
            numbers = {id(sentence): number for number, sentence in enumerate(sentences)}
            model = dom.ObjectDocumentModel([dom.Paragraph(sentences)])
            return sorted(numbers[id(sentence)] for sentence in summarizer(model, count))

        return choose

    return {name: chooser(summarizer) for name, summarizer in ranks.items()}


def rouge(documents: Sequence[Document], chosen: Sequence[Sequence[int]]) -> Scores:
    """Return F1 of the chosen sentences, 0 to 100, [documents, metrics]."""
    scorer = RougeScorer(list(METRICS), use_stemmer=False)
    rows = []
    for document, indexes in zip(documents, chosen, strict=True):
        summary = "\n".join(document.sentences[i] for i in indexes)
        scores = scorer.score("\n".join(document.reference), summary)
        rows.append([100 * scores[metric].fmeasure for metric in METRICS])
    return np.array(rows, dtype=np.float64)


def interval(values: Scores) -> tuple[Scores, Scores]:
    """Return the bounds of a 95 % interval of the mean, [metrics] each.

    Bootstrap over documents (Koehn 2004). Every call draws the same documents, so the interval of
    a difference between two systems is paired.
    """
    generator = np.random.default_rng(SEED)
    draws = generator.integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile([values[draw].mean(axis=0) for draw in draws], [2.5, 97.5], axis=0)
    return low, high


def markdown(systems: Mapping[str, Scores]) -> str:
    """Return a table of means and 95 % intervals, a row for each system."""
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
    count: Annotated[int, typer.Option(min=1, help="Sentences per summary.")] = 3,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Use only the first N documents.")
    ] = None,
    without_sumy: Annotated[
        bool, typer.Option("--without-sumy", help="Leave out LexRank and TextRank.")
    ] = False,
) -> None:
    """Print ROUGE-1/2/L of each summarizer, with 95 % intervals."""
    try:
        documents = load(file)[:limit]
    except InputError as error:
        typer.echo(f"evaluate_summaries: {error}", err=True)
        raise typer.Exit(2) from error
    try:
        others = {} if without_sumy else sumy_choosers()
    except ImportError as error:
        typer.echo(
            "evaluate_summaries: LexRank and TextRank need sumy: pip install 'kabar[evaluate]', "
            "or leave them out with --without-sumy",
            err=True,
        )
        raise typer.Exit(2) from error
    summarizer = ExtractiveSummarizer()
    first = f"lead-{count}"
    choosers: dict[str, Chooser] = {
        first: lead,
        **others,
        "extractive": lambda d, n: summarizer.select(d.sentences, d.paragraphs, n),
    }
    scores = {
        name: rouge(documents, [choose(document, count) for document in documents])
        for name, choose in choosers.items()
    }
    ours = scores["extractive"]
    differences = {
        f"extractive - {name}": ours - scores[name] for name in scores if name != "extractive"
    }
    typer.echo(f"## {file.name}, {len(documents)} documents, {count} sentences\n")
    typer.echo(markdown(scores | differences))
    packages = ["rouge-score", *(["sumy"] if others else [])]
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    signature = " ".join(summarizer.signature.values())
    typer.echo(f"\n{versions}, no stemming; {signature}")


if __name__ == "__main__":
    app()
