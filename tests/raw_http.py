"""A client that sends bytes, not requests."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterable
from typing import Any

HEAD = b"POST /v1/translations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def send_until_closed(port: int, pieces: Iterable[bytes]) -> tuple[int, bytes]:
    """Send pieces until the server answers or closes.

    Returns the number of bytes sent, and the answer.
    """
    sent = 0
    with connect(port) as client:
        try:
            for piece in pieces:
                client.sendall(piece)
                sent += len(piece)
                client.setblocking(False)
                try:
                    if client.recv(1, socket.MSG_PEEK) is not None:
                        break
                except BlockingIOError:
                    pass
                finally:
                    client.settimeout(60)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return sent, receive(client)


def receive(client: socket.socket) -> bytes:
    """Return all that the server sends until it closes the connection."""
    received = b""
    try:
        while part := client.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    return received


def answer(received: bytes) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON body of an answer."""
    head, _, body = received.partition(b"\r\n\r\n")
    match = re.match(rb"HTTP/1\.1 (\d{3}) ", head)
    assert match is not None, received[:200]
    parsed: dict[str, Any] = json.loads(body)
    return int(match[1]), parsed


def endless(piece: bytes, most: int) -> Iterable[bytes]:
    """Yield a piece again and again, `most` bytes altogether."""
    for _ in range(most // len(piece)):
        yield piece


def seconds_of(port: int, path: str) -> float:
    """Return the seconds that a GET takes, which must succeed."""
    began = time.perf_counter()
    with connect(port) as client:
        client.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
        )
        received = receive(client)
    assert received.startswith(b"HTTP/1.1 200 "), received[:300]
    return time.perf_counter() - began
