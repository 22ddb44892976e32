"""Keys in several threads and processes."""

import contextlib
import signal
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from key_files import TUESDAY, Clock, names, start

from service.errors import (
    LimitReached,
    Unauthorized,
)
from service.scheduling.request import Lane
from service.storage.key_records import Count
from service.storage.keys import Keys


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.sqlite3"


@pytest.fixture
def keys(path: Path) -> Iterator[Keys]:
    keys = Keys(path, Clock())
    yield keys
    keys.close()


def test_threads_share_a_limit(keys: Keys) -> None:
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
def test_processes_share_a_limit(limits: dict[str, int], path: Path) -> None:
    keys = Keys(path, Clock())
    key, token = keys.create("a", Lane.NORMAL, **limits)  # type: ignore[arg-type]
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


def test_processes_that_make_the_first_keys_lose_none(path: Path) -> None:
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


def test_a_killed_process_loses_no_acknowledged_key(path: Path) -> None:
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
