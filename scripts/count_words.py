"""Count the words of the written training pairs, for `service/text/lexicon/frequencies.txt`."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(__file__).parents[1]
WRITTEN = ROOT / "scripts" / "training" / "written"
FREQUENCIES = ROOT / "service" / "text" / "lexicon" / "frequencies.txt"

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LEAST = 2  # a word that occurs once may be a slip

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: python scripts/count_words.py")
def main(
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.")] = FREQUENCIES,
) -> None:
    """Write each Indonesian word in lower case with its count, the most frequent first."""
    words = counted(WRITTEN)
    output.write_text(table(words), encoding="utf-8")
    typer.echo(f"{output}: {len(words)} words")


def counted(folder: Path) -> Counter[str]:
    """Return the words of the source sides of a folder's TSV files that occur twice or more."""
    words = Counter[str]()
    for path in sorted(folder.glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            words.update(_WORD.findall(line.split("\t")[0].lower()))
    return Counter({word: count for word, count in words.items() if count >= _LEAST})


def table(words: Counter[str]) -> str:
    """Return a line for each word and its count."""
    rows = sorted(words.items(), key=lambda row: (-row[1], row[0]))
    return "".join(f"{word} {count}\n" for word, count in rows)


if __name__ == "__main__":
    app()
