"""The records of an API key and its usage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from service.scheduling.request import Lane


class Permission(StrEnum):
    """The permissions of a key beside translating."""

    CORRECT = "correct"
    """Write corrections, and withdraw its own."""
    MANAGE = "manage"
    """Also see and withdraw those of others."""


@dataclass(frozen=True, slots=True)
class Key:
    """An API key and its limits.

    `lane` is its default, and it may use no lane that is more urgent. A limit of None is no limit.
    Times are UTC.
    """

    id: str
    name: str
    lane: Lane
    characters_per_day: int | None
    requests_per_minute: int | None
    created: datetime
    revoked: datetime | None
    may: frozenset[Permission] = frozenset()

    @property
    def may_correct(self) -> bool:
        return bool(self.may)

    @property
    def may_manage(self) -> bool:
        return Permission.MANAGE in self.may


@dataclass(frozen=True, slots=True)
class Count:
    """A number of requests, and the characters in them."""

    requests: int
    characters: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """The usage of one day, in UTC."""

    day: date
    requests: int
    characters: int


@dataclass(frozen=True, slots=True)
class Usage:
    """The usage of a key and its limits.

    `days` has the last 30 days in order, today last. A day without usage counts 0.
    """

    minute: Count
    today: Count
    requests_per_minute: int | None
    characters_per_day: int | None
    days: tuple[DayCount, ...]
