"""The errors of the service, and the HTTP status of every error.

The base class, and the errors of models and engines, are in `models.errors`.
"""

from __future__ import annotations

from pydantic import BaseModel

from models.errors import KabarError


class ServiceError(KabarError):
    """The base of all errors that `service/` raises.

    `status` is the HTTP status. `retry_after` is the number of seconds after which a retry makes
    sense, or None.
    """

    status = 500

    def __init__(self, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class InvalidSettings(ServiceError):
    """An unknown setting, or an invalid value of one. Raised once, at start."""

    slug = "invalid-settings"
    title = "A setting is not valid"
    exit_code = 2


class InvalidRequest(ServiceError):
    """A request that does not match the interface."""

    slug = "invalid-request"
    title = "The request is not valid"
    status = 422
    exit_code = 2


class WrongLanguage(InvalidRequest):
    """A text that is not in Indonesian, where `strict_language` is set."""

    slug = "wrong-language"
    title = "The text is not in Indonesian"
    exit_code = 3


class Doubtful(InvalidRequest):
    """A result with flags, where `strict` is set. `result` is attached."""

    slug = "doubtful"
    title = "The English has flags"
    exit_code = 7

    def __init__(self, detail: str, result: BaseModel) -> None:
        super().__init__(detail)
        self.result = result


class NotJson(InvalidRequest):
    """A body that is not JSON."""

    slug = "not-json"
    title = "The body is not JSON"
    status = 400


class TooLarge(ServiceError):
    """A body or a text over the limit."""

    slug = "too-large"
    title = "The request is too large"
    status = 413
    exit_code = 3


class WrongHost(ServiceError):
    """A request under a name that is not one of the service's."""

    slug = "wrong-host"
    title = "The service has another name"
    status = 421


class UnsupportedMedia(ServiceError):
    """A body of a media type that the route does not accept."""

    slug = "unsupported-media"
    title = "The media type is not supported"
    status = 415


class Unauthorized(ServiceError):
    """A request without a key, or with an unknown one."""

    slug = "unauthorized"
    title = "An API key is needed"
    status = 401


class Forbidden(ServiceError):
    """A request for more than its key allows."""

    slug = "forbidden"
    title = "The key does not allow this"
    status = 403


class NotFound(ServiceError):
    """An id or a name that does not exist."""

    slug = "not-found"
    title = "Not found"
    status = 404
    exit_code = 2


class Conflict(ServiceError):
    """A request that contradicts existing data."""

    slug = "conflict"
    title = "The request contradicts existing data"
    status = 409
    exit_code = 2


class LimitReached(ServiceError):
    """A key that has used up its requests or characters."""

    slug = "limit-reached"
    title = "The limit of the key is reached"
    status = 429


class QuotaReached(LimitReached):
    """A key that has used up its characters of the day."""


class Busy(ServiceError):
    """A queue with more work than Kabar can translate in reasonable time."""

    slug = "busy"
    title = "The queue is full"
    status = 429


class Gone(ServiceError):
    """A caller who disconnected before the answer was ready."""

    slug = "gone"
    title = "The caller has disconnected"
    status = 503


class TimedOut(ServiceError):
    """A request that took longer than its time limit."""

    slug = "timed-out"
    title = "The request took too long"
    status = 503


class NotReady(ServiceError):
    """A service that loads its model, failed to load it, or is shutting down."""

    slug = "not-ready"
    title = "The service is not ready"
    status = 503


class NoInput(ServiceError):
    """A command without input."""

    slug = "no-input"
    title = "No input"
    exit_code = 2


class CannotRead(ServiceError):
    """An input that exists, but that the system does not let Kabar read."""

    slug = "cannot-read"
    title = "The input cannot be read"
    exit_code = 3


class CannotWrite(ServiceError):
    """An output file or folder that cannot be written."""

    slug = "cannot-write"
    title = "The output cannot be written"
    exit_code = 5


class PortInUse(ServiceError):
    """An address on which another program already listens."""

    slug = "port-in-use"
    title = "The address is in use"
    exit_code = 6


def status_of(error: KabarError) -> int:
    """Return the HTTP status of an error."""
    return error.status if isinstance(error, ServiceError) else 500
