"""The cache in Redis: values, statistics and URLs."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis_server import RedisServer

from service.errors import InvalidSettings
from service.storage.opening import open_store
from service.storage.redis_store import RedisStore
from service.storage.store import Level

SENTENCE, RESULT = Level.SENTENCE, Level.RESULT


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


def test_get_returns_the_values_of_put(server: RedisServer) -> None:
    store = open_store(server.folder / "unused", server.url, 1)
    assert isinstance(store, RedisStore)
    store.put(SENTENCE, {b"a": b"Presiden tiba.", b"\x00\xff": b"\x00\xff\r\n", b"": b""})
    assert store.get(SENTENCE, [b"a", b"\x00\xff", b"", b"b"]) == {
        b"a": b"Presiden tiba.",
        b"\x00\xff": b"\x00\xff\r\n",
        b"": b"",
    }
    assert store.problem is None
    store.close()
    with server.client() as connection:
        assert connection.get("kabar:sentence:61") == b"Presiden tiba."
        assert connection.dbsize() == 3
    assert not (server.folder / "unused").exists()


def test_the_first_value_stays_and_levels_are_separate(server: RedisServer) -> None:
    store, other = RedisStore(server.url), RedisStore(server.url)
    store.put(SENTENCE, {b"a": b"first"})
    other.put(SENTENCE, {b"a": b"second", b"b": b"new"})
    other.put(RESULT, {b"a": b"result"})
    assert store.get(SENTENCE, [b"a", b"b"]) == {b"a": b"first", b"b": b"new"}
    assert store.get(RESULT, [b"a", b"b"]) == {b"a": b"result"}
    store.close()
    other.close()


def test_clear_deletes_the_entries_of_kabar_only(server: RedisServer) -> None:
    store = RedisStore(server.url)
    store.put(SENTENCE, {b"%d" % n: b"x" for n in range(2500)})
    store.put(RESULT, {b"a": b"x"})
    with server.client() as connection:
        connection.set("other", b"mine")
        assert store.clear() == 2501
        assert connection.keys() == [b"other"]
    store.close()
    assert store.clear() is None


def test_many_keys_at_once(server: RedisServer) -> None:
    store = RedisStore(server.url)
    entries = {b"%d" % n: b"value %d" % n for n in range(2500)}
    store.put(SENTENCE, entries)
    assert store.get(SENTENCE, list(entries)) == entries
    assert store.get(SENTENCE, []) == {}
    store.close()


def test_threads_share_a_store(server: RedisServer) -> None:
    store = RedisStore(server.url)
    found: list[bool] = []

    def work(number: int) -> None:
        for n in range(50):
            store.put(SENTENCE, {b"%d-%d" % (number, n): b"%d" % n})
            kept = store.get(SENTENCE, [b"%d-%d" % (number, n)])
            found.append(kept == {b"%d-%d" % (number, n): b"%d" % n})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 400
    store.close()


def test_stats_have_the_bytes_that_redis_uses(server: RedisServer) -> None:
    store = RedisStore(server.url)
    before = store.stats()
    store.put(SENTENCE, {b"a": b"x" * 1_000_000})
    after = store.stats()
    assert before is not None
    assert after is not None
    assert after.bytes - before.bytes > 900_000
    assert after.entries == {}
    assert after.evictions == 0
    store.close()
    assert store.stats() is None


def test_a_user_without_the_right_to_stats_still_has_a_cache(server: RedisServer) -> None:
    with server.client() as connection:
        connection.execute_command(
            "ACL", "SETUSER", "kabar", "on", ">secret", "~kabar:*", "+mget", "+set", "+ping"
        )
    store = RedisStore(f"unix://kabar:secret@{server.socket}")
    store.put(SENTENCE, {b"a": b"x"})
    assert store.stats() is None
    assert store.get(SENTENCE, [b"a"]) == {b"a": b"x"}
    assert store.problem is None
    store.close()


@pytest.mark.parametrize(
    "url",
    [
        "memcached://localhost",
        "localhost:6379",
        "",
        "http://:hunter2@localhost",
        "redis://:hunter2@localhost:port",
        "redis://:hunter2@[localhost",
        "redis://localhost?no_such_option=1",
        "redis://localhost?socket_timeout=soon",
        "redis://:hunter/2@localhost:6379",
    ],
)
def test_an_invalid_url_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings) as raised:
        open_store(tmp_path / "c.sqlite3", url, 1)
    assert "KABAR_CACHE_URL" in raised.value.detail
    assert "redis://" in raised.value.detail
    assert "hunter" not in raised.value.detail
