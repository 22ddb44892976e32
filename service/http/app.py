"""The HTTP application: routes, lifespan, and one shape for every error.

The model is loaded in the background while the process already answers `/healthz` and
`/readyz`; requests that come before it is there get 503.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from models.errors import EngineFailed, KabarError
from service import metrics
from service.errors import Gone, InvalidRequest, NotJson, status_of
from service.http.auth import Authentication
from service.http.dispatcher import Dispatcher
from service.http.middleware import BodyLimit, RequestLog
from service.http.problems import problem, problem_of, request_id
from service.http.routes import articles, corrections, feed, health, jobs, usage
from service.http.schemas.status import Problem
from service.http.shutdown import draining_on_signals
from service.http.state import AppState
from service.jobs.runner import JobRunner
from service.jobs.work import JobWork
from service.runtime import Runtime

log = structlog.get_logger()

_NOT_JSON = (
    "the body could not be read as JSON: send an object such as "
    '{"text": "..."} with the header Content-Type: application/json'
)

_DESCRIPTION = """\
Indonesian news into English that a desk can print, and into bullets with receipts.

Errors are `application/problem+json`: `type` is a stable name, `detail` says what to do.
"""


def create_app(
    runtime: Runtime,
    when_ready: Callable[[], None] = lambda: None,
    when_failed: Callable[[KabarError], None] = lambda error: None,
) -> FastAPI:
    """Return the application around a runtime, whose model it loads where it is not loaded yet.

    `when_ready` and `when_failed` are called when the loading ends. A runtime that the application
    loads is closed with it.
    """
    settings = runtime.settings
    state = AppState(runtime)
    loads = not runtime.is_loaded

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        loading = asyncio.create_task(_load(state, when_ready, when_failed))
        if settings.workers > 1:
            # Of several processes on one address only those that can serve should accept.
            await loading
            if not runtime.is_loaded:
                raise RuntimeError(state.detail)
        with draining_on_signals(state):
            yield
        await loading
        await asyncio.to_thread(state.close)
        if loads:
            await asyncio.to_thread(runtime.close)

    app = FastAPI(
        title="Kabar",
        version=version("kabar"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        responses={
            code: {"model": Problem, "content": {"application/problem+json": {}}}
            for code in (400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503)
        },
    )
    app.state.kabar = state
    # Before the articles', where `feed` would be taken for the id of a summary.
    app.include_router(feed.router)
    app.include_router(articles.router)
    app.include_router(jobs.router)
    app.include_router(corrections.router)
    app.include_router(usage.router)
    app.include_router(health.router)
    app.add_exception_handler(KabarError, _kabar_error)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected_error)
    app.add_middleware(BodyLimit, limits={"/v1/jobs": jobs.MAX_BYTES}, limit=settings.max_bytes)
    app.add_middleware(Authentication, state=state)
    app.add_middleware(RequestLog)
    return app


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
    state.dispatching = Dispatcher(runtime)
    state.runner = JobRunner(
        runtime.jobs, JobWork(runtime.results), allow_private=state.settings.webhook_private
    )
    state.runner.start()
    state.detail = "the model is loaded and warm"
    log.info("ready", seconds=round(seconds, 2))
    when_ready()


async def _kabar_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, KabarError)
    if status_of(error) == 500:
        log.error("request failed", error=error.slug, detail=error.detail)
    return problem_of(request, error)


async def _gone(request: Request, error: Exception) -> JSONResponse:
    """The caller went while the body was read; nobody reads this."""
    return problem_of(request, Gone("the caller has gone"))


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    mistakes = error.errors()
    kind: type[InvalidRequest] = InvalidRequest
    not_json = [mistake for mistake in mistakes if mistake["type"] == "json_invalid"]
    if not_json:
        kind = NotJson
        lines = "articles" in not_json[0]["loc"]
        detail = f"{not_json[0]['ctx']['error']} is no JSON" if lines else _NOT_JSON
    else:
        detail = "; ".join(_mistake(mistake) for mistake in mistakes)
    return problem(request, kind.slug, kind.title, kind.status, detail)


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
    return problem(
        request,
        slugs.get(status, "http-error"),
        str(error.detail),
        status,
        details.get(status, str(error.detail)),
        error.headers,
    )


async def _unexpected_error(request: Request, error: Exception) -> JSONResponse:
    # Without the message, which may hold text of an article.
    log.error(
        "unexpected error",
        error=type(error).__name__,
        where="".join(traceback.format_tb(error.__traceback__)),
        request_id=request_id(request),
    )
    detail = "this is a fault in Kabar: please report it with the request_id and the log around it"
    response = problem(request, "internal-error", "Something went wrong inside", 500, detail)
    # This answer is made outside the middleware that names the request.
    response.headers["X-Request-ID"] = request_id(request)
    return response
