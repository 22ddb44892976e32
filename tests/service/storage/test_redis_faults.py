"""Faults of Redis: it stops, hangs, fills up, or is another server."""

import signal
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis_server import RedisServer
from serving import until

from service.storage import redis_store as redis
from service.storage.redis_store import RedisStore
from service.storage.store import Level

SENTENCE, RESULT = Level.SENTENCE, Level.RESULT


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry a Redis with a fault after 0.2 s, not 5."""
    monkeypatch.setattr(redis, "_RETRY_SECONDS", 0.2)


@pytest.mark.usefixtures("_soon")
def test_a_redis_that_stops_in_use_is_used_again_later(
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
    until(lambda: bool(store.get(SENTENCE, [b"0-10"])), seconds=10)
    server.stop()
    until(lambda: store.problem is not None, seconds=10)
    assert store.problem is not None
    assert "goes on without it" in store.problem
    assert "KABAR_CACHE_URL" in store.problem
    assert logged == ["cache unusable"]
    server.start()
    until(lambda: store.problem is None, seconds=10)
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
    server.process.send_signal(signal.SIGSTOP)  # it accepts connections, and never answers
    began = time.perf_counter()
    assert store.get(SENTENCE, [b"a"]) == {}
    assert 0.5 < time.perf_counter() - began < 2
    began = time.perf_counter()
    for _ in range(1000):
        assert store.get(SENTENCE, [b"a"]) == {}
        store.put(SENTENCE, {b"b": b"x"})
        assert store.stats() is None
    assert time.perf_counter() - began < 5  # not 500
    server.process.send_signal(signal.SIGCONT)
    assert store.get(SENTENCE, [b"a"]) == {}
    later = time.monotonic() + 5.1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert store.get(SENTENCE, [b"a"]) == {b"a": b"x"}
    assert store.problem is None
    assert logged == ["cache unusable", "cache usable again"]
    store.close()


def test_the_breaker_allows_one_attempt_and_ignores_late_outcomes(
    monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    breaker = redis._Breaker("it cannot be used", "do something")
    early, late = breaker.attempt(), breaker.attempt()
    assert early is not None
    assert late is not None
    breaker.failed(early, OSError("gone"))
    problem = breaker.problem
    assert problem == "it cannot be used (gone); do something"
    assert breaker.attempt() is None
    breaker.succeeded(late)
    problem = breaker.problem
    assert problem is not None
    rested = time.monotonic() + 5.1
    monkeypatch.setattr(time, "monotonic", lambda: rested)
    trying = breaker.attempt()
    assert trying is not None
    assert breaker.attempt() is None
    breaker.succeeded(trying)
    breaker.failed(late, OSError("gone"))
    assert breaker.problem is None
    assert breaker.attempt() is not None
    assert logged == ["cache unusable", "cache usable again"]


@pytest.mark.usefixtures("_soon")
def test_a_redis_that_starts_later(tmp_path: Path, logged: list[str]) -> None:
    server = RedisServer(tmp_path)
    store = RedisStore(server.url)
    problem = store.problem
    assert problem is not None
    assert str(server.socket) in problem
    store.put(SENTENCE, {b"a": b"x"})
    assert store.get(SENTENCE, [b"a"]) == {}
    assert store.stats() is None
    server.start()
    until(lambda: store.stats() is not None, seconds=10)
    store.put(SENTENCE, {b"a": b"x"})
    assert store.get(SENTENCE, [b"a"]) == {b"a": b"x"}
    assert store.problem is None
    assert logged == ["cache unusable", "cache usable again"]
    store.close()
    server.stop()


@pytest.mark.usefixtures("_soon")
def test_a_full_redis_is_still_read_and_written_again_later(
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
        problem = store.problem
        assert problem is not None
        assert "used memory > 'maxmemory'" in problem
        assert "maxmemory" in problem
        assert "rahasia" not in problem
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


def test_a_wrong_password_is_reported_without_the_password(
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
def test_another_server_in_place_of_redis_fails_no_request(
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


def test_a_port_without_a_listener() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        store = RedisStore(f"redis://kabar:hunter2@127.0.0.1:{port}/0")
        assert store.get(SENTENCE, [b"a"]) == {}
        assert store.problem is not None
        assert f"127.0.0.1:{port} cannot be used" in store.problem
        assert "hunter2" not in store.problem
        store.close()
