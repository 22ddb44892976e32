"""The events of a streamed translation (server-sent events, in the HTML standard)."""

from __future__ import annotations

import json

from kabar._errors import RequestRefused
from kabar._models import Event, Translation


class EventReader:
    """Reads events line by line."""

    def __init__(self) -> None:
        self._kind = ""
        self._data: list[str] = []
        self.ended = False

    def feed(self, line: str) -> Event | None:
        """Return the event that a line ends, or None. Raises `RequestRefused`."""
        line = line.rstrip("\r\n")
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._kind = value
        elif name == "data":
            self._data.append(value)
        if line or not self._data:
            return None
        kind, data = self._kind, json.loads("\n".join(self._data))
        self._kind, self._data = "", []
        if kind == "error":
            raise RequestRefused(int(data.get("status", 500)), data)
        return self._event(kind, data)

    def whole(self, body: bytes) -> Event:
        """Return the one event of a service that does not stream."""
        return self._event("result", json.loads(body))

    def _event(self, kind: str, data: dict[str, object]) -> Event:
        self.ended = kind == "result"
        translation = Translation.model_validate(data) if self.ended else None
        return Event(kind=kind, data=data, translation=translation)
