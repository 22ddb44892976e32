"""What goes over HTTP about jobs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.http.schemas.requests import Article, Glossaries, Terms
from service.jobs.records import Job, JobState, WebhookState
from service.summaries.make import Language

MAX_ARTICLES = 1000


class JobOptions(Glossaries):
    """What is made of every article of a job."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[
        Literal["translation", "summary"], Field(description="what is made of each article")
    ] = "translation"
    bullets: Annotated[int, Field(ge=1, le=7, description="of a summary, at most")] = 3
    language: Annotated[Language, Field(description="of a summary's bullets")] = "en"
    words: Annotated[
        int | None, Field(ge=1, le=10_000, description="of a summary's bullets, at most")
    ] = None
    characters: Annotated[
        int | None, Field(ge=1, le=100_000, description="of a summary's bullets, at most")
    ] = None
    deterministic: Annotated[bool, Field(description="translate every sentence on its own")] = False
    strict_language: Annotated[
        bool, Field(description="an article in neither Indonesian nor English fails")
    ] = False


class WebhookIn(BaseModel):
    """Whom to tell when the job has ended."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[
        str, Field(max_length=2000, pattern="^https?://", description="called with POST")
    ]
    secret: Annotated[
        str,
        Field(
            min_length=16,
            max_length=200,
            description="the call is signed with it: HMAC-SHA256 in `Kabar-Signature`",
        ),
    ]


class JobRequest(JobOptions, Terms):
    """Articles, and what is to be made of them."""

    articles: Annotated[list[Article], Field(min_length=1, max_length=MAX_ARTICLES)]
    webhook: WebhookIn | None = None

    @classmethod
    def of_lines(cls, body: bytes, options: JobOptions) -> Self:
        """A request whose body has an article a line. Raises `ValidationError`."""
        lines = [line for line in body.split(b"\n") if line.strip()]
        # One over the limit is enough to be refused for it.
        articles = [_loaded(line, number) for number, line in enumerate(lines[: MAX_ARTICLES + 1])]
        return cls.model_validate({**options.model_dump(), "articles": articles})


def _loaded(line: bytes, number: int) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise ValidationError.from_exception_data(
            "JobRequest",
            [
                {
                    "type": "json_invalid",
                    "loc": ("articles", number),
                    "input": "",
                    "ctx": {"error": f"line {number + 1}"},
                }
            ],
        ) from None


class JobWebhookOut(BaseModel):
    """Where the call-back is, and why the last try failed."""

    url: str
    state: WebhookState
    reason: str | None


class JobOut(BaseModel):
    """A job. `position` counts the unfinished jobs before it; times are UTC."""

    id: str
    kind: str
    state: JobState
    total: int
    done: int
    failed: int
    position: int
    created: datetime
    started: datetime | None
    finished: datetime | None
    estimated_finish: Annotated[
        datetime | None, Field(description="null where nothing has been measured yet")
    ]
    webhook: JobWebhookOut | None
    results: Annotated[str, Field(description="where its results are")]

    @classmethod
    def of(cls, job: Job, position: int, seconds: float | None, now: float) -> Self:
        """`seconds` to the end, as far as can be told."""
        webhook = None
        if job.webhook_url is not None and job.webhook_state is not None:
            webhook = JobWebhookOut(
                url=job.webhook_url, state=job.webhook_state, reason=job.webhook_reason
            )
        return cls(
            id=job.id,
            kind=job.kind,
            state=job.state,
            total=job.total,
            done=job.done,
            failed=job.failed,
            position=position,
            created=_time(job.created),
            started=None if job.started is None else _time(job.started),
            finished=None if job.finished is None else _time(job.finished),
            estimated_finish=None if seconds is None else _time(now + seconds),
            webhook=webhook,
            results=f"/v1/jobs/{job.id}/results",
        )


class JobsOut(BaseModel):
    """Jobs, the newest first."""

    jobs: list[JobOut]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds, 3), UTC)


def request_schema() -> dict[str, Any]:
    """JSON schema of `JobRequest` for the interface's description, which finds no references to
    models that no route takes by type."""
    schema = JobRequest.model_json_schema()
    parts = schema.pop("$defs")

    def inlined(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return inlined(parts[value["$ref"].rsplit("/", 1)[1]])
            return {name: inlined(part) for name, part in value.items()}
        return [inlined(part) for part in value] if isinstance(value, list) else value

    resolved: dict[str, Any] = inlined(schema)
    return resolved
