"""`/v1/translations` and `/v1/summaries`."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial

from fastapi import APIRouter, Depends, Request, Response

from service.http.auth import BEARER, caller_of, charge, charge_now
from service.http.cached_route import CachedRoute
from service.http.content import require_json
from service.http.request_cache import KnownRequest
from service.http.schemas.requests import SummaryRequest, TranslationRequest
from service.http.state import AppState, state_of
from service.results.answers import SummaryOut, TranslationOut
from service.results.document import Document
from service.results.order import Kind, Order
from service.storage.feed import Entry, FeedUnusable

router = APIRouter(
    prefix="/v1", tags=["articles"], dependencies=[Depends(BEARER)], route_class=CachedRoute
)


@router.post(
    "/translations",
    summary="Translate an article",
    response_model=TranslationOut,
    dependencies=[Depends(require_json)],
)
async def create_translation(body: TranslationRequest, request: Request) -> Response:
    """The English article, block by block and sentence by sentence."""
    state = state_of(request)
    manuscript = body.manuscript(state.settings.max_characters)
    strict = body.options.strict_language or state.settings.strict_language
    order = Order(
        "translation",
        (manuscript,),
        body.options.deterministic,
        strict_language=strict,
        strict=body.options.strict,
        glossary=body.options.glossary_names,
        terms=body.options.own_terms,
        previous=body.previous,
    )
    return await _answer(request, order, body)


@router.get(
    "/translations/{id}",
    summary="A translation that was made before",
    response_model=TranslationOut,
    responses={304: {"description": "the ETag in If-None-Match still stands"}},
)
async def get_translation(id: str, request: Request) -> Response:
    """The same bytes each time, with an ETag."""
    return await _again(request, "translation", id)


@router.post(
    "/summaries",
    summary="Summarize an article",
    response_model=SummaryOut,
    dependencies=[Depends(require_json)],
)
async def create_summary(body: SummaryRequest, request: Request) -> Response:
    """Bullets, each with the source sentences that support it."""
    state = state_of(request)
    manuscripts = body.manuscripts(state.settings.max_characters)
    order = Order(
        "summary",
        manuscripts,
        body.options.deterministic,
        body.wishes,
        body.translation,
        body.options.strict_language or state.settings.strict_language,
        body.options.strict,
        glossary=body.options.glossary_names,
        terms=body.options.own_terms,
    )
    return await _answer(request, order, body)


@router.get(
    "/summaries/{id}",
    summary="A summary that was made before",
    response_model=SummaryOut,
    responses={304: {"description": "the ETag in If-None-Match still stands"}},
)
async def get_summary(id: str, request: Request) -> Response:
    """The same bytes each time, with an ETag."""
    return await _again(request, "summary", id)


async def _answer(
    request: Request, order: Order, body: TranslationRequest | SummaryRequest
) -> Response:
    began = time.perf_counter()
    state, caller, asked = state_of(request), caller_of(request), body.options.lane
    dispatcher = state.dispatcher()
    lane = caller.lane(asked)
    characters = sum(manuscript.characters for manuscript in order.manuscripts)
    # Before the lookup: a correction from here on belongs to another key.
    key = await state.request_cache.key(request)
    with state.counted():
        # In a thread: glossaries may have to be read for it, and corrections looked up.
        id, pending = await state.in_front(
            dispatcher.get_or_make, order, lane, partial(charge_now, request, characters)
        )
        state.request_cache.keep(key, KnownRequest(order.kind, id, asked, characters))
        document, response = await dispatcher.answer(request, pending, began)
        if order.kind == "summary" and (caller.owner, id) not in state.fed:
            if await state.in_front(_add_to_feed, state, caller.owner, document):
                state.fed.add(caller.owner, id)
        return response


def _add_to_feed(state: AppState, owner: str | None, document: Document) -> bool:
    """Put a summary into its caller's feed; return whether it needs no further try.

    A summary without bullets does not belong there, and a feed that cannot be written costs no
    summary.
    """
    summary = document.summary()
    if not summary.bullets:
        return True
    entry = Entry(
        id=summary.id,
        headline=summary.headline,
        one_line=summary.line,
        bullets=tuple(bullet.text for bullet in summary.bullets),
        html=summary.html,
        language="id" if summary.signature["language"] == "id" else "en",
        created=datetime.now(UTC),
    )
    try:
        state.runtime.feed.add(owner, entry)
    except FeedUnusable:
        return False  # the log has it
    return True


async def _again(request: Request, kind: Kind, id: str) -> Response:
    state = state_of(request)
    dispatcher = state.dispatcher()
    await charge(request, 0)
    if_none_match = request.headers.get("if-none-match", "")
    return await state.in_front(dispatcher.again, kind, id, if_none_match)
