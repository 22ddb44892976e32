"""The records of an API key and its use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from service.scheduling.request import Lane


@dataclass(frozen=True, slots=True)
class Key:
    """What a key allows. `lane` is the most urgent one it may use, and the one it uses unless
    another is asked for; a limit of None is none; times are UTC."""

    id: str
    name: str
    lane: Lane
    characters_per_day: int | None
    requests_per_minute: int | None
    created: datetime
    revoked: datetime | None


@dataclass(frozen=True, slots=True)
class Count:
    """Requests, and the characters that were in them."""

    requests: int
    characters: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """What was used on one day, UTC."""

    day: date
    requests: int
    characters: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What a key used in the last minute and today, its limits, and the last 30 days, of which
    today is the last; days without use count 0."""

    minute: Count
    today: Count
    requests_per_minute: int | None
    characters_per_day: int | None
    days: tuple[DayCount, ...]
