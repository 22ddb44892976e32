"""Faults of the file of keys: damage, permissions, locks and a full disk."""

import contextlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import structlog
from key_files import TUESDAY, Clock, garbage, names, refused, start

from service.errors import (
    CannotWrite,
    NotReady,
    ServiceError,
    Unauthorized,
)
from service.storage.key_records import Count
from service.storage.keys import Keys


@pytest.fixture(autouse=True)
def _printed_logs() -> Iterator[None]:
    """Print all logs, also where an earlier test asked for fewer."""
    before = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.sqlite3"


@pytest.fixture
def keys(path: Path) -> Iterator[Keys]:
    keys = Keys(path, Clock())
    yield keys
    keys.close()


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
def test_a_damaged_file_refuses_every_key(damage: Callable[[Path], None], path: Path) -> None:
    keys = Keys(path)
    key, token = keys.create("a")
    keys.close()
    damage(path)
    for used in (keys, Keys(path)):
        calls: list[Callable[[], object]] = [
            partial(used.check, token),
            used.all,
            partial(used.usage, key),
        ]
        for call in calls:
            with pytest.raises(NotReady) as caught:
                call()
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
def test_an_invalid_row_refuses_its_key(change: str, keys: Keys, path: Path) -> None:
    _, token = keys.create("a")
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE key SET {change}")
    connection.close()
    with pytest.raises(NotReady):
        keys.check(token)


def test_a_deleted_file_does_not_open_a_running_service(keys: Keys, path: Path) -> None:
    key, token = keys.create("a")
    assert keys.check(token) == key
    for name in names(path.parent):
        (path.parent / name).unlink()
    assert keys.any() is True
    with pytest.raises(NotReady, match="No such file or directory"):
        keys.check(token)
    keys.charge(key, 1)  # passes
    assert names(path.parent) == []


def test_an_intact_copy_is_used_at_once(keys: Keys, path: Path) -> None:
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


def test_a_replaced_file_is_noticed_while_the_first_is_open(
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
def as_another_user() -> Iterator[None]:
    """Run as another user, because file permissions do not bind root."""
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
    """A folder that every user may read and write, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_a_read_only_file_accepts_keys_and_does_not_count(
    open_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = open_folder / "keys.sqlite3"
    Keys(path).create("a", requests_per_minute=1)
    path.chmod(0o444)
    with as_another_user():
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


def test_an_unreadable_file_refuses_every_key(open_folder: Path) -> None:
    path = open_folder / "keys.sqlite3"
    _, token = Keys(path).create("a")
    path.chmod(0)
    with as_another_user():
        keys = Keys(path)
        with pytest.raises(NotReady, match="unable to open database file"):
            keys.any()
        with pytest.raises(NotReady, match="give Kabar permission to do both"):
            keys.check(token)
    open_folder.chmod(0)
    with as_another_user(), pytest.raises(NotReady, match="Permission denied"):
        keys.any()
    open_folder.chmod(0o777)


@pytest.mark.alone
def test_while_the_file_is_locked_requests_pass_uncounted_after_one_wait(
    path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("service.storage.key_file._PAUSE", 0.5)
    keys = Keys(path, Clock())
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
    # After it worked, a new fault is logged again.
    other.execute("BEGIN IMMEDIATE")
    keys.charge(key, 1)
    other.close()
    assert "".join(capfd.readouterr()).count("usage not counted") == 1
    keys.close()


def test_on_a_full_disk_requests_pass_and_the_fault_is_logged_once(path: Path) -> None:
    # A limit on file sizes acts as a full disk.
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
