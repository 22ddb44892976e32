"""The limits and the usage of a key."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from key_files import TUESDAY, Clock, refused

from service.errors import (
    LimitReached,
)
from service.storage.key_records import Count, DayCount
from service.storage.keys import Keys


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.sqlite3"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(path: Path, clock: Clock) -> Iterator[Keys]:
    keys = Keys(path, clock)
    yield keys
    keys.close()


def test_requests_per_minute_use_a_sliding_window(keys: Keys, clock: Clock) -> None:
    key, _ = keys.create("a", requests_per_minute=3)
    keys.charge(key, 1)  # at :00
    clock.seconds += 20
    keys.charge(key, 1)  # at :20
    keys.charge(key, 1)
    clock.seconds += 10
    assert refused(keys, key) == (
        31,
        "the key a may send 3 requests a minute, and sent 3 in the last minute: try again in "
        "31 s, at 2025-02-18 22:11:01 UTC",
    )
    clock.seconds = TUESDAY + 60.4
    assert refused(keys, key)[0] == 1
    clock.seconds = TUESDAY + 60.5
    keys.charge(key, 1)  # only the one at :00 is over 60 s old
    assert refused(keys, key)[0] == 20
    clock.seconds = TUESDAY + 80.5
    keys.charge(key, 1)
    keys.charge(key, 1)
    assert refused(keys, key)[0] == 41


def test_no_minute_exceeds_the_limit(keys: Keys, clock: Clock) -> None:
    key, _ = keys.create("a", requests_per_minute=10)
    passed: list[float] = []
    for _ in range(900):
        clock.seconds += 0.37
        with contextlib.suppress(LimitReached):
            keys.charge(key, 1)
            passed.append(clock.seconds)
    assert max(sum(at - 60 < other <= at for other in passed) for at in passed) == 10
    assert 50 <= len(passed) <= 60  # of 333 s


def test_characters_per_day_are_available_again_at_midnight_utc(keys: Keys, clock: Clock) -> None:
    key, _ = keys.create("a", characters_per_day=1000)
    keys.charge(key, 600)
    keys.charge(key, 300)
    assert refused(keys, key, 101) == (
        6600,
        "the key a may use 1,000 characters a day (UTC), 900 are used, and this request has 101: "
        "try again at 2025-02-19 00:00:00 UTC, when all 1,000 are available",
    )
    keys.charge(key, 100)
    assert refused(keys, key, 1)[0] == 6600
    clock.seconds = TUESDAY + 6599.4
    assert refused(keys, key, 1)[0] == 1
    clock.seconds = TUESDAY + 6599.5
    keys.charge(key, 1000)
    assert refused(keys, key, 1)[0] == 86_400


def test_a_request_over_the_daily_limit_has_no_retry_time(keys: Keys) -> None:
    key, _ = keys.create("a", characters_per_day=1000)
    wait, detail = refused(keys, key, 1001)
    assert wait is None
    assert "this request alone has 1,001: send it in parts on several days" in detail


def test_the_longer_wait_is_reported(keys: Keys) -> None:
    key, _ = keys.create("a", characters_per_day=5, requests_per_minute=1)
    keys.charge(key, 5)
    assert refused(keys, key, 1)[0] == 6600


def test_a_refused_request_is_not_counted(keys: Keys) -> None:
    key, _ = keys.create("a", characters_per_day=100, requests_per_minute=2)
    keys.charge(key, 40)
    refused(keys, key, 61)
    assert keys.usage(key).today == Count(1, 40)
    keys.charge(key, 1)
    refused(keys, key, 1)
    assert keys.usage(key).today == Count(2, 41)
    assert keys.usage(key).minute == Count(2, 41)


def test_keys_have_separate_limits(keys: Keys) -> None:
    first, _ = keys.create("a", requests_per_minute=1)
    second, _ = keys.create("b", requests_per_minute=1)
    keys.charge(first, 1)
    keys.charge(second, 1)
    refused(keys, first)


def test_a_key_without_limits_is_counted_too(keys: Keys) -> None:
    key, _ = keys.create("a")
    for _ in range(100):
        keys.charge(key, 10_000)
    assert keys.usage(key).today == Count(100, 1_000_000)


def test_a_clock_that_is_set_back_blocks_no_request(keys: Keys, clock: Clock) -> None:
    key, _ = keys.create("a", requests_per_minute=1)
    keys.charge(key, 1)
    clock.seconds -= 3600
    keys.charge(key, 1)
    refused(keys, key)


def test_usage_by_minute_and_day(keys: Keys, clock: Clock) -> None:
    key, _ = keys.create("a", characters_per_day=5000, requests_per_minute=7)
    clock.seconds = TUESDAY - 30 * 86_400  # one day too early to be shown
    keys.charge(key, 1)
    clock.seconds = TUESDAY - 29 * 86_400
    keys.charge(key, 20)
    clock.seconds = TUESDAY - 600
    keys.charge(key, 300)
    clock.seconds = TUESDAY
    keys.charge(key, 4000)
    keys.charge(key, 0)
    usage = keys.usage(key)
    assert usage.minute == Count(2, 4000)
    assert usage.today == Count(3, 4300)
    assert (usage.requests_per_minute, usage.characters_per_day) == (7, 5000)
    assert len(usage.days) == 30
    assert usage.days[0] == DayCount(date(2025, 1, 20), 1, 20)
    assert usage.days[28] == DayCount(date(2025, 2, 17), 0, 0)
    assert usage.days[29] == DayCount(date(2025, 2, 18), 3, 4300)
    assert sum(day.requests for day in usage.days) == 4


def test_usage_of_an_unused_key(keys: Keys) -> None:
    key, _ = keys.create("a")
    usage = keys.usage(key)
    assert (usage.minute, usage.today) == (Count(0, 0), Count(0, 0))
    assert len(usage.days) == 30


def test_old_rows_are_removed(keys: Keys, clock: Clock, path: Path) -> None:
    key, _ = keys.create("a")
    for days_ago in (91, 90, 0):
        clock.seconds = TUESDAY - days_ago * 86_400
        keys.charge(key, 5)
    connection = sqlite3.connect(path)
    assert [row[0] for row in connection.execute("SELECT day FROM day")] == [20_047, 20_137]
    assert connection.execute("SELECT second FROM second").fetchall() == [(1_739_916_600,)]
    connection.close()


@pytest.mark.alone
def test_counting_a_request_takes_well_under_a_millisecond(path: Path) -> None:
    keys = Keys(path)
    key, token = keys.create("a", characters_per_day=10**9, requests_per_minute=10**6)
    waits = []
    for _ in range(500):
        began = time.perf_counter()
        keys.check(token)
        keys.charge(key, 1000)
        waits.append(time.perf_counter() - began)
    keys.close()
    assert sorted(waits)[250] < 0.001  # 0.1 ms on an idle machine
