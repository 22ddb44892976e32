"""The cache file in several threads and processes."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from paths import REPOSITORY
from sqlite_files import PLENTY, check, start_script

from service.storage import sqlite_store as sqlite
from service.storage.sqlite_store import SQLiteStore
from service.storage.store import Level

SENTENCE, RESULT = Level.SENTENCE, Level.RESULT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c.sqlite3"


@pytest.mark.alone
def test_a_reader_waits_for_no_writer(
    path: Path, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setattr(sqlite, "WRITE_SECONDS", 1.0)
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {b"a": b"x"})
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = threading.Thread(target=store.put, args=(SENTENCE, {b"b": b"y"}))
    writing.start()
    began = time.perf_counter()
    for _ in range(10):
        assert store.get(SENTENCE, [b"a"]) == {b"a": b"x"}
    assert time.perf_counter() - began < 0.5
    assert writing.is_alive()
    writing.join()
    assert logged == ["cache busy"]
    # A locked file is a miss, not a problem, and the next put succeeds.
    assert store.problem is None
    other.execute("ROLLBACK")
    other.close()
    assert store.get(SENTENCE, [b"b"]) == {}
    store.put(SENTENCE, {b"b": b"z"})
    assert store.get(SENTENCE, [b"b"]) == {b"b": b"z"}
    store.close()


def test_threads_share_a_store(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)

    def work(number: int) -> None:
        for n in range(50):
            store.put(SENTENCE, {f"{number}-{n}".encode(): b"x"})
            store.get(SENTENCE, [f"{number}-{n}".encode()])
            store.stats()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.problem is None
    keys = [f"{number}-{n}".encode() for number in range(8) for n in range(50)]
    assert len(store.get(SENTENCE, keys)) == 400
    store.close()


def test_processes_write_to_a_new_file_at_once(path: Path) -> None:
    script = """
import sys
from pathlib import Path
from service.storage.sqlite_store import SQLiteStore
from service.storage.store import Level
print("ready", flush=True)
sys.stdin.read(1)
store = SQLiteStore(Path({path!r}), 100_000_000)
for n in range(150):
    keys = [b"%d-%d-%d" % ({number}, n, i) for i in range(5)]
    store.put(Level.SENTENCE, dict.fromkeys(keys, b"{number}" * 100))
    store.put(Level.RESULT, {{b"shared-%d" % n: b"{number}"}})
assert store.problem is None, store.problem
store.close()
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script.format(path=str(path), number=number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
        for number in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    outputs = [process.communicate(b"x", timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    store = SQLiteStore(path, PLENTY)
    for number in range(2):
        keys = [b"%d-%d-%d" % (number, n, i) for n in range(150) for i in range(5)]
        found = store.get(SENTENCE, keys)
        assert len(found) == 750
        assert set(found.values()) == {b"%d" % number * 100}
    stats = store.stats()
    assert stats is not None
    assert stats.entries == {SENTENCE: 1500, RESULT: 150}
    store.close()
    assert check(path) == "ok"


@pytest.mark.parametrize("limit", [PLENTY, 3_000_000])
def test_a_killed_process_loses_no_acknowledged_entry(path: Path, limit: int) -> None:
    process = start_script(f"""
from pathlib import Path
from service.storage.sqlite_store import SQLiteStore
from service.storage.store import Level
store = SQLiteStore(Path({str(path)!r}), {limit})
n = 0
while True:
    store.put(Level.SENTENCE, {{b"%d" % i: b"%d" % i * 50 for i in range(n, n + 50)}})
    n += 50
    print(n, flush=True)
""")
    assert process.stdout is not None
    written = 0
    while written < 15_000:
        written = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read().split()
    written = int(rest[-1]) if rest else written
    process.wait()
    process.stdout.close()
    store = SQLiteStore(path, limit)
    assert store.problem is None
    # With the lower limit the older entries are evicted.
    first = 0 if limit == PLENTY else written - 5000
    found = store.get(SENTENCE, [b"%d" % n for n in range(first, written)])
    assert found == {b"%d" % n: b"%d" % n * 50 for n in range(first, written)}
    store.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    tally = connection.execute("SELECT level, entries FROM tally WHERE entries").fetchall()
    counted = connection.execute("SELECT level, count(*) FROM entry GROUP BY level").fetchall()
    assert tally == counted
    connection.close()
