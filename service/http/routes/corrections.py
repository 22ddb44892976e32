"""`/v1/corrections`: what editors corrected."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service.checks.compare import Comparison
from service.checks.verdict import judge
from service.corrections.proposals import proposals
from service.corrections.records import MAX_AUTHOR, checked
from service.errors import InvalidRequest
from service.glossary.apply import link_words
from service.http.auth import BEARER, caller_of, charge
from service.http.content import require_json
from service.http.schemas.corrections import (
    CorrectionMade,
    CorrectionOut,
    CorrectionRequest,
    CorrectionsOut,
)
from service.http.state import AppState, state_of
from service.text.normalization import normalize

router = APIRouter(prefix="/v1/corrections", tags=["corrections"], dependencies=[Depends(BEARER)])


@router.post(
    "",
    status_code=201,
    summary="Correct a sentence",
    dependencies=[Depends(require_json)],
)
async def create_correction(
    body: CorrectionRequest, request: Request, response: Response
) -> CorrectionMade:
    """From now on the same sentence has this English, wherever it stands. Where that says `he` or
    `she` and the sentence was corrected in a translation, only after the same sentence before it:
    Indonesian does not tell the two apart. Nothing is overwritten."""
    state = state_of(request)
    author = _author(request, body.author)
    await charge(request, len(body.target))
    made = await state.in_front(_make, state, body, author)
    response.headers["Location"] = f"/v1/corrections/{made.id}"
    return made


@router.get("", summary="The corrections")
async def list_corrections(
    request: Request,
    count: Annotated[int, Query(ge=1, le=500, description="at most so many")] = 50,
    before: Annotated[
        int | None, Query(ge=0, le=2**62, description="`next` of the page before")
    ] = None,
) -> CorrectionsOut:
    """Those that came last first, also those that were corrected again or withdrawn."""
    await charge(request, 0)
    found, more = await state_of(request).in_front(
        state_of(request).runtime.corrections.newest, count, before
    )
    return CorrectionsOut(corrections=[CorrectionOut.of(one) for one in found], next=more)


@router.get("/{id}", summary="A correction")
async def get_correction(id: str, request: Request) -> CorrectionOut:
    """As it was made."""
    await charge(request, 0)
    return CorrectionOut.of(
        await state_of(request).in_front(state_of(request).runtime.corrections.find, id)
    )


@router.delete("/{id}", summary="Withdraw a correction")
async def withdraw_correction(
    id: str,
    request: Request,
    author: Annotated[
        str | None,
        Query(max_length=MAX_AUTHOR, description="by default the name of the key"),
    ] = None,
) -> CorrectionOut:
    """It is used no more, and stays in the list; one before it, of the same sentence, stands
    again."""
    who = normalize(_author(request, author))
    await charge(request, 0)
    return CorrectionOut.of(
        await state_of(request).in_front(state_of(request).runtime.corrections.withdraw, id, who)
    )


def _author(request: Request, given: str | None) -> str:
    key = caller_of(request).key
    if given is not None and given.strip():
        return given
    if key is None:
        raise InvalidRequest("say who corrects: `author` is kept with every correction")
    return key.name


def _make(state: AppState, body: CorrectionRequest, author: str) -> CorrectionMade:
    context = machine = None
    if body.translation is not None and body.sentence is not None:
        state.dispatcher()  # raises where nothing is loaded
        said, context = state.runtime.results.sentence(body.translation, body.sentence)
        source, machine = said.source, said.target
    else:
        source = body.source or ""
    source, target, author = checked(source, body.target, author)
    correction = state.runtime.corrections.keep(
        source, target, author, context=context, machine=machine
    )
    flags = judge(Comparison(source, target)).flags
    return CorrectionMade.made(correction, flags, proposals(correction, link_words))
