"""The route `/v1/summaries/feed`: a key's latest summaries as RSS or Atom."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service.http.auth import BEARER, caller_of
from service.http.state import state_of
from service.storage import feed

router = APIRouter(prefix="/v1", tags=["articles"], dependencies=[Depends(BEARER)])

# The time of change of an empty feed.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FeedFormat(StrEnum):
    """The formats of a feed."""

    RSS = "rss"
    ATOM = "atom"


@router.get(
    "/summaries/feed",
    summary="Get the latest summaries as a feed",
    response_class=Response,
    responses={
        200: {
            "description": "RSS 2.0 or Atom 1.0",
            "content": {
                "application/rss+xml": {"schema": {"type": "string"}},
                "application/atom+xml": {"schema": {"type": "string"}},
            },
        },
        304: {"description": "the ETag or the time in the request is current"},
    },
)
async def get_feed(
    request: Request,
    form: Annotated[FeedFormat, Query(alias="format")] = FeedFormat.RSS,
    count: Annotated[int, Query(ge=1, le=100, description="maximum number of summaries")] = 50,
) -> Response:
    """Return the summaries of the caller's key, newest first, each once.

    A request with `If-None-Match` or `If-Modified-Since` gets 304 if nothing is new.
    """
    state, owner = state_of(request), caller_of(request).owner
    entries = await state.run_lookup(state.runtime.feed.latest, owner, count)
    tag, changed = feed.etag(entries), feed.last_modified(entries)
    headers = {"ETag": tag, "Cache-Control": "private, max-age=60"}
    if changed is not None:
        headers["Last-Modified"] = changed
    sent = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
    if feed.not_modified(tag, changed, *sent):
        return Response(status_code=304, headers=headers)
    write = feed.rss if form is FeedFormat.RSS else feed.atom
    updated = max((entry.created for entry in entries), default=_EPOCH)
    document = write(entries, str(request.url), "Kabar: summaries", updated)
    return Response(document, media_type=f"application/{form.value}+xml", headers=headers)
