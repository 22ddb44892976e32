"""The actions of `kabar cache …`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import CannotRead, CannotWrite
from service.settings import Settings
from service.storage.opening import open_store
from service.storage.store import Level, Store


def print_stats(settings: Settings) -> None:
    """Print entries and size. Raises `CannotRead`."""
    with _opened(settings) as store:
        stats = store.stats()
        if stats is None:
            raise CannotRead(store.problem or f"the cache {_place(settings)} cannot be read")
    entries = stats.entries
    if entries:
        print(f"sentences  {entries[Level.SENTENCE]:>12,}")
        print(f"results    {entries[Level.RESULT]:>12,}")
    limit = "" if settings.cache_url else f" of {settings.cache_mb:,} MB"
    print(f"size       {stats.bytes / 1e6:>12,.1f} MB{limit}")
    print(f"place      {_place(settings)}")


def clear(settings: Settings) -> None:
    """Delete all entries. Raises `CannotWrite`."""
    with _opened(settings) as store:
        deleted = store.clear()
        if deleted is None:
            raise CannotWrite(store.problem or f"the cache {_place(settings)} cannot be written")
    print(f"{deleted:,} entries deleted")


@contextmanager
def _opened(settings: Settings) -> Iterator[Store]:
    store = open_store(settings.cache_path, settings.cache_url, settings.cache_mb * 1_000_000)
    try:
        yield store
    finally:
        store.close()


def _place(settings: Settings) -> str:
    # A URL may contain a password.
    return "Redis (KABAR_CACHE_URL)" if settings.cache_url else str(settings.cache_path)
