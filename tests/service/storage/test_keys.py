import contextlib
import hashlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from paths import REPOSITORY

from service.errors import (
    CannotWrite,
    Conflict,
    InvalidRequest,
    LimitReached,
    NotFound,
    NotReady,
    ServiceError,
    Unauthorized,
)
from service.scheduling.request import Lane
from service.settings import load_settings
from service.storage.key_records import Count, DayCount, Key
from service.storage.keys import Keys

KABAR = Path(sys.executable).parent / "kabar"

# 2025-02-18 22:10:00.5 UTC: 6,599.5 seconds before midnight.
TUESDAY = 1_739_916_600.5


class Clock:
    """Seconds since 1970, as the test wants them."""

    def __init__(self, seconds: float = TUESDAY) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


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


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


# Making, listing, revoking


def test_without_keys_there_is_no_file(keys: Keys, tmp_path: Path) -> None:
    assert keys.any() is False
    assert keys.all() == []
    with pytest.raises(Unauthorized, match="not known here"):
        keys.check(f"kabar_abcd1234_{'x' * 43}")
    with pytest.raises(NotFound, match=r"there is no key named a to revoke: there are no keys$"):
        keys.revoke("a")
    assert names(tmp_path) == []


def test_a_new_key(keys: Keys, path: Path) -> None:
    key, token = keys.create("desk-a", Lane.BREAKING, 500_000, 60)
    assert re.fullmatch(r"[a-z0-9]{8}", key.id)
    assert re.fullmatch(rf"kabar_{key.id}_[A-Za-z0-9_-]{{43}}", token)
    assert key == Key(
        id=key.id,
        name="desk-a",
        lane=Lane.BREAKING,
        characters_per_day=500_000,
        requests_per_minute=60,
        created=datetime(2025, 2, 18, 22, 10, tzinfo=UTC),
        revoked=None,
    )
    other = Keys(path)
    assert other.any() is True
    assert other.check(token) == key
    assert other.all() == [key]
    other.close()


def test_every_token_is_another(keys: Keys) -> None:
    (first, first_token), (second, second_token) = keys.create("a"), keys.create("b")
    assert first.id != second.id
    assert first_token[-43:] != second_token[-43:]
    assert keys.check(first_token) == first
    assert keys.check(second_token) == second
    assert [key.name for key in keys.all()] == ["a", "b"]
    assert first.lane is Lane.NORMAL
    assert (first.characters_per_day, first.requests_per_minute) == (None, None)


def test_the_secret_is_nowhere_in_the_files(keys: Keys, tmp_path: Path) -> None:
    key, token = keys.create("desk-a")
    keys.check(token)
    keys.charge(key, 10)
    secret = token.removeprefix(f"kabar_{key.id}_").encode()
    kept = b"".join(entry.read_bytes() for entry in tmp_path.iterdir())
    assert b"desk-a" in kept
    assert hashlib.sha256(secret).digest() in kept
    assert secret not in kept


def test_only_the_owner_can_read_the_files(path: Path, tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        keys = Keys(path)
        key, _ = keys.create("a")
        keys.charge(key, 1)
        assert names(tmp_path) == ["keys.sqlite3", "keys.sqlite3-shm", "keys.sqlite3-wal"]
        assert {entry.stat().st_mode & 0o777 for entry in tmp_path.iterdir()} == {0o600}
        keys.close()
    finally:
        os.umask(umask)


@pytest.mark.parametrize("name", ["", "a b", "é", "a\n", "a/b", "x" * 65])
def test_names_that_are_refused(name: str, keys: Keys, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="take 1 to 64 of the letters A-Z, digits and"):
        keys.create(name)
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["a", "Desk_1.news-letter", "x" * 64])
def test_names_that_are_taken(name: str, keys: Keys) -> None:
    assert keys.create(name)[0].name == name


@pytest.mark.parametrize("limits", [(0, None), (None, 0), (-1, None), (None, 10**12 + 1)])
def test_limits_that_are_refused(limits: tuple[int | None, int | None], keys: Keys) -> None:
    with pytest.raises(InvalidRequest, match="take 1 to 1000000000000, or leave it out"):
        keys.create("a", Lane.NORMAL, *limits)


def test_a_name_is_free_again_once_its_key_is_revoked(keys: Keys) -> None:
    first, _ = keys.create("a")
    with pytest.raises(Conflict, match=r"there is a key named a already.*kabar keys revoke a"):
        keys.create("a")
    assert keys.all() == [first]
    keys.revoke("a")
    second, token = keys.create("a")
    assert keys.check(token) == second
    assert [(key.id, key.revoked is None) for key in keys.all()] == [
        (first.id, False),
        (second.id, True),
    ]


def test_a_revoked_key_is_told_so_and_the_service_stays_closed(keys: Keys, path: Path) -> None:
    key, token = keys.create("a")
    revoked = keys.revoke("a")
    assert revoked == replace(key, revoked=datetime(2025, 2, 18, 22, 10, tzinfo=UTC))
    with pytest.raises(Unauthorized, match="the key a was revoked on 2025-02-18 at 22:10 UTC"):
        keys.check(token)
    # Who does not know the secret is not told.
    with pytest.raises(Unauthorized, match="not known here"):
        keys.check(f"kabar_{key.id}_{'x' * 43}")
    fresh = Keys(path)
    assert fresh.any() is True
    fresh.close()


def test_revoking_what_is_not_there_names_the_keys(keys: Keys) -> None:
    for name in ("c", "b", "a"):
        keys.create(name)
    keys.revoke("c")
    for name in ("c", "d"):
        with pytest.raises(NotFound, match=f"no key named {name} to revoke: the keys are a, b$"):
            keys.revoke(name)


@pytest.mark.alone
def test_keys_are_seen_at_once_by_others_made_or_revoked(keys: Keys, path: Path) -> None:
    other = Keys(path)
    assert other.any() is False
    _, token = keys.create("a")
    assert other.any() is True
    assert other.check(token).name == "a"
    keys.revoke("a")
    began = time.monotonic()
    with pytest.raises(Unauthorized, match="was revoked"):
        other.check(token)
    assert time.monotonic() - began < 1
    other.close()


# Tokens


@pytest.mark.parametrize(
    ("token", "detail"),
    [
        ("", "the request has no key: "),
        ("secret", "has not the form of a key, kabar_ID_SECRET: "),
        ("Bearer kabar_abcd1234_" + "x" * 43, "has not the form of a key"),
        ("kabar_abcd1234_" + "x" * 42, "has not the form of a key"),
        ("kabar_abcd1234_" + "x" * 43 + "\n", "has not the form of a key"),
        ("kabar_ABCD1234_" + "x" * 43, "has not the form of a key"),
        ("kabar_abcd1234_" + "é" * 43, "has not the form of a key"),
        ("kabar_abcd1234_" + "x" * 43, "the key is not known here: "),
    ],
)
def test_tokens_that_are_refused(token: str, detail: str, keys: Keys) -> None:
    keys.create("a")
    with pytest.raises(Unauthorized) as caught:
        keys.check(token)
    assert detail in caught.value.detail
    assert "`Authorization: Bearer kabar_…`" in caught.value.detail
    assert "`kabar keys create NAME`" in caught.value.detail
    assert "xxx" not in caught.value.detail
    assert caught.value.status == 401


def test_a_wrong_secret_is_refused(keys: Keys) -> None:
    _, token = keys.create("a")
    wrong = token[:-1] + ("A" if token[-1] != "A" else "B")
    with pytest.raises(Unauthorized, match="not known here"):
        keys.check(wrong)


def test_an_unknown_id_is_compared_as_a_known_one_is(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, _ = keys.create("a")
    compared: list[tuple[int, int]] = []

    def compare(left: bytes, right: bytes) -> bool:
        compared.append((len(left), len(right)))
        return left == right

    monkeypatch.setattr("service.storage.keys.hmac.compare_digest", compare)
    for key_id in (key.id, "zzzzzzzz"):
        with pytest.raises(Unauthorized, match="not known here"):
            keys.check(f"kabar_{key_id}_{'x' * 43}")
    assert compared == [(32, 32), (32, 32)]


# Limits


def refused(keys: Keys, key: Key, characters: int = 1) -> tuple[int | None, str]:
    with pytest.raises(LimitReached) as caught:
        keys.charge(key, characters)
    return caught.value.retry_after, caught.value.detail


def test_requests_per_minute_slide(keys: Keys, clock: Clock) -> None:
    key, _ = keys.create("a", requests_per_minute=3)
    keys.charge(key, 1)  # at :00
    clock.seconds += 20
    keys.charge(key, 1)  # at :20
    keys.charge(key, 1)
    clock.seconds += 10
    assert refused(keys, key) == (
        31,
        "the key a may send 3 requests a minute and sent 3 in the last one: the next may come in "
        "31 s, at 2025-02-18 22:11:01 UTC",
    )
    clock.seconds = TUESDAY + 60.4
    assert refused(keys, key)[0] == 1
    clock.seconds = TUESDAY + 60.5
    keys.charge(key, 1)  # the one at :00 is over 60 s old, and only that
    assert refused(keys, key)[0] == 20
    clock.seconds = TUESDAY + 80.5
    keys.charge(key, 1)
    keys.charge(key, 1)
    assert refused(keys, key)[0] == 41


def test_no_minute_holds_more_than_the_limit(keys: Keys, clock: Clock) -> None:
    key, _ = keys.create("a", requests_per_minute=10)
    passed: list[float] = []
    for _ in range(900):
        clock.seconds += 0.37
        with contextlib.suppress(LimitReached):
            keys.charge(key, 1)
            passed.append(clock.seconds)
    assert max(sum(at - 60 < other <= at for other in passed) for at in passed) == 10
    assert 50 <= len(passed) <= 60  # of 333 s


def test_characters_per_day_are_free_at_midnight_utc(keys: Keys, clock: Clock) -> None:
    key, _ = keys.create("a", characters_per_day=1000)
    keys.charge(key, 600)
    keys.charge(key, 300)
    assert refused(keys, key, 101) == (
        6600,
        "the key a may use 1,000 characters a day (UTC), 900 are used, and this request has 101: "
        "all 1,000 are free again at 2025-02-19 00:00:00 UTC",
    )
    keys.charge(key, 100)
    assert refused(keys, key, 1)[0] == 6600
    clock.seconds = TUESDAY + 6599.4
    assert refused(keys, key, 1)[0] == 1
    clock.seconds = TUESDAY + 6599.5
    keys.charge(key, 1000)
    assert refused(keys, key, 1)[0] == 86_400


def test_a_request_over_the_whole_day_is_not_told_to_wait(keys: Keys) -> None:
    key, _ = keys.create("a", characters_per_day=1000)
    wait, detail = refused(keys, key, 1001)
    assert wait is None
    assert "this request alone has 1,001: send it in parts on several days" in detail


def test_the_longer_wait_is_told(keys: Keys) -> None:
    key, _ = keys.create("a", characters_per_day=5, requests_per_minute=1)
    keys.charge(key, 5)
    assert refused(keys, key, 1)[0] == 6600


def test_what_is_refused_is_not_counted(keys: Keys) -> None:
    key, _ = keys.create("a", characters_per_day=100, requests_per_minute=2)
    keys.charge(key, 40)
    refused(keys, key, 61)
    assert keys.usage(key).today == Count(1, 40)
    keys.charge(key, 1)
    refused(keys, key, 1)
    assert keys.usage(key).today == Count(2, 41)
    assert keys.usage(key).minute == Count(2, 41)


def test_keys_do_not_use_up_each_other(keys: Keys) -> None:
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


def test_a_clock_that_is_set_back_blocks_nobody(keys: Keys, clock: Clock) -> None:
    key, _ = keys.create("a", requests_per_minute=1)
    keys.charge(key, 1)
    clock.seconds -= 3600
    keys.charge(key, 1)
    refused(keys, key)


# Usage


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


def test_usage_of_a_key_that_was_not_used(keys: Keys) -> None:
    key, _ = keys.create("a")
    usage = keys.usage(key)
    assert (usage.minute, usage.today) == (Count(0, 0), Count(0, 0))
    assert len(usage.days) == 30


def test_old_rows_are_removed_as_it_goes(keys: Keys, clock: Clock, path: Path) -> None:
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
    assert sorted(waits)[250] < 0.001  # 0.1 ms on a quiet machine


# Threads and processes


def test_threads_together_keep_to_the_limit(keys: Keys) -> None:
    key, token = keys.create("a", requests_per_minute=100)
    passed: list[int] = []

    def work() -> None:
        for _ in range(40):
            with contextlib.suppress(LimitReached):
                keys.charge(keys.check(token), 1)
                passed.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 100
    assert keys.usage(key).today == Count(100, 100)


@pytest.mark.parametrize(
    "limits",
    [{"requests_per_minute": 300}, {"characters_per_day": 2100}],
    ids=["requests", "characters"],
)
def test_processes_together_keep_to_the_limit(limits: dict[str, int], path: Path) -> None:
    keys = Keys(path, Clock())
    key, token = keys.create("a", Lane.NORMAL, **limits)
    script = f"""
import sys
from pathlib import Path
from service.errors import LimitReached
from service.storage.keys import Keys
keys = Keys(Path({str(path)!r}), lambda: {TUESDAY})
key = keys.check({token!r})
print("ready", flush=True)
sys.stdin.readline()
passed = 0
for _ in range(280):
    try:
        keys.charge(key, 7)
        passed += 1
    except LimitReached:
        pass
print(passed)
"""
    processes = [start(script) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    passed = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(passed) == 300
    assert min(passed) >= 20
    assert keys.usage(key).today == Count(300, 2100)
    keys.close()


def test_keys_that_two_processes_make_first_are_all_there(path: Path) -> None:
    script = f"""
import os
from pathlib import Path
from service.storage.keys import Keys
keys = Keys(Path({str(path)!r}))
for n in range(10):
    print(keys.create(f"key-{{os.getpid()}}-{{n}}")[1])
"""
    processes = [start(script) for _ in range(3)]
    tokens = [
        token for process in processes for token in process.communicate(timeout=60)[0].split()
    ]
    keys = Keys(path)
    assert len({keys.check(token).id for token in tokens}) == 30
    assert len(keys.all()) == 30
    keys.close()
    assert names(path.parent) == ["keys.sqlite3"]


def test_killed_in_the_middle_nothing_that_was_said_is_lost(path: Path) -> None:
    keys = Keys(path)
    key, _ = keys.create("counted")
    script = f"""
from pathlib import Path
from service.storage.keys import Keys
keys = Keys(Path({str(path)!r}))
(counted,) = keys.all()
n = 0
while True:
    for _ in range(20):
        keys.charge(counted, 2)
    n += 1
    token = keys.create(f"key-{{n}}")[1]
    if n % 2:
        keys.revoke(f"key-{{n}}")
    print(token, flush=True)
"""
    process = start(script)
    assert process.stdout is not None
    tokens = [process.stdout.readline().strip() for _ in range(15)]
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    tokens += rest.split()
    keys.close()
    for n, token in enumerate(tokens, start=1):
        if n % 2:
            with pytest.raises(Unauthorized, match=f"the key key-{n} was revoked"):
                keys.check(token)
        else:
            assert keys.check(token).name == f"key-{n}"
    today = keys.usage(key).today
    assert today.requests >= 20 * len(tokens)
    assert today.characters == 2 * today.requests
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    keys.close()


# Faults of the file


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 400)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096])


def zeroed(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:4096] + bytes(len(content) - 4096))


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def of_another_shape(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE key")
        connection.execute("DROP TABLE day")
    connection.close()


def of_a_newer_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    "damage", [garbage, emptied, cut, zeroed, a_folder, of_another_shape, of_a_newer_version]
)
def test_a_damaged_file_lets_nobody_in(damage: Callable[[Path], None], path: Path) -> None:
    keys = Keys(path)
    key, token = keys.create("a")
    keys.close()
    damage(path)
    for used in (keys, Keys(path)):
        for ask in (lambda k: k.check(token), lambda k: k.all(), lambda k: k.usage(key)):
            with pytest.raises(NotReady) as caught:
                ask(used)
            assert isinstance(caught.value, ServiceError)
            assert caught.value.status == 503
            assert "keys.sqlite3 in the data folder: " in caught.value.detail
            assert str(path.parent) not in caught.value.detail
        with pytest.raises(CannotWrite, match="cannot be changed"):
            used.create("b")
        used.charge(key, 1)  # passes
        used.close()
    with pytest.raises(NotReady):
        Keys(path).any()
    assert keys.any() is True


@pytest.mark.parametrize(
    "change", ["lane = 'fast'", "created = 'soon'", "created = 1 << 62", "secret = 'text'"]
)
def test_a_row_that_makes_no_sense_lets_nobody_in(change: str, keys: Keys, path: Path) -> None:
    _, token = keys.create("a")
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE key SET {change}")
    connection.close()
    with pytest.raises(NotReady):
        keys.check(token)


def test_a_file_that_goes_away_does_not_open_a_running_service(keys: Keys, path: Path) -> None:
    key, token = keys.create("a")
    assert keys.check(token) == key
    for name in names(path.parent):
        (path.parent / name).unlink()
    assert keys.any() is True
    with pytest.raises(NotReady, match="No such file or directory"):
        keys.check(token)
    keys.charge(key, 1)  # passes
    assert names(path.parent) == []


def test_a_sound_copy_is_used_as_soon_as_it_is_there(keys: Keys, path: Path) -> None:
    key, token = keys.create("a")
    content = path.read_bytes()  # without the -wal
    _, newer = keys.create("b")
    keys.close()
    garbage(path)
    with pytest.raises(NotReady):
        keys.check(token)
    copy = path.with_name("copy")
    copy.write_bytes(content)
    copy.replace(path)
    assert keys.check(token) == key
    with pytest.raises(Unauthorized, match="not known"):
        keys.check(newer)


def test_another_file_in_its_place_is_seen_while_the_first_is_open(
    keys: Keys, path: Path, tmp_path: Path
) -> None:
    key, token = keys.create("a")
    assert keys.check(token) == key
    keys.charge(key, 1)
    other = Keys(tmp_path / "other" / "keys.sqlite3")
    elsewhere, other_token = other.create("b")
    other.close()
    for name in names(tmp_path):
        if name.startswith("keys.sqlite3-"):
            (tmp_path / name).unlink()
    (tmp_path / "other" / "keys.sqlite3").replace(path)
    assert keys.check(other_token) == elsewhere
    with pytest.raises(Unauthorized, match="not known"):
        keys.check(token)
    keys.charge(elsewhere, 1)
    assert keys.usage(elsewhere).today == Count(1, 1)


@contextlib.contextmanager
def as_somebody_else() -> Iterator[None]:
    """Permissions do not bind root; as somebody else this process minds them."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that is everybody's; those of pytest are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_a_file_that_can_only_be_read_lets_in_and_does_not_count(
    open_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = open_folder / "keys.sqlite3"
    Keys(path).create("a", requests_per_minute=1)
    path.chmod(0o444)
    with as_somebody_else():
        keys = Keys(path)
        assert keys.any() is True
        (key,) = keys.all()
        for _ in range(5):
            keys.charge(key, 1)
        assert keys.usage(key).today == Count(0, 0)
        with pytest.raises(CannotWrite, match="readonly database"):
            keys.create("b")
        keys.close()
    said = "".join(capfd.readouterr())
    assert said.count("usage not counted") == 1
    assert "readonly database" in said


def test_a_file_that_cannot_be_read_lets_nobody_in(open_folder: Path) -> None:
    path = open_folder / "keys.sqlite3"
    _, token = Keys(path).create("a")
    path.chmod(0)
    with as_somebody_else():
        keys = Keys(path)
        with pytest.raises(NotReady, match="unable to open database file"):
            keys.any()
        with pytest.raises(NotReady, match="give Kabar the right to do so"):
            keys.check(token)
    open_folder.chmod(0)
    with as_somebody_else(), pytest.raises(NotReady, match="Permission denied"):
        keys.any()
    open_folder.chmod(0o777)


@pytest.mark.alone
def test_while_the_file_is_locked_requests_pass_uncounted_after_one_wait(
    keys: Keys, path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("service.storage.keys._PAUSE", 0.5)
    key, token = keys.create("a", requests_per_minute=1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    for _ in range(20):
        keys.charge(key, 1)
    assert 0.9 < time.monotonic() - began < 5  # not 20
    assert keys.check(token) == key  # reading goes on
    other.execute("ROLLBACK")
    assert keys.usage(key).today == Count(0, 0)
    time.sleep(0.6)
    keys.charge(key, 1)
    refused(keys, key)
    assert "".join(capfd.readouterr()).count("usage not counted") == 1
    # Another time it is told again.
    other.execute("BEGIN IMMEDIATE")
    keys.charge(key, 1)
    other.close()
    assert "".join(capfd.readouterr()).count("usage not counted") == 1


def test_a_full_disk_lets_requests_pass_and_is_told_once(path: Path) -> None:
    # The limit on file sizes stands for the disk.
    script = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from pathlib import Path
from service.errors import CannotWrite, LimitReached
from service.storage.key_records import Count
from service.storage.keys import Keys
keys = Keys(Path({str(path)!r}), lambda: {TUESDAY})
key, token = keys.create("a", requests_per_minute=150)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
for n in range(100):
    keys.charge(key, 1)
    assert keys.check(token) == key
try:
    keys.create("b")
    raise AssertionError("the limit was not reached")
except CannotWrite as error:
    print(error.detail)
print(keys.usage(key).today.requests)
"""
    process = start(script)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    *_, reason, counted = out.splitlines()
    assert "free some space" in reason
    assert 0 < int(counted) < 100
    assert (out + errors).count("usage not counted") == 1


# The command line


def kabar(
    *arguments: str, data_dir: Path, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [KABAR, "keys", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(), "KABAR_DATA_DIR": str(data_dir)},
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done


def test_a_key_from_the_command_line(tmp_path: Path) -> None:
    done = kabar(
        "create", "newsletter", "--lane", "archive", "--characters-per-day", "500000",
        "--requests-per-minute", "30", data_dir=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    token = done.stdout.removesuffix("\n")
    keys = Keys(load_settings(data_dir=tmp_path).keys_path)
    key = keys.check(token)
    assert (key.name, key.lane) == ("newsletter", Lane.ARCHIVE)
    assert (key.characters_per_day, key.requests_per_minute) == (500_000, 30)
    assert token not in done.stderr
    assert done.stderr.startswith(
        "newsletter: lane archive; characters a day: 500,000; requests a minute: 30\n"
    )
    assert "it is shown this once" in done.stderr
    assert "Authorization: Bearer" in done.stderr

    keys.charge(key, 1234)
    listed = kabar("list", data_dir=tmp_path)
    heading, row = listed.stdout.splitlines()
    assert heading.split("  ")[0] == "name"
    made = f"{key.created:%Y-%m-%d}"
    assert re.split(r"\s{2,}", row.strip()) == [
        "newsletter", key.id, "archive", "30", "1", "1,234 of 500,000", made,
    ]  # fmt: skip
    assert token[-43:] not in listed.stdout + listed.stderr

    revoked = kabar("revoke", "newsletter", data_dir=tmp_path)
    assert revoked.returncode == 0
    assert revoked.stdout.startswith(f"newsletter ({key.id}) is revoked")
    with pytest.raises(Unauthorized, match="was revoked"):
        keys.check(token)
    assert kabar("list", data_dir=tmp_path).stdout.splitlines()[1].split().count(made) == 2
    keys.close()


def test_the_defaults_of_a_key_and_another_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "else where?"
    token = kabar("create", "a", "--data-dir", str(folder), data_dir=tmp_path).stdout.strip()
    keys = Keys(folder / "keys.sqlite3")
    key = keys.check(token)
    assert key.lane is Lane.NORMAL
    assert (key.characters_per_day, key.requests_per_minute) == (None, None)
    keys.close()
    listed = kabar("list", "--data-dir", str(folder), data_dir=tmp_path)
    assert "no limit" in listed.stdout
    assert names(tmp_path) == ["else where?"]


def test_listing_no_keys_says_how_to_make_one(tmp_path: Path) -> None:
    done = kabar("list", data_dir=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "`kabar keys create NAME` makes one" in done.stderr
    assert names(tmp_path) == []


@pytest.mark.parametrize("command", ["create", "list", "revoke"])
def test_every_command_has_help_with_an_example(command: str, tmp_path: Path) -> None:
    done = kabar(command, "--help", data_dir=tmp_path)
    assert done.returncode == 0
    assert f"Example: kabar keys {command}" in done.stdout
    assert "--data-dir" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "a b"], "a key cannot be named 'a b'"),
        (["create", "a", "--lane", "fast"], "choose breaking or normal or archive"),
        (["create", "a", "--characters-per-day", "0"], "a limit of 0 cannot be set"),
        (["create", "a", "--requests-per-minute", "many"], "--requests-per-minute"),
        (["create", "there"], "there is a key named there already"),
        (["create"], "name"),
        (["revoke", "a"], "there is no key named a to revoke: the keys are there"),
    ],
)
def test_mistakes_on_the_command_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.sqlite3")
    keys.create("there")
    done = kabar(*arguments, data_dir=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert [key.name for key in keys.all()] == ["there"]
    keys.close()


@pytest.mark.parametrize(
    ("arguments", "code"), [(["create", "a"], 5), (["list"], 3), (["revoke", "a"], 3)]
)
def test_a_damaged_file_on_the_command_line(
    arguments: list[str], code: int, tmp_path: Path
) -> None:
    garbage(tmp_path / "keys.sqlite3")
    done = kabar(*arguments, data_dir=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert "file is not a database" in done.stderr
    assert str(tmp_path) in done.stderr


def test_a_key_that_could_not_be_printed_is_revoked(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("wb") as full:
        done = kabar("create", "a", data_dir=tmp_path, stdout=full.fileno())
    assert done.returncode == 5
    assert "the key a was revoked again" in done.stderr
    keys = Keys(tmp_path / "keys.sqlite3")
    (key,) = keys.all()
    assert key.revoked is not None
    keys.close()


def test_help_loads_no_database(tmp_path: Path) -> None:
    script = """
import json, sys
from service.cli.main import app
try:
    app(["keys", "--help"])
except SystemExit:
    pass
print(json.dumps([name for name in ("sqlite3", "structlog", "rich") if name in sys.modules]))
"""
    out, errors = start(script).communicate(timeout=60)
    assert json.loads(out.splitlines()[-1]) == [], errors


def start(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}
