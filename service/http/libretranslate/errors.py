"""Errors in LibreTranslate's shape: `{"error": "…"}`."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from service.http.surfaces import Failure, Surface

# The advice for other surfaces.
_HEADER = "in the header `Authorization: Bearer kabar_…`"
_STATUS = {401: 403, 413: 400, 415: 400, 422: 400}
_PATHS = frozenset(
    "/translate /detect /languages /translate_file /download_file/ /suggest /frontend/ /spec"
    " /health".split()
)


def write_error(request: Request, failure: Failure) -> Response:
    """Return an error as LibreTranslate's clients expect it."""
    message = failure.detail.replace(_HEADER, "in `api_key`")
    return JSONResponse(
        {"error": message},
        status_code=_STATUS.get(failure.status, failure.status),
        headers=dict(failure.headers),
    )


SURFACE = Surface("libretranslate", _PATHS, "Bearer", write_error)
