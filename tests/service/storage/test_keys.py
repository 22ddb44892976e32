"""Making, listing, revoking and checking keys."""

import hashlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from key_files import Clock, names

from service.errors import (
    Conflict,
    InvalidRequest,
    NotFound,
    Unauthorized,
)
from service.scheduling.request import Lane
from service.storage.key_records import Key
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


def test_every_key_has_its_own_token(keys: Keys) -> None:
    (first, first_token), (second, second_token) = keys.create("a"), keys.create("b")
    assert first.id != second.id
    assert first_token[-43:] != second_token[-43:]
    assert keys.check(first_token) == first
    assert keys.check(second_token) == second
    assert [key.name for key in keys.all()] == ["a", "b"]
    assert first.lane is Lane.NORMAL
    assert (first.characters_per_day, first.requests_per_minute) == (None, None)


def test_the_files_do_not_contain_the_secret(keys: Keys, tmp_path: Path) -> None:
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
    with pytest.raises(InvalidRequest, match="use 1 to 64 of the letters A-Z and a-z, digits and"):
        keys.create(name)
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["a", "Desk_1.news-letter", "x" * 64])
def test_names_that_are_accepted(name: str, keys: Keys) -> None:
    assert keys.create(name)[0].name == name


@pytest.mark.parametrize("limits", [(0, None), (None, 0), (-1, None), (None, 10**12 + 1)])
def test_limits_that_are_refused(limits: tuple[int | None, int | None], keys: Keys) -> None:
    with pytest.raises(
        InvalidRequest, match="is not a valid limit: use 1 to 1000000000000, or leave it out"
    ):
        keys.create("a", Lane.NORMAL, *limits)


def test_a_name_is_free_again_once_its_key_is_revoked(keys: Keys) -> None:
    first, _ = keys.create("a")
    with pytest.raises(Conflict, match=r"a key named a already exists.*kabar keys revoke a"):
        keys.create("a")
    assert keys.all() == [first]
    keys.revoke("a")
    second, token = keys.create("a")
    assert keys.check(token) == second
    assert [(key.id, key.revoked is None) for key in keys.all()] == [
        (first.id, False),
        (second.id, True),
    ]


def test_a_revoked_key_gets_a_reason_and_the_service_stays_closed(keys: Keys, path: Path) -> None:
    key, token = keys.create("a")
    revoked = keys.revoke("a")
    assert revoked == replace(key, revoked=datetime(2025, 2, 18, 22, 10, tzinfo=UTC))
    with pytest.raises(Unauthorized, match="the key a was revoked on 2025-02-18 at 22:10 UTC"):
        keys.check(token)
    # A wrong secret gets no such reason.
    with pytest.raises(Unauthorized, match="not known here"):
        keys.check(f"kabar_{key.id}_{'x' * 43}")
    fresh = Keys(path)
    assert fresh.any() is True
    fresh.close()


def test_revoking_an_unknown_key_lists_the_keys(keys: Keys) -> None:
    for name in ("c", "b", "a"):
        keys.create(name)
    keys.revoke("c")
    for name in ("c", "d"):
        with pytest.raises(NotFound, match=f"no key named {name} to revoke: the keys are a, b$"):
            keys.revoke(name)


@pytest.mark.alone
def test_other_processes_see_new_and_revoked_keys_at_once(keys: Keys, path: Path) -> None:
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


@pytest.mark.parametrize(
    ("token", "detail"),
    [
        ("", "the request has no key: "),
        ("secret", "does not have the form kabar_ID_SECRET: "),
        ("Bearer kabar_abcd1234_" + "x" * 43, "does not have the form kabar_ID_SECRET"),
        ("kabar_abcd1234_" + "x" * 42, "does not have the form kabar_ID_SECRET"),
        ("kabar_abcd1234_" + "x" * 43 + "\n", "does not have the form kabar_ID_SECRET"),
        ("kabar_ABCD1234_" + "x" * 43, "does not have the form kabar_ID_SECRET"),
        ("kabar_abcd1234_" + "é" * 43, "does not have the form kabar_ID_SECRET"),
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


def test_the_secret_of_an_unknown_id_is_compared_too(
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
