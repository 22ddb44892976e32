"""A client that takes little itself: HTTP/1.1 over kept connections, requests made beforehand."""

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
    """What came back, and when, by the monotonic clock."""

    status: int
    seconds: float
    at: float
    body: bytes


class Connection:
    """One connection; one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> Answer:
        """Send a whole request, and read the whole answer."""
        began = time.perf_counter()
        # The service ends a connection on which nothing came for some seconds.
        gone = self._reader is not None and self._reader.at_eof()
        if self._writer is None or self._writer.is_closing() or gone:
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
    """The bytes of a request with a JSON body."""
    content = json.dumps(body).encode() if body is not None else b""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def clients(port: int, lists: Sequence[Sequence[bytes]]) -> list[list[Answer]]:
    """As many clients as lists, at once; each sends its requests one after the other."""

    async def client(requests: Sequence[bytes]) -> list[Answer]:
        connection = Connection(port)
        answers = [await connection.ask(one) for one in requests]
        connection.close()
        return answers

    return await asyncio.gather(*(client(requests) for requests in lists))


async def steadily(
    port: int, requests: Sequence[bytes], a_second: float, most: int = 2000
) -> list[Answer | Exception]:
    """Requests at a fixed rate, whatever becomes of those before; a connection each."""
    gate = asyncio.Semaphore(most)

    async def one(number: int, content: bytes) -> Answer | Exception:
        await asyncio.sleep(number / a_second)
        async with gate:
            connection = Connection(port)
            try:
                return await connection.ask(content)
            except (OSError, asyncio.IncompleteReadError) as error:
                return error
            finally:
                connection.close()

    return await asyncio.gather(*(one(n, content) for n, content in enumerate(requests)))
