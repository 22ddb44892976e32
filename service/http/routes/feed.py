"""`/v1/summaries/feed`: a key's latest summaries, for newsletter tools and feed readers."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service.http.auth import BEARER, caller_of, charge
from service.http.state import state_of
from service.storage import feed

router = APIRouter(prefix="/v1", tags=["articles"], dependencies=[Depends(BEARER)])

# Of a feed in which there is nothing yet.
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class FeedFormat(StrEnum):
    """The formats of a feed."""

    RSS = "rss"
    ATOM = "atom"


@router.get(
    "/summaries/feed",
    summary="The latest summaries, as a feed",
    response_class=Response,
    responses={
        200: {
            "description": "RSS 2.0 or Atom 1.0",
            "content": {
                "application/rss+xml": {"schema": {"type": "string"}},
                "application/atom+xml": {"schema": {"type": "string"}},
            },
        },
        304: {"description": "the ETag or the time that was sent still stands"},
    },
)
async def get_feed(
    request: Request,
    form: Annotated[FeedFormat, Query(alias="format")] = FeedFormat.RSS,
    count: Annotated[int, Query(ge=1, le=100, description="at most so many")] = 50,
) -> Response:
    """Those that the caller's key asked for, the newest first, each once. A reader that sends
    `If-None-Match` or `If-Modified-Since` gets 304 while there is nothing new."""
    await charge(request, 0)
    owner = caller_of(request).owner
    entries = await state_of(request).in_front(state_of(request).runtime.feed.latest, owner, count)
    tag, changed = feed.etag(entries), feed.last_modified(entries)
    headers = {"ETag": tag, "Cache-Control": "private, max-age=60"}
    if changed is not None:
        headers["Last-Modified"] = changed
    sent = request.headers.get("if-none-match"), request.headers.get("if-modified-since")
    if feed.not_modified(tag, changed, *sent):
        return Response(status_code=304, headers=headers)
    write = feed.rss if form is FeedFormat.RSS else feed.atom
    updated = max((entry.created for entry in entries), default=_BEGINNING)
    document = write(entries, str(request.url), "Kabar: summaries", updated)
    return Response(document, media_type=f"application/{form.value}+xml", headers=headers)
