"""Translations of sentences by content hash, in one SQLite file.

A wrapper with the translator's own interface: `CachedTranslator` asks the inner translator only
for what is not there. The cache is a convenience: a file that is damaged, read-only or on a full
disk is reported once in the log and never fails a request.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import structlog

from models.engine import DecodingOptions, Hypothesis
from service.translator import PIPELINE_VERSION, OnBatch, Signature, Translator

log = structlog.get_logger()

# Append only: file version n has had the first n applied.
_MIGRATIONS = (
    """
    CREATE TABLE sentence (
        key BLOB PRIMARY KEY,  -- sha256 of signature, options and content
        hypothesis TEXT NOT NULL  -- JSON: text, score, source_tokens, target_tokens, finished
    ) WITHOUT ROWID
    """,
)

# SQLite's limit on variables in one statement was 999 for years.
_KEYS_AT_ONCE = 500


class SentenceCache:
    """Hypotheses by key. Safe to use from several threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self.problem: str | None = None
        try:
            self._connection = self._open()
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Hypothesis]:
        """The hypotheses that are there, by key."""
        found: dict[bytes, Hypothesis] = {}
        with self._lock:
            if self._connection is None:
                return found
            try:
                for at in range(0, len(keys), _KEYS_AT_ONCE):
                    part = keys[at : at + _KEYS_AT_ONCE]
                    marks = ",".join("?" * len(part))
                    rows = self._connection.execute(
                        f"SELECT key, hypothesis FROM sentence WHERE key IN ({marks})", part
                    )
                    found.update({key: Hypothesis(*json.loads(value)) for key, value in rows})
            except (sqlite3.Error, ValueError, TypeError) as error:
                self._give_up(error)
        return found

    def put(self, entries: dict[bytes, Hypothesis]) -> None:
        """Keep hypotheses; the first one kept under a key stands."""
        rows = [
            (key, json.dumps(astuple(hypothesis), ensure_ascii=False))
            for key, hypothesis in entries.items()
        ]
        with self._lock:
            if self._connection is None:
                return
            try:
                with self._connection:
                    self._connection.executemany(
                        "INSERT OR IGNORE INTO sentence VALUES (?, ?)", rows
                    )
            except sqlite3.Error as error:
                self._give_up(error)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=10, check_same_thread=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # After a power cut the last entries may be missing, never the file damaged.
            connection.execute("PRAGMA synchronous = NORMAL")
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version > len(_MIGRATIONS):
                    raise sqlite3.DatabaseError("it was written by a newer Kabar")
                for migration in _MIGRATIONS[version:]:
                    connection.execute(migration)
                connection.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_up(self, error: Exception) -> None:
        """Go on without a cache; called with the lock held or before anyone else knows us.

        A cache that others keep busy is missed this once and used again.
        """
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            log.info("cache busy", detail=str(error))
            return
        self.problem = (
            f"the cache {self._path} cannot be used ({error}); going on without it: nothing is "
            f"lost, but sentences are translated again each time. Delete the file if it is "
            f"damaged, free some space, or set KABAR_DATA_DIR to a folder you can write to"
        )
        log.warning("cache unusable", detail=self.problem)
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class CachedTranslator:
    """A translator that remembers what it was answered."""

    def __init__(self, inner: Translator, cache: SentenceCache) -> None:
        self._inner = inner
        self._cache = cache

    @property
    def signature(self) -> Signature:
        return self._inner.signature

    @property
    def max_source_tokens(self) -> int:
        return self._inner.max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return self._inner.count_tokens(sources)

    def translate(
        self, sources: Sequence[str], options: DecodingOptions, on_batch: OnBatch | None = None
    ) -> tuple[list[Hypothesis], list[bool]]:
        """See `Translator`. Every batch is kept as soon as it is done, so that a long article
        that is interrupted goes on from there the next time."""
        keys = [sentence_key(self.signature, options, source) for source in sources]
        known = self._cache.get(keys)
        missing = [place for place, key in enumerate(keys) if key not in known]
        reused = [key in known for key in keys]
        if on_batch is not None and known:
            hits = dict(zip(sources, keys, strict=True))
            rows = [source for source, key in hits.items() if key in known]
            on_batch(rows, [known[hits[source]] for source in rows])

        def keep(rows: Sequence[str], hypotheses: Sequence[Hypothesis]) -> None:
            row_keys = [sentence_key(self.signature, options, row) for row in rows]
            self._cache.put(dict(zip(row_keys, hypotheses, strict=True)))
            if on_batch is not None:
                on_batch(rows, hypotheses)

        fresh, _ = self._inner.translate([sources[place] for place in missing], options, keep)
        answers = known | {
            keys[place]: answer for place, answer in zip(missing, fresh, strict=True)
        }
        return [answers[key] for key in keys], reused


def sentence_key(signature: Signature, options: DecodingOptions, source: str) -> bytes:
    """sha256 over all that decides the translation of a sentence."""
    text = json.dumps(
        [PIPELINE_VERSION, dict(signature), options.as_signature(), source],
        sort_keys=True,
        ensure_ascii=False,
    )
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
