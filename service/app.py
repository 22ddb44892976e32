"""The HTTP application: routes, lifespan, and one shape for every error.

The model is loaded in the background while the process already answers `/healthz` and
`/readyz`; requests that come before it is there get 503.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from importlib.metadata import version

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.errors import KabarError
from service.app_state import AppState
from service.desk import Desk, open_desk
from service.errors import InvalidRequest, NotJson, NotReady, TooLarge, status_of
from service.logs import configure_logs
from service.routes import articles, health
from service.schemas import Problem
from service.settings import Settings, load_settings

log = structlog.get_logger()

# A request's body may be this many bytes for each character its text may have: JSON writes
# some characters as six bytes (\u2026), and there is room for the fields around them.
_BYTES_A_CHARACTER = 8

_NOT_JSON = (
    "the body could not be read as JSON: send an object such as "
    '{"text": "..."} with the header Content-Type: application/json'
)

_DESCRIPTION = """\
Indonesian news into English that a desk can print, and into bullets with receipts.

Errors are `application/problem+json`: `type` is a stable name, `detail` says what to do.
"""


def create_app(
    settings: Settings | None = None,
    desk: Desk | None = None,
    when_ready: Callable[[], None] = lambda: None,
    when_failed: Callable[[KabarError], None] = lambda error: None,
) -> FastAPI:
    """The application; `desk` spares the loading where one is at hand already.

    `when_ready` and `when_failed` are told how the loading ended.
    """
    settings = settings or load_settings()
    configure_logs(settings.log_format, settings.log_level)
    state = AppState(settings)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loading = asyncio.create_task(_load(state, desk, when_ready, when_failed))
        if settings.workers > 1:
            # Of several processes on one address only those that can serve should accept.
            await loading
        yield
        await loading
        if state.loaded is not None and desk is None:
            state.loaded.close()

    app = FastAPI(
        title="Kabar",
        version=version("kabar"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        responses={
            code: {"model": Problem, "content": {"application/problem+json": {}}}
            for code in (400, 413, 422, 500, 503)
        },
    )
    app.state.kabar = state
    app.include_router(articles.router)
    app.include_router(health.router)
    app.add_exception_handler(KabarError, _kabar_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected_error)
    app.add_middleware(BodyLimit, limit=settings.max_characters * _BYTES_A_CHARACTER)
    app.add_middleware(RequestLog)
    return app


async def _load(
    state: AppState,
    desk: Desk | None,
    when_ready: Callable[[], None],
    when_failed: Callable[[KabarError], None],
) -> None:
    def step(detail: str) -> None:
        state.detail = detail
        log.info("model", step=detail)

    began = time.perf_counter()
    try:
        state.loaded = desk or await asyncio.to_thread(open_desk, state.settings, step)
    except KabarError as error:
        state.detail = f"the model could not be loaded: {error.detail}"
        log.error("model could not be loaded", error=error.slug, detail=error.detail)
        when_failed(error)
        return
    state.detail = "the model is loaded and warm"
    log.info("ready", seconds=round(time.perf_counter() - began, 2))
    when_ready()


def _problem(
    request: Request,
    slug: str,
    title: str,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    problem = Problem(
        type=slug, title=title, status=status, detail=detail, request_id=_request_id(request)
    )
    if status == NotReady.status:
        headers = {**(headers or {}), "Retry-After": "5"}
    return JSONResponse(
        problem.model_dump(),
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


async def _kabar_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, KabarError)
    status = status_of(error)
    if status >= 500:
        log.error("request failed", error=error.slug, detail=error.detail)
    return _problem(request, error.slug, error.title, status, error.detail)


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    mistakes = error.errors()
    kind: type[InvalidRequest] = InvalidRequest
    if any(mistake["type"] == "json_invalid" for mistake in mistakes):
        kind = NotJson
        detail = _NOT_JSON
    else:
        detail = "; ".join(_mistake(mistake) for mistake in mistakes)
    return _problem(request, kind.slug, kind.title, kind.status, detail)


def _mistake(mistake: dict[str, object]) -> str:
    """One of pydantic's findings, as a phrase that says what to do."""
    location = mistake["loc"]
    assert isinstance(location, tuple)
    place = ".".join(str(part) for part in location[1:]) or "the body"
    if mistake["type"] == "extra_forbidden":
        return f"the field `{place}` is not known here: leave it out (/docs lists the fields)"
    if mistake["type"] == "value_error":
        return str(mistake["msg"]).removeprefix("Value error, ")
    return f"{place}: {str(mistake['msg'])[:1].lower()}{str(mistake['msg'])[1:]}"


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    details = {
        400: _NOT_JSON,
        404: f"there is no {request.url.path} here: /docs lists what there is",
        405: f"{request.url.path} does not take {request.method}: /docs lists what it takes",
    }
    slugs = {404: "not-found", 405: "method-not-allowed", 400: NotJson.slug}
    status = error.status_code
    return _problem(
        request,
        slugs.get(status, "http-error"),
        str(error.detail),
        status,
        details.get(status, str(error.detail)),
        error.headers,
    )


async def _unexpected_error(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected error", exc_info=error, request_id=_request_id(request))
    detail = "this is a fault in Kabar: please report it with the request_id and the log around it"
    response = _problem(request, "internal-error", "Something went wrong inside", 500, detail)
    # This answer is made outside the middleware that names the request.
    response.headers["X-Request-ID"] = _request_id(request)
    return response


def _request_id(request: Request) -> str:
    return str(request.scope.get("kabar.request_id", ""))


class RequestLog:
    """Gives every request an id (its own `X-Request-ID`, or a new one) and a line in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if re.fullmatch(r"[\w.-]{1,64}", given) else uuid.uuid4().hex
        scope["kabar.request_id"] = request_id
        began = time.perf_counter()
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
                message = {**message, "headers": headers}
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, sending)
            finally:
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    seconds=round(time.perf_counter() - began, 4),
                )


class BodyLimit:
    """Refuses a body over `limit` bytes, before it is read where its length is announced.

    FastAPI's own limit answers in plain text, not in the shape of all our errors.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._limit:
            await self._refuse(scope, receive, send)
            return
        read = 0
        refused = False

        async def receiving() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise TooLarge(self._detail)
            return message

        async def sending(message: Message) -> None:
            # Whatever the application makes of the error above, this is the answer to it.
            nonlocal refused
            if read <= self._limit:
                await send(message)
            elif not refused:
                refused = True
                await self._refuse(scope, receive, send)

        await self._app(scope, receiving, sending)

    @property
    def _detail(self) -> str:
        return (
            f"the body is over the limit of {self._limit} bytes: send the article in parts, "
            f"translate it with `kabar translate FILE`, which has no limit, or raise "
            f"KABAR_MAX_CHARACTERS"
        )

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = _problem(
            Request(scope), TooLarge.slug, TooLarge.title, TooLarge.status, self._detail
        )
        await response(scope, receive, send)
