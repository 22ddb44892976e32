"""The glossaries that callers make over HTTP, one SQLite file.

Each belongs to the key that made it, and applies only to requests that name it. Those of the
newsroom and of the operator (`registry.py`) apply to all requests. Safe for use from several
threads and processes.
"""

from __future__ import annotations

import csv
import io
import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.errors import NotFound, ServiceError
from service.glossary.terms import MAX_BYTES, MAX_TERMS, InvalidGlossary, Term, term_of
from service.storage.database import Database

MAX_NAME = 1024
# Of one owner.
MAX_GLOSSARIES = 1_000

# Append only: file version n has had the first n applied.
_MIGRATIONS = (
    (
        """
        CREATE TABLE glossary (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            owner TEXT,  -- id of the API key
            name TEXT NOT NULL,
            created REAL NOT NULL,  -- seconds since 1970
            entries TEXT  -- JSON, or NULL without a dictionary
        )
        """,
        "CREATE INDEX glossary_owner ON glossary (owner, number)",
    ),
)
_COLUMNS = "id, name, created, entries"


class GlossariesUnusable(ServiceError):
    """A file of glossaries that cannot be read or written."""

    slug = "glossaries-unusable"
    title = "The glossaries cannot be used"
    status = 503


@dataclass(frozen=True, slots=True)
class OwnedGlossary:
    """A glossary; `entries` are English by Indonesian, or None."""

    id: str
    name: str
    created: datetime
    entries: Mapping[str, str] | None

    @property
    def terms(self) -> list[Term]:
        """The entries as terms."""
        return [term_of(source, target) for source, target in (self.entries or {}).items()]


class OwnedGlossaries:
    """The file of the glossaries, opened at the first use.

    Every method may raise `GlossariesUnusable`. An owner is the id of a key, or None without keys.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._file = Database(path, _MIGRATIONS, GlossariesUnusable, "the glossaries")
        self._now = now

    def create(
        self, owner: str | None, name: str, entries: Mapping[str, str] | None
    ) -> OwnedGlossary:
        """Make a glossary. Raises `InvalidGlossary` for too many, or for a bad name."""
        _check_name(name)
        glossary = OwnedGlossary(str(uuid.uuid4()), name, _time(self._now()), entries)
        with self._file.writing() as db:
            (count,) = db.execute(
                "SELECT count(*) FROM glossary WHERE owner IS ?", (owner,)
            ).fetchone()
            if count >= MAX_GLOSSARIES:
                raise InvalidGlossary(
                    f"there are {count:,} glossaries of this key, the most: delete some first"
                )
            db.execute(
                f"INSERT INTO glossary (owner, {_COLUMNS}) VALUES (?, ?, ?, ?, ?)",
                (owner, glossary.id, name, glossary.created.timestamp(), _dump(entries)),
            )
        return glossary

    def all(self, owner: str | None) -> list[OwnedGlossary]:
        """Return the glossaries of an owner, oldest first."""
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM glossary WHERE owner IS ? ORDER BY number", (owner,)
            ).fetchall()
        return [_glossary(row) for row in rows]

    def find(self, id: str, owner: str | None) -> OwnedGlossary:
        """Return a glossary. Raises `NotFound`."""
        with self._file.reading() as db:
            row = db.execute(
                f"SELECT {_COLUMNS} FROM glossary WHERE id = ? AND owner IS ?", (id, owner)
            ).fetchone()
        if row is None:
            raise NotFound(f"there is no glossary {id[:100]}: GET the list of your glossaries")
        return _glossary(row)

    def change(
        self,
        id: str,
        owner: str | None,
        name: str | None = None,
        entries: Mapping[str, str] | None = None,
        *,
        merge: bool = False,
    ) -> OwnedGlossary:
        """Rename a glossary, or replace its entries; `merge` keeps the others.

        Raises `NotFound` and `InvalidGlossary`.
        """
        glossary = self.find(id, owner)
        if name is not None:
            _check_name(name)
            glossary = replace(glossary, name=name)
        if entries is not None:
            kept = (glossary.entries or {}) if merge else {}
            merged = {**kept, **entries}
            _check_count(len(merged))
            glossary = replace(glossary, entries=merged)
        self._write(glossary)
        return glossary

    def remove_entries(self, id: str, owner: str | None) -> OwnedGlossary:
        """Remove the entries of a glossary, which stays. Raises `NotFound`."""
        glossary = replace(self.find(id, owner), entries=None)
        self._write(glossary)
        return glossary

    def delete(self, id: str, owner: str | None) -> None:
        """Delete a glossary. Raises `NotFound`."""
        self.find(id, owner)
        with self._file.writing() as db:
            db.execute("DELETE FROM glossary WHERE id = ?", (id,))

    def close(self) -> None:
        """Close the file for good."""
        self._file.close()

    def _write(self, glossary: OwnedGlossary) -> None:
        with self._file.writing() as db:
            db.execute(
                "UPDATE glossary SET name = ?, entries = ? WHERE id = ?",
                (glossary.name, _dump(glossary.entries), glossary.id),
            )


def read_entries(text: str, form: str) -> dict[str, str]:
    """Return the entries in tab- or comma-separated lines (`tsv` or `csv`).

    A line has the Indonesian and the English; in `csv`, their language codes may follow. Raises
    `InvalidGlossary` that names the line.
    """
    if form not in ("tsv", "csv"):
        raise InvalidGlossary(f"entries_format {form[:20]!r} is not supported: send tsv or csv")
    if len(text) > MAX_BYTES:
        raise InvalidGlossary(f"the entries are over {MAX_BYTES // 2**20} MB: send fewer")
    entries: dict[str, str] = {}
    for line, row in _rows(text, form):
        if not any(field.strip() for field in row):
            continue
        if len(row) != 2 and not (form == "csv" and len(row) == 4):
            raise InvalidGlossary(
                f"line {line} of the entries has {len(row)} fields: send the Indonesian and the "
                f"English, separated by a {'tab' if form == 'tsv' else 'comma'}"
            )
        source, target = row[0].strip(), row[1].strip()
        try:
            term_of(source, target)
        except ValueError as error:
            raise InvalidGlossary(f"line {line} of the entries: {error}") from None
        if source in entries:
            raise InvalidGlossary(f"line {line} of the entries repeats {source!r}: send it once")
        entries[source] = target
        _check_count(len(entries))
    if not entries:
        raise InvalidGlossary("there are no entries: send at least one line")
    return entries


def write_entries(entries: Mapping[str, str]) -> str:
    """Return the entries as tab-separated lines."""
    return "\n".join(f"{source}\t{target}" for source, target in entries.items())


def _rows(text: str, form: str) -> list[tuple[int, Sequence[str]]]:
    if form == "tsv":
        lines = text.split("\n")
        return [(n, line.rstrip("\r").split("\t")) for n, line in enumerate(lines, start=1)]
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InvalidGlossary(f"line {reader.line_num} of the entries: {error}") from None


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > MAX_NAME:
        raise InvalidGlossary(
            f"the name of a glossary has 1 to {MAX_NAME:,} characters, and this one {len(name):,}"
        )


def _check_count(count: int) -> None:
    if count > MAX_TERMS:
        raise InvalidGlossary(f"a glossary has at most {MAX_TERMS:,} entries: split it")


def _dump(entries: Mapping[str, str] | None) -> str | None:
    return None if entries is None else json.dumps(dict(entries), ensure_ascii=False)


def _glossary(row: Sequence[Any]) -> OwnedGlossary:
    id, name, created, entries = row
    return OwnedGlossary(id, name, _time(created), None if entries is None else json.loads(entries))


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
