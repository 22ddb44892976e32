"""The routes `/v1/jobs`: many articles, after all other requests.

A job survives a restart.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from service.documents.manuscript import Manuscript
from service.errors import InvalidRequest, NotJson, UnsupportedMedia
from service.http.auth import BEARER, caller_of, charge, results_owner
from service.http.bodies import NOT_JSON, describe
from service.http.content import media_type
from service.http.schemas.inlining import inlined
from service.http.schemas.jobs import JobOptions, JobOut, JobRequest, JobsOut
from service.http.state import AppState, state_of
from service.jobs.records import Idempotency, Job, Outcome, Result, Webhook
from service.jobs.webhook import check_url
from service.jobs.worker import serialize

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], dependencies=[Depends(BEARER)])

# Of a body: a thousand long articles.
MAX_BYTES = 64 * 1024 * 1024

# The stored options, apart from `strict_language`, which is also a setting.
_STORED_OPTIONS = {
    "deterministic", "bullets", "words", "characters", "language", "glossary", "terms"
}  # fmt: skip

_LINES = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")
_NDJSON = _LINES[0]

# Between two looks for new results, and the results of one look.
_POLL_SECONDS = 0.25
_RESULTS_PER_POLL = 50


@router.post(
    "",
    status_code=202,
    summary="Start a job",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": inlined(JobRequest)},
                _NDJSON: {"schema": {"type": "string", "description": "one article per line"}},
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
            description="a repeated request with the same key and body returns the same job",
        ),
    ] = None,
) -> JobOut:
    """Accept up to 1,000 articles for translations or summaries.

    Send JSON (`articles`), or one line of JSON per article. Options go in the query or in the JSON
    body, which takes precedence. An accepted job survives a restart.
    """
    state, caller = state_of(request), caller_of(request)
    state.require_dispatcher()  # raises during a shutdown
    body = await request.body()
    job_request = await asyncio.to_thread(_read, media_type(request), body, options)
    limit = state.settings.max_characters
    # Raises for a missing glossary now, and not for each article.
    await asyncio.to_thread(
        state.runtime.registry.choose, job_request.glossary_names, job_request.own_terms
    )
    manuscripts = await asyncio.to_thread(
        lambda: [article.manuscript(limit) for article in job_request.articles]
    )
    idempotency = None
    if idempotency_key is not None:
        digest = hashlib.sha256(body + str(request.url.query).encode()).digest()
        idempotency = Idempotency(idempotency_key, digest)
    # Before the charge: a repeated or refused request costs nothing.
    job = await asyncio.to_thread(
        state.runtime.jobs.precheck, caller.owner, len(manuscripts), idempotency
    )
    if job is None:
        job = await _charge_and_create(request, state, job_request, manuscripts, idempotency)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return await asyncio.to_thread(_job_out, state, job)


async def _charge_and_create(
    request: Request,
    state: AppState,
    job_request: JobRequest,
    manuscripts: list[Manuscript],
    idempotency: Idempotency | None,
) -> Job:
    webhook = None
    if job_request.webhook is not None:
        allow = state.settings.webhook_private
        await asyncio.to_thread(check_url, job_request.webhook.url, allow)
        webhook = Webhook(job_request.webhook.url, job_request.webhook.secret)
    await charge(request, sum(manuscript.characters for manuscript in manuscripts))
    owner = caller_of(request).owner
    return await asyncio.to_thread(
        _create,
        state,
        owner,
        results_owner(request),
        job_request,
        manuscripts,
        webhook,
        idempotency,
    )


@router.get("", summary="List the caller's jobs")
async def list_jobs(request: Request) -> JobsOut:
    """Return the last 100 jobs, newest first."""
    state = state_of(request)

    def jobs() -> list[JobOut]:
        return [_job_out(state, job) for job in state.runtime.jobs.jobs(caller_of(request).owner)]

    return JobsOut(jobs=await asyncio.to_thread(jobs))


@router.get("/{id}", summary="Get the progress of a job")
async def get_job(id: str, request: Request) -> JobOut:
    """Return state, counts, position in the queue and estimated end."""
    state = state_of(request)
    return await asyncio.to_thread(
        lambda: _job_out(state, state.runtime.jobs.find(id, caller_of(request).owner))
    )


@router.delete("/{id}", summary="Cancel a job")
async def cancel_job(id: str, request: Request) -> JobOut:
    """Cancel the articles that are not done; a finished job stays as it is."""
    state = state_of(request)

    def cancel() -> JobOut:
        job = state.runtime.jobs.cancel(id, caller_of(request).owner)
        if state.runner is not None:
            state.runner.wake()
        return _job_out(state, job)

    return await asyncio.to_thread(cancel)


@router.get(
    "/{id}/results",
    summary="Get the results, one per line",
    response_class=Response,
    responses={200: {"content": {_NDJSON: {}}}},
)
async def get_results(
    id: str,
    request: Request,
    start: Annotated[
        int, Query(alias="from", ge=0, le=10**9, description="the index of the first result")
    ] = 0,
    follow: Annotated[
        bool, Query(description="wait for the remaining results until the job ends")
    ] = True,
) -> StreamingResponse:
    """Stream the results as JSON lines, in the order of the articles.

    A line has `index`, `outcome`, and `result` or `error`. After a lost connection, set `from` to
    the last index plus one. If the service shuts down before the job ends, the last line is
    `{"outcome": "interrupted", "from": …}`.
    """
    state, owner = state_of(request), caller_of(request).owner
    job = await asyncio.to_thread(state.runtime.jobs.find, id, owner)
    return StreamingResponse(_lines(state, job, start, follow), media_type=_NDJSON)


async def _lines(state: AppState, job: Job, start: int, follow: bool) -> AsyncIterator[bytes]:
    id, owner, ended = job.id, job.owner, job.state.ended
    while True:
        results = await asyncio.to_thread(state.runtime.jobs.results, id, start, _RESULTS_PER_POLL)
        for result in results:
            yield _line(result)
            start = result.number + 1
        if not results:
            if ended or not follow:
                return
            if state.draining:
                yield b'{"outcome":"interrupted","from":%d}\n' % start
                return
            await asyncio.sleep(_POLL_SECONDS)
            # Read before the results, so that the next round sees those that come with the end.
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


def _read(media: str, body: bytes, options: JobOptions) -> JobRequest:
    """Return the request in a body.

    Raises `InvalidRequest`, `NotJson` and `UnsupportedMedia`.
    """
    try:
        if media == "application/json" or media.endswith("+json"):
            job_request = JobRequest.of_json(body)
            query = options.model_dump(exclude=job_request.model_fields_set)
            return job_request.model_copy(update=query)
        if media in _LINES:
            return JobRequest.of_lines(body, options)
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_input=False)
        json_invalid = any(mistake["type"] == "json_invalid" for mistake in mistakes)
        if json_invalid:
            raise NotJson(NOT_JSON) from None
        located = [{**mistake, "loc": ("body", *mistake["loc"])} for mistake in mistakes]
        raise InvalidRequest(describe(located)) from None
    raise UnsupportedMedia(
        f"the media type of the body is {media or 'missing'}: send JSON (Content-Type: "
        f"application/json), or one line of JSON per article ({_NDJSON})"
    )


def _create(
    state: AppState,
    owner: str | None,
    results_of: str,
    job_request: JobRequest,
    manuscripts: list[Manuscript],
    webhook: Webhook | None,
    idempotency: Idempotency | None,
) -> Job:
    job, _ = state.runtime.jobs.create(
        owner,
        job_request.kind,
        {
            **job_request.model_dump(include=_STORED_OPTIONS),
            "results_of": results_of,
            "strict_language": job_request.strict_language or state.settings.strict_language,
        },
        [serialize(manuscript) for manuscript in manuscripts],
        [manuscript.characters for manuscript in manuscripts],
        webhook,
        idempotency,
    )
    if state.runner is not None:
        state.runner.wake()
    return job


def _job_out(state: AppState, job: Job) -> JobOut:
    seconds = state.runner.estimate(job) if state.runner is not None else None
    return JobOut.of(job, state.runtime.jobs.position(job), seconds, state.runtime.jobs.now())
