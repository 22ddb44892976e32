"""Authentication by API key, and the lane and limits of the caller.

Before the first key is made, requests need none, and `service.http.server` listens on a loopback
address only. From then on, a request under `/v1/` without a key is refused before its body is read.
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
from service.http.surfaces import route_path, surface_of
from service.scheduling.request import Lane
from service.storage.key_records import Key

# For the OpenAPI description; the middleware below refuses requests.
BEARER = HTTPBearer(auto_error=False, description="a key from `kabar keys create NAME`")

_SCOPE = "kabar.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request; `key` is None if no key is needed."""

    key: Key | None = None

    @property
    def owner(self) -> str | None:
        """The owner of its jobs: the key's id, because a name may be used again."""
        return self.key.id if self.key is not None else None

    @property
    def corrections_of(self) -> str | None:
        """The owner whose corrections it may see and withdraw; None for all."""
        return None if self.key is None or self.key.may_manage else self.key.id

    def require_correcting(self) -> None:
        """Raise `Forbidden` unless the caller may write corrections."""
        if self.key is not None and not self.key.may_correct:
            raise Forbidden(
                f"the key {self.key.name} may not correct: ask for one that is made with "
                f"`kabar keys create NAME --may correct`"
            )

    def lane(self, requested: Lane | None) -> Lane:
        """Return the lane of a request. Raises `Forbidden`."""
        if self.key is None:
            return requested or Lane.NORMAL
        if requested is not None and requested.rank < self.key.lane.rank:
            raise Forbidden(
                f"the key {self.key.name} may not use the lane {requested.value}: its own is "
                f"{self.key.lane.value}; leave `lane` out, or ask for a key with another lane"
            )
        return requested or self.key.lane


def caller_of(request: Request) -> Caller:
    """Return the caller of a request."""
    caller = request.scope[_SCOPE]
    assert caller is not None, "the route did not call `identify_by_parameter`"
    return cast("Caller", caller)


def results_owner(request: Request) -> str:
    """Return the owner of a request's results; all keys are one if they share results."""
    key = caller_of(request).key
    return "" if key is None or state_of(request).settings.shared_results else key.id


async def charge(request: Request, characters: int) -> None:
    """Count the characters of a request for the caller's key. Raises `LimitReached`."""
    if caller_of(request).key is not None and characters:
        # In a thread, because a locked file blocks.
        await state_of(request).run_lookup(charge_now, request, characters)


def charge_now(request: Request, characters: int) -> None:
    """Count the characters of a request in this thread. Raises `LimitReached`."""
    key = caller_of(request).key
    if key is not None and characters:
        state_of(request).runtime.keys.charge(key, characters, requests=0)


async def identify(state: AppState, token: str) -> Caller:
    """Return the caller of a token, and count the request; "" means that it has none.

    Requests without keys are accepted only on a loopback address: on another, a deleted file of
    keys refuses every request. Raises `Unauthorized`, `LimitReached`, and `NotReady` if the keys
    cannot be read.
    """
    keys, loopback = state.runtime.keys, is_loopback(state.settings.host)
    if not state.settings.auth or (loopback and not keys.may_exist):
        return Caller()

    def check() -> Caller:
        if loopback and not keys.any():
            return Caller()
        key = keys.check(token)
        # Every request counts, also one that turns out to be wrong.
        keys.charge(key, 0)
        return Caller(key)

    # In a thread, because a locked file blocks.
    return await state.run_lookup(check)


async def identify_by_parameter(request: Request, token: str) -> None:
    """Set the caller by a key in the request's parameters, if its header has none.

    Raises as `identify` does.
    """
    if request.scope.get(_SCOPE) is None:
        request.scope[_SCOPE] = await identify(state_of(request), token)


class Authentication:
    """Middleware that identifies the caller, or refuses the request.

    Another surface may have the key in a parameter. Its routes call `identify_by_parameter`, and a
    request without a key in the header has no caller before.
    """

    def __init__(self, app: ASGIApp, state: AppState) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            surface = surface_of(scope)
            token = _token(scope, "" if surface is None else surface.scheme)
            caller: Caller | None = Caller()
            if surface is not None and not token:
                caller = None
            elif surface is not None or route_path(scope).startswith("/v1/"):
                try:
                    caller = await identify(self._state, token)
                except KabarError as error:
                    response = problem_of(Request(scope), error)
                    if isinstance(error, Unauthorized) and surface is None:
                        response.headers["WWW-Authenticate"] = "Bearer"
                    await response(scope, receive, send)
                    return
            scope[_SCOPE] = caller
        await self._app(scope, receive, send)


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _token(scope: Scope, other_scheme: str) -> str:
    header: str = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() in ("bearer", other_scheme.lower()) else ""
