"""Sentence boundaries of Kabar and of other segmenters beside gold ones.

In goes a file of gold boundaries (`tests/service/text/segmentation/before.txt` tells its form). Out comes a
Markdown table for each. A boundary is right, missed or invented; the end of a text counts for
nothing. Where a boundary lies is told by the visible characters before it, so that nobody gains or
loses by the side on which he leaves white space and marks without width. The other segmenters are
extra packages: one that is not installed is named and left out. A file that is missing or not of
this form ends the program with exit status 2.
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
    """The file cannot be read as gold boundaries; the message says which line and why."""


@dataclass(frozen=True, slots=True)
class Item:
    """A text and its sentences, which joined by the white space between them are the text."""

    kind: str
    text: str
    sentences: tuple[str, ...]

    @property
    def boundaries(self) -> frozenset[int]:
        """Numbers of visible characters before the boundaries inside the text."""
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
        """Of all boundaries, gold and invented, those that are right."""
        return self.right / max(self.right + self.missed + self.invented, 1)


def read_gold(lines: Iterable[str]) -> list[Item]:
    """The texts of a file of gold boundaries; raises `InputError`."""
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
                raise InputError(f"line {number}: nothing stands before or after a bar ‖")
            items.append(Item(kind, _BAR.sub("", row), sentences))
    if not items:
        raise InputError("there is no text in it; a line is a text, with bars ‖ between sentences")
    return items


def found(text: str, spans: Iterable[Span]) -> frozenset[int]:
    """Numbers of visible characters before the ends of spans, but for the end of the text."""
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
    # it knows no Indonesian
    segmenter = module.Segmenter(language="en", clean=False, char_span=True)
    return lambda text: [(sentence.start, sentence.end) for sentence in segmenter.segment(text)]


def _blingfire(module: Any) -> Segmenter:
    def spans(text: str) -> list[Span]:
        return list(module.text_to_sentences_and_offsets(text)[1])

    return spans


_PEERS = {"sentencex": _sentencex, "pysbd": _pysbd, "blingfire": _blingfire}


def segmenters() -> tuple[dict[str, Segmenter], list[str]]:
    """Ours and those that are installed, by name and version, and the names of the others."""
    systems: dict[str, Segmenter] = {OURS: segment}
    absent = []
    for name, make in _PEERS.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # pysbd's source has escapes that are not valid
                systems[f"{name} {version(name)}"] = make(importlib.import_module(name))
        except ImportError:
            absent.append(name)
    return systems, absent


def table(scores: Mapping[str, Score]) -> str:
    """A row a system."""
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
    """A list item for each text that we part wrongly, with what we make of it."""
    return "\n".join(
        f"- `{'` `'.join(item.text[start:end] for start, end in segment(item.text))}`"
        for item in items
        if found(item.text, segment(item.text)) != item.boundaries
    )


def draw(scores: Mapping[str, Mapping[str, Score]], path: Path) -> None:
    """Bars of the share that is right, a panel a file, ours in colour."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(
        1, len(scores), figsize=(4.5 * len(scores), 2.2), squeeze=False, layout="constrained"
    )
    for panel, (name, systems) in zip(axes[0], scores.items(), strict=True):
        names = list(systems)[::-1]
        shares = [100 * systems[system].share for system in names]
        colours = ["tab:red" if system == OURS else "0.7" for system in names]
        panel.bar_label(panel.barh(names, shares, color=colours), fmt="%.1f", padding=3)
        panel.set_title(f"{name}: boundaries right, %", fontsize=10)
        panel.set_xlim(0, 115)
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


@app.command(
    epilog="Example: python scripts/evaluate_segmentation.py tests/service/text/segmentation/*.txt --errors"
)
def main(
    files: Annotated[list[Path], typer.Argument(help="Texts with gold boundaries.")],
    errors_too: Annotated[
        bool, typer.Option("--errors", help="List what we part wrongly.")
    ] = False,
    picture: Annotated[Path | None, typer.Option(help="Draw the shares here (PNG).")] = None,
) -> None:
    """Print how many sentence boundaries we and other segmenters find, miss and invent."""
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
            typer.echo((errors(items) or "Nothing is parted wrongly.") + "\n")
    for name in absent:
        typer.echo(f"{name} is left out: it is not installed (pip install {name}).")
    if picture is not None:
        try:
            draw(scores, picture)
        except (ImportError, OSError, ValueError) as error:
            typer.echo(f"evaluate_segmentation: {picture}: {error}", err=True)
            raise typer.Exit(2) from error


if __name__ == "__main__":
    app()
