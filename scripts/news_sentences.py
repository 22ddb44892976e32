"""Extract sentences of Indonesian articles for `translate_corpus.py`.

It reads JSON lines with the field `article`, and removes the spaces that IndoSum puts around marks
(`(17 / 9 / 2017)`, `" begitu, "`). It writes a text file with each sentence once.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from scripts.training.corpora import CorpusError, normalize, read_lines
from service.text.segmentation import segment

_SPACED = (
    (re.compile(r"(?<=\d) ([/:.,-]) (?=\d)"), r"\1"),
    (re.compile(r"\b(\w+) - (?=\1\b)"), r"\1-"),  # reli - reli
    (re.compile(r'" ([^"]*?) "'), r'"\1"'),
    (re.compile(r"(?<=“) | (?=”)"), ""),
    (re.compile(r"- -"), "-"),
)

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Example: python scripts/news_sentences.py DATA/summaries/indosum-tune.jsonl "
    "DATA/train/indosum.id"
)
def main(
    articles: Annotated[Path, typer.Argument(help="JSON lines with `article`.")],
    output: Annotated[Path, typer.Argument(help="File for the sentences, one per line.")],
) -> None:
    """Write the sentences of articles, one per line."""
    try:
        sentences = read_sentences(articles)
        output.write_text("".join(f"{line}\n" for line in sentences), encoding="utf-8")
    except CorpusError as error:
        typer.echo(f"news_sentences: {error.detail}", err=True)
        raise typer.Exit(1) from error
    except OSError as error:
        typer.echo(f"news_sentences: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{len(sentences):,} sentences in {output}", err=True)


def read_sentences(articles: Path) -> list[str]:
    """Return the sentences in order, each once. Raises `CorpusError`."""
    found: dict[str, str] = {}
    for number, line in enumerate(read_lines(articles), 1):
        try:
            article = str(json.loads(line)["article"])
        except (ValueError, TypeError, KeyError) as error:
            raise CorpusError(
                f"{articles}, line {number}: the line is no JSON with the field `article` ({error})"
            ) from error
        for paragraph in article.splitlines():
            text = tidy(paragraph)
            for start, end in segment(text):
                sentence = text[start:end]
                found.setdefault(normalize(sentence), sentence)
    return list(found.values())


def tidy(text: str) -> str:
    """Remove the spaces that corpora put around marks."""
    for pattern, replacement in _SPACED:
        text = pattern.sub(replacement, text)
    return " ".join(text.split())


if __name__ == "__main__":
    app()
