"""What bodies of requests meant, by the hash of their bytes.

Newsletter tools ask the same thing hundreds of times. Parsing and checking a body takes longer
than all the rest of such a request, and comes to the same each time.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from fastapi import Request

from service.corrections.corrections import Memory
from service.glossary.registry import Book
from service.scheduling.request import Lane
from service.translation.results import Kind

_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a body asked for: a result, in a lane, and the characters it is charged for."""

    kind: Kind
    id: str
    lane: Lane | None
    characters: int


class Meanings:
    """What bodies meant. For one event loop."""

    def __init__(self, book: Book, memory: Memory) -> None:
        """A body means another result once a glossary of the book is another, or a correction
        more is in the memory."""
        self._book = book
        self._memory = memory
        self._known: OrderedDict[bytes, Meaning] = OrderedDict()

    def find(self, key: bytes) -> Meaning | None:
        """What a body meant before, by its `key`."""
        return self._known.get(key)

    def keep(self, key: bytes, meaning: Meaning) -> None:
        """Remember what a body turned out to mean, by the `key` that it had before."""
        self._known[key] = meaning
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def key(self, request: Request) -> bytes:
        """Of the route, the kind of body and the body (starlette keeps it for whoever asks), and
        the editions of the glossaries and the corrections."""
        kind = request.headers.get("content-type")
        editions = self._book.edition, self._memory.edition
        digest = hashlib.sha256(f"{request.url.path} {kind} {editions} ".encode())
        digest.update(await request.body())
        return digest.digest()
