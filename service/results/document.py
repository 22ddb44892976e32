"""A result as bytes: the JSON that is answered, and kept to be answered again."""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass

from service import metrics
from service.results.answers import SummaryOut, TranslationOut
from service.results.order import Kind
from service.storage.store import Level, Store

# Bytes of documents that are kept in memory, in front of the store.
_MEMORY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """JSON without its closing brace, so that timings can follow.

    `made` and `first_json` are set for the caller who had it made: the result as an object, and
    its JSON with the counts and timings of its making.
    """

    open_json: bytes
    etag: str
    made: TranslationOut | SummaryOut | None = None
    first_json: bytes | None = None

    def json(self, seconds: float) -> bytes:
        """Return the answer to a request that took so long."""
        return self.first_json or self.open_json + b',"timings":{"total":%.6f}}' % seconds

    @property
    def untimed(self) -> bytes:
        """The same bytes each time, which the ETag stands for."""
        return self.open_json + b',"timings":{}}'

    def translation(self, seconds: float = 0.0) -> TranslationOut:
        """Return the translation that this is a document of, as answered after so long."""
        if isinstance(self.made, TranslationOut):
            return self.made
        return TranslationOut.model_validate_json(self.json(seconds))

    def summary(self, seconds: float = 0.0) -> SummaryOut:
        """Return the summary that this is a document of, as answered after so long."""
        if isinstance(self.made, SummaryOut):
            return self.made
        return SummaryOut.model_validate_json(self.json(seconds))

    @classmethod
    def of(cls, result: TranslationOut | SummaryOut) -> Document:
        """Return the document of a result: later answers count its sentences as reused."""
        report = result.report
        asked = report.sentences_translated + report.sentences_reused
        again = result.model_copy(
            update={
                "cached": True,
                "report": report.model_copy(
                    update={"sentences_translated": 0, "sentences_reused": asked}
                ),
            }
        )
        kept = cls.parse(again.model_dump_json(exclude={"timings"}).encode()[:-1])
        return cls(kept.open_json, kept.etag, result, result.model_dump_json().encode())

    @classmethod
    def parse(cls, open_json: bytes) -> Document:
        """Return a document that was kept."""
        return cls(open_json, f'"{hashlib.sha256(open_json).hexdigest()[:32]}"')


class DocumentCache:
    """Documents by kind and id: the latest in memory, all of them in a store if there is one."""

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._memory: OrderedDict[bytes, Document] = OrderedDict()
        self._bytes = 0

    def remembered(self, kind: Kind, id: str) -> Document | None:
        """Return a document from memory, without waiting for anything."""
        key = _key(kind, id)
        with self._lock:
            document = self._memory.get(key)
            if document is not None:
                self._memory.move_to_end(key)
                metrics.CACHE_HITS.labels("memory").inc()
        return document

    def find(self, kind: Kind, id: str) -> Document | None:
        """Return a document from memory or from the store, which may take its time."""
        document = self.remembered(kind, id)
        if document is not None or self._store is None:
            return document
        key = _key(kind, id)
        document = self._stored(key)
        counter = metrics.CACHE_MISSES if document is None else metrics.CACHE_HITS
        counter.labels(Level.RESULT.value).inc()
        if document is not None:
            self._remember(key, document)
        return document

    def keep(self, kind: Kind, id: str, document: Document) -> None:
        """Keep a document; where another process kept one before, that one stands."""
        if self._store is None:
            return
        key = _key(kind, id)
        self._store.put(Level.RESULT, {key: zlib.compress(document.open_json, 1)})
        self._remember(key, self._stored(key) or Document(document.open_json, document.etag))

    def _stored(self, key: bytes) -> Document | None:
        assert self._store is not None
        value = self._store.get(Level.RESULT, [key]).get(key)
        try:
            return None if value is None else Document.parse(zlib.decompress(value))
        except zlib.error:  # not written by Kabar
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


def _key(kind: Kind, id: str) -> bytes:
    """Return the store's key: a summary is not found under a translation's id."""
    return hashlib.sha256(f"{kind} {id}".encode()).digest()
