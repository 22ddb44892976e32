"""The format of errors over HTTP: problem details (RFC 9457).

A surface of another service has its own format.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping

import structlog
from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import JsonValue

from models.errors import KabarError
from service import metrics
from service.errors import Doubtful, Gone, ServiceError, status_of
from service.http.schemas.status import Problem
from service.http.surfaces import Failure, surface_of

log = structlog.get_logger()


def problem(
    request: Request,
    slug: str,
    title: str,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    result: dict[str, JsonValue] | None = None,
    error: KabarError | None = None,
) -> Response:
    """Return a response with problem details, or in the format of the surface."""
    if (surface := surface_of(request.scope)) is not None:
        failure = Failure(slug, title, status, detail, headers or {}, error)
        return surface.write_error(request, failure)
    body = Problem(
        type=slug,
        title=title,
        status=status,
        detail=detail,
        request_id=request_id(request),
        result=result,
    )
    return JSONResponse(
        body.model_dump(exclude_none=True),
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


def problem_of(request: Request, error: KabarError) -> Response:
    """Return the response for an error that Kabar raised on purpose."""
    status = status_of(error)
    headers = {}
    if isinstance(error, ServiceError) and error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if status in (429, 503) and not isinstance(error, Gone):
        metrics.REFUSED.labels(error.slug).inc()
    result = error.result.model_dump(mode="json") if isinstance(error, Doubtful) else None
    return problem(request, error.slug, error.title, status, error.detail, headers, result, error)


def internal_problem(request: Request, error: Exception) -> Response:
    """Log an error that nobody expected, and return the response for it."""
    # Without the message, which may contain text of an article.
    log.error(
        "unexpected error",
        error=type(error).__name__,
        where="".join(traceback.format_tb(error.__traceback__)),
        request_id=request_id(request),
    )
    detail = "this is a bug in Kabar: please report it with the request_id and the log around it"
    return problem(request, "internal-error", "Internal error", 500, detail)


def request_id(request: Request) -> str:
    """Return the id of a request, which is also in its log lines."""
    return str(request.scope.get("kabar.request_id", ""))
