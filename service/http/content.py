"""The media types of request bodies."""

from __future__ import annotations

from fastapi import Request

from service.errors import UnsupportedMedia


def media_type(request: Request) -> str:
    """Return the media type in the request's header, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def require_json(request: Request) -> None:
    """Raise `UnsupportedMedia` unless the header says that the body is JSON."""
    media = media_type(request)
    if media != "application/json" and not media.endswith("+json"):
        raise UnsupportedMedia(
            f"the media type of the body is {media or 'missing'}, and only JSON is accepted: send "
            f"JSON with the header Content-Type: application/json"
        )
