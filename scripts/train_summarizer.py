"""Train the summarizer on articles with human summaries.

It reads JSONL files in the format of `scripts/evaluate_summaries.py`, and writes the weights of
`models/summarizer`. A sentence's label is whether it is in the best extract of its article, which
grows greedily while the sum of ROUGE-1 and ROUGE-2 F1 grows (Nallapati et al. 2017). With
`--folds` it writes nothing: it summarizes each part of the documents after training on the others,
and prints ROUGE. It needs only numpy; the same files and seed give the same weights.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from models.summarizer import ExtractiveSummarizer
from models.summarizer.extractive import WEIGHTS, describe
from models.summarizer.features import FEATURES
from models.summarizer.trees import write_trees
from scripts.evaluate_summaries import Document, InputError, lead, load, markdown, rouge
from scripts.training.boosting import Recipe, fit

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from models.summarizer.trees import Matrix, Trees, Vector

_TOKEN = re.compile(r"[a-z0-9]+")

app = typer.Typer(add_completion=False)


def best_extract(sentences: Sequence[str], reference: Sequence[str], count: int) -> list[int]:
    """Return at most `count` indexes, in the order of a greedy search."""
    tokens = [_TOKEN.findall(sentence.lower()) for sentence in sentences]
    reference_tokens = _TOKEN.findall("\n".join(reference).lower())
    tables = [
        _overlaps(tokens, reference_tokens),
        _overlaps([_pairs(row) for row in tokens], _pairs(reference_tokens)),
    ]
    chosen_counts = [np.zeros(table.shape[1]) for table, _, _ in tables]
    sizes = np.zeros(len(tables))
    chosen: list[int] = []
    best = 0.0
    while len(chosen) < min(count, len(sentences)):
        score = np.zeros(len(sentences))
        for n, (table, limits, lengths) in enumerate(tables):
            common = np.minimum(chosen_counts[n] + table, limits).sum(axis=1)
            score += 2 * common / np.maximum(1, sizes[n] + lengths + limits.sum())
        score[chosen] = -1.0
        pick = int(score.argmax())
        if score[pick] <= best:
            break
        best = float(score[pick])
        chosen.append(pick)
        for n, (table, _, lengths) in enumerate(tables):
            chosen_counts[n] += table[pick]
            sizes[n] += lengths[pick]
    return chosen


def _pairs(tokens: Sequence[str]) -> list[tuple[str, str]]:
    return list(pairwise(tokens))


def _overlaps(
    rows: Sequence[Sequence[Hashable]], reference: Sequence[Hashable]
) -> tuple[Matrix, Vector, Vector]:
    """Count tokens of the reference in each sentence [sentences, types].

    Also return their counts in the reference [types], and the length of each sentence [sentences].
    """
    limits = Counter(reference)
    kinds = {token: column for column, token in enumerate(limits)}
    table = np.zeros((len(rows), len(kinds)))
    for number, row in enumerate(rows):
        for token in row:
            if token in kinds:
                table[number, kinds[token]] += 1
    lengths = np.array([len(row) for row in rows], dtype=np.float64)
    return table, np.array(list(limits.values()), dtype=np.float64), lengths


def examples(document: Document, count: int) -> tuple[Matrix, Vector]:
    """Return features and labels of the sentences that can be chosen.

    They are [sentences, features] and [sentences].
    """
    found = describe(document.sentences, document.paragraphs)
    usable = np.flatnonzero(found.first == np.arange(len(found.first)))
    sentences = [document.sentences[i] for i in found.indexes[usable]]
    labels = np.zeros(len(usable))
    labels[best_extract(sentences, document.reference, count)] = 1.0
    return found.features[usable], labels


def train(parts: Sequence[tuple[Matrix, Vector]], recipe: Recipe) -> Trees:
    return fit(
        np.concatenate([rows for rows, _ in parts]),
        np.concatenate([labels for _, labels in parts]),
        recipe,
    )


def held_out(
    documents: Sequence[Document],
    parts: Sequence[tuple[Matrix, Vector]],
    count: int,
    folds: int,
    recipe: Recipe,
) -> list[list[int]]:
    """Choose the sentences of each document after training on the other folds."""
    fold = np.random.default_rng(recipe.seed).permutation(len(documents)) % folds
    chosen: list[list[int]] = [[] for _ in documents]
    for number in range(folds):
        others = [part for part, of in zip(parts, fold, strict=True) if of != number]
        summarizer = ExtractiveSummarizer(train(others, recipe))
        for index in np.flatnonzero(fold == number).tolist():
            document = documents[index]
            chosen[index] = summarizer.select(document.sentences, document.paragraphs, count)
    return chosen


@app.command(epilog="Example: python scripts/train_summarizer.py DATA/indosum-tune.jsonl --folds 4")
def main(
    files: Annotated[list[Path], typer.Argument(help="JSONL: `article` and the reference.")],
    output: Annotated[Path, typer.Option(help="File for the weights.")] = WEIGHTS,
    count: Annotated[int, typer.Option(min=1, help="Sentences per summary.")] = 3,
    folds: Annotated[
        int, typer.Option(min=0, help="Cross-validate with this number of parts.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed for the rows and features of each tree.")] = 1,
) -> None:
    """Train and write the weights, or cross-validate and print ROUGE."""
    try:
        corpora = {file: load(file) for file in files}
    except InputError as error:
        typer.echo(f"train_summarizer: {error}", err=True)
        raise typer.Exit(2) from error
    documents = [document for corpus in corpora.values() for document in corpus]
    parts = [examples(document, count) for document in documents]
    recipe = Recipe(seed=seed)
    if not folds:
        write_trees(output, train(parts, recipe), FEATURES)
        typer.echo(f"{output}: {output.stat().st_size:,} bytes, {len(documents):,} documents")
        return
    chosen = held_out(documents, parts, count, folds, recipe)
    begin = 0
    for file, corpus in corpora.items():
        end = begin + len(corpus)
        first = rouge(corpus, [lead(document, count) for document in corpus])
        ours = rouge(corpus, chosen[begin:end])
        typer.echo(f"## {file.name}, {len(corpus):,} documents, {folds} folds\n")
        rows = {f"lead-{count}": first, "extractive": ours, "difference": ours - first}
        typer.echo(markdown(rows) + "\n")
        begin = end


if __name__ == "__main__":
    app()
