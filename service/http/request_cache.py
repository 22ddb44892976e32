"""Results by the bytes of the request: a repeated request is answered without reading it.

Newsletter tools send the same request hundreds of times. Parsing and checking its body takes
longer than all the rest of such a request, and always gives the same id (`docs/load.md` has the
figure).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from fastapi import Request

from service.corrections.corrections import CorrectionStore
from service.glossary.registry import GlossaryRegistry
from service.results.order import Kind
from service.scheduling.request import Lane

_MAX_REQUESTS = 4096


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """The result that a request gave, the lane it asked for, and its characters."""

    kind: Kind
    id: str
    lane: Lane | None
    characters: int


class RequestCache:
    """The latest requests, for one event loop."""

    def __init__(self, registry: GlossaryRegistry, corrections: CorrectionStore) -> None:
        """A change of a glossary or a correction makes every request unknown again."""
        self._registry = registry
        self._corrections = corrections
        self._known: OrderedDict[bytes, KnownRequest] = OrderedDict()

    def find(self, key: bytes) -> KnownRequest | None:
        return self._known.get(key)

    def keep(self, key: bytes, known: KnownRequest) -> None:
        """Remember a request by the key that it had before it was answered."""
        self._known[key] = known
        if len(self._known) > _MAX_REQUESTS:
            self._known.popitem(last=False)

    async def key(self, request: Request) -> bytes:
        """Return the hash of route, media type, body, and the versions of the glossaries and
        corrections."""
        kind = request.headers.get("content-type")
        versions = self._registry.version, self._corrections.version
        digest = hashlib.sha256(f"{request.url.path} {kind} {versions} ".encode())
        digest.update(await request.body())
        return digest.digest()
