"""Faults of the cache file: a full disk, damage, versions and permissions."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_files import PLENTY, check, run_script, start_script

from service.storage.sqlite_store import SQLiteStore
from service.storage.store import Level

SENTENCE = Level.SENTENCE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c.sqlite3"


def test_on_a_full_disk_reading_goes_on_and_writing_resumes(path: Path) -> None:
    # A limit on file sizes acts as a full disk: writing fails in the middle.
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


def test_a_disk_that_is_full_from_the_start_fails_no_request(path: Path) -> None:
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
assert "goes on without it" in store.problem, store.problem
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
    """Overwrite all but the first page: the file opens, and reading fails."""
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
    # The second store found the new file of the first.
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


def test_processes_that_find_a_damaged_file_share_the_new_one(path: Path) -> None:
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
    problem = store.problem
    assert problem is not None
    assert "goes on without it" in problem
    assert "KABAR_DATA_DIR" in problem
    path.rmdir()
    store.put(SENTENCE, {b"a": b"x"})
    problem = store.problem
    assert problem is not None
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


def test_a_read_only_folder_fails_no_request() -> None:
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
