"""The route `/v1/feeds`: a feed in English."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service.documents.feed_xml import FeedDocument, read_feed
from service.errors import UnsupportedMedia
from service.http.auth import BEARER
from service.http.content import media_type
from service.http.schemas.options import MAX_GLOSSARIES
from service.http.state import state_of
from service.http.texts import translate_fragments
from service.scheduling.request import Lane

router = APIRouter(prefix="/v1", tags=["articles"], dependencies=[Depends(BEARER)])

MAX_ITEMS = 500

_EXAMPLE = """<rss version="2.0"><channel><title>Warta Senja</title>
<item><title>Banjir Surut di Demak</title><link>https://wartasenja.example/1</link>
<description>Warga pulang ke rumah.</description></item></channel></rss>"""
_XML = {"schema": {"type": "string", "description": "RSS 2.0, RSS 1.0 or Atom 1.0"}}
_MEDIA_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml")


@router.post(
    "/feeds",
    summary="Translate a feed",
    response_class=Response,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/xml": {**_XML, "example": _EXAMPLE}},
        }
    },
    responses={200: {"description": "the feed", "content": dict.fromkeys(_MEDIA_TYPES, _XML)}},
)
async def translate_feed(
    request: Request,
    items: Annotated[
        int, Query(ge=1, le=MAX_ITEMS, description="translate at most the first items")
    ] = MAX_ITEMS,
    lane: Annotated[
        Lane | None, Query(description="the urgency (default: the lane of the key, or `normal`)")
    ] = None,
    glossary: Annotated[
        list[str] | None,
        Query(max_length=MAX_GLOSSARIES, description="names of glossaries, instead of the default"),
    ] = None,
) -> Response:
    """Return the feed with titles, descriptions and contents in English.

    Links, dates, names and all else stay as they are. The titles are translated first. An item that
    was translated before comes from the cache.
    """
    media = media_type(request)
    if media not in ("application/xml", "text/xml") and not media.endswith("+xml"):
        raise UnsupportedMedia(
            f"the media type of the body is {media or 'missing'}: send the feed with the header "
            f"Content-Type: application/xml"
        )
    state_of(request).require_dispatcher()
    feed = await asyncio.to_thread(read_feed, await request.body(), items)
    return await answer(request, feed, None if glossary is None else tuple(glossary), lane)


async def answer(
    request: Request, feed: FeedDocument, glossary: tuple[str, ...] | None, lane: Lane | None
) -> Response:
    """Return the response with the English of a feed."""
    fragments = feed.fragments
    results = await translate_fragments(request, fragments, glossary=glossary, lane=lane)
    english = [
        result.fragment(fragment.form) for fragment, result in zip(fragments, results, strict=True)
    ]
    written = await asyncio.to_thread(feed.write, english)
    headers = {"Kabar-Items": str(feed.items)}
    return Response(written, media_type=feed.media_type, headers=headers)
