"""The routes `/v1/corrections`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service.checks.compare import Comparison
from service.checks.verdict import judge
from service.corrections.proposals import propose_terms
from service.corrections.validation import MAX_AUTHOR, validate
from service.errors import InvalidRequest
from service.glossary.apply import link_words
from service.http.auth import BEARER, caller_of, charge, results_owner
from service.http.bodies import BoundedRoute
from service.http.content import require_json
from service.http.schemas.corrections import (
    CorrectionMade,
    CorrectionOut,
    CorrectionRequest,
    CorrectionsOut,
)
from service.http.state import AppState, state_of
from service.text.normalization import normalize

router = APIRouter(
    prefix="/v1/corrections",
    tags=["corrections"],
    dependencies=[Depends(BEARER)],
    route_class=BoundedRoute,
)


@router.post(
    "",
    status_code=201,
    summary="Correct a sentence",
    dependencies=[Depends(require_json)],
)
async def create_correction(
    body: CorrectionRequest, request: Request, response: Response
) -> CorrectionMade:
    """Use this English for the same sentence in every article from now on.

    A correction with `he` or `she` to a sentence of a translation applies only after the same
    sentence, because Indonesian has one word for both. Earlier corrections are not overwritten.
    """
    state = state_of(request)
    caller_of(request).require_correcting()
    author = _author(request, body.author)
    await charge(request, len(body.target))
    correction = await state.run_lookup(
        _create, state, body, author, caller_of(request).owner, results_owner(request)
    )
    response.headers["Location"] = f"/v1/corrections/{correction.id}"
    return correction


@router.get("", summary="List the corrections")
async def list_corrections(
    request: Request,
    count: Annotated[int, Query(ge=1, le=500, description="maximum number of corrections")] = 50,
    before: Annotated[
        int | None, Query(ge=0, le=2**62, description="`next` of the previous page")
    ] = None,
) -> CorrectionsOut:
    """Return the corrections, newest first, with replaced and withdrawn ones.

    A key gets its own, unless it may `manage`.
    """
    state = state_of(request)
    found, more = await state.run_lookup(
        state.runtime.corrections.newest, count, before, caller_of(request).corrections_of
    )
    return CorrectionsOut(corrections=[CorrectionOut.of(one) for one in found], next=more)


@router.get("/{id}", summary="Get a correction")
async def get_correction(id: str, request: Request) -> CorrectionOut:
    """Return the correction."""
    state = state_of(request)
    owner = caller_of(request).corrections_of
    return CorrectionOut.of(await state.run_lookup(state.runtime.corrections.find, id, owner))


@router.delete("/{id}", summary="Withdraw a correction")
async def withdraw_correction(
    id: str,
    request: Request,
    author: Annotated[
        str | None,
        Query(max_length=MAX_AUTHOR, description="the author; of a key, always its name"),
    ] = None,
) -> CorrectionOut:
    """Stop using the correction; it stays in the list.

    An earlier correction of the same sentence applies again.
    """
    caller_of(request).require_correcting()
    withdrawn_by = normalize(_author(request, author))
    state = state_of(request)
    return CorrectionOut.of(
        await state.run_lookup(
            state.runtime.corrections.withdraw, id, withdrawn_by, caller_of(request).corrections_of
        )
    )


def _author(request: Request, author: str | None) -> str:
    key = caller_of(request).key
    if key is not None:
        if author is not None and author != key.name:
            raise InvalidRequest(
                f"the author of a correction is the key, {key.name}: leave `author` out"
            )
        return key.name
    if author is None or not author.strip():
        raise InvalidRequest("the correction has no author: send a name in `author`")
    return author


def _create(
    state: AppState, body: CorrectionRequest, author: str, owner: str | None, results_of: str
) -> CorrectionMade:
    context = machine = None
    if body.translation is not None and body.sentence is not None:
        state.require_dispatcher()  # raises if the model is not loaded
        sentence, context = state.runtime.results.sentence(
            body.translation, body.sentence, results_of
        )
        source, machine = sentence.source, sentence.target
    else:
        source = body.source or ""
    source, target, author = validate(source, body.target, author)
    correction = state.runtime.corrections.add(
        source, target, author, context=context, machine=machine, owner=owner
    )
    flags = judge(Comparison(source, target)).flags
    return CorrectionMade.new(correction, flags, propose_terms(correction, link_words))
