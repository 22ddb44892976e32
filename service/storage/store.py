"""What every store of finished work is: bytes by key, in levels, for convenience only.

A store never fails a request. Where its file or server has a fault, that is said once in the log
and in `problem`, and the work is done again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from service.errors import InvalidSettings


class Level(StrEnum):
    """What an entry is; the same key may stand in both."""

    SENTENCE = "sentence"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class StoreStats:
    """`entries` is empty where the store cannot count them cheaply; `evictions` are those made by
    this process since it opened the store."""

    entries: Mapping[Level, int]
    bytes: int
    evictions: int


class Store(Protocol):
    """Safe to use from several threads; several processes may share what is behind it.

    Nothing here raises for a fault of the storage.
    """

    @property
    def problem(self) -> str | None:
        """Why the store is not (fully) in use at present, and what to do; None when it is."""
        ...

    def get(self, level: Level, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The values that are there, by key."""
        ...

    def put(self, level: Level, entries: Mapping[bytes, bytes]) -> None:
        """Keep values; the first one kept under a key stands."""
        ...

    def stats(self) -> StoreStats | None:
        """Cheap; None where the store is not in use or does not tell."""
        ...

    def close(self) -> None:
        """Afterwards nothing is found and nothing is kept. More than once does no harm."""
        ...


def open_store(path: Path, url: str | None, limit_bytes: int) -> Store:
    """Redis at `url`, or without one SQLite at `path`, bounded to `limit_bytes`.

    Redis is bounded by its own `maxmemory`. Raises `InvalidSettings` for a url that can be none.
    """
    # They import this module; and neither is loaded where the other is used.
    if url is None:
        from service.storage.sqlite_store import SQLiteStore

        return SQLiteStore(path, limit_bytes)
    if url.startswith(("redis://", "rediss://", "unix://")):
        from service.storage.redis_store import RedisStore

        return RedisStore(url)
    # The url itself is not repeated: it may hold a password.
    raise InvalidSettings(
        "KABAR_CACHE_URL is no address of a Redis: it may be redis://HOST:PORT/DB, "
        "rediss://HOST:PORT/DB (over TLS) or unix:///PATH/OF/SOCKET; leave it out to keep the "
        "cache in a file"
    )
