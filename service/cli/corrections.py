"""What `kabar memory …` does."""

from __future__ import annotations

import csv
import getpass
import io
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from service.article import Correction
from service.cli.output import print_text, write_bytes
from service.corrections.corrections import CorrectionStore
from service.corrections.proposals import proposals
from service.corrections.records import checked
from service.corrections.tmx import read_tmx, write_tmx
from service.glossary.apply import link_words
from service.settings import Settings
from service.text.normalization import normalize

# Of the units of a TMX file that cannot be used, so many are named.
_NAMED = 5


def list_corrections(settings: Settings, count: int) -> None:
    """Print the last corrections, as a table."""
    from rich.console import Console
    from rich.table import Table

    found, more = CorrectionStore(settings.memory_path).newest(count)
    if not found:
        print("there are no corrections")
        return
    table = Table("id", "when (UTC)", "author", "source", "English", box=None, pad_edge=False)
    for one in found:
        target = one.target if one.withdrawn is None else f"{one.target} (withdrawn)"
        when = one.created.strftime("%Y-%m-%d %H:%M")
        table.add_row(one.id, when, one.author, one.source, target)
    Console(width=None if sys.stdout.isatty() else 200, markup=False).print(table)
    if more is not None:
        print("there are more: see --count")


def add_correction(settings: Settings, source: str, target: str, author: str | None) -> None:
    """Keep a correction."""
    source, target, author = checked(source, target, author or getpass.getuser())
    made = CorrectionStore(settings.memory_path).keep(source, target, author)
    print(f"{made.id}: kept, and used from now on")


def withdraw_correction(settings: Settings, id: str, author: str | None) -> None:
    """Use a correction no more."""
    memory = CorrectionStore(settings.memory_path)
    memory.withdraw(id, normalize(author or getpass.getuser()))
    print(f"{id}: withdrawn, and used no more")


def export_corrections(settings: Settings, path: Path) -> None:
    """Write all corrections as TMX."""
    counts: list[int] = []
    corrections = CorrectionStore(settings.memory_path).all()
    write_bytes(path, lambda file: counts.append(write_tmx(corrections, file)))
    print(f"{path}: {counts[0]:,} correction{'' if counts[0] == 1 else 's'}")


def import_corrections(settings: Settings, path: Path) -> None:
    """Keep what a TMX file holds, all of it or, where it breaks off, nothing."""
    refused = [unit for unit in read_tmx(path) if isinstance(unit, str)]
    count = 0

    def usable() -> Iterator[Correction]:
        nonlocal count
        for unit in read_tmx(path):
            if isinstance(unit, Correction):
                count += 1
                yield unit

    new = CorrectionStore(settings.memory_path).keep_all(usable())
    for reason in refused[:_NAMED]:
        print(f"kabar: left out: {reason}", file=sys.stderr)
    if len(refused) > _NAMED:
        print(f"kabar: left out: {len(refused) - _NAMED:,} more", file=sys.stderr)
    print(f"{path}: {new:,} new, {count - new:,} that were there already")


def print_terms(settings: Settings) -> None:
    """Print the proposed terms as a glossary file, the most frequent first."""
    seen: Counter[tuple[str, str]] = Counter()
    instead: dict[tuple[str, str], str] = {}
    for correction in CorrectionStore(settings.memory_path).all():
        if correction.withdrawn is not None:
            continue
        for proposal in proposals(correction, link_words):
            term = proposal.source, proposal.target
            seen[term] += 1
            instead.setdefault(term, proposal.machine)
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(("source", "target", "note"))
    for term, count in seen.most_common():
        rows.writerow((*term, f"{count} times, instead of: {instead[term]}"))
    print_text(file.getvalue())
