"""The SQLite file of the API keys: its tables, connections and faults."""

from __future__ import annotations

from pathlib import Path

from service.storage import sqlite

# Append only: file version n has had the first n applied.
_MIGRATIONS = (
    (
        """
        CREATE TABLE key (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            secret BLOB NOT NULL,  -- its sha256
            lane TEXT NOT NULL,
            characters_per_day INTEGER,
            requests_per_minute INTEGER,
            created INTEGER NOT NULL,  -- seconds since 1970, like `revoked`
            revoked INTEGER
        )
        """,
        """
        CREATE UNIQUE INDEX key_name ON key (name) WHERE revoked IS NULL
        """,
        """
        CREATE TABLE second (
            key TEXT NOT NULL,
            second INTEGER NOT NULL,  -- since 1970
            requests INTEGER NOT NULL,
            characters INTEGER NOT NULL,
            PRIMARY KEY (key, second)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE day (
            key TEXT NOT NULL,
            day INTEGER NOT NULL,  -- since 1970, UTC
            requests INTEGER NOT NULL,
            characters INTEGER NOT NULL,
            PRIMARY KEY (key, day)
        ) WITHOUT ROWID
        """,
    ),
    # Permissions, separated by commas.
    ("ALTER TABLE key ADD COLUMN may TEXT NOT NULL DEFAULT ''",),
)

# Seconds that a request waits for a locked file, and then for how long no request waits.
_PATIENCE = 1.0
_PAUSE = 2.0


def create_file(path: Path) -> None:
    """Create the file with its tables, if it does not exist."""
    if not path.exists():
        sqlite.create(path, sqlite.Format(_MIGRATIONS))


def open_file(path: Path, *pragmas: str, patience: float = _PATIENCE) -> sqlite.SqliteFile:
    """Return a connection to the file, which it does not create."""
    form = sqlite.Format(_MIGRATIONS, pragmas)
    return sqlite.SqliteFile(path, form, patience=patience, pause=_PAUSE, create=False, follow=True)


def fault(path: Path, error: Exception) -> str:
    """Return the fault and what to do, without the folder: callers read this."""
    return f"{path.name} in the data folder: {sqlite.advice(error, 'the keys')}"
