"""Surfaces: interfaces of other services, beside the one under `/v1`.

A surface has paths of its own, its own scheme of authorization, and its own shape of errors. A
middleware finds the surface of each request, and the others ask `surface_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from models.errors import KabarError

_SURFACE = "kabar.surface"


@dataclass(frozen=True, slots=True)
class Failure:
    """An error to report; `error` is None if Kabar did not raise it on purpose."""

    slug: str
    title: str
    status: int
    detail: str
    headers: Mapping[str, str]
    error: KabarError | None = None


@dataclass(frozen=True, slots=True)
class Surface:
    """A surface; a path that ends with a slash is the beginning of others.

    `scheme` is the first word of its Authorization header, beside `Bearer`.
    """

    name: str
    paths: frozenset[str]
    scheme: str
    write_error: Callable[[Request, Failure], Response]

    def has(self, path: str) -> bool:
        """Return whether a path belongs to the surface."""
        if path in self.paths:
            return True
        first, slash, _ = path[1:].partition("/")
        return bool(slash) and f"/{first}/" in self.paths


class FindSurface:
    """Middleware that finds the surface of each request."""

    def __init__(self, app: ASGIApp, surfaces: Sequence[Surface]) -> None:
        self._app, self._surfaces = app, surfaces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            find_surface(scope, self._surfaces)
        await self._app(scope, receive, send)


def find_surface(scope: Scope, surfaces: Sequence[Surface]) -> None:
    """Find the surface of a request, for `surface_of`."""
    path = route_path(scope)
    scope[_SURFACE] = next((one for one in surfaces if one.has(path)), None)


def surface_of(scope: Scope) -> Surface | None:
    """Return the surface of a request; None for Kabar's own interface."""
    found = scope.get(_SURFACE)
    return found if isinstance(found, Surface) else None


def route_path(scope: Scope) -> str:
    """Return the path of a request below the root path of the application."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "").rstrip("/"))
