"""What was translated before: sentences by content hash, over a store.

A wrapper with the translator's own interface: `CachedTranslator` asks the inner translator only
for what is not there. Whole results are in `service.translation.results`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple

from models.engine import DecodingOptions, Hypothesis
from service import metrics
from service.scheduling.request import RequestContext
from service.scheduling.translator import PIPELINE_VERSION, OnBatch, Outcome, Signature, Translator
from service.storage.store import Level, Store


class CachedTranslator:
    """A translator that remembers what it was answered; the first answer stands."""

    def __init__(self, inner: Translator, store: Store) -> None:
        self._inner = inner
        self._store = store

    @property
    def signature(self) -> Signature:
        return self._inner.signature

    @property
    def max_source_tokens(self) -> int:
        return self._inner.max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return self._inner.count_tokens(sources)

    def translate(
        self,
        sources: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        on_batch: OnBatch | None = None,
    ) -> tuple[list[Outcome], list[bool]]:
        """See `Translator`. Every batch is kept as soon as it is done, so that a long article
        that is interrupted goes on from there the next time."""
        keys = {
            source: sentence_key(self.signature, options, source)
            for source in dict.fromkeys(sources)
        }
        answers: dict[str, Outcome] = {}
        answers.update(self._known(keys))
        metrics.CACHE_HITS.labels(Level.SENTENCE.value).inc(len(answers))
        metrics.CACHE_MISSES.labels(Level.SENTENCE.value).inc(len(keys) - len(answers))
        if on_batch is not None and answers:
            on_batch(list(answers), list(answers.values()))
        reused = set(answers)

        def keep(rows: Sequence[str], outcomes: Sequence[Outcome]) -> None:
            self._store.put(
                Level.SENTENCE,
                {
                    keys[row]: json.dumps(astuple(outcome)[:-1], ensure_ascii=False).encode()
                    for row, outcome in zip(rows, outcomes, strict=True)
                    if isinstance(outcome, Hypothesis)
                },
            )
            if on_batch is not None:
                on_batch(rows, outcomes)

        missing = [source for source in keys if source not in answers]
        if missing:
            fresh, known = self._inner.translate(missing, options, context, keep)
            answers.update(zip(missing, fresh, strict=True))
            reused.update(source for source, was in zip(missing, known, strict=True) if was)
        return [answers[source] for source in sources], [source in reused for source in sources]

    def _known(self, keys: Mapping[str, bytes]) -> dict[str, Hypothesis]:
        found = self._store.get(Level.SENTENCE, list(keys.values()))
        known = {}
        for source, key in keys.items():
            if (value := found.get(key)) is not None:
                try:
                    known[source] = Hypothesis(*json.loads(value))
                except (ValueError, TypeError):
                    continue  # nobody of ours wrote that: translate it
        return known


def sentence_key(signature: Signature, options: DecodingOptions, source: str) -> bytes:
    """sha256 over all that decides the translation of a sentence."""
    return digest([PIPELINE_VERSION, dict(signature), options.as_signature(), source])


def digest(content: object) -> bytes:
    """sha256 over plain data."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
