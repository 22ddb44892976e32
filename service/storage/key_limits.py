"""The limits of an API key: characters a day and requests a minute."""

from __future__ import annotations

import math
import sqlite3
from datetime import UTC, datetime

from service.errors import LimitReached, QuotaReached
from service.storage.key_records import Key

DAY_SECONDS = 86_400


def check_day(connection: sqlite3.Connection, key: Key, characters: int, now: float) -> None:
    """Raise `QuotaReached` if the request exceeds today's characters."""
    limit = key.characters_per_day
    if limit is None:
        return
    row = connection.execute(
        "SELECT characters FROM day WHERE key = ? AND day = ?", (key.id, int(now // DAY_SECONDS))
    ).fetchone()
    used = row[0] if row else 0
    if used + characters <= limit:
        return
    allowance = f"the key {key.name} may use {limit:,} characters a day (UTC)"
    if characters > limit:
        # Without `retry_after`: the request exceeds the limit of any day.
        raise QuotaReached(
            f"{allowance}, and this request alone has {characters:,}: send it in parts on several "
            f"days, or use a key with a higher limit"
        )
    midnight = (now // DAY_SECONDS + 1) * DAY_SECONDS
    raise QuotaReached(
        f"{allowance}, {used:,} are used, and this request has {characters:,}: try again at "
        f"{_clock(midnight)}, when all {limit:,} are available",
        retry_after=math.ceil(midnight - now),
    )


def check_minute(connection: sqlite3.Connection, key: Key, now: float) -> None:
    """Raise `LimitReached` if the last minute has no request left.

    The window slides by whole seconds and is never shorter than 60 s. No 60 s therefore exceed
    the limit, which two weighted windows would allow. At most 61 small rows are added up, where a
    row for each request would have no bound.
    """
    limit = key.requests_per_minute
    if limit is None:
        return
    rows = connection.execute(
        "SELECT second, requests FROM second WHERE key = ? AND second BETWEEN ? AND ? "
        "ORDER BY second",
        (key.id, int(now) - 60, int(now)),
    ).fetchall()
    used = over = sum(requests for _, requests in rows)
    if used < limit:
        return
    free = now
    for second, requests in rows:
        over -= requests
        free = second + 61
        if over < limit:
            break
    wait = math.ceil(free - now)
    raise LimitReached(
        f"the key {key.name} may send {limit:,} requests a minute, and sent {used:,} in the last "
        f"minute: try again in {wait} s, at {_clock(free)}",
        retry_after=wait,
    )


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
