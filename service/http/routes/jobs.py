"""`/v1/jobs`: many articles, worked off behind everything else, kept through any restart."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from service.documents.manuscript import Manuscript
from service.errors import UnsupportedMedia
from service.http.auth import BEARER, caller_of, charge
from service.http.content import media_type
from service.http.schemas.jobs import JobOptions, JobOut, JobRequest, JobsOut, request_schema
from service.http.state import AppState, state_of
from service.jobs.records import Idempotency, Job, Outcome, Result, Webhook
from service.jobs.webhook import check_url
from service.jobs.work import packed

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], dependencies=[Depends(BEARER)])

# The longest body: a thousand long articles.
MAX_BYTES = 64 * 1024 * 1024

# What the ledger keeps of a job's options; the language's strictness is a setting's, too.
_KEPT_OPTIONS = {
    "deterministic", "bullets", "words", "characters", "language", "glossary", "terms"
}  # fmt: skip

_LINES = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")
_NDJSON = _LINES[0]

# How often a reader of results looks for more, in seconds, and how many are read at once.
_LOOK_EVERY = 0.25
_AT_ONCE = 50


@router.post(
    "",
    status_code=202,
    summary="Begin a job",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": request_schema()},
                _NDJSON: {"schema": {"type": "string", "description": "an article a line"}},
            },
        }
    },
)
async def create_job(
    request: Request,
    response: Response,
    options: Annotated[JobOptions, Query()],
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=200,
            description="the same key and body again give the same job",
        ),
    ] = None,
) -> JobOut:
    """Up to 1,000 articles: JSON (`articles`), or a line of JSON for each article. Options may
    stand in the query; in JSON they may stand in the body, which goes before. What was accepted
    survives any restart."""
    state, caller = state_of(request), caller_of(request)
    state.dispatcher()  # accepts nothing while the service ends
    body = await request.body()
    made = await asyncio.to_thread(_read, media_type(request), body, options)
    limit = state.settings.max_characters
    # A glossary that is not there should be told now, and not of every article.
    await asyncio.to_thread(state.runtime.registry.choose, made.glossary_names, made.own_terms)
    manuscripts = await asyncio.to_thread(
        lambda: [article.manuscript(limit) for article in made.articles]
    )
    idempotency = None
    if idempotency_key is not None:
        sent = hashlib.sha256(body + str(request.url.query).encode()).digest()
        idempotency = Idempotency(idempotency_key, sent)
    # Before it is charged for: a repeated request costs nothing, nor does one that is refused.
    job = await asyncio.to_thread(
        state.runtime.jobs.foresee, caller.owner, len(manuscripts), idempotency
    )
    if job is None:
        job = await _begun(request, state, made, manuscripts, idempotency)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return await asyncio.to_thread(_shown, state, job)


async def _begun(
    request: Request,
    state: AppState,
    made: JobRequest,
    manuscripts: list[Manuscript],
    idempotency: Idempotency | None,
) -> Job:
    webhook = None
    if made.webhook is not None:
        allow = state.settings.webhook_private
        await asyncio.to_thread(check_url, made.webhook.url, allow)
        webhook = Webhook(made.webhook.url, made.webhook.secret)
    await charge(request, sum(manuscript.characters for manuscript in manuscripts))
    owner = caller_of(request).owner
    return await asyncio.to_thread(_create, state, owner, made, manuscripts, webhook, idempotency)


@router.get("", summary="The caller's jobs")
async def list_jobs(request: Request) -> JobsOut:
    """The last 100, the newest first."""
    state = state_of(request)
    await charge(request, 0)

    def jobs() -> list[JobOut]:
        return [_shown(state, job) for job in state.runtime.jobs.jobs(caller_of(request).owner)]

    return JobsOut(jobs=await asyncio.to_thread(jobs))


@router.get("/{id}", summary="How far is a job?")
async def get_job(id: str, request: Request) -> JobOut:
    """State, counts, place in the queue and estimated end."""
    state = state_of(request)
    await charge(request, 0)
    return await asyncio.to_thread(
        lambda: _shown(state, state.runtime.jobs.find(id, caller_of(request).owner))
    )


@router.delete("/{id}", summary="Cancel a job")
async def cancel_job(id: str, request: Request) -> JobOut:
    """What is done stays; the rest is not begun. A job that has ended stays as it is."""
    state = state_of(request)

    def cancel() -> JobOut:
        job = state.runtime.jobs.cancel(id, caller_of(request).owner)
        if state.runner is not None:
            state.runner.wake()
        return _shown(state, job)

    return await asyncio.to_thread(cancel)


@router.get(
    "/{id}/results",
    summary="The results, a line each",
    response_class=Response,
    responses={200: {"content": {_NDJSON: {}}}},
)
async def get_results(
    id: str,
    request: Request,
    start: Annotated[
        int, Query(alias="from", ge=0, le=10**9, description="the first index that is wanted")
    ] = 0,
    follow: Annotated[
        bool, Query(description="wait for those that are not there yet, to the end of the job")
    ] = True,
) -> StreamingResponse:
    """JSON lines in the order of the articles, as they come: `index`, `outcome`, and `result`
    or `error`. Whoever is cut off goes on with `from` one more than the last index; where the
    service ends before the job, the last line is `{"outcome": "interrupted", "from": …}`."""
    state, owner = state_of(request), caller_of(request).owner
    await charge(request, 0)
    job = await asyncio.to_thread(state.runtime.jobs.find, id, owner)
    return StreamingResponse(_lines(state, job, start, follow), media_type=_NDJSON)


async def _lines(state: AppState, job: Job, start: int, follow: bool) -> AsyncIterator[bytes]:
    id, owner, ended = job.id, job.owner, job.state.ended
    while True:
        results = await asyncio.to_thread(state.runtime.jobs.results, id, start, _AT_ONCE)
        for result in results:
            yield _line(result)
            start = result.number + 1
        if not results:
            if ended or not follow:
                return
            if state.draining:
                yield b'{"outcome":"interrupted","from":%d}\n' % start
                return
            await asyncio.sleep(_LOOK_EVERY)
            # Before its results: those that come with its end are seen the next time.
            ended = (await asyncio.to_thread(state.runtime.jobs.find, id, owner)).state.ended


def _line(result: Result) -> bytes:
    name = b"result" if result.outcome is Outcome.DONE else b"error"
    outcome = result.outcome.value.encode()
    return b'{"index":%d,"outcome":"%s","%s":%s}\n' % (
        result.number,
        outcome,
        name,
        result.body,
    )


def _read(given: str, body: bytes, options: JobOptions) -> JobRequest:
    """The request of a body. Raises `RequestValidationError` or `UnsupportedMedia`."""
    try:
        if given == "application/json" or given.endswith("+json"):
            made = JobRequest.model_validate_json(body)
            said = options.model_dump(exclude=made.model_fields_set)
            return made.model_copy(update=said)
        if given in _LINES:
            return JobRequest.of_lines(body, options)
    except ValidationError as error:
        found: list[dict[str, Any]] = [
            {**mistake, "loc": ("body", *mistake["loc"])} for mistake in error.errors()
        ]
        raise RequestValidationError(found) from None
    raise UnsupportedMedia(
        f"the body is said to be {given or 'nothing in particular'}: send JSON (Content-Type: "
        f"application/json), or a line of JSON for each article ({_NDJSON})"
    )


def _create(
    state: AppState,
    owner: str | None,
    made: JobRequest,
    manuscripts: list[Manuscript],
    webhook: Webhook | None,
    idempotency: Idempotency | None,
) -> Job:
    job, _ = state.runtime.jobs.create(
        owner,
        made.kind,
        {
            **made.model_dump(include=_KEPT_OPTIONS),
            "strict_language": made.strict_language or state.settings.strict_language,
        },
        [packed(manuscript) for manuscript in manuscripts],
        [manuscript.characters for manuscript in manuscripts],
        webhook,
        idempotency,
    )
    if state.runner is not None:
        state.runner.wake()
    return job


def _shown(state: AppState, job: Job) -> JobOut:
    seconds = state.runner.estimate(job) if state.runner is not None else None
    return JobOut.of(job, state.runtime.jobs.position(job), seconds, state.runtime.jobs.now())
