"""The HTTP application: routes, lifespan and error handlers.

The model loads in the background while the process answers `/healthz` and `/readyz`. Until it is
loaded, other requests get 503.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from models.errors import EngineFailed, KabarError
from service import metrics
from service.errors import Gone, InvalidRequest, NotJson, status_of
from service.http import deepl, libretranslate
from service.http.auth import Authentication
from service.http.dispatcher import Dispatcher
from service.http.middleware import BodyLimit, RequestLog
from service.http.openapi import describe
from service.http.problems import problem, problem_of, request_id
from service.http.routes import articles, corrections, feed, feeds, health, jobs, readings, usage
from service.http.schemas.status import Problem
from service.http.shutdown import draining_on_signals
from service.http.state import AppState
from service.http.surfaces import FindSurface
from service.jobs.runner import JobRunner
from service.jobs.worker import ArticleWorker
from service.runtime import Runtime

log = structlog.get_logger()

_NOT_JSON = (
    "the body is not valid JSON: send an object such as "
    '{"text": "..."} with the header Content-Type: application/json'
)

_DESCRIPTION = """\
Kabar translates Indonesian news into English and summarizes it in bullets with their sources.

Errors are `application/problem+json`: `type` is a stable name, `detail` says what to do.
"""


def create_app(
    runtime: Runtime,
    when_ready: Callable[[], None] = lambda: None,
    when_failed: Callable[[KabarError], None] = lambda error: None,
) -> FastAPI:
    """Return the application of a runtime, and load its model if necessary.

    `when_ready` or `when_failed` is called after loading. The application closes a runtime that it
    has loaded.
    """
    state = AppState(runtime)
    app = FastAPI(
        title="Kabar",
        version=version("kabar"),
        description=_DESCRIPTION,
        lifespan=lambda app: _lifespan(state, when_ready, when_failed),
        responses={
            code: {"model": Problem, "content": {"application/problem+json": {}}}
            for code in (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)
        },
    )
    app.state.kabar = state
    # Before the articles, where `feed` would match the id of a summary.
    app.include_router(feed.router)
    app.include_router(articles.router)
    app.include_router(readings.router)
    app.include_router(feeds.router)
    app.include_router(jobs.router)
    app.include_router(corrections.router)
    app.include_router(usage.router)
    app.include_router(health.router)
    app.include_router(deepl.router)
    app.include_router(libretranslate.router)
    describe(app)
    app.add_exception_handler(KabarError, _kabar_error)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected_error)
    app.add_middleware(
        BodyLimit, limits={"/v1/jobs": jobs.MAX_BYTES}, limit=runtime.settings.max_bytes
    )
    app.add_middleware(Authentication, state=state)
    app.add_middleware(RequestLog)
    if runtime.settings.cors:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[origin.strip() for origin in runtime.settings.cors.split(",")],
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
            expose_headers=["Retry-After", "X-Request-ID", "Location", "ETag"],
        )
    app.add_middleware(FindSurface, surfaces=[deepl.SURFACE, libretranslate.SURFACE])
    return app


@contextlib.asynccontextmanager
async def _lifespan(
    state: AppState,
    when_ready: Callable[[], None],
    when_failed: Callable[[KabarError], None],
) -> AsyncIterator[None]:
    """Load the model, serve, drain, and close what was loaded."""
    runtime = state.runtime
    loads = not runtime.is_loaded
    loading = asyncio.create_task(_load(state, when_ready, when_failed))
    if runtime.settings.workers > 1:
        # A worker must not accept connections before it can serve.
        await loading
        if not runtime.is_loaded:
            raise RuntimeError(state.detail)
    with draining_on_signals(state):
        yield
    await loading
    await asyncio.to_thread(state.close)
    if loads:
        await asyncio.to_thread(runtime.close)


async def _load(
    state: AppState,
    when_ready: Callable[[], None],
    when_failed: Callable[[KabarError], None],
) -> None:
    def step(detail: str) -> None:
        state.detail = detail
        log.info("model", step=detail)

    began, runtime = time.perf_counter(), state.runtime
    try:
        if not runtime.is_loaded:
            await asyncio.to_thread(runtime.load, step)
    except KabarError as error:
        state.detail = f"the model could not be loaded: {error.detail}"
        log.error("model could not be loaded", error=error.slug, detail=error.detail)
        when_failed(error)
        return
    except Exception as error:  # a library may raise anything
        state.detail = f"the model could not be loaded ({type(error).__name__}): see the log"
        log.error("model could not be loaded", exc_info=error)
        when_failed(EngineFailed(f"the model could not be loaded: {error}"))
        return
    seconds = time.perf_counter() - began
    metrics.MODEL_LOAD_SECONDS.set(seconds)
    state.dispatcher = Dispatcher(runtime)
    state.runner = JobRunner(
        runtime.jobs, ArticleWorker(runtime.results), allow_private=state.settings.webhook_private
    )
    state.runner.start()
    state.detail = "the model is loaded and warm"
    log.info("ready", seconds=round(seconds, 2))
    when_ready()


async def _kabar_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, KabarError)
    if status_of(error) == 500:
        log.error("request failed", error=error.slug, detail=error.detail)
    return problem_of(request, error)


async def _gone(request: Request, error: Exception) -> Response:
    """Answer a caller who disconnected in the middle of the body, for the log."""
    return problem_of(request, Gone("the caller has disconnected"))


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    mistakes = error.errors()
    kind: type[InvalidRequest] = InvalidRequest
    not_json = [mistake for mistake in mistakes if mistake["type"] == "json_invalid"]
    if not_json:
        kind = NotJson
        lines = "articles" in not_json[0]["loc"]
        detail = f"{not_json[0]['ctx']['error']} is not valid JSON" if lines else _NOT_JSON
    else:
        detail = "; ".join(_mistake(mistake) for mistake in mistakes)
    return problem(request, kind.slug, kind.title, kind.status, detail)


def _mistake(mistake: dict[str, object]) -> str:
    """Return the message for one of pydantic's errors."""
    location = mistake["loc"]
    assert isinstance(location, tuple)
    place = ".".join(str(part) for part in location[1:]) or "the body"
    if mistake["type"] == "extra_forbidden":
        return f"the field `{place}` is unknown: leave it out (/docs lists the fields)"
    if mistake["type"] == "value_error":
        return str(mistake["msg"]).removeprefix("Value error, ")
    return f"{place}: {str(mistake['msg'])[:1].lower()}{str(mistake['msg'])[1:]}"


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {
        400: _NOT_JSON,
        404: f"there is no path {request.url.path}: /docs lists the paths",
        405: f"{request.url.path} does not accept {request.method}: /docs lists its methods",
    }
    slugs = {404: "not-found", 405: "method-not-allowed", 400: NotJson.slug}
    status = error.status_code
    return problem(
        request,
        slugs.get(status, "http-error"),
        str(error.detail),
        status,
        details.get(status, str(error.detail)),
        error.headers,
    )


async def _unexpected_error(request: Request, error: Exception) -> Response:
    # Without the message, which may contain text of an article.
    log.error(
        "unexpected error",
        error=type(error).__name__,
        where="".join(traceback.format_tb(error.__traceback__)),
        request_id=request_id(request),
    )
    detail = "this is a bug in Kabar: please report it with the request_id and the log around it"
    response = problem(request, "internal-error", "Internal error", 500, detail)
    # The middleware that sets the header does not see this response.
    response.headers["X-Request-ID"] = request_id(request)
    return response
