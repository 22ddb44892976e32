"""The cache of translated sentences: hypotheses by content hash.

`service.results` caches whole results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple

from models.engine import DecodingOptions, Hypothesis
from service import metrics
from service.storage.store import Level, Store

# Raise this when the same sentence, model and options give another result. It is part of every
# cache key and of every result's id.
PIPELINE_VERSION = "10"


class SentenceCache:
    """The first hypothesis of each sentence, by engine and decoding options."""

    def __init__(self, store: Store, signature: Mapping[str, str]) -> None:
        self._store = store
        self._signature = signature

    def get(
        self, sources: Sequence[str], options: DecodingOptions, owner: str = ""
    ) -> list[Hypothesis | None]:
        """Return the cached hypothesis of each source, by index, or None."""
        keys = [sentence_key(self._signature, options, source, owner) for source in sources]
        stored = self._store.get(Level.SENTENCE, keys)
        found = [_hypothesis(stored.get(key)) for key in keys]
        hits = sum(hypothesis is not None for hypothesis in found)
        metrics.CACHE_HITS.labels(Level.SENTENCE.value).inc(hits)
        metrics.CACHE_MISSES.labels(Level.SENTENCE.value).inc(len(found) - hits)
        return found

    def put(
        self,
        sources: Sequence[str],
        hypotheses: Sequence[Hypothesis],
        options: DecodingOptions,
        owner: str = "",
    ) -> None:
        """Add the hypotheses of these sources; an existing one stays."""
        self._store.put(
            Level.SENTENCE,
            {
                sentence_key(self._signature, options, source, owner): json.dumps(
                    astuple(hypothesis)[:-1], ensure_ascii=False
                ).encode()
                for source, hypothesis in zip(sources, hypotheses, strict=True)
            },
        )


def _hypothesis(value: bytes | None) -> Hypothesis | None:
    """Return the hypothesis in a cached value, or None for an unknown format."""
    if value is None:
        return None
    try:
        return Hypothesis(*json.loads(value))
    except (ValueError, TypeError):
        return None


def sentence_key(
    signature: Mapping[str, str], options: DecodingOptions, source: str, owner: str = ""
) -> bytes:
    """Return the sha256 of all that a sentence's translation depends on.

    Owners have entries of their own: a shared one would show, by its speed, what others translate.
    """
    content = [PIPELINE_VERSION, dict(signature), options.as_signature(), source]
    return digest([*content, owner] if owner else content)


def digest(content: object) -> bytes:
    """Return the sha256 of plain data."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
