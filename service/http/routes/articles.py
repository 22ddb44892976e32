"""`/v1/translations` and `/v1/summaries`."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request, Response

from service.http.auth import BEARER, caller_of, charge
from service.http.cached_route import CachedRoute
from service.http.content import require_json
from service.http.request_cache import KnownRequest
from service.http.schemas.answers import SummaryOut, TranslationOut
from service.http.schemas.requests import SummaryRequest, TranslationRequest
from service.http.state import AppState, state_of
from service.scheduling.threads import in_front
from service.storage.feed import Entry, FeedUnusable
from service.translation.results import Kind, Order

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
    state, asked = state_of(request), body.options.lane
    dispatcher = state.dispatcher()
    lane = caller_of(request).lane(asked)
    characters = sum(manuscript.characters for manuscript in order.manuscripts)
    # Before the id: what is corrected from here on belongs to another key.
    key = await state.request_cache.key(request)
    # In a thread: glossaries may have to be read for it, and corrections looked up.
    id = await in_front(dispatcher.id, order)
    with state.counted():
        state.request_cache.keep(key, KnownRequest(order.kind, id, asked, characters))
        answer = await dispatcher.answer(
            request, order, id, lane, lambda: charge(request, characters)
        )
        if order.kind == "summary" and (caller_of(request).owner, id) not in state.fed:
            owner = caller_of(request).owner
            if await in_front(_fed, state, owner, bytes(answer.body)):
                state.fed.add(owner, id)
        return answer


def _fed(state: AppState, owner: str | None, answer: bytes) -> bool:
    """Put a summary into its caller's feed; whether it is there now. One without bullets does not
    belong there, and a feed that cannot be written costs no summary."""
    result = SummaryOut.model_validate_json(answer)
    if not result.bullets:
        return True
    entry = Entry(
        id=result.id,
        headline=result.headline,
        one_line=result.line,
        bullets=tuple(bullet.text for bullet in result.bullets),
        html=result.html,
        language="id" if result.signature["language"] == "id" else "en",
        created=datetime.now(UTC),
    )
    try:
        state.feed.add(owner, entry)
    except FeedUnusable:
        return False  # the log has it
    return True


async def _again(request: Request, kind: Kind, id: str) -> Response:
    dispatcher = state_of(request).dispatcher()
    await charge(request, 0)
    return await dispatcher.again(request, kind, id)
