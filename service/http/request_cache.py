"""What bodies of requests meant, by the hash of their bytes.

Newsletter tools ask the same thing hundreds of times. Parsing and checking a body takes longer
than all the rest of such a request, and comes to the same each time.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from fastapi import Request

from service.corrections.corrections import CorrectionStore
from service.glossary.registry import GlossaryRegistry
from service.scheduling.request import Lane
from service.translation.results import Kind

_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """What a body asked for: a result, in a lane, and the characters it is charged for."""

    kind: Kind
    id: str
    lane: Lane | None
    characters: int


class RequestCache:
    """What bodies meant. For one event loop."""

    def __init__(self, registry: GlossaryRegistry, memory: CorrectionStore) -> None:
        """A body means another result once a glossary of the book is another, or a correction
        more is in the memory."""
        self._registry = registry
        self._memory = memory
        self._known: OrderedDict[bytes, KnownRequest] = OrderedDict()

    def find(self, key: bytes) -> KnownRequest | None:
        """What a body meant before, by its `key`."""
        return self._known.get(key)

    def keep(self, key: bytes, known: KnownRequest) -> None:
        """Remember what a body turned out to mean, by the `key` that it had before."""
        self._known[key] = known
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    async def key(self, request: Request) -> bytes:
        """Of the route, the kind of body and the body (starlette keeps it for whoever asks), and
        the editions of the glossaries and the corrections."""
        kind = request.headers.get("content-type")
        versions = self._registry.version, self._memory.version
        digest = hashlib.sha256(f"{request.url.path} {kind} {versions} ".encode())
        digest.update(await request.body())
        return digest.digest()
