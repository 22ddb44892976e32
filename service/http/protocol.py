"""The HTTP/1.1 protocol of a connection, with limits on what one client can take.

uvicorn and its parser have no limit on request heads and trailers, none on the time that a client
takes, and one on connections that shuts out health checks too. All of them apply here, before any
key is looked at. `kabar serve` always uses this class, so that no other parser is ever chosen.
"""

from __future__ import annotations

import asyncio
import enum
import time
import uuid
from typing import cast

import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from service import metrics
from service.http.overload import RESERVED_CONNECTIONS, HealthOnly
from service.http.schemas.status import Problem
from service.http.security_headers import HEADERS

log = structlog.get_logger()

# Of a request line with all headers and trailers. Also the most bytes without progress: endless
# chunk extensions, or one header that never ends.
MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
# Requests that a client may send before the first is answered.
MAX_PIPELINED = 8

# Seconds for a head. A body has as long, and a second more for each of these bytes.
HEAD_SECONDS = 10.0
BODY_SECONDS = 20.0
BODY_BYTES_PER_SECOND = 16 * 1024
# Seconds in which a client must read something of its answer.
READ_SECONDS = 30.0
# Seconds after a refusal in which a client may still send, so that it can read the answer: a reset
# would delete the answer on its way. The application refuses some bodies, which may be long.
LINGER_SECONDS = 2.0
REST_SECONDS = 10.0

_WATCH_SECONDS = 1.0


class _Phase(enum.Enum):
    """The part of a request for which a connection waits."""

    IDLE = enum.auto()
    HEAD = enum.auto()
    BODY = enum.auto()
    ANSWER = enum.auto()


class Refused(Exception):
    """A request that the protocol refuses before the application sees it."""

    def __init__(self, status: int, slug: str, title: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = Problem(
            type=slug, title=title, status=status, detail=detail, request_id=uuid.uuid4().hex
        )


def _large_head() -> Refused:
    return Refused(
        431,
        "large-head",
        "The headers are too large",
        f"the request has over {MAX_HEADERS} headers, or over {MAX_HEAD_BYTES} bytes of them: "
        f"send fewer, and the article in the body",
    )


def _long_target() -> Refused:
    return Refused(
        414,
        "long-target",
        "The URL is too long",
        f"the URL is longer than {MAX_HEAD_BYTES} bytes: send the article in the body",
    )


def _bad_http(reason: str) -> Refused:
    return Refused(400, "bad-http", "The request is not valid HTTP", reason)


def _slow(what: str) -> Refused:
    return Refused(
        408,
        "slow-request",
        "The request took too long",
        f"{what}: send the request again, over a faster connection",
    )


class LimitedProtocol(HttpToolsProtocol):
    """One connection.

    `limit_concurrency` of the configuration is the number of connections.
    """

    def __init__(
        self,
        config: Config,
        server_state: object,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)  # type: ignore[arg-type]
        self._max_connections = self.limit_concurrency
        self.limit_concurrency = None  # uvicorn's own answer has no exception for health checks
        self._phase = _Phase.IDLE
        self._since = time.monotonic()
        self._head_bytes = self._headers = 0
        self._body_bytes = 0
        self._progress = False
        self._without_progress = 0
        self._refusal: Refused | None = None
        self._closing = False
        self._unsent = 0
        self._unsent_since = self._since
        self._watch: asyncio.TimerHandle | None = None

    # Connections.

    @property
    def expendable(self) -> tuple[bool, float] | None:
        """The order in which connections are closed for new ones; None for none.

        A connection that waits for a request goes before one that sends a body, the oldest first.
        """
        if self._closing or self.transport.is_closing():
            return None
        if self._phase in (_Phase.IDLE, _Phase.HEAD):
            answered = self.cycle is None or self.cycle.response_complete
            return (False, self._since) if answered else None
        return (True, self._since) if self._phase is _Phase.BODY else None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch = self.loop.call_later(_WATCH_SECONDS, self._look)
        limit = self._max_connections
        if limit is None or len(self.connections) <= limit:
            return
        if not self._make_room():
            self.app = HealthOnly(self.app)
            if len(self.connections) > limit + RESERVED_CONNECTIONS:
                self._abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        super().connection_lost(exc)

    def _make_room(self) -> bool:
        """Close the most expendable other connection, if there is one."""
        others = [
            (order, id(other), other)
            for other in cast("set[LimitedProtocol]", self.connections)
            if other is not self and (order := other.expendable) is not None
        ]
        if not others:
            return False
        min(others)[2]._abort()
        return True

    def _abort(self) -> None:
        self._closing = True
        metrics.REFUSED.labels("connections").inc()
        self.transport.abort()

    # The data of a client.

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        if self._phase is _Phase.IDLE:
            self._enter(_Phase.HEAD)
        self._progress = False
        super().data_received(data)
        if self._closing or self.transport.is_closing():
            return
        self._without_progress = 0 if self._progress else self._without_progress + len(data)
        if self._without_progress > MAX_HEAD_BYTES:
            self._refuse(_large_head() if self._head_bytes or self._headers else _long_target())

    def _enter(self, phase: _Phase) -> None:
        self._phase = phase
        self._since = time.monotonic()
        self._progress = True

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MAX_PIPELINED:
            self._fail(_bad_http("the connection has too many requests at once: send one by one"))
        # `_since` stays: it is the time of the first byte.
        if self._phase is not _Phase.HEAD:
            self._enter(_Phase.HEAD)
        self._head_bytes = self._headers = self._body_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MAX_HEAD_BYTES:
            self._fail(_long_target())

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers += 1
        # With the colon, the blank and the line break.
        self._head_bytes += len(name) + len(value) + 4
        if self._headers > MAX_HEADERS or self._head_bytes + len(self.url) > MAX_HEAD_BYTES:
            self._fail(_large_head())
        # Trailers are dropped: appended to the headers, they would replace some of them.
        if self._phase is _Phase.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.parser.get_http_version() == "1.1":
            hosts = sum(name == b"host" for name, _ in self.headers)
            if hosts != 1:
                self._fail(_bad_http(f"the request has {hosts} headers `Host`: send one"))
        self._enter(_Phase.BODY)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._progress = True
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        # The time of the answer is limited by the application.
        answered = self.cycle is None or self.cycle.response_complete
        self._enter(_Phase.IDLE if answered else _Phase.ANSWER)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self.cycle.response_complete:  # the last request's
            if self._phase is _Phase.ANSWER:
                self._enter(_Phase.IDLE)
            elif self._phase is _Phase.BODY:
                # Refused before its end: the rest is read for a short time, and thrown away.
                self._since = time.monotonic()
        super().on_response_complete()

    # Refusals.

    def _fail(self, refusal: Refused) -> None:
        """Stop the parser, whose error makes uvicorn call `send_400_response`."""
        self._refusal = refusal
        raise refusal

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal or _bad_http("the request cannot be read: send HTTP/1.1"))

    def _refuse(self, refusal: Refused) -> None:
        """Answer, if no other answer is on its way, and close the connection."""
        if self._closing:
            return
        self._closing = True
        problem = refusal.problem
        log.info("request refused", status=problem.status, error=problem.type)
        metrics.REFUSED.labels(problem.type).inc()
        cycle = self.cycle
        free = cycle is None or cycle.response_complete
        unanswered = self._phase is _Phase.BODY and not free and not cycle.response_started
        if cycle is not None and not cycle.response_complete:
            # The application stops to wait for the body.
            cycle.disconnected = True
            cycle.message_event.set()
        if self.pipeline or not (free or unanswered):
            self.transport.abort()
            return
        body = problem.model_dump_json(exclude_none=True).encode()
        head = [
            STATUS_LINE[problem.status],
            b"content-type: application/problem+json\r\n",
            b"content-length: %d\r\n" % len(body),
            b"x-request-id: %s\r\n" % problem.request_id.encode(),
            *(f"{name.lower()}: {value}\r\n".encode() for name, value in HEADERS.items()),
            b"connection: close\r\n\r\n",
        ]
        self.transport.write(b"".join((*head, body)))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    # Time.

    def _look(self) -> None:
        """Close the connection if its client is too slow; called every second."""
        self._watch = self.loop.call_later(_WATCH_SECONDS, self._look)
        now = time.monotonic()
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent < self._unsent:
            self._unsent_since = now
        self._unsent = unsent
        if now - self._unsent_since > READ_SECONDS:
            self._abort()
        elif not self._closing and not self.transport.is_closing():
            self._look_at_request(now - self._since)

    def _look_at_request(self, seconds: float) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete
        if self.flow.read_paused:
            # The client has to wait for the application.
            self._since += _WATCH_SECONDS
        elif self._phase is _Phase.IDLE:
            if seconds > HEAD_SECONDS:
                self._closing = True
                self.transport.close()
        elif self._phase is _Phase.HEAD:
            if seconds > HEAD_SECONDS:
                self._refuse(_slow(f"its head did not come within {HEAD_SECONDS:g} s"))
        elif self._phase is _Phase.BODY:
            if not answering:
                if seconds > REST_SECONDS:
                    self._abort()
            elif seconds > BODY_SECONDS + self._body_bytes / BODY_BYTES_PER_SECOND:
                self._refuse(
                    _slow(
                        f"the body came slower than {BODY_SECONDS:g} s and "
                        f"{BODY_BYTES_PER_SECOND} bytes a second"
                    )
                )
