"""What may go wrong in the service, and the HTTP status of everything Kabar raises.

The tree's root, and the errors of models and engines, are in `models.errors`.
"""

from __future__ import annotations

from models.errors import KabarError


class ServiceError(KabarError):
    """Base of what `service/` raises; `status` is its HTTP status."""

    status = 500


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


class NotReady(ServiceError):
    """The model is still being built or loaded, or could not be."""

    slug = "not-ready"
    title = "The service is not ready yet"
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
