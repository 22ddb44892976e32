"""Connections and descriptors: how many a process accepts, and for which requests."""

from __future__ import annotations

import contextlib
import resource
import uuid
from typing import cast

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import NotReady
from service.http.compatible import SURFACES
from service.http.problems import problem_of
from service.http.security_headers import HEADERS
from service.http.surfaces import find_surface

# Connections beyond the limit, for health checks.
RESERVED_CONNECTIONS = 32
# Descriptors for files, threads, models, webhooks and Redis.
_OTHER_DESCRIPTORS = 256
# Beyond this, raising the limit has no use.
_MAX_DESCRIPTORS = 65_536

HEALTH_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

_RETRY_SECONDS = 5


def raise_descriptor_limit() -> int:
    """Raise the soft limit of open descriptors, and return the new one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MAX_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        # Some systems refuse values that they report themselves.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def max_connections(wanted: int) -> int:
    """Return the number of connections for which there are descriptors, at most `wanted`."""
    descriptors = raise_descriptor_limit()
    if descriptors == resource.RLIM_INFINITY:
        return wanted
    return max(16, min(wanted, descriptors - _OTHER_DESCRIPTORS - RESERVED_CONNECTIONS))


class HealthOnly:
    """An application that answers health checks, and 503 to anything else."""

    def __init__(self, app: object) -> None:
        self._app = cast("ASGIApp", app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in HEALTH_PATHS:
            await self._app(scope, receive, send)
            return
        scope["kabar.request_id"] = uuid.uuid4().hex
        find_surface(scope, SURFACES)
        response = problem_of(
            Request(scope),
            NotReady(
                f"all connections are in use: try again in {_RETRY_SECONDS} s", _RETRY_SECONDS
            ),
        )
        response.headers.update(HEADERS)
        response.headers["Connection"] = "close"
        await response(scope, receive, send)
