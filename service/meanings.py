"""What bodies of requests meant, by the hash of their bytes.

Newsletter tools ask the same thing hundreds of times. Parsing and checking a body takes longer
than all the rest of such a request, and comes to the same each time.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from fastapi import Request

from service.glossary.book import Book
from service.results import Kind
from service.ticket import Lane

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

    def __init__(self, book: Book) -> None:
        """A body means another result once a glossary of the book is another."""
        self._book = book
        self._known: OrderedDict[bytes, Meaning] = OrderedDict()

    async def find(self, request: Request) -> Meaning | None:
        return self._known.get(await self._key(request))

    async def keep(self, request: Request, meaning: Meaning) -> None:
        """Remember what the body of a request, which was read, turned out to mean."""
        self._known[await self._key(request)] = meaning
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def _key(self, request: Request) -> bytes:
        """Of the route, the kind of body and the body (starlette keeps it for whoever asks), and
        the edition of the glossaries."""
        kind = request.headers.get("content-type")
        digest = hashlib.sha256(f"{request.url.path} {kind} {self._book.edition} ".encode())
        digest.update(await request.body())
        return digest.digest()
