"""Retries: which answers are worth another try, and when.

429 and 503 are, and a connection that fails. The service's `Retry-After` decides the time, or a
back-off with jitter.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time

import httpx2

from kabar._errors import RequestRefused

_RETRIED = (429, 503)


@dataclass(frozen=True, slots=True)
class Retries:
    """At most `count` tries after the first, with waits up to `max_wait` seconds."""

    count: int = 4
    max_wait: float = 60.0

    def wait(self, number: int, retry_after: float | None) -> float | None:
        """Return the seconds before retry `number`, from 0; None: do not retry."""
        if number >= self.count:
            return None
        delay = min(self.max_wait, 0.5 * 2.0**number) * random.uniform(0.75, 1.0)
        if retry_after is None:
            return delay
        return None if retry_after > self.max_wait else max(delay, retry_after)


def refusal(response: httpx2.Response) -> RequestRefused:
    """Return the error in a response, whose body must be read."""
    try:
        problem = response.json()
    except ValueError:
        problem = {"detail": f"the answer {response.status_code} is not Kabar's: {response.url}"}
    if not isinstance(problem, dict):
        problem = {}
    return RequestRefused(response.status_code, problem, _retry_after(response))


def is_retried(error: RequestRefused) -> bool:
    """Return whether the same request may succeed later."""
    return error.status in _RETRIED


def _retry_after(response: httpx2.Response) -> float | None:
    header = response.headers.get("retry-after", "")
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time())
    except (TypeError, ValueError):
        return None
