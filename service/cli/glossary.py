"""What `kabar glossary …` does."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from service.documents.decode import decode
from service.documents.manuscript import Manuscript
from service.glossary.matcher import matcher_of
from service.glossary.registry import FILE_SUFFIXES, NEWSROOM, GlossaryRegistry, read_bytes
from service.glossary.terms import Glossary, Term, read_glossary
from service.settings import Settings
from service.translation.preparation import prepare


def list_glossaries(settings: Settings) -> None:
    """Print the glossaries there are, as a table."""
    from rich.console import Console
    from rich.table import Table

    registry = GlossaryRegistry(settings.glossary_dir)
    table = Table("name", "terms", "hash", "where", box=None, pad_edge=False)
    for name in registry.names():
        glossary, path = registry.get(name), settings.glossary_dir / f"{name}.csv"
        where = str(path) if path.exists() else "ships with Kabar"
        table.add_row(name, f"{len(glossary.terms):,}", glossary.hash[:12], where)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def add_glossary(settings: Settings, path: Path, name: str | None) -> None:
    """Keep a copy of a glossary file in the data folder."""
    data = read_bytes(path)
    read_glossary(data, path.name)  # a fault is told with the file's own name
    name = name or path.stem
    glossary = GlossaryRegistry(settings.glossary_dir).add(name, data)
    over = ", in place of the one that ships with Kabar" if name == NEWSROOM else ""
    print(f"{name}: {len(glossary.terms):,} terms are kept{over}, and applied from now on")


def remove_glossary(settings: Settings, name: str) -> None:
    """Remove a glossary from the data folder."""
    GlossaryRegistry(settings.glossary_dir).remove(name)
    print(f"{name} is removed, and applied no more")


def check(settings: Settings, path: Path) -> None:
    """Check a glossary file (.csv or .tsv), or show which terms an article holds."""
    if path.suffix.lower() in FILE_SUFFIXES:
        _check_glossary(path)
    else:
        _show_terms(path, GlossaryRegistry(settings.glossary_dir, settings.glossary).choose(None))


def _check_glossary(path: Path) -> None:
    glossary = read_glossary(read_bytes(path), path.name)
    print(f"{path}: {len(glossary.terms):,} terms, nothing wrong")
    kept = sum(term.acronym is not None for term in glossary.terms)
    if kept:
        print(f"{kept:,} short forms stay in English and are explained at their first mention")


def _show_terms(path: Path, glossary: Glossary) -> None:
    from rich.console import Console
    from rich.table import Table

    article = prepare(Manuscript.from_text(decode(read_bytes(path))).read())
    counts: Counter[Term] = Counter()
    matcher = matcher_of(glossary)
    for block in article.blocks:
        for sentence in block.sentences:
            counts.update(match.term for match in matcher.find(sentence.source))
    if not counts:
        print(f"{path}: none of {len(glossary.terms):,} terms stands in it")
        return
    table = Table("times", "term", "English", "note", box=None, pad_edge=False)
    for term, count in counts.items():
        table.add_row(str(count), term.source, " | ".join(term.targets), term.note)
    Console(width=None if sys.stdout.isatty() else 160, markup=False).print(table)
