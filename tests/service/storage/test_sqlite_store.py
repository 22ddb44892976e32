import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import REPOSITORY as ROOT

from service.storage import sqlite_store as sqlite
from service.storage.sqlite_store import SQLiteStore
from service.storage.store import Level, StoreStats, open_store

PLENTY = 100_000_000
SENTENCE, RESULT = Level.SENTENCE, Level.RESULT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c.sqlite3"


def run_script(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )


def start_script(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def check(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()


def test_what_was_put_is_got_also_after_opening_again(path: Path) -> None:
    store = open_store(path, None, PLENTY)
    assert isinstance(store, SQLiteStore)
    store.put(SENTENCE, {b"a": b"Presiden tiba.", b"empty": b""})
    assert store.get(SENTENCE, [b"a", b"b", b"empty"]) == {b"a": b"Presiden tiba.", b"empty": b""}
    store.close()
    store = SQLiteStore(path, PLENTY)
    assert store.get(SENTENCE, [b"a", b"b"]) == {b"a": b"Presiden tiba."}
    assert store.problem is None
    store.close()


def test_the_first_value_stands(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {b"a": b"first"})
    store.put(SENTENCE, {b"a": b"second", b"b": b"new"})
    assert store.get(SENTENCE, [b"a", b"b"]) == {b"a": b"first", b"b": b"new"}
    store.close()


def test_the_same_key_in_two_levels_is_two_entries(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {b"a": b"sentence"})
    assert store.get(RESULT, [b"a"]) == {}
    store.put(RESULT, {b"a": b"result"})
    assert store.get(SENTENCE, [b"a"]) == {b"a": b"sentence"}
    assert store.get(RESULT, [b"a"]) == {b"a": b"result"}
    store.close()


def test_more_keys_than_a_statement_takes(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)
    keys = [str(n).encode() for n in range(1203)]
    store.put(SENTENCE, dict.fromkeys(keys, b"x"))
    assert len(store.get(SENTENCE, keys)) == 1203
    store.close()


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(
            st.just("put"),
            st.sampled_from(Level),
            st.dictionaries(st.binary(max_size=2), st.binary(max_size=9000), max_size=4),
        ),
        st.tuples(
            st.just("get"), st.sampled_from(Level), st.lists(st.binary(max_size=2), max_size=4)
        ),
        st.tuples(st.just("open again"), st.just(SENTENCE), st.just([])),
    ),
    max_size=20,
)


@settings(max_examples=60, deadline=None)
@given(operations=OPERATIONS)
def test_get_gives_exactly_what_was_first_put(
    operations: list[tuple[str, Level, dict[bytes, bytes] | list[bytes]]],
) -> None:
    kept: dict[tuple[Level, bytes], bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.sqlite3"
        store = SQLiteStore(path, PLENTY)
        for name, level, argument in operations:
            if isinstance(argument, dict):
                store.put(level, argument)
                for key, value in argument.items():
                    kept.setdefault((level, key), value)
            elif name == "get":
                expected = {key: kept[level, key] for key in argument if (level, key) in kept}
                assert store.get(level, argument) == expected
            else:
                store.close()
                store = SQLiteStore(path, PLENTY)
        for level in Level:
            keys = [key for at, key in kept if at is level]
            assert store.get(level, keys) == {key: kept[level, key] for key in keys}
        stats = store.stats()
        assert stats is not None
        assert sum(stats.entries.values()) == len(kept)
        store.close()


def test_what_was_used_longest_ago_goes_first(path: Path) -> None:
    # An entry takes 5 pages of 4096 bytes, the empty file 5: the limit holds 10 entries,
    # nine tenths of it 9.
    store = SQLiteStore(path, 58 * 4096)
    for name in "abcdefghij":
        store.put(SENTENCE, {name.encode(): b"x" * 20_000})
    assert store.get(SENTENCE, [b"a"])
    assert store.get(SENTENCE, [b"c"])
    stats = store.stats()
    assert stats is not None
    assert stats.evictions == 0
    store.put(RESULT, {b"k": b"x" * 20_000})
    names = [name.encode() for name in "abcdefghij"]
    assert b"".join(sorted(store.get(SENTENCE, names))) == b"acefghij"
    assert store.get(RESULT, [b"k"]) != {}
    stats = store.stats()
    assert stats is not None
    assert stats.entries == {SENTENCE: 8, RESULT: 1}
    assert stats.evictions == 2
    store.close()


def test_the_order_of_use_outlives_the_process(path: Path) -> None:
    store = SQLiteStore(path, 58 * 4096)
    for name in "abcdefghij":
        store.put(SENTENCE, {name.encode(): b"x" * 20_000})
    store.get(SENTENCE, [b"a"])
    store.close()
    store = SQLiteStore(path, 58 * 4096)
    store.put(SENTENCE, {b"k": b"x" * 20_000})
    assert store.get(SENTENCE, [b"a", b"b"]).keys() == {b"a"}
    store.close()


def test_many_reads_alone_are_noted_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {b"a": b"x", b"b": b"y"})
    reader = sqlite3.connect(path)
    used = "SELECT used FROM entry ORDER BY key"
    (first,), (second,) = reader.execute(used).fetchall()
    assert first == second
    store.get(SENTENCE, [b"b"])
    assert reader.execute(used).fetchall() == [(first,), (first,)]
    monkeypatch.setattr(sqlite, "_TOUCHED_ENOUGH", 1)
    store.get(SENTENCE, [b"b"])
    (unread,), (read,) = reader.execute(used).fetchall()
    assert unread == first
    assert read > first
    reader.close()
    store.close()


def test_fifty_thousand_entries_stay_under_the_limit(path: Path) -> None:
    store = SQLiteStore(path, 2_000_000)
    for at in range(0, 50_000, 500):
        store.put(SENTENCE, {b"%032d" % n: b"x" * 200 for n in range(at, at + 500)})
        stats = store.stats()
        assert stats is not None
        assert stats.bytes <= 2_000_000
    assert 4_000 < stats.entries[SENTENCE] < 7_000
    assert stats.entries[SENTENCE] + stats.evictions == 50_000
    assert len(store.get(SENTENCE, [b"%032d" % n for n in range(49_500, 50_000)])) == 500
    assert store.get(SENTENCE, [b"%032d" % n for n in range(500)]) == {}
    store.close()
    assert path.stat().st_size <= 2_000_000
    assert check(path) == "ok"


def test_a_put_beyond_the_limit_keeps_a_part(path: Path) -> None:
    store = SQLiteStore(path, 200_000)
    store.put(SENTENCE, {str(n).encode(): b"x" * 500 for n in range(1000)})
    stats = store.stats()
    assert stats is not None
    assert stats.bytes <= 180_000
    assert 150 < stats.entries[SENTENCE] < 350
    assert stats.evictions == 1000 - stats.entries[SENTENCE]
    store.put(SENTENCE, {b"too large": b"x" * 100_001, b"fits": b"x" * 100})
    assert store.get(SENTENCE, [b"too large", b"fits"]).keys() == {b"fits"}
    store.close()


def test_a_lower_limit_makes_the_file_smaller(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {str(n).encode(): b"x" * 1000 for n in range(2000)})
    store.close()
    assert path.stat().st_size > 2_000_000
    store = SQLiteStore(path, 500_000)
    store.put(SENTENCE, {b"a": b"x"})
    assert store.get(SENTENCE, [b"a"]) == {b"a": b"x"}
    store.close()
    assert path.stat().st_size <= 500_000


def test_a_limit_that_holds_nothing_does_no_harm(path: Path) -> None:
    store = SQLiteStore(path, 1000)
    store.put(SENTENCE, {b"a": b"x" * 400})
    assert store.get(SENTENCE, [b"a"]) == {}
    assert store.problem is None
    store.close()


def test_stats_count_what_other_processes_put(path: Path) -> None:
    store, other = SQLiteStore(path, PLENTY), SQLiteStore(path, PLENTY)
    assert store.stats() == StoreStats({SENTENCE: 0, RESULT: 0}, 5 * 4096, 0)
    store.put(SENTENCE, {b"a": b"x", b"b": b"y"})
    other.put(SENTENCE, {b"b": b"z", b"c": b"z"})
    other.put(RESULT, {b"c": b"z"})
    stats = store.stats()
    assert stats is not None
    assert stats.entries == {SENTENCE: 3, RESULT: 1}
    store.close()
    other.close()


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
    # Busy is missed once: there is no problem, and the next put is kept.
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
            env={**os.environ, "PYTHONPATH": str(ROOT)},
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
def test_killed_in_the_middle_nothing_acknowledged_is_lost(path: Path, limit: int) -> None:
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
    # With the lower limit the older ones are evicted by then.
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


def test_on_a_full_disk_reading_goes_on_and_writing_comes_back(path: Path) -> None:
    # The limit on file sizes stands for the disk: writing fails in the middle of the work.
    done = run_script(f"""
import resource, signal, time
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from pathlib import Path
from service.storage import sqlite_store as sqlite
from service.storage.sqlite_store import SQLiteStore
from service.storage.store import Level
store = SQLiteStore(Path({str(path)!r}), 100_000_000)
store.put(Level.SENTENCE, {{b"before": b"x"}})
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
for n in range(200):
    store.put(Level.SENTENCE, {{b"%d" % n: b"x" * 5000}})
    assert store.get(Level.SENTENCE, [b"before"]) == {{b"before": b"x"}}, n
problem = store.problem
print(problem)
kept = store.get(Level.SENTENCE, [b"%d" % n for n in range(200)])
assert 10 < len(kept) < 100, len(kept)
assert store.stats().entries[Level.SENTENCE] == len(kept) + 1
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
store.put(Level.SENTENCE, {{b"at once": b"x"}})
assert store.get(Level.SENTENCE, [b"at once"]) == {{}}, "it is tried again only after a while"
assert store.problem == problem
forward = time.monotonic() + 31
time.monotonic = lambda: forward
store.put(Level.SENTENCE, {{b"later": b"x"}})
assert store.get(Level.SENTENCE, [b"later", *kept]) == {{b"later": b"x", **kept}}
assert store.problem is None
store.close()
print("done")
""")
    assert done.stdout.splitlines()[-1] == "done", done.stderr + done.stdout
    assert "takes nothing new" in done.stdout
    assert "free some space" in done.stdout
    said = done.stdout + done.stderr
    assert said.count("cache unusable") == 1
    assert said.count("cache usable again") == 1
    assert check(path) == "ok"


def test_a_disk_that_is_full_from_the_start_costs_nothing_but_time(path: Path) -> None:
    done = run_script(f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from pathlib import Path
from service.storage.sqlite_store import SQLiteStore
from service.storage.store import Level
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))
store = SQLiteStore(Path({str(path)!r}), 100_000_000)
for _ in range(2):
    store.put(Level.SENTENCE, {{b"a": b"x"}})
    assert store.get(Level.SENTENCE, [b"a"]) == {{}}
assert store.stats() is None
assert "going on without it" in store.problem, store.problem
store.close()
print("done")
""")
    assert done.stdout.splitlines()[-1] == "done", done.stderr + done.stdout


def test_a_file_of_the_first_version_is_migrated(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(
        "CREATE TABLE sentence (key BLOB PRIMARY KEY, hypothesis TEXT NOT NULL) WITHOUT ROWID"
    )
    connection.execute("BEGIN")
    rows = [(str(n).encode(), "x" * 1000) for n in range(1000)]
    connection.executemany("INSERT INTO sentence VALUES (?, ?)", rows)
    connection.execute("COMMIT")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert path.stat().st_size > 1_000_000
    store = SQLiteStore(path, PLENTY)
    assert store.problem is None
    store.put(SENTENCE, {b"1": b"new"})
    assert store.get(SENTENCE, [b"1", b"2"]) == {b"1": b"new"}
    store.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    assert sorted(tables) == [("entry",), ("tally",)]
    connection.close()


def test_a_file_of_a_newer_version_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {b"a": b"x"})
    assert store.get(SENTENCE, [b"a"]) == {}
    assert store.stats() is None
    assert store.problem is not None
    assert "newer Kabar" in store.problem
    store.close()
    assert path.read_bytes() == before


def no_database(path: Path) -> None:
    path.write_bytes(b"this is no database at all" * 400)


def of_another_shape(path: Path) -> None:
    SQLiteStore(path, PLENTY).close()
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE entry")
    connection.close()


def overwritten(path: Path) -> None:
    """All but the first page is garbage: it opens, and fails when it is read."""
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {str(n).encode(): b"x" * 1000 for n in range(200)})
    store.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def cut_off(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {str(n).encode(): b"x" * 1000 for n in range(200)})
    store.close()
    os.truncate(path, 5000)


DAMAGE = [no_database, of_another_shape, overwritten, cut_off]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("first", ["get", "put", "stats"])
def test_a_damaged_file_is_moved_aside_and_an_empty_one_used(
    damage: Callable[[Path], None], first: str, path: Path, logged: list[str]
) -> None:
    damage(path)
    before = path.read_bytes()
    store = SQLiteStore(path, PLENTY)
    match first:
        case "get":
            assert store.get(SENTENCE, [b"1"]) == {}
        case "put":
            store.put(SENTENCE, {b"1": b"x"})
        case "stats":
            store.stats()
    store.put(SENTENCE, {b"1": b"new"})
    store.put(SENTENCE, {b"2": b"new"})
    assert store.get(SENTENCE, [b"2", b"7"]) == {b"2": b"new"}
    assert store.problem is None
    assert logged.count("cache damaged") == 1
    store.close()
    assert path.with_name("c.sqlite3.damaged").read_bytes()[4096:] == before[4096:]
    assert check(path) == "ok"


def test_a_file_damaged_while_it_is_open(path: Path, logged: list[str]) -> None:
    store, other = SQLiteStore(path, PLENTY), SQLiteStore(path, PLENTY)
    keys = [str(n).encode() for n in range(5000)]
    store.put(SENTENCE, dict.fromkeys(keys, b"x" * 1000))
    for each in (store, other):
        each.get(SENTENCE, keys[:1])
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    for number, each in enumerate((store, other)):
        for key in keys:
            each.get(SENTENCE, [key])
        each.put(SENTENCE, {b"after": b"%d" % number})
        assert each.problem is None
    # The second found the new file of the first.
    assert logged.count("cache damaged") == 1
    assert store.get(SENTENCE, [b"after"]) == other.get(SENTENCE, [b"after"]) == {b"after": b"0"}
    store.close()
    other.close()
    store = SQLiteStore(path, PLENTY)
    assert store.get(SENTENCE, [b"after"]) == {b"after": b"0"}
    store.close()
    assert check(path) == "ok"


def test_a_file_damaged_twice_is_not_used(path: Path, logged: list[str]) -> None:
    no_database(path)
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {b"a": b"x"})
    with path.open("r+b") as file:
        file.write(b"\xa5" * path.stat().st_size)
    with Path(f"{path}-wal").open("r+b") as file:
        file.write(b"\xa5" * Path(f"{path}-wal").stat().st_size)
    for _ in range(3):
        assert store.get(SENTENCE, [b"a"]) == {}
        store.put(SENTENCE, {b"b": b"x"})
    assert store.stats() is None
    assert store.problem is not None
    assert "damaged twice" in store.problem
    assert logged == ["cache damaged", "cache unusable"]
    store.close()


def test_processes_that_find_a_damaged_file_at_once_share_the_new_one(path: Path) -> None:
    no_database(path)
    script = f"""
from pathlib import Path
from service.storage.sqlite_store import SQLiteStore
from service.storage.store import Level
import os, sys
store = SQLiteStore(Path({str(path)!r}), 100_000_000)
store.put(Level.SENTENCE, {{b"%d" % os.getpid(): b"x"}})
print(os.getpid(), store.problem)
store.close()
"""
    processes = [start_script(script) for _ in range(4)]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    for process, output in zip(processes, outputs, strict=True):
        assert output.splitlines()[-1] == f"{process.pid} None"
    assert sum(output.count("cache damaged") for output in outputs) == 1
    store = SQLiteStore(path, PLENTY)
    assert len(store.get(SENTENCE, [b"%d" % process.pid for process in processes])) == 4
    store.close()


def test_a_path_that_is_a_folder_is_tried_again_later(
    path: Path, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path.mkdir()
    store = SQLiteStore(path, PLENTY)
    for _ in range(3):
        store.put(SENTENCE, {b"a": b"x"})
        assert store.get(SENTENCE, [b"a"]) == {}
    assert store.problem is not None
    assert "going on without it" in store.problem
    assert "KABAR_DATA_DIR" in store.problem
    path.rmdir()
    store.put(SENTENCE, {b"a": b"x"})
    assert store.problem is not None
    later = time.monotonic() + 31
    monkeypatch.setattr(time, "monotonic", lambda: later)
    store.put(SENTENCE, {b"a": b"x"})
    assert store.get(SENTENCE, [b"a"]) == {b"a": b"x"}
    assert store.problem is None
    assert logged == ["cache unusable", "cache usable again"]
    store.close()


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    store = SQLiteStore(tmp_path / "file" / "c.sqlite3", PLENTY)
    store.put(SENTENCE, {b"a": b"x"})
    assert store.get(SENTENCE, [b"a"]) == {}
    assert store.problem is not None
    store.close()


READ_ONLY = """
import os
from pathlib import Path
import filelock, structlog
from service.storage.sqlite_store import SQLiteStore
from service.storage.store import Level
if os.geteuid() == 0:
    os.setuid(65534)  # nothing is read-only for root
store = SQLiteStore(Path({path!r}), 100_000_000)
print(store.get(Level.SENTENCE, [b"a", b"b"]))
store.put(Level.SENTENCE, {{b"b": b"y"}})
print(store.get(Level.SENTENCE, [b"a", b"b"]))
print(store.problem)
store.close()
"""


def test_a_read_only_folder_costs_nothing_but_time() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o555)
        done = run_script(READ_ONLY.format(path=f"{name}/c.sqlite3"))
        assert "Traceback" not in done.stderr
        assert [line for line in done.stdout.splitlines() if line == "{}"] == ["{}", "{}"]
        assert "cannot be used" in done.stdout.splitlines()[-1]
        assert list(Path(name).iterdir()) == []


def test_a_read_only_file_is_still_read() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "c.sqlite3"
        store = SQLiteStore(path, PLENTY)
        store.put(SENTENCE, {b"a": b"x"})
        store.close()
        Path(f"{path}.lock").unlink(missing_ok=True)
        path.chmod(0o444)
        Path(name).chmod(0o777)
        done = run_script(READ_ONLY.format(path=str(path)))
        assert done.stdout.splitlines().count("{b'a': b'x'}") == 2, done.stdout + done.stderr
        assert "takes nothing new" in done.stdout.splitlines()[-1]


def test_a_closed_store_is_silent(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {b"a": b"x"})
    store.close()
    store.close()
    store.put(SENTENCE, {b"b": b"x"})
    assert store.get(SENTENCE, [b"a"]) == {}
    assert store.stats() is None
    assert not Path(f"{path}-wal").exists()
