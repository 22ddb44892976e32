"""API keys with their limits and what they used, in one SQLite file.

Once a key was made, requests need one, and nothing that happens to the file opens the service
again: a file that cannot be read lets nobody in. Only the counting gives way: where it fails,
the request passes uncounted, and the log says so once.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import secrets
import sqlite3
import string
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import structlog

from service.errors import (
    CannotWrite,
    Conflict,
    InvalidRequest,
    NotFound,
    NotReady,
    Unauthorized,
)
from service.scheduling.request import Lane
from service.storage.key_limits import DAY_SECONDS, check_day, check_minute
from service.storage.key_records import Count, DayCount, Key, Usage
from service.storage.sqlite import Format, SqliteFile, advice, create, transaction

log = structlog.get_logger()

HIGHEST_LIMIT = 10**12

_COLUMNS = "id, name, lane, characters_per_day, requests_per_minute, created, revoked"
_TOKEN = re.compile(r"kabar_([a-z0-9]{8})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
# What the secret of an unknown id is compared with; no secret has this hash.
_NO_SECRET = bytes(32)
_HOW = (
    "send a key in the header `Authorization: Bearer kabar_…`; whoever runs this service makes "
    "one with `kabar keys create NAME`"
)

_DAYS_SHOWN = 30
_DAYS_KEPT = 90
_SWEEP_EVERY = 60.0

_Read = TypeVar("_Read")


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
)

# Seconds that a request waits for a file that is locked, and for which none waits after that.
_PATIENCE = 1.0
_PAUSE = 2.0


class Keys:
    """The keys in a file, which is made with the first of them. Safe to use from several threads
    and processes.

    Nothing is remembered between calls but that there are keys: a key that another process made
    or revoked is known at once.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        """`now` gives seconds since 1970."""
        self._path = path
        self._now = now
        # Two, so that whoever waits to count keeps nobody from being let in.
        self._reader = _file(path)
        self._writer = _file(path, "PRAGMA synchronous = NORMAL")
        self._seen = False
        self._swept = -math.inf
        self._fault_told = False

    @property
    def wanted(self) -> bool:
        """Whether there may be keys: quick, and false only where there is no file of them."""
        return self._seen or self._path.exists()

    def any(self) -> bool:
        """Was a key ever made? Revoked ones count, so that a service with keys never falls open:
        neither when the last one is revoked, nor, until it is started again, without the file.

        Raises `NotReady` where the file is there and cannot be read.
        """
        if not self._seen and self._rows(tuple, "SELECT 1 FROM key LIMIT 1"):
            self._seen = True
        return self._seen

    def all(self) -> list[Key]:
        """Every key, revoked ones too, in the order they were made. Raises `NotReady`."""
        return self._keys()

    def create(
        self,
        name: str,
        lane: Lane = Lane.NORMAL,
        characters_per_day: int | None = None,
        requests_per_minute: int | None = None,
    ) -> tuple[Key, str]:
        """A new key and its token, which is not kept and cannot be had again.

        Raises `Conflict` where a key that is not revoked has the name, `InvalidRequest` and
        `CannotWrite`.
        """
        if not _NAME.fullmatch(name):
            raise InvalidRequest(
                f"a key cannot be named {name!r}: take 1 to 64 of the letters A-Z, digits and .-_"
            )
        for limit in (characters_per_day, requests_per_minute):
            if limit is not None and not 1 <= limit <= HIGHEST_LIMIT:
                raise InvalidRequest(
                    f"a limit of {limit} cannot be set: take 1 to {HIGHEST_LIMIT}, or leave it out"
                )
        alphabet = string.ascii_lowercase + string.digits
        key_id = "".join(secrets.choice(alphabet) for _ in range(8))
        secret = secrets.token_urlsafe(32)
        created = int(self._now())
        row = (key_id, name, lane, characters_per_day, requests_per_minute, created, None)
        with self._lasting() as connection:
            if connection.execute(
                "SELECT 1 FROM key WHERE name = ? AND revoked IS NULL", (name,)
            ).fetchone():
                raise Conflict(
                    f"there is a key named {name} already: choose another name, or revoke it first "
                    f"with `kabar keys revoke {name}`"
                )
            connection.execute(
                f"INSERT INTO key ({_COLUMNS}, secret) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, _hash(secret)),
            )
        self._seen = True
        return _key(row), f"kabar_{key_id}_{secret}"

    def revoke(self, name: str) -> Key:
        """From now on nobody is let in with the key. Raises `NotFound` and `CannotWrite`."""
        keys = {key.name: key for key in self.all() if key.revoked is None}
        if name not in keys:
            raise NotFound(
                f"there is no key named {name} to revoke: "
                + (f"the keys are {', '.join(sorted(keys))}" if keys else "there are no keys")
            )
        revoked = int(self._now())
        key = keys[name]
        with self._lasting() as connection:
            connection.execute(
                "UPDATE key SET revoked = ? WHERE id = ? AND revoked IS NULL", (revoked, key.id)
            )
        return self._keys("id = ?", key.id)[0]

    def check(self, token: str) -> Key:
        """The key of a token; "" is for none. Raises `Unauthorized`, and `NotReady` where the file
        cannot be read."""
        if not token:
            raise Unauthorized(f"the request has no key: {_HOW}")
        form = _TOKEN.fullmatch(token)
        if form is None:
            raise Unauthorized(
                f"what was sent has not the form of a key, kabar_ID_SECRET: compare it with what "
                f"`kabar keys create` printed, or {_HOW}"
            )
        found = self._rows(
            lambda row: (bytes(row[0]), _key(row[1:])),
            f"SELECT secret, {_COLUMNS} FROM key WHERE id = ?",
            form[1],
        )
        kept, key = found[0] if found else (_NO_SECRET, None)
        # Also for an id that is not there, so that the time it takes does not tell which are.
        if not hmac.compare_digest(_hash(form[2]), kept) or key is None:
            raise Unauthorized(f"the key is not known here: {_HOW}")
        self._seen = True
        if key.revoked is not None:
            raise Unauthorized(
                f"the key {key.name} was revoked on {key.revoked:%Y-%m-%d at %H:%M UTC}: {_HOW}"
            )
        return key

    def charge(self, key: Key, characters: int) -> None:
        """Count one request with so many characters.

        Raises `LimitReached` and counts nothing where it goes over a limit. A file that cannot be
        written is told in the log, and the request passes.
        """
        try:
            with self._writer.transaction() as connection:
                # Asked while nobody else can count: a later row never has an earlier time.
                now = self._now()
                check_day(connection, key, characters, now)
                check_minute(connection, key, now)
                for table, at in (("second", int(now)), ("day", int(now // DAY_SECONDS))):
                    connection.execute(
                        f"INSERT INTO {table} VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE SET "
                        f"requests = requests + 1, characters = characters + excluded.characters",
                        (key.id, at, characters),
                    )
                self._sweep(connection, now)
        except (sqlite3.Error, OSError) as error:
            if not self._fault_told:
                self._fault_told = True
                log.warning("usage not counted", detail=_fault(self._path, error))
        else:
            self._fault_told = False

    def usage(self, key: Key) -> Usage:
        """What the key used. Raises `NotReady`."""
        now = self._now()
        today = int(now // DAY_SECONDS)
        ((requests, characters),) = self._rows(
            tuple,
            "SELECT coalesce(sum(requests), 0), coalesce(sum(characters), 0) FROM second "
            "WHERE key = ? AND second BETWEEN ? AND ?",
            key.id,
            int(now) - 60,
            int(now),
        ) or [(0, 0)]
        rows = self._rows(
            tuple,
            "SELECT day, requests, characters FROM day WHERE key = ? AND day > ?",
            key.id,
            today - _DAYS_SHOWN,
        )
        used = {day: (requests, characters) for day, requests, characters in rows}
        days = tuple(
            DayCount(date(1970, 1, 1) + timedelta(day), *used.get(day, (0, 0)))
            for day in range(today - _DAYS_SHOWN + 1, today + 1)
        )
        return Usage(
            minute=Count(requests, characters),
            today=Count(days[-1].requests, days[-1].characters),
            requests_per_minute=key.requests_per_minute,
            characters_per_day=key.characters_per_day,
            days=days,
        )

    def close(self) -> None:
        """Close the file; another call opens it again."""
        self._reader.close()
        self._writer.close()

    def _keys(self, condition: str = "TRUE", *values: object) -> list[Key]:
        return self._rows(
            _key, f"SELECT {_COLUMNS} FROM key WHERE {condition} ORDER BY number", *values
        )

    def _rows(self, read: Callable[[Any], _Read], query: str, *values: object) -> list[_Read]:
        """What the file answers; nothing where there is no file and was none with keys in it."""
        try:
            with self._reader.use() as connection:
                return [read(row) for row in connection.execute(query, values).fetchall()]
        except (sqlite3.Error, OSError, ValueError, TypeError, OverflowError) as error:
            if isinstance(error, FileNotFoundError | NotADirectoryError) and not self._seen:
                return []
            raise NotReady(
                f"nobody can be let in, because the keys cannot be read: "
                f"{_fault(self._path, error)}; `kabar keys create NAME` makes new "
                f"keys"
            ) from error

    @contextmanager
    def _lasting(self) -> Iterator[sqlite3.Connection]:
        """A transaction that outlasts a power cut. Raises `CannotWrite`."""
        try:
            if not self._path.exists():
                create(self._path, Format(_MIGRATIONS))
            file = _file(self._path, "PRAGMA synchronous = FULL", patience=10)
            with closing(file), file.use() as connection:
                with transaction(connection):
                    yield connection
                with suppress(sqlite3.Error):
                    # So that a copy of the file without its -wal has all keys.
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except (sqlite3.Error, OSError) as error:
            raise CannotWrite(
                f"the keys in {self._path.parent} cannot be changed: {_fault(self._path, error)}"
            ) from error

    def _sweep(self, connection: sqlite3.Connection, now: float) -> None:
        """Remove, now and then, what is not asked for any more."""
        if 0 <= now - self._swept < _SWEEP_EVERY:
            return
        connection.execute("DELETE FROM second WHERE second < ?", (int(now) - 60,))
        connection.execute("DELETE FROM day WHERE day < ?", (int(now // DAY_SECONDS) - _DAYS_KEPT,))
        self._swept = now


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _key(row: Sequence[Any]) -> Key:
    key_id, name, lane, characters_per_day, requests_per_minute, created, revoked = row
    return Key(
        id=key_id,
        name=name,
        lane=Lane(lane),
        characters_per_day=characters_per_day,
        requests_per_minute=requests_per_minute,
        created=datetime.fromtimestamp(created, UTC),
        revoked=None if revoked is None else datetime.fromtimestamp(revoked, UTC),
    )


def _file(path: Path, *pragmas: str, patience: float = _PATIENCE) -> SqliteFile:
    return SqliteFile(
        path, Format(_MIGRATIONS, pragmas), patience=patience, pause=_PAUSE, create=False
    )


def _fault(path: Path, error: Exception) -> str:
    """Return what is wrong with the file and what to do, without its folder: callers read this."""
    return f"{path.name} in the data folder: {advice(error, 'the keys')}"
