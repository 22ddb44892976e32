"""The limits of an API key: characters a day and requests a minute."""

from __future__ import annotations

import math
import sqlite3
from datetime import UTC, datetime

from service.errors import LimitReached
from service.storage.key_records import Key

DAY_SECONDS = 86_400


def check_day(connection: sqlite3.Connection, key: Key, characters: int, now: float) -> None:
    """Raises `LimitReached` where the request goes over the characters of today."""
    limit = key.characters_per_day
    if limit is None:
        return
    row = connection.execute(
        "SELECT characters FROM day WHERE key = ? AND day = ?", (key.id, int(now // DAY_SECONDS))
    ).fetchone()
    used = row[0] if row else 0
    if used + characters <= limit:
        return
    what = f"the key {key.name} may use {limit:,} characters a day (UTC)"
    if characters > limit:
        # No time to wait is given: it would be refused on any day.
        raise LimitReached(
            f"{what} and this request alone has {characters:,}: send it in parts on several days, "
            f"or use a key with a higher limit"
        )
    midnight = (now // DAY_SECONDS + 1) * DAY_SECONDS
    raise LimitReached(
        f"{what}, {used:,} are used, and this request has {characters:,}: all {limit:,} are free "
        f"again at {_clock(midnight)}",
        retry_after=math.ceil(midnight - now),
    )


def check_minute(connection: sqlite3.Connection, key: Key, now: float) -> None:
    """Raises `LimitReached` where enough requests were made in the last minute.

    The window slides by whole seconds and is never shorter than 60 s: no 60 s ever hold more than
    the limit, which two weighted windows would let pass, and 61 small rows are the most there is
    to add up, which is not so where every request is kept.
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
        f"the key {key.name} may send {limit:,} requests a minute and sent {used:,} in the last "
        f"one: the next may come in {wait} s, at {_clock(free)}",
        retry_after=wait,
    )


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
