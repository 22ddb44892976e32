"""Judge translations by reading: sheets of real sentences, and tables of their marks.

`sheet` translates articles with each system and writes a folder with `sheet.md` to read,
`marks.tsv` to fill (major, minor or fine), and `key.tsv`, which says which output is whose.
`table` joins them, prints the figures, and keeps the labels without the articles' text.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Annotated, Any

import typer

from scripts.quality.reading import (
    Item,
    Label,
    Output,
    ReadingError,
    difference,
    load_labels,
    read_labels,
    save_labels,
    sentence_id,
    table,
    write_sheet,
)

ROOT = Path(__file__).resolve().parent.parent

# Shorter sentences are bylines and captions, which say little of a system.
_MIN_WORDS = 5

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Example: python scripts/judge.py sheet DATA/raw/news-2025.jsonl build/reading "
    '--system "before=--model build/before.safetensors" --system "after="'
)
def sheet(
    articles: Annotated[Path, typer.Argument(help="JSON lines with `title` and `text`.")],
    output: Annotated[Path, typer.Argument(help="Folder for the sheet.")],
    system: Annotated[
        list[str], typer.Option(help='"NAME=OPTIONS" of `kabar translate`; repeatable.')
    ],
    sentences: Annotated[int, typer.Option(min=1, help="Number of sentences.")] = 150,
    seed: Annotated[int, typer.Option(help="Draws the articles and the order.")] = 1,
    per_article: Annotated[
        int, typer.Option(min=1, help="Maximum number of sentences of an article.")
    ] = 15,
) -> None:
    """Translate sentences of whole articles, and write a sheet that hides the systems."""
    try:
        systems = [_system(text) for text in system]
        texts = _draw(articles, 3 * (sentences // per_article + 1), seed)
        found = {name: _translated(texts, options) for name, options in systems}
        items = _items(found, per_article)[:sentences]
        write_sheet(items, output, seed)
    except (ReadingError, OSError) as error:
        typer.echo(f"judge: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{len(items)} sentences are in {output / 'sheet.md'}", err=True)


@app.command("table", epilog="Example: python scripts/judge.py table build/reading")
def tables(
    folders: Annotated[
        list[Path], typer.Argument(help="Folders with filled marks, or kept labels.")
    ],
    keep: Annotated[
        Path | None, typer.Option(help="File for the labels, without any text.")
    ] = None,
    compare: Annotated[
        str | None, typer.Option(help="BEFORE,AFTER: two systems, by their difference.")
    ] = None,
) -> None:
    """Print the marks per 100 sentences of each system."""
    try:
        labels: list[Label] = []
        for path in folders:
            labels += load_labels(path) if path.is_file() else read_labels(path)
        typer.echo(table(labels))
        if compare is not None:
            before, _, after = compare.partition(",")
            typer.echo(f"\n{difference(labels, before, after)}")
        if keep is not None:
            save_labels(labels, keep)
    except (ReadingError, OSError) as error:
        typer.echo(f"judge: {error}", err=True)
        raise typer.Exit(1) from error


def _system(text: str) -> tuple[str, list[str]]:
    name, separator, options = text.partition("=")
    if not separator or not name:
        raise ReadingError(f'--system "{text}" is not NAME=OPTIONS')
    return name, shlex.split(options)


def _draw(path: Path, count: int, seed: int) -> list[str]:
    """Return articles as text, headline first."""
    lines = path.read_text(encoding="utf-8").splitlines()
    try:
        articles = [json.loads(line) for line in lines if line]
        texts = [f"{article['title']}\n\n{article['text']}" for article in articles]
    except (ValueError, KeyError, TypeError) as error:
        raise ReadingError(f"{path}: a line has no `title` and `text` ({error})") from error
    Random(seed).shuffle(texts)
    return texts[:count]


def _translated(texts: Sequence[str], options: Sequence[str]) -> list[dict[str, Any]]:
    """Return the JSON of each article, by the command line."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source"), Path(folder, "target")
        source.mkdir()
        for number, text in enumerate(texts):
            (source / f"{number:05}.txt").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "service.cli.main", "translate", str(source)]
        command += ["--format", "json", "-o", str(target), *options]
        done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise ReadingError(f"kabar failed: {done.stderr.strip()[-500:]}")
        # A single article makes a file, not a folder.
        made = sorted(target.iterdir()) if target.is_dir() else [target]
        return [json.loads(path.read_text(encoding="utf-8")) for path in made]


def _items(found: dict[str, list[dict[str, Any]]], per_article: int) -> list[Item]:
    """Return the sentences that every system has, article by article."""
    items = []
    for articles in zip(*found.values(), strict=True):
        by_system = [
            {sentence["source"]: sentence for sentence in _sentences(article)}
            for article in articles
        ]
        shared = [s for s in by_system[0] if all(s in others for others in by_system[1:])]
        for source in shared[:per_article]:
            outputs = {
                name: Output(
                    sentences[source]["target"],
                    sentences[source]["confidence"],
                    tuple(sentences[source]["flags"]),
                )
                for name, sentences in zip(found, by_system, strict=True)
            }
            items.append(Item(sentence_id(source), source, outputs))
    return items


def _sentences(article: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        sentence
        for block in article["blocks"]
        for sentence in block["sentences"]
        if len(sentence["source"].split()) >= _MIN_WORDS
    ]


if __name__ == "__main__":
    app()
