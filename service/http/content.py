"""What kinds of bodies are taken."""

from __future__ import annotations

from fastapi import Request

from service.errors import UnsupportedMedia


def media_type(request: Request) -> str:
    """The type that the request says its body has, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def require_json(request: Request) -> None:
    """Raises `UnsupportedMedia` where the body is said to be anything but JSON."""
    given = media_type(request)
    if given != "application/json" and not given.endswith("+json"):
        raise UnsupportedMedia(
            f"the body is said to be {given or 'nothing in particular'}, and JSON is taken: send "
            f"the header Content-Type: application/json"
        )
