"""The errors of the client."""

from __future__ import annotations

from typing import Any


class KabarError(Exception):
    """The base of all errors of the client."""


class ServiceUnreachable(KabarError):
    """A service that does not answer, or an answer that breaks off."""


class RequestRefused(KabarError):
    """An error that the service answered.

    `type` is a stable name, such as `limit-reached`, and `detail` says what to do. `retry_after` is
    in seconds, if a later try makes sense. `result` is the result with flags of a strict request.
    """

    def __init__(
        self, status: int, problem: dict[str, Any], retry_after: float | None = None
    ) -> None:
        self.status = status
        self.type = str(problem.get("type", "http-error"))
        self.detail = str(problem.get("detail") or f"the service answered {status}")
        self.request_id = str(problem.get("request_id", ""))
        self.result: dict[str, Any] | None = problem.get("result")
        self.retry_after = retry_after
        super().__init__(f"{self.detail} ({status} {self.type}, request {self.request_id})")
