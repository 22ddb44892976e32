"""The routes `/v1/translations` and `/v1/summaries`."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial

from fastapi import APIRouter, Depends, Request, Response

from service.http.auth import BEARER, caller_of, charge_now, results_owner
from service.http.cached_route import CachedRoute
from service.http.content import require_json
from service.http.event_stream import MEDIA_TYPE, EventStream, wants_events
from service.http.request_cache import KnownRequest
from service.http.schemas.requests import SummaryRequest, TranslationRequest
from service.http.state import AppState, state_of
from service.results.answers import TranslationOut
from service.results.document import Document
from service.results.order import Kind, Order
from service.results.summary_answers import SummaryOut
from service.storage.feed import Entry, FeedUnusable

router = APIRouter(
    prefix="/v1", tags=["articles"], dependencies=[Depends(BEARER)], route_class=CachedRoute
)


@router.post(
    "/translations",
    summary="Translate an article",
    response_model=TranslationOut,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    dependencies=[Depends(require_json)],
)
async def create_translation(body: TranslationRequest, request: Request) -> Response:
    """Return the English article, by block and by sentence.

    With `Accept: text/event-stream`, sentences come as events as soon as they are translated; the
    last event, `result`, has the article.
    """
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
    summary="Get an earlier translation",
    response_model=TranslationOut,
    responses={304: {"description": "the ETag in If-None-Match is current"}},
)
async def get_translation(id: str, request: Request) -> Response:
    """Return the same bytes each time, with an ETag."""
    return await _earlier_response(request, "translation", id)


@router.post(
    "/summaries",
    summary="Summarize an article",
    response_model=SummaryOut,
    dependencies=[Depends(require_json)],
)
async def create_summary(body: SummaryRequest, request: Request) -> Response:
    """Return bullets, each with the source sentences that support it."""
    state = state_of(request)
    manuscripts = body.manuscripts(state.settings.max_characters)
    order = Order(
        "summary",
        manuscripts,
        body.options.deterministic,
        body.bullet_options,
        body.translation,
        body.options.strict_language or state.settings.strict_language,
        body.options.strict,
        glossary=body.options.glossary_names,
        terms=body.options.own_terms,
    )
    return await _answer(request, order, body)


@router.get(
    "/summaries/{id}",
    summary="Get an earlier summary",
    response_model=SummaryOut,
    responses={304: {"description": "the ETag in If-None-Match is current"}},
)
async def get_summary(id: str, request: Request) -> Response:
    """Return the same bytes each time, with an ETag."""
    return await _earlier_response(request, "summary", id)


async def _answer(
    request: Request, order: Order, body: TranslationRequest | SummaryRequest
) -> Response:
    began = time.perf_counter()
    state, caller, requested = state_of(request), caller_of(request), body.options.lane
    owner = results_owner(request)
    dispatcher = state.require_dispatcher()
    lane = caller.lane(requested)
    # Before the lookup, because a later correction gives another key.
    key = await state.request_cache.key(request, owner)
    with state.track_article():
        # In threads, because they may read results, glossaries and corrections.
        characters = await state.run_lookup(state.runtime.results.characters, order, owner)
        id, pending = await state.run_lookup(
            dispatcher.get_or_make, order, lane, partial(charge_now, request, characters), owner
        )
        state.request_cache.add(key, KnownRequest(order.kind, id, requested, characters))
        if order.kind == "translation" and wants_events(request):
            return EventStream(request, state, pending, began)
        document, response = await dispatcher.answer(request, pending, began)
        if (
            order.kind == "summary"
            and (caller.owner, id) not in state.feed_entries
            and await state.run_lookup(_add_to_feed, state, caller.owner, document)
        ):
            state.feed_entries.add(caller.owner, id)
        return response


def _add_to_feed(state: AppState, owner: str | None, document: Document) -> bool:
    """Add a summary to its caller's feed; return False if a retry is needed.

    A summary without bullets is left out. If the feed cannot be written, the summary is returned
    all the same.
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
        return False  # `Database` has logged it
    return True


async def _earlier_response(request: Request, kind: Kind, id: str) -> Response:
    state = state_of(request)
    dispatcher = state.require_dispatcher()
    if_none_match = request.headers.get("if-none-match", "")
    return await state.run_lookup(
        dispatcher.earlier_response, kind, id, results_owner(request), if_none_match
    )
