"""Reads server-sent events, for tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any


def events(lines: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Yield the name and the JSON of each event; of a comment, `:` and its text."""
    name = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if line.startswith(":"):
            yield ":", line[1:].strip()
        elif field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)
