"""The interface of a cache store: bytes by key, in levels.

A store never fails a request. A fault of its file or server is logged once and shown in `problem`,
and the work is done again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Level(StrEnum):
    """The kind of an entry; the same key may be in both levels."""

    SENTENCE = "sentence"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class StoreStats:
    """The size of a store.

    `entries` is empty if counting is too slow. `evictions` counts those of this process since it
    opened the store.
    """

    entries: Mapping[Level, int]
    bytes: int
    evictions: int


class Store(Protocol):
    """A cache that several threads and processes may share.

    No method raises for a fault.
    """

    @property
    def problem(self) -> str | None:
        """Why the store is not in full use, and what to do; None while it works."""
        ...

    def get(self, level: Level, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the values that the store has, by key."""
        ...

    def put(self, level: Level, entries: Mapping[bytes, bytes]) -> None:
        """Add values; the first value under a key stays."""
        ...

    def stats(self) -> StoreStats | None:
        """Return the size, or None if the store is not in use or cannot tell."""
        ...

    def clear(self) -> int | None:
        """Delete all entries; return their number, or None if the store is not in use."""
        ...

    def close(self) -> None:
        """Close the store, which then finds and adds nothing; may be called again."""
        ...
