"""What may go wrong in the service, and the HTTP status of everything Kabar raises.

The tree's root, and the errors of models and engines, are in `models.errors`.
"""

from __future__ import annotations

from pydantic import BaseModel

from models.errors import KabarError


class ServiceError(KabarError):
    """Base of what `service/` raises; `status` is its HTTP status, and `retry_after` after how
    many seconds trying again makes sense, where it does."""

    status = 500

    def __init__(self, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class InvalidSettings(ServiceError):
    """A setting is unknown or has a value it cannot have. Raised once, at start."""

    slug = "invalid-settings"
    title = "A setting is wrong"
    exit_code = 2


class InvalidRequest(ServiceError):
    """The request is not what the interface takes."""

    slug = "invalid-request"
    title = "The request is not valid"
    status = 422
    exit_code = 2


class WrongLanguage(InvalidRequest):
    """The text is not in Indonesian, and `strict_language` was asked for."""

    slug = "wrong-language"
    title = "The text is not in Indonesian"
    exit_code = 3


class Doubtful(InvalidRequest):
    """Something is wrong with the English, and `strict` was asked for; `result` is attached."""

    slug = "doubtful"
    title = "The English has flags"
    exit_code = 7

    def __init__(self, detail: str, result: BaseModel) -> None:
        super().__init__(detail)
        self.result = result


class NotJson(InvalidRequest):
    """The body of a request is not JSON."""

    slug = "not-json"
    title = "The body is not JSON"
    status = 400


class TooLarge(ServiceError):
    """The body or the text of a request is over the limit."""

    slug = "too-large"
    title = "The request is too large"
    status = 413
    exit_code = 3


class UnsupportedMedia(ServiceError):
    """The body of a request is of a kind that is not taken."""

    slug = "unsupported-media"
    title = "The body is of a kind that is not taken here"
    status = 415


class Unauthorized(ServiceError):
    """The request has no key, or one that is not known."""

    slug = "unauthorized"
    title = "A key is needed"
    status = 401


class Forbidden(ServiceError):
    """The key does not allow what was asked for."""

    slug = "forbidden"
    title = "The key does not allow this"
    status = 403


class NotFound(ServiceError):
    """There is nothing of that id."""

    slug = "not-found"
    title = "There is no such thing here"
    status = 404
    exit_code = 2


class Conflict(ServiceError):
    """The request contradicts what is there already."""

    slug = "conflict"
    title = "The request contradicts what is there"
    status = 409
    exit_code = 2


class LimitReached(ServiceError):
    """The key's share of requests or characters is used up."""

    slug = "limit-reached"
    title = "The limit of the key is reached"
    status = 429


class Busy(ServiceError):
    """More is waiting already than can be translated in reasonable time."""

    slug = "busy"
    title = "Too much is waiting already"
    status = 429


class Gone(ServiceError):
    """The caller went away before its answer was there; nobody reads this."""

    slug = "gone"
    title = "The caller has gone"
    status = 503


class TimedOut(ServiceError):
    """The request could not be answered in the time it had."""

    slug = "timed-out"
    title = "The request took too long"
    status = 503


class NotReady(ServiceError):
    """The model is still being built or loaded, or could not be; or the service is ending."""

    slug = "not-ready"
    title = "The service is not ready"
    status = 503


class NoInput(ServiceError):
    """The command line was given nothing to work on."""

    slug = "no-input"
    title = "There is nothing to work on"
    exit_code = 2


class CannotRead(ServiceError):
    """An input is there, but the system does not let it be read."""

    slug = "cannot-read"
    title = "The input could not be read"
    exit_code = 3


class CannotWrite(ServiceError):
    """An output file or folder cannot be written."""

    slug = "cannot-write"
    title = "The output could not be written"
    exit_code = 5


class PortInUse(ServiceError):
    """Another program listens on the address that was asked for."""

    slug = "port-in-use"
    title = "The address is taken"
    exit_code = 6


def status_of(error: KabarError) -> int:
    """The HTTP status of an error."""
    return error.status if isinstance(error, ServiceError) else 500
