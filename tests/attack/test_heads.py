"""Heads and trailers without end, sent before any key is looked at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from naughty import NaughtyEngine
from raw_http import HEAD, answer, connect, endless, receive, send_until_closed
from serving import Serving, serving

from service.settings import load_settings

MEGABYTE = 1024 * 1024
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BODY = b'{"text": "Air surut."}'
CHUNK = b"16\r\n" + BODY + b"\r\n"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Serving]:
    with serving(NaughtyEngine(), load_settings(data_dir=tmp_path)) as service:
        service.state.runtime.keys.create("desk")
        yield service


@pytest.mark.parametrize(
    ("begin", "piece", "status", "slug"),
    [
        (HEAD, b"X-Header: " + b"a" * 1000 + b"\r\n", 431, "large-head"),
        (HEAD, b"X-Header: a\r\n", 431, "large-head"),
        (HEAD + b"X-Header: ", b"a" * 4096, 431, "large-head"),
        (HEAD, b"a" * 4096, 431, "large-head"),
        (b"GET /", b"a" * 4096, 414, "long-target"),
        (b"", b"\r\n" * 2048, 414, "long-target"),
    ],
    ids=["long", "many", "one-value", "one-name", "url", "blank-lines"],
)
def test_a_head_without_end(
    begin: bytes, piece: bytes, status: int, slug: str, service: Serving
) -> None:
    sent, received = send_until_closed(service.port, [begin, *endless(piece, 32 * MEGABYTE)])
    got, problem = answer(received)
    assert (got, problem["type"]) == (status, slug)
    assert sent < 8 * MEGABYTE  # the rest fits into the buffers of the two sockets


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (CHUNK + b"0\r\n", b"X-Trailer: " + b"a" * 1000 + b"\r\n"),
        (CHUNK + b"0\r\n", b"X-Trailer: a\r\n"),
        (CHUNK + b"0\r\nX-Trailer: ", b"a" * 4096),
        (CHUNK + b"1;extension=", b"a" * 4096),
    ],
    ids=["long", "many", "one-value", "chunk-extension"],
)
def test_trailers_without_end(begin: bytes, piece: bytes, tmp_path: Path) -> None:
    """A request that waits for its body gets 431, also where no key is needed."""
    with serving(NaughtyEngine(), load_settings(data_dir=tmp_path)) as service:
        pieces = [CHUNKED, begin, *endless(piece, 32 * MEGABYTE)]
        sent, received = send_until_closed(service.port, pieces)
        assert answer(received)[0] == 431
        assert sent < 8 * MEGABYTE


def test_trailers_do_not_replace_headers(service: Serving) -> None:
    _, token = service.state.runtime.keys.create("trailer")
    head = CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    trailer = f"Authorization: Bearer {token}\r\n".encode()
    with connect(service.port) as client:
        client.sendall(head + CHUNK + b"0\r\n" + trailer + b"\r\n")
        assert answer(receive(client))[0] == 401
        # and a request with some is answered as usual
    with connect(service.port) as client:
        head = head.replace(b"\r\n\r\n", b"\r\n" + trailer + b"\r\n")
        client.sendall(head + CHUNK + b"0\r\nX-Checksum: 1\r\n\r\n")
        assert answer(receive(client))[0] == 200


def test_a_hundred_headers_are_accepted(service: Serving) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    for extra, status in ((98, b"200"), (99, b"431")):
        with connect(service.port) as client:
            client.sendall(request + b"X-Header: a\r\n" * extra + b"\r\n")
            assert receive(client).split(b" ")[1] == status


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 1\r\n\r\n"),
    ],
    ids=["no-host", "two-hosts", "tls", "two-lengths"],
)
def test_a_request_that_is_not_http(request_: bytes, service: Serving) -> None:
    with connect(service.port) as client:
        client.sendall(request_)
        status, problem = answer(receive(client))
    assert (status, problem["type"]) == (400, "bad-http")


def test_many_requests_at_once_are_refused(service: Serving) -> None:
    """Thousands of pipelined requests would wait in memory."""
    request = b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with connect(service.port) as client:
        client.sendall(request * 5000)
        assert receive(client).count(b"HTTP/1.1 401") <= 8
