"""The routes `/v2/document`: a file is uploaded, translated by a job, and fetched.

A document is a job with one article. Its key is known to its sender alone, and the document is
deleted after its download.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.documents.manuscript import Manuscript
from service.errors import InvalidRequest, NotFound, NotReady, TooLarge
from service.http.auth import caller_of, charge, results_owner
from service.http.deepl.parameters import ADVICE, read
from service.http.deepl.schemas import CommonIn
from service.http.deepl.translate import terms_of
from service.http.parameters import body_of, take_upload, validated
from service.http.state import AppState, state_of
from service.http.uploads import FORMS, MEDIA_TYPES, fragment_of_file
from service.jobs.records import Job, JobState, Outcome
from service.jobs.worker import serialize
from service.results.answers import TranslationOut

router = APIRouter(prefix="/v2/document")


class DocumentIn(CommonIn):
    """The parameters of a document, apart from the file."""

    filename: Annotated[
        str | None, Field(max_length=200, description="its name, if the file has another")
    ] = None
    output_format: Annotated[
        str | None, Field(description="the suffix of the file: other formats are refused")
    ] = None


class KeyIn(BaseModel):
    """The key of a document."""

    model_config = ConfigDict(extra="forbid")

    document_key: Annotated[str, Field(max_length=200, description="from the upload")]


class DocumentOut(BaseModel):
    """An accepted document."""

    document_id: Annotated[str, Field(description="its id")]
    document_key: Annotated[str, Field(description="its key, for status and download")]


class DocumentStatusOut(BaseModel):
    """The progress of a document."""

    document_id: Annotated[str, Field(description="its id")]
    status: Annotated[
        Literal["queued", "translating", "done", "error"], Field(description="its state")
    ]
    seconds_remaining: Annotated[
        int | None,
        Field(exclude_if=lambda value: value is None, description="the estimate, while it runs"),
    ] = None
    billed_characters: Annotated[
        int | None,
        Field(exclude_if=lambda value: value is None, description="only if it is done"),
    ] = None
    error_message: Annotated[
        str | None,
        Field(exclude_if=lambda value: value is None, description="only of an error"),
    ] = None


@router.post("", summary="Upload a document (DeepL)", openapi_extra=body_of(DocumentIn, file=True))
async def upload_document(request: Request) -> DocumentOut:
    """Accept a text, HTML or XML file for translation."""
    parameters = await read(request)
    upload = take_upload(parameters)
    sent = validated(DocumentIn, parameters, ADVICE)
    state, owner = state_of(request), caller_of(request).owner
    state.require_dispatcher()
    terms = await terms_of(request, sent)
    name = sent.filename or upload.name
    fragment = fragment_of_file(name, upload.data)
    wanted = f".{(sent.output_format or '').lower().lstrip('.')}"
    if sent.output_format and FORMS.get(wanted) != fragment.form:
        raise InvalidRequest(
            f"output_format {sent.output_format[:20]!r} is not supported: a document keeps its "
            f"format"
        )
    if len(fragment.text) > (limit := state.settings.max_characters):
        raise TooLarge(
            f"the file has {len(fragment.text):,} characters and the limit is {limit:,}: send it "
            f"in parts, or raise KABAR_MAX_CHARACTERS"
        )
    await charge(request, len(fragment.text))
    key = secrets.token_hex(32).upper()
    options: dict[str, Any] = {
        "deterministic": False,
        "bullets": 1,
        "language": "en",
        "results_of": results_owner(request),
        "strict_language": state.settings.strict_language,
        "terms": [
            {"source": term.source, "target": term.field, "case": term.case.value} for term in terms
        ],
        "document": {"key": _digest(key), "name": name, "form": fragment.form},
    }
    item = serialize(Manuscript.from_fragment(fragment))

    def create() -> Job:
        counts = [len(fragment.text)]
        return state.runtime.jobs.create(owner, "translation", options, [item], counts)[0]

    job = await state.run_lookup(create)
    if state.runner is not None:
        state.runner.wake()
    return DocumentOut(document_id=job.id, document_key=key)


@router.post("/{id}", summary="Get the status of a document (DeepL)", openapi_extra=body_of(KeyIn))
async def get_status(id: str, request: Request) -> DocumentStatusOut:
    """Return whether the document is done. A wrong key is answered with 404."""
    job = await _find(id, request)
    state = state_of(request)
    return await state.run_lookup(_status, state, job)


@router.post(
    "/{id}/result",
    summary="Download a document, once (DeepL)",
    openapi_extra=body_of(KeyIn),
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def download(id: str, request: Request) -> Response:
    """Return the English document and delete it here; 503 until it is done."""
    job = await _find(id, request)
    state = state_of(request)
    status = await state.run_lookup(_status, state, job)
    if status.status == "error":
        raise NotFound(f"the document could not be translated: {status.error_message}")
    if status.status != "done":
        raise NotReady("the document is not translated yet: ask for its status", retry_after=5)
    document = job.options["document"]
    result = await state.run_lookup(_result, state, job)
    await state.run_lookup(state.runtime.jobs.remove, job.id, job.owner)
    text = result.fragment(document["form"])
    return Response(
        text.encode(),
        media_type=f"{MEDIA_TYPES[document['form']]}; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(document['name'])}"},
    )


async def _find(id: str, request: Request) -> Job:
    """Return the job of a document. Raises `NotFound`, also for a wrong key."""
    sent = validated(KeyIn, await read(request), ADVICE)
    state, owner = state_of(request), caller_of(request).owner
    try:
        job = await state.run_lookup(state.runtime.jobs.find, id, owner)
        expected = job.options["document"]["key"]
    except (NotFound, KeyError):
        expected = ""
    if not hmac.compare_digest(_digest(sent.document_key), expected):
        raise NotFound(
            f"there is no document {id[:50]} with this key: it is deleted after its download, or "
            f"30 days after its translation"
        )
    return job


def _status(state: AppState, job: Job) -> DocumentStatusOut:
    status: Literal["queued", "translating"] = (
        "queued" if job.state is JobState.QUEUED else "translating"
    )
    if not job.state.ended:
        seconds = state.runner.estimate(job) if state.runner is not None else None
        left = None if seconds is None else round(seconds)
        return DocumentStatusOut(document_id=job.id, status=status, seconds_remaining=left)
    message = _error_message(state, job)
    if message is not None:
        return DocumentStatusOut(document_id=job.id, status="error", error_message=message)
    return DocumentStatusOut(
        document_id=job.id, status="done", seconds_remaining=0, billed_characters=job.characters
    )


def _error_message(state: AppState, job: Job) -> str | None:
    """Return why a document that has ended has no English, or None."""
    results = state.runtime.jobs.results(job.id, 0, 1)
    if not results:
        return "the job was cancelled: upload the document again"
    if results[0].outcome is Outcome.FAILED:
        return str(json.loads(results[0].body).get("detail", "see the log of the service"))
    if failed := TranslationOut.model_validate_json(results[0].body).report.sentences_failed:
        return f"the engine failed on {failed} sentences: upload the document again"
    return None


def _result(state: AppState, job: Job) -> TranslationOut:
    return TranslationOut.model_validate_json(state.runtime.jobs.results(job.id, 0, 1)[0].body)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
