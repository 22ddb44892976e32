"""The editors' corrections, in one SQLite file.

Nothing in it is overwritten: a sentence that is corrected again has two corrections, of which the
newer one stands, and one that is withdrawn stays, with who withdrew it. Safe to use from several
threads and processes; what one of them keeps the others use at once.
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
from service.text.normalization import normalize

# Corrections by the id of the sentence they are of, in one article.
Edits = Mapping[str, Correction]
NO_EDITS: Edits = MappingProxyType({})

# Append only: file version n has had the first n applied.
_MIGRATIONS = (
    (
        """
        CREATE TABLE correction (
            number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order in which they came
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
)
_COLUMNS = "source, target, author, created, context, machine, withdrawn, withdrawn_by"

# Sentences that are looked up in one statement; SQLite's limit was 999 for years.
_AT_ONCE = 500
# Corrections that are written in one go, so that others can write in between.
_WRITTEN_AT_ONCE = 1000


class CorrectionsUnusable(ServiceError):
    """The file of the corrections cannot be read or written."""

    slug = "memory-unusable"
    title = "The corrections cannot be used at the moment"
    status = 503
    exit_code = 3


class CorrectionStore:
    """Opened when it is first used; the file is made with the first correction. Every method may
    raise `CorrectionsUnusable`."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._files = (path, path.with_name(f"{path.name}-wal"))
        self._now = now
        self._file = Database(path, _MIGRATIONS, CorrectionsUnusable, "the corrections")

    @property
    def version(self) -> object:
        """Equal as long as no correction was kept or withdrawn; empty where there is none."""
        stamps = []
        for file in self._files:
            try:
                status = file.stat()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise CorrectionsUnusable(
                    f"the file of the corrections cannot be looked at ({error.strerror}): see that "
                    f"Kabar may read its data folder"
                ) from error
            stamps.append((file.name, status.st_ino, status.st_size, status.st_mtime_ns))
        return tuple(stamps)

    def keep(
        self,
        source: str,
        target: str,
        author: str,
        *,
        context: str | None = None,
        machine: str | None = None,
    ) -> Correction:
        """Keep one correction, made now; its texts are `checked`."""
        correction = Correction(
            source,
            target,
            author,
            datetime.fromtimestamp(int(self._now()), UTC),
            None if context is None else normalize(context),
            None if machine is None else normalize(machine),
        )
        self.keep_all([correction])
        return correction

    def keep_all(self, corrections: Iterable[Correction]) -> int:
        """Keep corrections as they are; gives back how many were not there yet."""
        new = 0
        batch: list[Correction] = []
        for correction in corrections:
            batch.append(correction)
            if len(batch) == _WRITTEN_AT_ONCE:
                new += self._written(batch)
                batch = []
        return new + self._written(batch) if batch else new

    def _written(self, corrections: Sequence[Correction]) -> int:
        with self._file.writing() as db:
            before = db.total_changes
            db.executemany(
                f"INSERT INTO correction (id, key, {_COLUMNS}) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                [(one.id, _key(one.source), *_row(one)) for one in corrections],
            )
            return db.total_changes - before

    def find(self, id: str) -> Correction:
        """The correction of that id. Raises `NotFound`."""
        if self.version:
            with self._file.reading() as db:
                row = db.execute(
                    f"SELECT {_COLUMNS} FROM correction WHERE id = ?", (id,)
                ).fetchone()
            if row is not None:
                return _correction(row)
        raise NotFound(
            f"there is no correction {id} here: GET /v1/corrections lists those there are"
        )

    def withdraw(self, id: str, author: str) -> Correction:
        """Use a correction no more; one before it, of the same sentence, stands again. One that
        is withdrawn already is left as it is. Raises `NotFound`."""
        self.find(id)
        with self._file.writing() as db:
            db.execute(
                "UPDATE correction SET withdrawn = ?, withdrawn_by = ? "
                "WHERE id = ? AND withdrawn IS NULL",
                (int(self._now()), author, id),
            )
        return self.find(id)

    def newest(self, count: int, before: int | None = None) -> tuple[list[Correction], int | None]:
        """At most `count` corrections, those kept last first, and where to go on (`before` of the
        next call), or None at the end."""
        if not self.version:
            return [], None
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT number, {_COLUMNS} FROM correction WHERE number < ? "
                "ORDER BY number DESC LIMIT ?",
                (2**62 if before is None else before, count + 1),
            ).fetchall()
        found = [_correction(row[1:]) for row in rows[:count]]
        return found, rows[count - 1][0] if len(rows) > count else None

    def all(self) -> Iterator[Correction]:
        """Every correction, also those that do not stand, in the order in which they came."""
        last = 0
        while self.version:
            with self._file.reading() as db:
                rows = db.execute(
                    f"SELECT number, {_COLUMNS} FROM correction WHERE number > ? "
                    "ORDER BY number LIMIT ?",
                    (last, _WRITTEN_AT_ONCE),
                ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield from (_correction(row[1:]) for row in rows)

    def edits(self, article: Article) -> Edits:
        """The corrections that stand for sentences of an article, which is segmented: that of the
        same sentence after the same sentence, or else the newest that is not `bound` to another.
        """
        if not self.version:
            return NO_EDITS
        sentences = [sentence for block in article.blocks for sentence in block.sentences]
        sources = [normalize(sentence.source) for sentence in sentences]
        candidates = self._candidates(sources)
        edits = {}
        for sentence, source, context in zip(sentences, sources, ["", *sources], strict=False):
            if (chosen := _chosen(candidates.get(source, ()), context)) is not None:
                edits[sentence.id] = chosen
        return edits

    def _candidates(self, sources: Sequence[str]) -> dict[str, list[Correction]]:
        """The corrections of some sources that are not withdrawn, the newest first."""
        keys = list(dict.fromkeys(_key(source) for source in sources))
        found: dict[str, list[Correction]] = {}
        with self._file.reading() as db:
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                rows = db.execute(
                    f"SELECT {_COLUMNS} FROM correction WHERE withdrawn IS NULL "
                    f"AND key IN ({', '.join('?' * len(some))}) "
                    "ORDER BY created DESC, number DESC",
                    some,
                )
                for row in rows:
                    found.setdefault(row[0], []).append(_correction(row))
        return found

    def close(self) -> None:
        """Close the file for good."""
        self._file.close()


def _chosen(candidates: Sequence[Correction], context: str) -> Correction | None:
    for correction in candidates:
        if correction.context == context:
            return correction
    return next((correction for correction in candidates if not correction.bound), None)


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
    )


def _correction(row: sqlite3.Row | tuple[object, ...]) -> Correction:
    source, target, author, created, context, machine, withdrawn, by = row
    return Correction(
        source=str(source),
        target=str(target),
        author=str(author),
        created=_time(created),
        context=None if context is None else str(context),
        machine=None if machine is None else str(machine),
        withdrawn=None if withdrawn is None else _time(withdrawn),
        withdrawn_by=None if by is None else str(by),
    )


def _time(seconds: object) -> datetime:
    assert isinstance(seconds, int)
    return datetime.fromtimestamp(seconds, UTC)
