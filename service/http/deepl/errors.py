"""Errors in DeepL's shape: `message` and `detail`, both strings."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from service.errors import QuotaReached
from service.http.surfaces import Failure, Surface

# DeepL's own status for the end of a quota.
QUOTA_REACHED = 456
_STATUS = {401: 403, 415: 400, 422: 400}


def write_error(request: Request, failure: Failure) -> Response:
    """Return an error as DeepL's clients expect it; tools show `message`."""
    status = _STATUS.get(failure.status, failure.status)
    if isinstance(failure.error, QuotaReached):
        status = QUOTA_REACHED
    request_id = request.scope.get("kabar.request_id", "")
    message = failure.detail.replace("Authorization: Bearer", "Authorization: DeepL-Auth-Key")
    return JSONResponse(
        {"message": message, "detail": f"{failure.title} ({failure.slug}, request {request_id})"},
        status_code=status,
        headers=dict(failure.headers),
    )


SURFACE = Surface("deepl", frozenset({"/v2/", "/v3/"}), "DeepL-Auth-Key", write_error)
