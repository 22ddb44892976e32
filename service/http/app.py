"""The HTTP application: routes, lifespan and error handlers.

The model loads in the background while the process answers `/healthz` and `/readyz`. Until it is
loaded, other requests get 503.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from importlib.metadata import version

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.routing import Match, Route

from models.errors import EngineFailed, KabarError
from service import metrics
from service.errors import Gone, InvalidRequest, NotJson, status_of
from service.http import deepl, libretranslate
from service.http.auth import Authentication, is_loopback
from service.http.bodies import NOT_JSON, describe
from service.http.compatible import SURFACES
from service.http.dispatcher import Dispatcher
from service.http.hosts import HostCheck
from service.http.middleware import BodyLimit, RequestLog
from service.http.openapi import complete
from service.http.problems import internal_problem, problem, problem_of, request_id
from service.http.routes import (
    articles,
    corrections,
    docs,
    feed,
    feeds,
    health,
    jobs,
    page,
    readings,
    usage,
)
from service.http.schemas.status import Problem
from service.http.security_headers import SecurityHeaders
from service.http.shutdown import DrainEnd, draining_on_signals
from service.http.state import AppState
from service.http.surfaces import FindSurface
from service.jobs.runner import JobRunner
from service.jobs.worker import ArticleWorker
from service.runtime import Runtime
from service.storage.copies import copy_daily

log = structlog.get_logger()

# Between two looks for copies that are a day old.
_COPY_LOOK_SECONDS = 600.0

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
        docs_url=None,
        redoc_url=None,
        # A redirect would be built from the client's `Host`.
        redirect_slashes=False,
        lifespan=lambda app: _lifespan(state, when_ready, when_failed),
        responses={
            code: {"model": Problem, "content": {"application/problem+json": {}}}
            for code in (400, 401, 403, 404, 408, 409, 413, 415, 421, 422, 429, 500, 503)
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
    app.include_router(docs.router)
    app.mount("/docs/assets", docs.assets())
    app.include_router(page.router)
    app.mount("/page", page.PageFiles())
    complete(app)
    app.add_exception_handler(KabarError, _kabar_error)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected_error)
    app.add_middleware(
        BodyLimit, limits={"/v1/jobs": jobs.MAX_BYTES}, limit=runtime.settings.max_bytes
    )
    app.add_middleware(Authentication, state=state)
    app.add_middleware(FindSurface, surfaces=SURFACES)
    _add_browser_rules(app, state)
    app.add_middleware(DrainEnd, state=state)
    app.add_middleware(RequestLog)
    return app


def _add_browser_rules(app: FastAPI, state: AppState) -> None:
    """Add what keeps web pages of others away: names, origins, headers."""
    settings = state.settings
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"],
            expose_headers=["ETag", "Location", "Retry-After", "X-Request-ID"],
        )
    loopback = is_loopback(settings.host)
    app.add_middleware(
        HostCheck,
        names=settings.host_names,
        loopback=loopback,
        # On another address, keys are required even if their file is lost.
        keys_required=lambda: settings.auth and (state.runtime.keys.may_exist or not loopback),
    )
    app.add_middleware(SecurityHeaders, cross_origin=bool(settings.origins))


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
    copying = asyncio.create_task(_copy_files(state))
    with draining_on_signals(state):
        yield
    copying.cancel()
    await loading
    await asyncio.to_thread(state.close)
    if loads:
        await asyncio.to_thread(runtime.close)


async def _copy_files(state: AppState) -> None:
    """Copy the files that must last, at start and then daily."""
    while True:
        await asyncio.to_thread(copy_daily, state.settings.lasting_paths)
        await asyncio.sleep(_COPY_LOOK_SECONDS)


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
    return problem_of(request, InvalidRequest(describe(error.errors())))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path[:200]
    details = {
        400: NOT_JSON,
        404: f"there is no path {path}: /docs lists the paths",
        405: f"{path} does not accept {request.method}: /docs lists its methods",
    }
    slugs = {404: "not-found", 405: "method-not-allowed", 400: NotJson.slug}
    status = error.status_code
    headers = dict(error.headers or {})
    if status == 405:
        headers["Allow"] = ", ".join(_methods(request))
    return problem(
        request,
        slugs.get(status, "http-error"),
        str(error.detail),
        status,
        details.get(status, str(error.detail)),
        headers,
    )


def _methods(request: Request) -> list[str]:
    """Return all methods of a path; Starlette tells those of its first route only."""
    routers = (
        health, articles, feed, feeds, readings, jobs, corrections, usage, docs, *deepl.PARTS,
        libretranslate,
    )  # fmt: skip
    return sorted(
        {
            method
            for module in routers
            for route in module.router.routes
            if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE
            for method in route.methods or ()
        }
    )


async def _unexpected_error(request: Request, error: Exception) -> Response:
    response = internal_problem(request, error)
    # The middleware that sets the header does not see this response.
    response.headers["X-Request-ID"] = request_id(request)
    return response
