"""The events of a run, for people and for programs.

Every event has a name and fields of plain data. `docs/archive.md` lists them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.errors import KabarError


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run."""

    name: str
    fields: dict[str, Any]

    def json(self) -> str:
        return json.dumps({"event": self.name, **self.fields}, ensure_ascii=False)


Listener = Callable[[Event], None]


def error_fields(error: KabarError) -> dict[str, str]:
    """Return an error as fields of an event."""
    return {"error": error.slug, "title": error.title, "detail": error.detail}


def tell_failed(listener: Listener, name: str, error: KabarError) -> None:
    """Tell that an input failed."""
    listener(Event("file_failed", {"path": name, **error_fields(error)}))
