"""Readings: sentences of real articles, marked by somebody who reads both languages.

A reader sees each source with the English of every system, in an order that hides the systems, and
marks each English: `major` if the meaning is wrong or lost, `minor` if only the wording needs work,
`fine` otherwise. The labels are kept with ids, without the publishers' text.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

MARKS = ("major", "minor", "fine")
_RESAMPLINGS = 2_000
_COLUMNS = ("number", "output", "mark", "note")


class ReadingError(Exception):
    """A sheet or a file of marks that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Output:
    """The English of a sentence by one system."""

    target: str
    confidence: float | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence of an article, with its outputs by system."""

    id: str
    source: str
    outputs: Mapping[str, Output]


@dataclass(frozen=True, slots=True)
class Label:
    """The mark of one output."""

    id: str
    system: str
    mark: str
    confidence: float | None


def sentence_id(source: str) -> str:
    """Return an id that does not tell the sentence."""
    return hashlib.sha256(" ".join(source.split()).encode()).hexdigest()[:16]


def shuffled(systems: Iterable[str], number: int, seed: int) -> list[str]:
    """Return the systems in the order in which the sheet shows them."""
    order = sorted(systems)
    Random(f"{seed} {number}").shuffle(order)
    return order


def write_sheet(items: Sequence[Item], folder: Path, seed: int) -> None:
    """Write `sheet.md` for the reader, `marks.tsv` to fill, and `key.tsv` to keep closed."""
    folder.mkdir(parents=True, exist_ok=True)
    page, marks, key = [], [], []
    for number, item in enumerate(items, 1):
        page += [f"## {number}", "", item.source, ""]
        for place, system in enumerate(shuffled(item.outputs, number, seed), 1):
            output = item.outputs[system]
            page += [f"{place}. {output.target}"]
            marks.append((number, place, "", ""))
            confidence = "" if output.confidence is None else f"{output.confidence:.4f}"
            key.append((number, place, item.id, system, confidence, " ".join(output.flags)))
        page.append("")
    (folder / "sheet.md").write_text("\n".join(page), encoding="utf-8")
    _write(folder / "marks.tsv", _COLUMNS, marks)
    _write(folder / "key.tsv", ("number", "output", "id", "system", "confidence", "flags"), key)


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def _read(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError) as error:
        raise ReadingError(f"{path} cannot be read: {error}") from error


def read_labels(folder: Path) -> list[Label]:
    """Join the marks of a sheet with its key. Raises `ReadingError`."""
    marks = {(row["number"], row["output"]): row["mark"] for row in _read(folder / "marks.tsv")}
    labels = []
    for row in _read(folder / "key.tsv"):
        place = row["number"], row["output"]
        mark = (marks.get(place) or "").strip().lower()
        if mark not in MARKS:
            raise ReadingError(
                f"{folder / 'marks.tsv'}: sentence {place[0]}, output {place[1]} has the mark "
                f"{mark!r}: write one of {', '.join(MARKS)}"
            )
        confidence = float(row["confidence"]) if row["confidence"] else None
        labels.append(Label(row["id"], row["system"], mark, confidence))
    return labels


def save_labels(labels: Iterable[Label], path: Path) -> None:
    """Write labels without any text of the articles."""
    rows = (
        (label.id, label.system, label.mark, label.confidence or "")
        for label in sorted(labels, key=lambda label: (label.system, label.id))
    )
    _write(path, ("id", "system", "mark", "confidence"), rows)


def load_labels(path: Path) -> list[Label]:
    """Read what `save_labels` wrote. Raises `ReadingError`."""
    return [
        Label(
            row["id"],
            row["system"],
            row["mark"],
            float(row["confidence"]) if row["confidence"] else None,
        )
        for row in _read(path)
    ]


def table(labels: Sequence[Label]) -> str:
    """Return marks per 100 sentences by system, with 95 % intervals of the majors.

    The intervals are by bootstrap over sentences (Efron 1979).
    """
    by_system: dict[str, list[str]] = defaultdict(list)
    for label in labels:
        by_system[label.system].append(label.mark)
    lines = [
        "| system | sentences | major per 100 | 95 % | minor | fine |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for system, marks in by_system.items():
        low, high = _interval([mark == "major" for mark in marks])
        major, minor, fine = (100 * marks.count(mark) / len(marks) for mark in MARKS)
        lines.append(
            f"| {system} | {len(marks)} | {major:.1f} | {low:.0f} to {high:.0f} | {minor:.1f} "
            f"| {fine:.1f} |"
        )
    return "\n".join(lines)


def _interval(faults: Sequence[bool]) -> tuple[float, float]:
    random = Random(0)
    rates = sorted(
        100 * sum(random.choices(faults, k=len(faults))) / len(faults) for _ in range(_RESAMPLINGS)
    )
    edge = round(0.025 * _RESAMPLINGS)
    return rates[edge], rates[-edge - 1]


def difference(labels: Sequence[Label], before: str, after: str) -> str:
    """Return how many majors per 100 `after` has fewer than `before`, with 95 %.

    Only sentences that both have count.
    """
    marks: dict[str, dict[str, bool]] = defaultdict(dict)
    for label in labels:
        marks[label.id][label.system] = label.mark == "major"
    pairs = [pair for pair in marks.values() if {before, after} <= pair.keys()]
    if not pairs:
        raise ReadingError(f"no sentence has a mark of both {before} and {after}")
    gains = [pair[before] - pair[after] for pair in pairs]
    random = Random(0)
    means = sorted(
        100 * sum(random.choices(gains, k=len(gains))) / len(gains) for _ in range(_RESAMPLINGS)
    )
    edge = round(0.025 * _RESAMPLINGS)
    gain = 100 * sum(gains) / len(gains)
    return (
        f"{after} has {gain:.1f} majors per 100 fewer than {before} (95 %: {means[edge]:.1f} to "
        f"{means[-edge - 1]:.1f}; {len(pairs)} sentences)"
    )
