"""Middleware: an id and a log line for each request, a limit on its body."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import metrics
from service.errors import TooLarge
from service.http.problems import problem_of

log = structlog.get_logger()


class RequestLog:
    """Middleware that logs each request, with its `X-Request-ID` or a new id."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        header = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = header if re.fullmatch(r"[\w.-]{1,64}", header) else uuid.uuid4().hex
        scope["kabar.request_id"] = request_id
        began = time.perf_counter()
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
                message = {**message, "headers": headers}
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            finally:
                seconds = time.perf_counter() - began
                # The template, because paths with ids would make too many series.
                route = getattr(scope.get("route"), "path", "none")
                metrics.REQUESTS.labels(scope["method"], route, str(status)).inc()
                metrics.REQUEST_SECONDS.labels(route).observe(seconds)
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    seconds=round(seconds, 4),
                )


class BodyLimit:
    """Middleware that reads the body, and refuses one over `limit` bytes.

    `limits` has other limits by path. If the request announces the length, the body is not read.
    FastAPI's own limit would answer in plain text, not as problem details. The pieces are joined
    here: a thousand pieces of one byte take fifty times the memory of their bytes.
    """

    def __init__(self, app: ASGIApp, limit: int, limits: Mapping[str, int]) -> None:
        self._app = app
        self._limit, self._limits = limit, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limits.get(scope["path"], self._limit)
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > limit:
            await _refuse(limit, scope, receive, send)
            return
        read = False

        async def receive_whole() -> Message:
            nonlocal read
            if read:
                return await receive()  # the disconnect of the client
            read = True
            return await _joined(receive, limit)

        await self._app(scope, receive_whole, send)


async def _joined(receive: Receive, limit: int) -> Message:
    """Return all pieces of a body as one message. Raises `TooLarge`."""
    pieces = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return message
        pieces += message.get("body", b"")
        if len(pieces) > limit:
            raise TooLarge(_detail(limit))
        if not message.get("more_body", False):
            return {"type": "http.request", "body": bytes(pieces), "more_body": False}


async def _refuse(limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    await problem_of(Request(scope), TooLarge(_detail(limit)))(scope, receive, send)


def _detail(limit: int) -> str:
    return (
        f"the body is over the limit of {limit} bytes: send it in parts, translate articles with "
        f"`kabar translate FILE`, which has no limit, or raise KABAR_MAX_CHARACTERS"
    )
