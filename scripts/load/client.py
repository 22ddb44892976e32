"""An HTTP/1.1 client with little overhead.

Connections persist, and requests are encoded in advance.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

POST = "/v1/translations"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, its latency, and when it came, by the monotonic clock."""

    status: int
    seconds: float
    at: float
    body: bytes


class Connection:
    """A connection with one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, request: bytes) -> Answer:
        """Send a request and read the answer; reconnect if necessary."""
        began = time.perf_counter()
        # The service closes idle connections after some seconds.
        closed = self._reader is not None and self._reader.at_eof()
        if self._writer is None or self._writer.is_closing() or closed:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length, closing = 0, False
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif name.lower() == b"connection" and value.strip().lower() == b"close":
                closing = True
        body = await self._reader.readexactly(length)
        answer = Answer(int(head[9:12]), time.perf_counter() - began, time.monotonic(), body)
        if closing:
            self.close()
        return answer

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def request(body: Any, path: str = POST, method: str = "POST") -> bytes:
    """Encode a request with a JSON body."""
    content = json.dumps(body).encode() if body is not None else b""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def send_all(port: int, requests: Sequence[bytes]) -> list[Answer]:
    """Send one client's requests, one after the other."""
    return asyncio.run(_client(port, requests))


def run_clients(port: int, lists: Sequence[Sequence[bytes]]) -> list[list[Answer]]:
    """Run a client for each list of requests, all at once."""

    async def run() -> list[list[Answer]]:
        return await asyncio.gather(*(_client(port, requests) for requests in lists))

    return asyncio.run(run())


async def _client(port: int, requests: Sequence[bytes]) -> list[Answer]:
    connection = Connection(port)
    answers = [await connection.send(one) for one in requests]
    connection.close()
    return answers


async def send_at_rate(
    port: int, requests: Sequence[bytes], rate: float, max_connections: int = 2000
) -> list[Answer | Exception]:
    """Send `rate` requests per second, each on its own connection.

    A request does not wait for the earlier ones, up to `max_connections`.
    """
    connections = asyncio.Semaphore(max_connections)

    async def one(number: int, content: bytes) -> Answer | Exception:
        await asyncio.sleep(number / rate)
        async with connections:
            connection = Connection(port)
            try:
                return await connection.send(content)
            except (OSError, asyncio.IncompleteReadError) as error:
                return error
            finally:
                connection.close()

    return await asyncio.gather(*(one(n, content) for n, content in enumerate(requests)))
