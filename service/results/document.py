"""Documents: results as JSON bytes, in memory and in the store."""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass

from service import metrics
from service.results.answers import TranslationOut
from service.results.order import Kind
from service.results.summary_answers import SummaryOut
from service.storage.store import Level, Store

# Bytes of documents in memory, in front of the store.
_MEMORY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """A result as JSON without its closing brace, so that timings can follow.

    `result` and `first_json` are set for the caller for whom it was made: the result as an object,
    and its JSON with the first counts and timings.
    """

    open_json: bytes
    etag: str
    result: TranslationOut | SummaryOut | None = None
    first_json: bytes | None = None

    def json(self, seconds: float) -> bytes:
        """Return the JSON for a request that took this many seconds."""
        return self.first_json or self.open_json + b',"timings":{"total":%.6f}}' % seconds

    @property
    def untimed(self) -> bytes:
        """The JSON that the ETag identifies: the same bytes each time."""
        return self.open_json + b',"timings":{}}'

    def translation(self, seconds: float = 0.0) -> TranslationOut:
        """Return the document as a translation that took this many seconds."""
        if isinstance(self.result, TranslationOut):
            return self.result
        return TranslationOut.model_validate_json(self.json(seconds))

    def summary(self, seconds: float = 0.0) -> SummaryOut:
        """Return the document as a summary that took this many seconds."""
        if isinstance(self.result, SummaryOut):
            return self.result
        return SummaryOut.model_validate_json(self.json(seconds))

    @classmethod
    def of(cls, result: TranslationOut | SummaryOut) -> Document:
        """Return the document of a result.

        Later answers count its sentences as reused.
        """
        report = result.report
        sentences = report.sentences_translated + report.sentences_reused
        later = result.model_copy(
            update={
                "cached": True,
                "report": report.model_copy(
                    update={"sentences_translated": 0, "sentences_reused": sentences}
                ),
            }
        )
        stored = cls.parse(later.model_dump_json(exclude={"timings"}).encode()[:-1])
        return cls(stored.open_json, stored.etag, result, result.model_dump_json().encode())

    @classmethod
    def parse(cls, open_json: bytes) -> Document:
        """Return a document from its stored bytes."""
        return cls(open_json, f'"{hashlib.sha256(open_json).hexdigest()[:32]}"')


class DocumentCache:
    """Documents by kind, id and owner: recent ones in memory, all in the store."""

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._memory: OrderedDict[bytes, Document] = OrderedDict()
        self._bytes = 0

    def find_in_memory(self, kind: Kind, id: str, owner: str = "") -> Document | None:
        """Return a document from memory, without blocking."""
        key = _key(kind, id, owner)
        with self._lock:
            document = self._memory.get(key)
            if document is not None:
                self._memory.move_to_end(key)
                metrics.CACHE_HITS.labels("memory").inc()
        return document

    def find(self, kind: Kind, id: str, owner: str = "") -> Document | None:
        """Return a document from memory or from the store; this may block."""
        document = self.find_in_memory(kind, id, owner)
        if document is not None or self._store is None:
            return document
        key = _key(kind, id, owner)
        document = self._read(key)
        counter = metrics.CACHE_MISSES if document is None else metrics.CACHE_HITS
        counter.labels(Level.RESULT.value).inc()
        if document is not None:
            self._remember(key, document)
        return document

    def put(self, kind: Kind, id: str, document: Document, owner: str = "") -> None:
        """Store an owner's document, unless another process has stored it."""
        if self._store is None:
            return
        key = _key(kind, id, owner)
        self._store.put(Level.RESULT, {key: zlib.compress(document.open_json, 1)})
        self._remember(key, self._read(key) or Document(document.open_json, document.etag))

    def _read(self, key: bytes) -> Document | None:
        assert self._store is not None
        value = self._store.get(Level.RESULT, [key]).get(key)
        try:
            return None if value is None else Document.parse(zlib.decompress(value))
        except zlib.error:  # Kabar did not write it
            return None

    def _remember(self, key: bytes, document: Document) -> None:
        with self._lock:
            if key in self._memory:
                return
            self._memory[key] = document
            self._bytes += len(document.open_json)
            while self._bytes > _MEMORY_BYTES:
                _, oldest = self._memory.popitem(last=False)
                self._bytes -= len(oldest.open_json)


def _key(kind: Kind, id: str, owner: str) -> bytes:
    """Return the store's key; translations and summaries, and owners, have different ones."""
    return hashlib.sha256(f"{kind} {id} {owner}".rstrip().encode()).digest()
