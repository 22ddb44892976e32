"""The choice between the stores of the cache: SQLite or Redis."""

from __future__ import annotations

from pathlib import Path

from service.errors import InvalidSettings
from service.storage.store import Store


def open_store(path: Path, url: str | None, limit_bytes: int) -> Store:
    """Open Redis at `url`, or SQLite at `path` if `url` is None.

    SQLite uses at most `limit_bytes`; the limit of Redis is its own `maxmemory`. Raises
    `InvalidSettings` for an invalid URL.
    """
    # Imported here because only one of them is needed.
    if url is None:
        from service.storage.sqlite_store import SQLiteStore

        return SQLiteStore(path, limit_bytes)
    if url.startswith(("redis://", "rediss://", "unix://")):
        from service.storage.redis_store import RedisStore

        return RedisStore(url)
    # Without the URL, which may contain a password.
    raise InvalidSettings(
        "KABAR_CACHE_URL is not the URL of a Redis: use redis://HOST:PORT/DB, "
        "rediss://HOST:PORT/DB (over TLS) or unix:///PATH/OF/SOCKET, or leave it out to keep the "
        "cache in a file"
    )
