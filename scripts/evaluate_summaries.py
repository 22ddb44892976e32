"""ROUGE of the extractive summarizer beside LexRank, TextRank and the article's first sentences.

In goes a JSONL file whose objects hold `article` (paragraphs separated by line feeds) and the
reference, sentence by sentence, in `bullets` or `summary_sents`. Out comes a Markdown table of
ROUGE F1 (Lin 2004) by rouge-score, without stemming; ROUGE-L is the summary-level one
(`rougeLsum`). LexRank (Erkan and Radev 2004) and TextRank (Mihalcea and Tarau 2004) are those of
sumy, which gets the same sentences, words and stop words as ours. A file that is missing or not of
this form ends the program with exit status 2.
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


def load(file: Path) -> list[Document]:
    """The documents of a file; raises `InputError`, with the file's name."""
    try:
        with file.open(encoding="utf-8") as lines:
            documents = read_documents(lines)
        if not documents:
            raise InputError("the file is empty")
    except (OSError, UnicodeDecodeError, InputError) as error:
        raise InputError(f"{file}: {error}") from error
    return documents


def lead(document: Document, count: int) -> Sequence[int]:
    """The first sentences."""
    return range(min(count, len(document.sentences)))


class _Words:
    """Stands for sumy's tokenizer, which would read data of nltk."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        return tuple(words_of(sentence))


def sumy_choosers() -> dict[str, Chooser]:
    """LexRank and TextRank; raises `ImportError` without sumy."""
    dom = import_module("sumy.models.dom")
    ranks = {
        "LexRank": import_module("sumy.summarizers.lex_rank").LexRankSummarizer(),
        "TextRank": import_module("sumy.summarizers.text_rank").TextRankSummarizer(),
    }

    def chooser(summarizer: Any) -> Chooser:
        summarizer.stop_words = STOP_WORDS

        def choose(document: Document, count: int) -> Sequence[int]:
            sentences = [dom.Sentence(text, _Words()) for text in document.sentences]
            # Sentences are equal where their texts are; which one it is, only identity tells.
            numbers = {id(sentence): number for number, sentence in enumerate(sentences)}
            model = dom.ObjectDocumentModel([dom.Paragraph(sentences)])
            return sorted(numbers[id(sentence)] for sentence in summarizer(model, count))

        return choose

    return {name: chooser(summarizer) for name, summarizer in ranks.items()}


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
    without_sumy: Annotated[
        bool, typer.Option("--without-sumy", help="Leave LexRank and TextRank out.")
    ] = False,
) -> None:
    """Print ROUGE-1/2/L, with 95 % intervals, of our sentences and of others' choices."""
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
