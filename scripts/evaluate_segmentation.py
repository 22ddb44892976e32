"""Compare boundaries of Kabar and other segmenters with gold ones.

It prints a Markdown table for each file of gold boundaries, whose format
`tests/service/text/segmentation/before.txt` explains. A boundary is right, missed or invented; the
end of a text does not count. Boundaries are compared by the number of visible characters before
them, so that white space and marks without width may be on either side. The other segmenters are
extra packages; those that are not installed are listed. A missing file, or one with another
format, ends the program with exit status 2.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
import warnings
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.article import Span
from service.text.segmentation import segment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Segmenter = Callable[[str], Sequence[Span]]

OURS = "Kabar"
_ESCAPE = re.compile(r"\\n|\\u([0-9a-f]{4})")
_BAR = re.compile("‖ ?")

app = typer.Typer(add_completion=False)


class InputError(Exception):
    """A file without gold boundaries; the message names line and reason."""


@dataclass(frozen=True, slots=True)
class Item:
    """A text, and its sentences without the white space between them."""

    kind: str
    text: str
    sentences: tuple[str, ...]

    @property
    def boundaries(self) -> frozenset[int]:
        """Return the visible characters before each boundary inside the text."""
        ends, total = [], 0
        for sentence in self.sentences[:-1]:
            total += sum(map(_visible, sentence))
            ends.append(total)
        return frozenset(ends)


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of boundaries."""

    right: int
    missed: int
    invented: int

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.invented, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.right + self.missed, 1)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(2 * self.right + self.missed + self.invented, 1)

    @property
    def share(self) -> float:
        """Return the share of right boundaries among gold and invented ones."""
        return self.right / max(self.right + self.missed + self.invented, 1)


def read_gold(lines: Iterable[str]) -> list[Item]:
    """Read the texts of a file of gold boundaries. Raises `InputError`."""
    items = []
    kind = ""
    for number, line in enumerate(lines, start=1):
        row = line.rstrip("\n")
        if row.startswith("#"):
            kind = row[1:].strip()
        elif row.strip():
            row = _ESCAPE.sub(lambda match: chr(int(match[1] or "a", 16)), row)
            sentences = tuple(part.strip() for part in row.split("‖"))
            if not all(sentences):
                raise InputError(f"line {number}: a bar ‖ has no text before or after it")
            items.append(Item(kind, _BAR.sub("", row), sentences))
    if not items:
        raise InputError("the file has no text: write one per line, with ‖ between sentences")
    return items


def found(text: str, spans: Iterable[Span]) -> frozenset[int]:
    """Return the visible characters before each end inside the text."""
    before = [0]
    for char in text:
        before.append(before[-1] + _visible(char))
    return frozenset(before[end] for _, end in spans) - {0, before[-1]}


def _visible(char: str) -> bool:
    return not char.isspace() and unicodedata.category(char) != "Cf"


def score(items: Iterable[Item], segmenter: Segmenter) -> Score:
    right = missed = invented = 0
    for item in items:
        gold, ends = item.boundaries, found(item.text, segmenter(item.text))
        right += len(gold & ends)
        missed += len(gold - ends)
        invented += len(ends - gold)
    return Score(right, missed, invented)


def _sentencex(module: Any) -> Segmenter:
    def spans(text: str) -> list[Span]:
        found = module.get_sentence_boundaries("id", text)
        return [(sentence["start_index"], sentence["end_index"]) for sentence in found]

    return spans


def _pysbd(module: Any) -> Segmenter:
    # pysbd has no rules for Indonesian.
    segmenter = module.Segmenter(language="en", clean=False, char_span=True)
    return lambda text: [(sentence.start, sentence.end) for sentence in segmenter.segment(text)]


def _blingfire(module: Any) -> Segmenter:
    def spans(text: str) -> list[Span]:
        return list(module.text_to_sentences_and_offsets(text)[1])

    return spans


_PEERS = {"sentencex": _sentencex, "pysbd": _pysbd, "blingfire": _blingfire}


def segmenters() -> tuple[dict[str, Segmenter], list[str]]:
    """Return the installed segmenters by name, and the missing names."""
    systems: dict[str, Segmenter] = {OURS: segment}
    absent = []
    for name, make in _PEERS.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # pysbd's source has invalid escapes
                systems[f"{name} {version(name)}"] = make(importlib.import_module(name))
        except ImportError:
            absent.append(name)
    return systems, absent


def table(scores: Mapping[str, Score]) -> str:
    """Return a Markdown table with a row for each system."""
    lines = [
        "| system | right | missed | invented | precision | recall | F1 | share right |",
        "|---|" + "---:|" * 7,
    ]
    for system, counts in scores.items():
        cells = [counts.right, counts.missed, counts.invented]
        shares = [counts.precision, counts.recall, counts.f1, counts.share]
        row = [*map(str, cells), *(f"{100 * share:.1f}" for share in shares)]
        lines.append(f"| {system} | {' | '.join(row)} |")
    return "\n".join(lines)


def errors(items: Iterable[Item]) -> str:
    """List each text that Kabar splits wrongly, with its sentences."""
    return "\n".join(
        f"- `{'` `'.join(item.text[start:end] for start, end in segment(item.text))}`"
        for item in items
        if found(item.text, segment(item.text)) != item.boundaries
    )


def draw(scores: Mapping[str, Mapping[str, Score]], path: Path) -> None:
    """Draw the shares of right boundaries, with a panel for each file."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        1, len(scores), figsize=(4.5 * len(scores), 2.2), squeeze=False, layout="constrained"
    )
    for panel, (name, systems) in zip(axes[0], scores.items(), strict=True):
        names = list(systems)[::-1]
        shares = [100 * systems[system].share for system in names]
        colors = ["tab:red" if system == OURS else "0.7" for system in names]
        panel.bar_label(panel.barh(names, shares, color=colors), fmt="%.1f", padding=3)
        panel.set_title(f"{name}: boundaries right, %", fontsize=10)
        panel.set_xlim(0, 115)
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


@app.command(
    epilog="Example: python scripts/evaluate_segmentation.py "
    "tests/service/text/segmentation/*.txt --errors"
)
def main(
    files: Annotated[list[Path], typer.Argument(help="Files of gold boundaries.")],
    errors_too: Annotated[
        bool, typer.Option("--errors", help="List texts that Kabar splits wrongly.")
    ] = False,
    picture: Annotated[
        Path | None, typer.Option(help="PNG file for a chart of the shares.")
    ] = None,
) -> None:
    """Print the boundaries that each segmenter finds, misses and invents."""
    systems, absent = segmenters()
    scores: dict[str, dict[str, Score]] = {}
    for file in files:
        try:
            with file.open(encoding="utf-8") as lines:
                items = read_gold(lines)
        except (OSError, UnicodeDecodeError, InputError) as error:
            typer.echo(f"evaluate_segmentation: {file}: {error}", err=True)
            raise typer.Exit(2) from error
        scores[file.stem] = {name: score(items, system) for name, system in systems.items()}
        gold = sum(len(item.boundaries) for item in items)
        typer.echo(f"## {file.name}, {len(items)} texts, {gold} boundaries\n")
        typer.echo(table(scores[file.stem]) + "\n")
        if errors_too:
            typer.echo((errors(items) or "Every text is split correctly.") + "\n")
    for name in absent:
        typer.echo(f"{name} is not installed and left out: pip install {name}")
    if picture is not None:
        try:
            draw(scores, picture)
        except (ImportError, OSError, ValueError) as error:
            typer.echo(f"evaluate_segmentation: {picture}: {error}", err=True)
            raise typer.Exit(2) from error


if __name__ == "__main__":
    app()
