"""Any fault of a file as an error with a message for the user."""

from __future__ import annotations

from models.errors import KabarError
from service.documents.formats.base import UnreadableFile


def as_error(error: BaseException) -> KabarError:
    """Return any fault of a file as an error with a message."""
    if isinstance(error, KabarError):
        return error
    if isinstance(error, OSError):
        return UnreadableFile(f"it cannot be read: {error.strerror or error}")
    if isinstance(error, MemoryError):
        return UnreadableFile("it needs more memory than there is: split it into smaller files")
    return UnreadableFile(f"it is damaged ({type(error).__name__}: {error})")
