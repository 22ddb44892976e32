"""What the ledger of jobs takes and gives: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """Where a job is; one whose articles partly failed is still done."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self in (JobState.DONE, JobState.CANCELLED)


class Outcome(StrEnum):
    """How the work on an article ended."""

    DONE = "done"
    FAILED = "failed"


class WebhookState(StrEnum):
    """Where the call-back of a job is: waiting for the end or the next try, or settled."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Whom to tell at the end of a job, and what to sign with; `check_url` comes before."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Idempotency:
    """The caller's key for a request, and the sha256 of its body."""

    key: str
    body_sha256: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it was when it was asked for; times are seconds since 1970.

    `number` is the order of creation and the ledger's own; callers see `id`. `done` and `failed`
    count articles by outcome; `characters_left` are those of articles without one.
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
    """An article to work on: the `number`-th, from 0, of a job. `tries` were begun before and
    did not end well: the engine failed, or the process ended in the middle."""

    job: int
    job_id: str
    kind: str
    options: Mapping[str, Any]
    number: int
    source: bytes = field(repr=False)
    tries: int = 0

    @property
    def key(self) -> tuple[int, int]:
        """Which article of all: the job's number and its own."""
        return self.job, self.number


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the `number`-th article: the work's JSON, or that of a problem."""

    number: int
    outcome: Outcome
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A call-back that is due: what to say to whom, after `tries` that failed."""

    job: int
    id: str
    state: JobState
    total: int
    done: int
    failed: int
    webhook: Webhook
    tries: int
