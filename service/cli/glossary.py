"""The actions of `kabar glossary …`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from service.cli.output import print_table
from service.documents.decode import decode
from service.documents.manuscript import Manuscript
from service.glossary.matcher import matcher_of
from service.glossary.registry import FILE_SUFFIXES, NEWSROOM, GlossaryRegistry, read_bytes
from service.glossary.terms import Glossary, Term, read_glossary
from service.settings import Settings
from service.translation.preparation import prepare


def list_glossaries(settings: Settings) -> None:
    """Print a table of the glossaries."""
    registry = GlossaryRegistry(settings.glossary_dir)
    rows = []
    for name in registry.names():
        glossary, path = registry.get(name), settings.glossary_dir / f"{name}.csv"
        file = str(path) if path.exists() else "ships with Kabar"
        rows.append((name, f"{len(glossary.terms):,}", glossary.hash[:12], file))
    print_table(("name", "terms", "hash", "file"), rows)


def add_glossary(settings: Settings, path: Path, name: str | None) -> None:
    """Copy a glossary file to the data folder."""
    data = read_bytes(path)
    read_glossary(data, path.name)  # an error names the user's own file
    name = name or path.stem
    glossary = GlossaryRegistry(settings.glossary_dir).add(name, data)
    over = ", in place of the one that ships with Kabar" if name == NEWSROOM else ""
    print(f"{name}: added {len(glossary.terms):,} terms{over}; they apply from now on")


def remove_glossary(settings: Settings, name: str) -> None:
    """Remove a glossary from the data folder."""
    GlossaryRegistry(settings.glossary_dir).remove(name)
    print(f"{name}: removed; it no longer applies")


def check(settings: Settings, path: Path) -> None:
    """Check a glossary file (.csv or .tsv), or show the terms in an article."""
    if path.suffix.lower() in FILE_SUFFIXES:
        _check_glossary(path)
    else:
        _show_terms(path, GlossaryRegistry(settings.glossary_dir, settings.glossary).choose(None))


def _check_glossary(path: Path) -> None:
    glossary = read_glossary(read_bytes(path), path.name)
    print(f"{path}: {len(glossary.terms):,} terms, no errors")
    acronyms = sum(term.acronym is not None for term in glossary.terms)
    if acronyms:
        print(f"acronyms that stay in English, explained at their first mention: {acronyms:,}")


def _show_terms(path: Path, glossary: Glossary) -> None:
    article = prepare(Manuscript.from_text(decode(read_bytes(path))).read())
    counts: Counter[Term] = Counter()
    matcher = matcher_of(glossary)
    for block in article.blocks:
        for sentence in block.sentences:
            counts.update(match.term for match in matcher.find(sentence.source))
    if not counts:
        print(f"{path}: contains none of {len(glossary.terms):,} terms")
        return
    rows = [
        (str(count), term.source, " | ".join(term.targets), term.note)
        for term, count in counts.items()
    ]
    print_table(("count", "term", "English", "note"), rows)
