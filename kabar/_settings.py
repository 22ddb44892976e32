"""The settings of a connection, for both clients."""

from __future__ import annotations

import os
from typing import Any

import httpx2

_DEFAULT = "http://127.0.0.1:8000"


def connection(url: str | None, key: str | None, timeout: float) -> dict[str, Any]:
    """Return the arguments of an HTTP client.

    `url` is `KABAR_SERVICE` or this machine, and `key` is `KABAR_KEY`, unless they are given.
    """
    key = key or os.environ.get("KABAR_KEY")
    return {
        "base_url": url or os.environ.get("KABAR_SERVICE") or _DEFAULT,
        "headers": {"Authorization": f"Bearer {key}"} if key else {},
        "timeout": httpx2.Timeout(timeout, connect=10.0),
    }
