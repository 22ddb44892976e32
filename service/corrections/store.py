"""The store of the editors' corrections, one SQLite file.

Nothing is overwritten. If a sentence is corrected again, both corrections stay and the newer one
applies. A withdrawn correction stays, with the name of the editor who withdrew it. Safe for use
from several threads and processes; all of them see a new correction at once.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from service.article import Article, Correction
from service.errors import NotFound, ServiceError
from service.storage.database import Database
from service.storage.sqlite import copy_of
from service.text.normalization import normalize
from service.text.segmentation import segment

# The corrections that apply to an article, by sentence id.
SentenceCorrections = Mapping[str, Correction]
NO_CORRECTIONS: SentenceCorrections = MappingProxyType({})

# Append only: file version n has had the first n applied.
_MIGRATIONS = (
    (
        """
        CREATE TABLE correction (
            number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of arrival
            id TEXT NOT NULL UNIQUE,
            key BLOB NOT NULL,  -- of the source
            source TEXT NOT NULL,
            target TEXT NOT NULL,
            author TEXT NOT NULL,
            created INTEGER NOT NULL,  -- seconds since 1970, like `withdrawn`
            context TEXT,
            machine TEXT,
            withdrawn INTEGER,
            withdrawn_by TEXT
        )
        """,
        "CREATE INDEX correction_key ON correction (key, created)",
    ),
    ("ALTER TABLE correction ADD COLUMN owner TEXT",),
)
_COLUMNS = "source, target, author, created, context, machine, withdrawn, withdrawn_by, owner"

# Sentences per query. SQLite's limit was 999 for years.
_QUERY_SIZE = 500
# Corrections per transaction, so that others can write in between.
_BATCH_SIZE = 1000


class CorrectionsUnusable(ServiceError):
    """A failure to read or write the file of the corrections."""

    slug = "memory-unusable"
    title = "The corrections cannot be used at the moment"
    status = 503
    exit_code = 3


class CorrectionStore:
    """The corrections of all editors.

    The file is opened at first use and created with the first correction. Every method may raise
    `CorrectionsUnusable`.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._files = (path, path.with_name(f"{path.name}-wal"))
        self._now = now
        self._file = Database(path, _MIGRATIONS, CorrectionsUnusable, "the corrections")

    @property
    def version(self) -> object:
        """A value that changes with every correction and withdrawal.

        It is empty while there is no file.
        """
        stamps = []
        for file in self._files:
            try:
                status = file.stat()
            except FileNotFoundError:
                if copy_of(file).exists():
                    # The next use of the file raises, with the advice.
                    stamps.append((file.name, 0, 0, 0))
                continue
            except OSError as error:
                raise CorrectionsUnusable(
                    f"the file with the corrections cannot be read ({error.strerror}): let Kabar "
                    f"read its data folder"
                ) from error
            stamps.append((file.name, status.st_ino, status.st_size, status.st_mtime_ns))
        return tuple(stamps)

    def add(
        self,
        source: str,
        target: str,
        author: str,
        *,
        context: str | None = None,
        machine: str | None = None,
        owner: str | None = None,
    ) -> Correction:
        """Add one correction, with the present time.

        Its texts must be valid (see `service.corrections.validation`).
        """
        correction = Correction(
            source,
            target,
            author,
            datetime.fromtimestamp(int(self._now()), UTC),
            None if context is None else normalize(context),
            None if machine is None else normalize(machine),
            owner=owner,
        )
        self.add_all([correction])
        return correction

    def add_all(self, corrections: Iterable[Correction]) -> int:
        """Add corrections as they are, and return the number of new ones."""
        new = 0
        batch: list[Correction] = []
        for correction in corrections:
            batch.append(correction)
            if len(batch) == _BATCH_SIZE:
                new += self._insert(batch)
                batch = []
        return new + self._insert(batch) if batch else new

    def _insert(self, corrections: Sequence[Correction]) -> int:
        with self._file.writing() as db:
            before = db.total_changes
            db.executemany(
                f"INSERT INTO correction (id, key, {_COLUMNS}) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                [(one.id, _key(one.source), *_row(one)) for one in corrections],
            )
            return db.total_changes - before

    def find(self, id: str, owner: str | None = None) -> Correction:
        """Return the correction of an id, only an owner's if one is given.

        Raises `NotFound`.
        """
        if self.version:
            with self._file.reading() as db:
                row = db.execute(
                    f"SELECT {_COLUMNS} FROM correction WHERE id = ? AND (? IS NULL OR owner = ?)",
                    (id, owner, owner),
                ).fetchone()
            if row is not None:
                return _correction(row)
        raise NotFound(f"there is no correction {id}: GET /v1/corrections lists all corrections")

    def withdraw(self, id: str, author: str, owner: str | None = None) -> Correction:
        """Withdraw a correction, so that the one before it applies again.

        One that is withdrawn already does not change. Raises as `find` does.
        """
        self.find(id, owner)
        with self._file.writing() as db:
            db.execute(
                "UPDATE correction SET withdrawn = ?, withdrawn_by = ? "
                "WHERE id = ? AND withdrawn IS NULL",
                (int(self._now()), author, id),
            )
        return self.find(id)

    def newest(
        self, count: int, before: int | None = None, owner: str | None = None
    ) -> tuple[list[Correction], int | None]:
        """Return a page of corrections, the newest first, and the next page.

        Only those of an owner, if one is given.

        A page has at most `count` corrections. The next page is `before` of the next call, or None
        at the end.
        """
        if not self.version:
            return [], None
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT number, {_COLUMNS} FROM correction WHERE number < ? "
                "AND (? IS NULL OR owner = ?) ORDER BY number DESC LIMIT ?",
                (2**62 if before is None else before, owner, owner, count + 1),
            ).fetchall()
        found = [_correction(row[1:]) for row in rows[:count]]
        return found, rows[count - 1][0] if len(rows) > count else None

    def all(self) -> Iterator[Correction]:
        """Yield all corrections in the order of arrival.

        Those that do not apply are included.
        """
        last = 0
        while self.version:
            with self._file.reading() as db:
                rows = db.execute(
                    f"SELECT number, {_COLUMNS} FROM correction WHERE number > ? "
                    "ORDER BY number LIMIT ?",
                    (last, _BATCH_SIZE),
                ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield from (_correction(row[1:]) for row in rows)

    def for_article(self, article: Article) -> SentenceCorrections:
        """Return the corrections that apply to a segmented article.

        For each sentence: the newest correction of that sentence after the same sentence, or else
        the newest that is not `bound` to another one.
        """
        if not self.version:
            return NO_CORRECTIONS
        sentences = [sentence for block in article.blocks for sentence in block.sentences]
        sources = [normalize(sentence.source) for sentence in sentences]
        candidates = self._candidates(sources)
        before = _last_sentence(article.context)
        applied = {}
        for sentence, source, context in zip(sentences, sources, [before, *sources], strict=False):
            if (chosen := _choose(candidates.get(source, ()), context)) is not None:
                applied[sentence.id] = chosen
        return applied

    def _candidates(self, sources: Sequence[str]) -> dict[str, list[Correction]]:
        """Return the corrections of sources that are not withdrawn.

        Those of each source are in order, the newest first.
        """
        keys = list(dict.fromkeys(_key(source) for source in sources))
        found: dict[str, list[Correction]] = {}
        with self._file.reading() as db:
            for start in range(0, len(keys), _QUERY_SIZE):
                part = keys[start : start + _QUERY_SIZE]
                rows = db.execute(
                    f"SELECT {_COLUMNS} FROM correction WHERE withdrawn IS NULL "
                    f"AND key IN ({', '.join('?' * len(part))}) "
                    "ORDER BY created DESC, number DESC",
                    part,
                )
                for row in rows:
                    found.setdefault(row[0], []).append(_correction(row))
        return found

    def close(self) -> None:
        """Close the file for good."""
        self._file.close()


def _choose(candidates: Sequence[Correction], context: str) -> Correction | None:
    for correction in candidates:
        if correction.context == context:
            return correction
    return next((correction for correction in candidates if not correction.bound), None)


def _last_sentence(text: str) -> str:
    """Return the last sentence of a text, normalized; "" for an empty text."""
    spans = segment(text)
    return normalize(text[slice(*spans[-1])]) if spans else ""


def _key(source: str) -> bytes:
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()[:16]


def _row(correction: Correction) -> tuple[object, ...]:
    return (
        correction.source,
        correction.target,
        correction.author,
        int(correction.created.timestamp()),
        correction.context,
        correction.machine,
        None if correction.withdrawn is None else int(correction.withdrawn.timestamp()),
        correction.withdrawn_by,
        correction.owner,
    )


def _correction(row: sqlite3.Row | tuple[object, ...]) -> Correction:
    source, target, author, created, context, machine, withdrawn, by, owner = row
    return Correction(
        source=str(source),
        target=str(target),
        author=str(author),
        created=_time(created),
        context=None if context is None else str(context),
        machine=None if machine is None else str(machine),
        withdrawn=None if withdrawn is None else _time(withdrawn),
        withdrawn_by=None if by is None else str(by),
        owner=None if owner is None else str(owner),
    )


def _time(seconds: object) -> datetime:
    assert isinstance(seconds, int)
    return datetime.fromtimestamp(seconds, UTC)
