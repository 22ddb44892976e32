"""The names under which clients may reach the service, against DNS rebinding.

A web page can let its own name point to 127.0.0.1, and then read the answers of a service there. A
browser sends that name as `Host`, but it has no key. Without keys, `Host` must therefore be a
loopback name, or an address: no page can rebind that. Starlette's `TrustedHostMiddleware` answers
in plain text, does not read IPv6 addresses, and knows no keys.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import WrongHost
from service.http.problems import problem_of

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::\d{1,5})?")


class HostCheck:
    """Middleware that refuses other names with 421."""

    def __init__(
        self, app: ASGIApp, names: frozenset[str], loopback: bool, keys_required: Callable[[], bool]
    ) -> None:
        """Accept `names`, and with them only: they replace the exception for keys.

        `loopback` says that only this machine can connect.
        """
        self._app = app
        self._names = names
        self._loopback = loopback
        self._keys_required = keys_required

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
            if not self._accepts(host):
                error = WrongHost(
                    f"this service does not answer under the name {host[:100]!r}: use its address, "
                    f"or add the name to KABAR_ALLOWED_HOSTS"
                )
                await problem_of(Request(scope), error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _accepts(self, host: str) -> bool:
        if not self._names and self._keys_required():
            return True
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = match[1].lower().rstrip(".")
        if name in self._names or name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            address = ipaddress.ip_address(name.strip("[]"))
        except ValueError:
            return False
        return address.is_loopback or not self._loopback
