"""The records of jobs, their articles and their webhook calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """The state of a job; a job is done even if articles failed."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether the job has ended, so that no more results come."""
        return self in (JobState.DONE, JobState.CANCELLED)


class Outcome(StrEnum):
    """The outcome of the work on an article."""

    DONE = "done"
    FAILED = "failed"


class WebhookState(StrEnum):
    """The state of a webhook call.

    It waits for the end of the job or the next try, or it is final.
    """

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Webhook:
    """The URL to call at the end of a job, and the secret for signatures.

    `service.jobs.webhook.check_url` has checked the URL.
    """

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's key for a request, and the sha256 of its body."""

    key: str
    body_sha256: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """A snapshot of a job; times are seconds since 1970.

    `number` is the order of creation, for internal use; callers see `id`. `done` and `failed`
    count articles by outcome. `characters_left` counts characters of articles without an outcome.
    """

    number: int
    id: str
    owner: str | None
    kind: str
    options: Mapping[str, Any]
    total: int
    done: int
    failed: int
    state: JobState
    created: float
    started: float | None
    finished: float | None
    characters: int
    characters_left: int
    webhook_url: str | None
    webhook_state: WebhookState | None
    webhook_reason: str | None  # why the last try failed


@dataclass(frozen=True, slots=True)
class Item:
    """An article to work on: number `number`, from 0, of a job.

    `tries` counts earlier tries that did not succeed: the engine failed, or the process ended
    while the article was worked on alone.
    """

    job: int
    job_id: str
    kind: str
    options: Mapping[str, Any]
    number: int
    source: bytes = field(repr=False)
    tries: int = 0

    @property
    def key(self) -> tuple[int, int]:
        """The job's number and the article's number in it."""
        return self.job, self.number


@dataclass(frozen=True, slots=True)
class Result:
    """The result of article `number`, from 0: its JSON, or that of a problem."""

    number: int
    outcome: Outcome
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook call that is due, after `tries` failed ones."""

    job: int
    id: str
    state: JobState
    total: int
    done: int
    failed: int
    webhook: Webhook
    tries: int
