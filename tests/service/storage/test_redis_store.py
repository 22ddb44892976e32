import signal
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis_server import RedisServer

from service.errors import InvalidSettings
from service.storage import redis_store as redis
from service.storage.redis_store import RedisStore
from service.storage.store import Level, open_store

SENTENCE, RESULT = Level.SENTENCE, Level.RESULT


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis with a fault is tried again after 0.2 s, not 5."""
    monkeypatch.setattr(redis, "_REST_SECONDS", 0.2)


def test_what_was_put_is_got(server: RedisServer) -> None:
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


def test_the_first_value_stands_and_levels_are_apart(server: RedisServer) -> None:
    store, other = RedisStore(server.url), RedisStore(server.url)
    store.put(SENTENCE, {b"a": b"first"})
    other.put(SENTENCE, {b"a": b"second", b"b": b"new"})
    other.put(RESULT, {b"a": b"result"})
    assert store.get(SENTENCE, [b"a", b"b"]) == {b"a": b"first", b"b": b"new"}
    assert store.get(RESULT, [b"a", b"b"]) == {b"a": b"result"}
    store.close()
    other.close()


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


def test_stats_tell_the_bytes_that_redis_uses(server: RedisServer) -> None:
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


def test_who_may_not_ask_for_stats_still_has_a_cache(server: RedisServer) -> None:
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


@pytest.mark.usefixtures("_soon")
def test_a_redis_that_is_stopped_in_use_comes_back_by_itself(
    server: RedisServer, logged: list[str]
) -> None:
    store = RedisStore(server.url)
    stop = threading.Event()
    faults: list[Exception] = []

    def use(number: int) -> None:
        n = 0
        while not stop.is_set():
            n += 1
            key = b"%d-%d" % (number, n)
            try:
                store.put(SENTENCE, {key: b"x"})
                assert store.get(SENTENCE, [key]) in ({}, {key: b"x"})
                store.stats()
            except Exception as error:
                faults.append(error)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: bool(store.get(SENTENCE, [b"0-10"])))
    server.stop()
    wait_until(lambda: store.problem is not None)
    assert store.problem is not None
    assert "going on without it" in store.problem
    assert "KABAR_CACHE_URL" in store.problem
    assert logged == ["cache unusable"]
    server.start()
    wait_until(lambda: store.problem is None)
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert logged == ["cache unusable", "cache usable again"]
    store.put(SENTENCE, {b"after": b"x"})
    assert store.get(SENTENCE, [b"after"]) == {b"after": b"x"}
    store.close()


def test_a_restart_between_two_requests_is_not_noticed(
    server: RedisServer, logged: list[str]
) -> None:
    store = RedisStore(server.url)
    store.put(SENTENCE, {b"a": b"x"})
    server.stop()
    server.start()
    store.put(SENTENCE, {b"b": b"x"})
    assert store.get(SENTENCE, [b"a", b"b"]) == {b"b": b"x"}
    assert logged == []
    store.close()


@pytest.mark.alone
def test_a_redis_that_hangs_costs_one_request_its_timeout(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    store = RedisStore(server.url)
    store.put(SENTENCE, {b"a": b"x"})
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)  # it accepts, and never answers
    began = time.perf_counter()
    assert store.get(SENTENCE, [b"a"]) == {}
    assert 0.5 < time.perf_counter() - began < 2
    began = time.perf_counter()
    for _ in range(1000):
        assert store.get(SENTENCE, [b"a"]) == {}
        store.put(SENTENCE, {b"b": b"x"})
        assert store.stats() is None
    assert time.perf_counter() - began < 0.5
    server.process.send_signal(signal.SIGCONT)
    assert store.get(SENTENCE, [b"a"]) == {}
    later = time.monotonic() + 5.1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert store.get(SENTENCE, [b"a"]) == {b"a": b"x"}
    assert store.problem is None
    assert logged == ["cache unusable", "cache usable again"]
    store.close()


def test_after_a_rest_only_one_tries_and_who_comes_late_says_nothing(
    monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    breaker = redis._Breaker("it cannot be used", "do something")
    early, late = breaker.turn(), breaker.turn()
    assert early is not None
    assert late is not None
    breaker.failed(early, OSError("gone"))
    assert breaker.problem == "it cannot be used (gone); do something"
    assert breaker.turn() is None
    breaker.worked(late)
    assert breaker.problem is not None
    rested = time.monotonic() + 5.1
    monkeypatch.setattr(time, "monotonic", lambda: rested)
    trying = breaker.turn()
    assert trying is not None
    assert breaker.turn() is None
    breaker.worked(trying)
    breaker.failed(late, OSError("gone"))
    assert breaker.problem is None
    assert breaker.turn() is not None
    assert logged == ["cache unusable", "cache usable again"]


@pytest.mark.usefixtures("_soon")
def test_a_redis_that_is_not_there_yet(tmp_path: Path, logged: list[str]) -> None:
    server = RedisServer(tmp_path)
    store = RedisStore(server.url)
    assert store.problem is not None
    assert str(server.socket) in store.problem
    store.put(SENTENCE, {b"a": b"x"})
    assert store.get(SENTENCE, [b"a"]) == {}
    assert store.stats() is None
    server.start()
    wait_until(lambda: store.stats() is not None)
    store.put(SENTENCE, {b"a": b"x"})
    assert store.get(SENTENCE, [b"a"]) == {b"a": b"x"}
    assert store.problem is None
    assert logged == ["cache unusable", "cache usable again"]
    store.close()
    server.stop()


@pytest.mark.usefixtures("_soon")
def test_a_full_redis_is_still_read_and_takes_more_when_there_is_room(
    server: RedisServer, logged: list[str]
) -> None:
    store = RedisStore(server.url)
    store.put(SENTENCE, {b"a": b"x"})
    with server.client() as connection:
        connection.config_set("maxmemory-policy", "noeviction")
        connection.config_set("maxmemory", "1mb")
        secret = b"Naskah rahasia. " * 100
        for n in range(3):
            store.put(SENTENCE, {b"%d-%d" % (n, i): secret for i in range(1000)})
            assert store.get(SENTENCE, [b"a"]) == {b"a": b"x"}
            time.sleep(0.21)
        assert store.problem is not None
        assert "used memory > 'maxmemory'" in store.problem
        assert "maxmemory" in store.problem
        assert "rahasia" not in store.problem
        assert logged == ["cache unusable"]
        connection.config_set("maxmemory", "100mb")
    time.sleep(0.21)
    store.put(SENTENCE, {b"b": b"y"})
    assert store.get(SENTENCE, [b"a", b"b"]) == {b"a": b"x", b"b": b"y"}
    assert store.problem is None
    assert logged == ["cache unusable", "cache usable again"]
    store.close()


def test_a_replica_is_read(server: RedisServer, logged: list[str]) -> None:
    store = RedisStore(server.url)
    store.put(SENTENCE, {b"a": b"x"})
    with server.client() as connection:
        connection.replicaof("127.0.0.1", "1")
    for _ in range(2):
        store.put(SENTENCE, {b"b": b"x"})
        assert store.get(SENTENCE, [b"a", b"b"]) == {b"a": b"x"}
    assert store.problem is not None
    assert "replica" in store.problem
    assert logged == ["cache unusable"]
    store.close()


def test_a_wrong_password_is_said_at_once_and_not_repeated(
    tmp_path: Path, logged: list[str]
) -> None:
    server = RedisServer(tmp_path)
    server.start("--requirepass", "secret")
    for url in (f"unix://:hunter2@{server.socket}", server.url):
        store = RedisStore(url)
        store.put(SENTENCE, {b"a": b"x"})
        assert store.get(SENTENCE, [b"a"]) == {}
        assert store.problem is not None
        assert "password" in store.problem
        assert "hunter2" not in store.problem
        store.close()
    assert logged == ["cache unusable", "cache unusable"]
    store = RedisStore(f"unix://:secret@{server.socket}")
    store.put(SENTENCE, {b"a": b"x"})
    assert store.get(SENTENCE, [b"a"]) == {b"a": b"x"}
    store.close()
    server.stop()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"220 mail ready\r\n",
        b"\xff\xfe\x00\x01\r\n",
        b"$-7\r\n*x\r\n",
        b"+OK\r\n" * 20,
        b"*1\r\n:1\r\n" * 20,
        b"$5\r\nab",
        b"",
    ],
)
def test_what_is_no_redis_costs_nothing_but_time(
    answer: bytes, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1000)
            self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as other:
        serving = threading.Thread(target=other.serve_forever, args=(0.01,))
        serving.start()
        store = RedisStore(f"redis://127.0.0.1:{other.server_address[1]}/0")
        later = time.monotonic()
        for _ in range(4):
            later += 5.1
            monkeypatch.setattr(time, "monotonic", lambda now=later: now)
            assert store.get(SENTENCE, [b"a", b"b"]) == {}
            store.put(SENTENCE, {b"a": b"x"})
            store.stats()
        monkeypatch.undo()
        assert store.problem is not None
        assert logged[0] == "cache unusable"
        store.close()
        other.shutdown()
        serving.join()


def test_over_tcp_and_a_port_on_which_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        store = RedisStore(f"redis://kabar:hunter2@127.0.0.1:{port}/0")
        assert store.get(SENTENCE, [b"a"]) == {}
        assert store.problem is not None
        assert f"127.0.0.1:{port} cannot be used" in store.problem
        assert "hunter2" not in store.problem
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
def test_a_url_that_is_none_of_redis_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings) as raised:
        open_store(tmp_path / "c.sqlite3", url, 1)
    assert "KABAR_CACHE_URL" in raised.value.detail
    assert "redis://" in raised.value.detail
    assert "hunter" not in raised.value.detail


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come about in time")
