"""Files that other services' interfaces send to be translated."""

from __future__ import annotations

from pathlib import PurePosixPath

from service.documents.decode import decode
from service.documents.fragments import Fragment, FragmentForm
from service.errors import InvalidRequest

# The form of the fragment in a file, by its suffix.
FORMS: dict[str, FragmentForm] = {
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".xml": "xml",
}
MEDIA_TYPES = {"text": "text/plain", "html": "text/html", "xml": "application/xml"}


def fragment_of_file(name: str, data: bytes) -> Fragment:
    """Return the fragment in a file. Raises `InvalidRequest` or `UnreadableText`."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in FORMS:
        raise InvalidRequest(
            f"the file {name!r} cannot be translated: send one of {', '.join(FORMS)}"
        )
    form = FORMS[suffix]
    return Fragment(decode(data), form, "punctuation" if form == "html" else "lines")
