"""The webhook calls of ended jobs, in the file of the jobs."""

from __future__ import annotations

from collections.abc import Callable

from service.jobs.records import Delivery, JobState, Webhook, WebhookState
from service.storage.database import Database


class Deliveries:
    """Webhook calls that are due, and the outcome of each try.

    Jobs are named by number. Every method may raise `JobsUnusable`, and `NotReady` after the store
    is closed.
    """

    def __init__(self, file: Database, now: Callable[[], float]) -> None:
        self._file = file
        self.now = now

    def due(self, count: int) -> list[Delivery]:
        """Return at most `count` calls that are due, the oldest first."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT number, id, state, total, done, failed, webhook_url, webhook_secret, "
                "webhook_tries FROM job WHERE webhook_state = 'waiting' "
                "AND webhook_due IS NOT NULL AND webhook_due <= ? ORDER BY webhook_due LIMIT ?",
                (self.now(), count),
            ).fetchall()
        return [
            Delivery(number, id, JobState(state), total, done, failed, Webhook(url, secret), tries)
            for number, id, state, total, done, failed, url, secret, tries in rows
        ]

    def succeeded(self, job: int) -> None:
        """Record that the receiver accepted the call of a job."""
        with self._file.writing() as db:
            db.execute(
                "UPDATE job SET webhook_state = 'delivered', webhook_reason = NULL, "
                "webhook_secret = NULL WHERE number = ?",
                (job,),
            )

    def failed(self, job: int, reason: str, retry_in: float | None) -> None:
        """Record that the call of a job failed; None gives it up.

        `retry_in` is the time until the next try, in seconds.
        """
        with self._file.writing() as db:
            db.execute(
                "UPDATE job SET webhook_state = ?, webhook_reason = ?, webhook_due = ?, "
                "webhook_tries = webhook_tries + 1, "
                "webhook_secret = iif(?, NULL, webhook_secret) WHERE number = ?",
                (
                    WebhookState.GIVEN_UP if retry_in is None else WebhookState.WAITING,
                    reason,
                    None if retry_in is None else self.now() + retry_in,
                    retry_in is None,
                    job,
                ),
            )
