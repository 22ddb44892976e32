"""The route `/v1/articles`: an article as read, without a translation."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Depends, Request

from service.http.auth import BEARER, charge
from service.http.bodies import BoundedRoute
from service.http.content import require_json
from service.http.schemas.requests import TranslationRequest
from service.http.state import state_of
from service.results.readings import ReadingOut, read

router = APIRouter(
    prefix="/v1", tags=["articles"], dependencies=[Depends(BEARER)], route_class=BoundedRoute
)


@router.post(
    "/articles",
    summary="Read an article without translating it",
    response_model=ReadingOut,
    dependencies=[Depends(require_json)],
)
async def read_article(body: TranslationRequest, request: Request) -> ReadingOut:
    """Return the blocks, kinds and sentences of an article; no model is needed.

    The body is that of a translation. Of its options, only `strict_language` has an effect.
    """
    state = state_of(request)
    manuscript = body.manuscript(state.settings.max_characters)
    strict = body.options.strict_language or state.settings.strict_language
    await charge(request, manuscript.characters)
    with state.track_article():
        return ReadingOut.of(await asyncio.to_thread(read, manuscript, strict))
