"""The actions of `kabar memory …`."""

from __future__ import annotations

import csv
import getpass
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from service.article import Correction
from service.cli.options import say
from service.cli.output import print_table, print_text
from service.corrections.proposals import propose_terms
from service.corrections.store import CorrectionStore
from service.corrections.tmx import read_tmx, write_tmx
from service.corrections.validation import validate
from service.documents.files import write_bytes
from service.glossary.apply import link_words
from service.settings import Settings
from service.text.normalization import normalize

# Skipped units of a TMX file that are listed.
_MAX_LISTED = 5


def list_corrections(settings: Settings, count: int) -> None:
    """Print a table of the newest corrections."""
    found, more = CorrectionStore(settings.memory_path).newest(count)
    if not found:
        print("there are no corrections")
        return
    rows = [
        (
            one.id,
            one.created.strftime("%Y-%m-%d %H:%M"),
            one.author,
            one.source,
            one.target if one.withdrawn is None else f"{one.target} (withdrawn)",
        )
        for one in found
    ]
    print_table(("id", "time (UTC)", "author", "source", "English"), rows, width=200)
    if more is not None:
        print("there are more: raise --count")


def add_correction(settings: Settings, source: str, target: str, author: str | None) -> None:
    """Add a correction."""
    source, target, author = validate(source, target, author or getpass.getuser())
    correction = CorrectionStore(settings.memory_path).add(source, target, author)
    print(f"{correction.id}: added; it applies from now on")


def withdraw_correction(settings: Settings, id: str, author: str | None) -> None:
    """Withdraw a correction."""
    CorrectionStore(settings.memory_path).withdraw(id, normalize(author or getpass.getuser()))
    print(f"{id}: withdrawn; it no longer applies")


def export_corrections(settings: Settings, path: Path) -> None:
    """Write all corrections as TMX."""
    counts: list[int] = []
    corrections = CorrectionStore(settings.memory_path).all()
    write_bytes(path, lambda file: counts.append(write_tmx(corrections, file)))
    print(f"{path}: {counts[0]:,} correction{'' if counts[0] == 1 else 's'}")


def import_corrections(settings: Settings, path: Path) -> None:
    """Add the corrections in a TMX file, or none if the file is truncated."""
    skipped = [unit for unit in read_tmx(path) if isinstance(unit, str)]
    count = 0

    def usable() -> Iterator[Correction]:
        nonlocal count
        for unit in read_tmx(path):
            if isinstance(unit, Correction):
                count += 1
                yield unit

    new = CorrectionStore(settings.memory_path).add_all(usable())
    for reason in skipped[:_MAX_LISTED]:
        say(f"kabar: skipped: {reason}")
    if len(skipped) > _MAX_LISTED:
        say(f"kabar: skipped: {len(skipped) - _MAX_LISTED:,} more")
    print(f"{path}: {new:,} new, {count - new:,} existing")


def print_terms(settings: Settings) -> None:
    """Print the proposed terms as a glossary file, most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    machine: dict[tuple[str, str], str] = {}
    for correction in CorrectionStore(settings.memory_path).all():
        if correction.withdrawn is not None:
            continue
        for proposal in propose_terms(correction, link_words):
            term = proposal.source, proposal.target
            counts[term] += 1
            machine.setdefault(term, proposal.machine)
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(("source", "target", "note"))
    for term, count in counts.most_common():
        rows.writerow((*term, f"{count} times, instead of: {machine[term]}"))
    print_text(file.getvalue())
