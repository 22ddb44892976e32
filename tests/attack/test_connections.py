"""Slow and silent connections, more of them than the service accepts."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from naughty import NaughtyEngine
from raw_http import HEAD, answer, connect, receive, seconds_of
from serving import Serving, serving, until

from service.http import protocol
from service.http.overload import max_connections, raise_descriptor_limit
from service.settings import load_settings

TRANSLATE = HEAD + b'Content-Length: 22\r\n\r\n{"text": "Air surut."}'


@pytest.fixture
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "READ_SECONDS", "REST_SECONDS"):
        monkeypatch.setattr(protocol, name, 2.0)


@pytest.fixture
def engine() -> NaughtyEngine:
    return NaughtyEngine()


@pytest.fixture
def service(engine: NaughtyEngine, tmp_path: Path) -> Iterator[Serving]:
    settings = load_settings(data_dir=tmp_path, max_connections=16)
    with serving(engine, settings) as service:
        yield service


def test_a_silent_connection_is_closed(short_times: None, service: Serving) -> None:
    with connect(service.port) as client:
        assert receive(client) == b""


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ", b"a"),
        (HEAD + b"Content-Length: 9000\r\n\r\n", b"a"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
    ids=["head", "body", "chunks"],
)
def test_a_request_byte_by_byte_is_refused(
    begin: bytes, piece: bytes, short_times: None, service: Serving
) -> None:
    began = time.monotonic()
    with connect(service.port) as client:
        client.sendall(begin)
        client.settimeout(0.2)
        received = b""
        while not received:
            assert time.monotonic() - began < 60
            client.sendall(piece)
            try:
                received = client.recv(65536)
            except TimeoutError:
                continue
        client.settimeout(60)
        status, problem = answer(received + receive(client))
    assert (status, problem["type"]) == (408, "slow-request")


def test_a_client_that_does_not_read_is_disconnected(short_times: None, service: Serving) -> None:
    """Answers of several megabytes would wait in memory for ever."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(60)
        client.connect(("127.0.0.1", service.port))
        until(lambda: len(service.connections) == 1)
        for _ in range(400):
            try:
                client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            except OSError:
                break
            time.sleep(0.01)  # one by one: more at once are refused
        until(lambda: not service.connections, 60)


def test_a_refused_body_is_not_read_to_its_end(short_times: None, service: Serving) -> None:
    with connect(service.port) as client:
        client.sendall(HEAD + b"Content-Length: 99000000000\r\n\r\n")
        began = time.monotonic()
        closed = False
        while not closed:
            assert time.monotonic() - began < 60
            try:
                client.sendall(b"a" * 65536)
            except OSError:
                closed = True


def test_silent_connections_shut_nobody_out(service: Serving) -> None:
    with ExitStack() as held:
        for _ in range(200):
            held.enter_context(connect(service.port))
        assert seconds_of(service.port, "/healthz") < 10
        with connect(service.port) as client:
            client.sendall(TRANSLATE.replace(b"Host", b"Connection: close\r\nHost"))
            assert answer(receive(client))[1]["text"] == "[Air] [surut.]"
        assert len(service.connections) <= 16 + 32


def test_slow_bodies_shut_nobody_out(service: Serving) -> None:
    with ExitStack() as held:
        for _ in range(60):
            slow = held.enter_context(connect(service.port))
            slow.sendall(HEAD + b"Content-Length: 9000\r\n\r\n{")
        assert seconds_of(service.port, "/healthz") < 10


def test_health_has_connections_of_its_own(engine: NaughtyEngine, service: Serving) -> None:
    """With a request of every connection at work, health checks are still answered."""
    engine.release.clear()
    with ExitStack() as held:
        for number in range(16):
            busy = held.enter_context(connect(service.port))
            busy.sendall(TRANSLATE.replace(b"surut.", b"%06d" % number))
        until(lambda: service.state.unanswered == 16, 60)
        for path in ("/healthz", "/readyz", "/metrics"):
            assert seconds_of(service.port, path) < 10
        with connect(service.port) as client:
            client.sendall(TRANSLATE)
            status, problem = answer(receive(client))
        assert (status, problem["type"]) == (503, "not-ready")
        engine.release.set()


def test_the_limit_of_descriptors_is_raised() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
        assert raise_descriptor_limit() == min(hard, 65_536)
        assert max_connections(1000) == min(1000, hard - 288)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
