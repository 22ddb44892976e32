"""The bodies of requests and responses for jobs."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from service.errors import NotJson
from service.http.bodies import count_values
from service.http.schemas.articles import Article
from service.http.schemas.options import Glossaries, Terms
from service.jobs.records import Job, JobState, WebhookState
from service.summaries.records import BulletLanguage

MAX_ARTICLES = 1000
# Of all articles together: two hundred paragraphs each.
MAX_JOB_VALUES = 200 * MAX_ARTICLES


class JobOptions(Glossaries):
    """The options for every article of a job."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[
        Literal["translation", "summary"], Field(description="the result for each article")
    ] = "translation"
    bullets: Annotated[
        int, Field(ge=1, le=7, description="maximum number of bullets in a summary")
    ] = 3
    language: Annotated[
        BulletLanguage, Field(description="the language of a summary's bullets")
    ] = "en"
    words: Annotated[
        int | None, Field(ge=1, le=10_000, description="maximum words in a summary's bullets")
    ] = None
    characters: Annotated[
        int | None, Field(ge=1, le=100_000, description="maximum characters in a summary's bullets")
    ] = None
    deterministic: Annotated[bool, Field(description="translate each sentence alone")] = False
    strict_language: Annotated[
        bool, Field(description="fail an article that is neither Indonesian nor English")
    ] = False


class WebhookIn(BaseModel):
    """A URL to which Kabar POSTs when the job ends."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[
        str, Field(max_length=2000, pattern="^https?://", description="the URL of the POST")
    ]
    secret: Annotated[
        str,
        Field(
            min_length=16,
            max_length=200,
            description="the key of the signature: HMAC-SHA256 in `Kabar-Signature`",
        ),
    ]


class JobRequest(JobOptions, Terms):
    """The articles of a job, with options."""

    articles: Annotated[list[Article], Field(min_length=1, max_length=MAX_ARTICLES, fail_fast=True)]
    webhook: WebhookIn | None = None

    @classmethod
    def of_json(cls, body: bytes) -> Self:
        """Return the request in a body of JSON.

        Raises `NotJson`, `InvalidRequest` and `ValidationError`.
        """
        count_values(body, MAX_JOB_VALUES)
        return cls.model_validate_json(body)

    @classmethod
    def of_lines(cls, body: bytes, options: JobOptions) -> Self:
        """Return the request in a body of JSON lines. Raises as `of_json` does."""
        articles, values = [], 0
        for number, line in enumerate(io.BytesIO(body)):
            values += 1
            if line.strip():
                detail = f"line {number + 1} is not valid JSON"
                values += count_values(line, max(0, MAX_JOB_VALUES - values), detail)
                articles.append(_load(line, detail))
            # One article over the limit is enough for the error.
            if len(articles) > MAX_ARTICLES or values > MAX_JOB_VALUES:
                break
        return cls.model_validate({**options.model_dump(), "articles": articles})


def _load(line: bytes, detail: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise NotJson(detail) from None


class JobWebhookOut(BaseModel):
    """The state of the webhook, and why the last attempt failed."""

    url: str
    state: WebhookState
    reason: str | None


class JobOut(BaseModel):
    """A job.

    `position` is the number of unfinished jobs before it. Times are UTC.
    """

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
        datetime | None, Field(description="null before the first measurement")
    ]
    webhook: JobWebhookOut | None
    results: Annotated[str, Field(description="the path of the results")]

    @classmethod
    def of(cls, job: Job, position: int, seconds: float | None, now: float) -> Self:
        """Return the response for a job; `seconds` is the estimate to its end."""
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
    """Jobs, newest first."""

    jobs: list[JobOut]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds, 3), UTC)
