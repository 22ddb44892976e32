"""API keys with their limits and usage, in one SQLite file.

Once a key exists, requests need one. No fault of the file opens the service again: if the file
cannot be read, every request is refused. Only counting is optional: if it fails, requests pass
uncounted, and the log says so once.
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
from collections.abc import Callable, Collection, Iterator, Sequence
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
from service.storage.key_file import create_file, fault, open_file
from service.storage.key_limits import DAY_SECONDS, check_day, check_minute
from service.storage.key_records import Count, DayCount, Key, Permission, Usage
from service.storage.sqlite import transaction

log = structlog.get_logger()

MAX_LIMIT = 10**12

_COLUMNS = "id, name, lane, characters_per_day, requests_per_minute, created, revoked, may"
_TOKEN = re.compile(r"kabar_([a-z0-9]{8})_([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Compared with the secret of an unknown id; no secret has this hash.
_NO_SECRET = bytes(32)
_HELP = (
    "send a key in the header `Authorization: Bearer kabar_…`; the operator of this service makes "
    "one with `kabar keys create NAME`"
)

_DAYS_SHOWN = 30
_DAYS_KEPT = 90
_SWEEP_SECONDS = 60.0

_Read = TypeVar("_Read")


class Keys:
    """The keys in a file, which is created with the first key.

    Safe to use from several threads and processes. A key that another process makes or revokes
    counts at once: between calls, an object remembers only that there are keys.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        """`now` returns seconds since 1970."""
        self._path = path
        self._now = now
        # Two connections, so that a caller who waits to be counted delays no other check.
        self._reader = open_file(path)
        self._writer = open_file(path, "PRAGMA synchronous = NORMAL")
        self._any_seen = False
        self._swept = -math.inf
        self._fault_logged = False

    @property
    def may_exist(self) -> bool:
        """Whether keys may exist: fast, and False only if there is no file."""
        return self._any_seen or self._path.exists()

    def any(self) -> bool:
        """Return whether a key was ever made, even if it is revoked now.

        A service with keys therefore stays closed when the last one is revoked and, until it
        restarts, when the file is deleted. Raises `NotReady` if the file cannot be read.
        """
        if not self._any_seen and self._rows(tuple, "SELECT 1 FROM key LIMIT 1"):
            self._any_seen = True
        return self._any_seen

    def all(self) -> list[Key]:
        """Return every key, also revoked ones, oldest first. Raises `NotReady`."""
        return self._keys()

    def create(
        self,
        name: str,
        lane: Lane = Lane.NORMAL,
        characters_per_day: int | None = None,
        requests_per_minute: int | None = None,
        may: Collection[Permission] = (),
    ) -> tuple[Key, str]:
        """Make a key and return it with its token; the file has only its hash.

        Raises `Conflict` if a key with this name exists that is not revoked, `InvalidRequest` and
        `CannotWrite`.
        """
        if not _NAME.fullmatch(name):
            raise InvalidRequest(
                f"{name!r} is not a valid name for a key: use 1 to 64 of the letters A-Z and a-z, "
                f"digits and .-_"
            )
        for limit in (characters_per_day, requests_per_minute):
            if limit is not None and not 1 <= limit <= MAX_LIMIT:
                raise InvalidRequest(
                    f"{limit} is not a valid limit: use 1 to {MAX_LIMIT}, or leave it out"
                )
        alphabet = string.ascii_lowercase + string.digits
        key_id = "".join(secrets.choice(alphabet) for _ in range(8))
        secret = secrets.token_urlsafe(32)
        created = int(self._now())
        row = (
            key_id, name, lane, characters_per_day, requests_per_minute, created, None,
            ",".join(sorted(may)),
        )  # fmt: skip
        with self._durable_transaction() as connection:
            if connection.execute(
                "SELECT 1 FROM key WHERE name = ? AND revoked IS NULL", (name,)
            ).fetchone():
                raise Conflict(
                    f"a key named {name} already exists: choose another name, or revoke it first "
                    f"with `kabar keys revoke {name}`"
                )
            connection.execute(
                f"INSERT INTO key ({_COLUMNS}, secret) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, _hash(secret)),
            )
        self._any_seen = True
        return _key(row), f"kabar_{key_id}_{secret}"

    def revoke(self, name: str) -> Key:
        """Revoke a key: it gives no access from now on.

        Raises `NotFound`, `NotReady` and `CannotWrite`.
        """
        keys = {key.name: key for key in self.all() if key.revoked is None}
        if name not in keys:
            raise NotFound(
                f"there is no key named {name} to revoke: "
                + (f"the keys are {', '.join(sorted(keys))}" if keys else "there are no keys")
            )
        revoked = int(self._now())
        key = keys[name]
        with self._durable_transaction() as connection:
            connection.execute(
                "UPDATE key SET revoked = ? WHERE id = ? AND revoked IS NULL", (revoked, key.id)
            )
        return self._keys("id = ?", key.id)[0]

    def check(self, token: str) -> Key:
        """Return the key of a token; "" means that the request has none.

        Raises `Unauthorized`, and `NotReady` if the file cannot be read.
        """
        if not token:
            raise Unauthorized(f"the request has no key: {_HELP}")
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise Unauthorized(
                f"the key does not have the form kabar_ID_SECRET: compare it with the output of "
                f"`kabar keys create`, or {_HELP}"
            )
        found = self._rows(
            lambda row: (bytes(row[0]), _key(row[1:])),
            f"SELECT secret, {_COLUMNS} FROM key WHERE id = ?",
            match[1],
        )
        stored, key = found[0] if found else (_NO_SECRET, None)
        # Also compared for an unknown id, so that the time does not reveal which ids exist.
        if not hmac.compare_digest(_hash(match[2]), stored) or key is None:
            raise Unauthorized(f"the key is not known here: {_HELP}")
        self._any_seen = True
        if key.revoked is not None:
            raise Unauthorized(
                f"the key {key.name} was revoked on {key.revoked:%Y-%m-%d at %H:%M UTC}: {_HELP}"
            )
        return key

    def charge(self, key: Key, characters: int, requests: int = 1) -> None:
        """Count a request, its characters, or (by default) both.

        Raises `LimitReached`, and counts nothing, if the request exceeds a limit. If the file
        cannot be written, the log says so, and the request passes.
        """
        try:
            with self._writer.transaction() as connection:
                # Read inside the transaction, so that a later row never has an earlier time.
                now = self._now()
                check_day(connection, key, characters, now)
                if requests:
                    check_minute(connection, key, now)
                for table, at in (("second", int(now)), ("day", int(now // DAY_SECONDS))):
                    connection.execute(
                        f"INSERT INTO {table} VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                        f"requests = requests + excluded.requests, "
                        f"characters = characters + excluded.characters",
                        (key.id, at, requests, characters),
                    )
                self._sweep(connection, now)
        except (sqlite3.Error, OSError) as error:
            if not self._fault_logged:
                self._fault_logged = True
                log.warning("usage not counted", detail=fault(self._path, error))
        else:
            self._fault_logged = False

    def usage(self, key: Key) -> Usage:
        """Return the usage of a key. Raises `NotReady`."""
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
        """Close the file; the next call opens it again."""
        self._reader.close()
        self._writer.close()

    def _keys(self, condition: str = "TRUE", *values: object) -> list[Key]:
        return self._rows(
            _key, f"SELECT {_COLUMNS} FROM key WHERE {condition} ORDER BY number", *values
        )

    def _rows(self, read: Callable[[Any], _Read], query: str, *values: object) -> list[_Read]:
        """Return the rows of a query, or [] if no file and no key was ever seen."""
        try:
            with self._reader.use() as connection:
                return [read(row) for row in connection.execute(query, values).fetchall()]
        except (sqlite3.Error, OSError, ValueError, TypeError, OverflowError) as error:
            if isinstance(error, FileNotFoundError | NotADirectoryError) and not self._any_seen:
                return []
            raise NotReady(
                f"the keys cannot be read, and every request is refused: "
                f"{fault(self._path, error)}; `kabar keys create NAME` makes new keys"
            ) from error

    @contextmanager
    def _durable_transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield a transaction that survives a power cut. Raises `CannotWrite`."""
        try:
            create_file(self._path)
            file = open_file(self._path, "PRAGMA synchronous = FULL", patience=10)
            with closing(file), file.use() as connection:
                with transaction(connection):
                    yield connection
                with suppress(sqlite3.Error):
                    # A copy of the file without its -wal then has all keys.
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except (sqlite3.Error, OSError) as error:
            raise CannotWrite(
                f"the keys in {self._path.parent} cannot be changed: {fault(self._path, error)}"
            ) from error

    def _sweep(self, connection: sqlite3.Connection, now: float) -> None:
        """Delete rows that are too old to be read, at most once a minute."""
        if 0 <= now - self._swept < _SWEEP_SECONDS:
            return
        connection.execute("DELETE FROM second WHERE second < ?", (int(now) - 60,))
        connection.execute("DELETE FROM day WHERE day < ?", (int(now // DAY_SECONDS) - _DAYS_KEPT,))
        self._swept = now


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _key(row: Sequence[Any]) -> Key:
    key_id, name, lane, characters_per_day, requests_per_minute, created, revoked, may = row
    return Key(
        id=key_id,
        name=name,
        lane=Lane(lane),
        characters_per_day=characters_per_day,
        requests_per_minute=requests_per_minute,
        created=datetime.fromtimestamp(created, UTC),
        revoked=None if revoked is None else datetime.fromtimestamp(revoked, UTC),
        may=frozenset(Permission(one) for one in may.split(",") if one),
    )
