"""Who calls, and what they may ask for.

As long as no API key was ever made, everybody may ask for everything: the service then listens on
this machine alone (`service.http.server` sees to that). From the first key on, everything under `/v1/`
needs one, and is refused before its body is read.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import cast

from fastapi import Request
from fastapi.security import HTTPBearer
from starlette.types import ASGIApp, Receive, Scope, Send

from models.errors import KabarError
from service.errors import Forbidden, Unauthorized
from service.http.problems import problem_of
from service.http.state import AppState, state_of
from service.scheduling.request import Lane
from service.storage.key_records import Key

# For the interface's description; the middleware below is what refuses.
BEARER = HTTPBearer(auto_error=False, description="a key that `kabar keys create NAME` made")

_SCOPE = "kabar.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request; `key` is None where none is needed."""

    key: Key | None = None

    @property
    def owner(self) -> str | None:
        """Who its jobs belong to: the key's id, since a name may be given again."""
        return self.key.id if self.key is not None else None

    def lane(self, asked: Lane | None) -> Lane:
        """The lane of a request that asked for one, or for none. Raises `Forbidden`."""
        if self.key is None:
            return asked or Lane.NORMAL
        if asked is not None and asked.rank < self.key.lane.rank:
            raise Forbidden(
                f"the key {self.key.name} may not use the lane {asked.value}: its own is "
                f"{self.key.lane.value}; leave `lane` out, or ask for a key with another one"
            )
        return asked or self.key.lane


def caller_of(request: Request) -> Caller:
    """The caller of a request."""
    return cast("Caller", request.scope[_SCOPE])


async def charge(request: Request, characters: int) -> None:
    """Count a request and its characters for the caller's key. Raises `LimitReached`."""
    if caller_of(request).key is not None:
        # In a thread: a file that is locked may take its time.
        await state_of(request).in_front(charge_now, request, characters)


def charge_now(request: Request, characters: int) -> None:
    """Do as `charge` does, in this thread."""
    key = caller_of(request).key
    if key is not None:
        state_of(request).runtime.keys.charge(key, characters)


class Authentication:
    """Finds out who calls, and refuses who may not."""

    def __init__(self, app: ASGIApp, state: AppState) -> None:
        """On a loopback address the service may do without keys; elsewhere a file of keys that
        has gone lets nobody in."""
        self._app, self._state = app, state
        self._keys = state.runtime.keys if state.settings.auth else None
        self._alone = is_loopback(state.settings.host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            caller = Caller()
            if self._keys is not None and scope["path"].startswith("/v1/"):
                try:
                    if self._keys.wanted or not self._alone:
                        # In a thread: a file that is locked may take its time.
                        caller = await self._state.in_front(self._known, _token(scope))
                except KabarError as error:
                    response = problem_of(Request(scope), error)
                    if isinstance(error, Unauthorized):
                        response.headers["WWW-Authenticate"] = "Bearer"
                    await response(scope, receive, send)
                    return
            scope[_SCOPE] = caller
        await self._app(scope, receive, send)

    def _known(self, token: str) -> Caller:
        assert self._keys is not None
        if not self._keys.any() and self._alone:
            return Caller()
        return Caller(self._keys.check(token))


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _token(scope: Scope) -> str:
    given: str = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    scheme, _, token = given.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
