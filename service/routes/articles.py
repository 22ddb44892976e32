"""`POST /v1/translations` and `POST /v1/summaries`."""

from __future__ import annotations

from fastapi import APIRouter, Request

from service.app_state import state_of
from service.schemas import (
    SummaryOut,
    SummaryRequest,
    TranslationOut,
    TranslationRequest,
)

router = APIRouter(prefix="/v1", tags=["articles"])


# Plain functions: FastAPI runs them in threads, so that the event loop stays free.
@router.post("/translations", summary="Translate an article")
def create_translation(body: TranslationRequest, request: Request) -> TranslationOut:
    """The English article, block by block and sentence by sentence."""
    state = state_of(request)
    article = body.article(state.settings.max_characters)
    return TranslationOut.of(state.desk().pipeline.translate(article))


@router.post("/summaries", summary="Summarize an article")
def create_summary(body: SummaryRequest, request: Request) -> SummaryOut:
    """Bullets, each with the source sentences that support it."""
    state = state_of(request)
    article = body.article(state.settings.max_characters)
    return SummaryOut.of(state.desk().summaries.summarize(article, body.bullets, body.language))
