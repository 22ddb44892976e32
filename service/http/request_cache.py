"""A cache of result ids by the bytes of the request.

Newsletter tools send the same request hundreds of times. Parsing and validating its body takes
longer than all the rest of it, and always gives the same id (measured in `docs/load.md`).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from fastapi import Request

from service.corrections.store import CorrectionStore
from service.glossary.registry import GlossaryRegistry
from service.results.order import Kind
from service.scheduling.request import Lane

_MAX_REQUESTS = 4096


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """A request's result (kind and id), requested lane and characters."""

    kind: Kind
    id: str
    lane: Lane | None
    characters: int


class RequestCache:
    """The latest requests of one event loop."""

    def __init__(self, registry: GlossaryRegistry, corrections: CorrectionStore) -> None:
        """Forget all requests when a glossary or a correction changes."""
        self._registry = registry
        self._corrections = corrections
        self._known: OrderedDict[bytes, KnownRequest] = OrderedDict()

    def find(self, key: bytes) -> KnownRequest | None:
        return self._known.get(key)

    def add(self, key: bytes, known: KnownRequest) -> None:
        """Add a request under the key that it had before it was answered."""
        self._known[key] = known
        if len(self._known) > _MAX_REQUESTS:
            self._known.popitem(last=False)

    async def key(self, request: Request, owner: str) -> bytes:
        """Return the key: a hash of path, owner, media type, body, and the versions.

        The versions are those of the glossaries and the corrections.
        """
        media = request.headers.get("content-type")
        versions = self._registry.version, self._corrections.version
        digest = hashlib.sha256(f"{request.url.path} {owner} {media} {versions} ".encode())
        digest.update(await request.body())
        return digest.digest()
