"""What `/metrics` shows, in Prometheus' form.

Counted where it happens, read by whoever asks. Nothing here names a key, a caller or a word of an
article. Several worker processes keep their figures in one folder (`PROMETHEUS_MULTIPROC_DIR`,
which `service.http.server` sets), and each of them answers for all.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)
from prometheus_client.registry import REGISTRY

from models.engine import Hypothesis

if TYPE_CHECKING:
    from service.scheduling.lanes import Entry
    from service.scheduling.translator import Outcome

# When a series began is of no use, and doubles their number.
disable_created_metrics()  # type: ignore[no-untyped-call]

FOLDER = "PROMETHEUS_MULTIPROC_DIR"

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)

REQUESTS = Counter(
    "kabar_requests_total", "HTTP requests that were answered", ["method", "route", "status"]
)
REQUEST_SECONDS = Histogram(
    "kabar_request_seconds", "From a request to the end of its answer", ["route"], buckets=_QUICK
)
REFUSED = Counter("kabar_refused_total", "Requests that were refused with 429 or 503", ["reason"])
IN_FLIGHT = Gauge(
    "kabar_articles_in_flight", "Articles being worked on", multiprocess_mode="livesum"
)
QUEUE = Gauge(
    "kabar_queue_sentences",
    "Sentences that wait for the engine",
    ["lane"],
    multiprocess_mode="livesum",
)
QUEUE_WAIT = Histogram(
    "kabar_queue_wait_seconds",
    "From a sentence's arrival to the start of its batch",
    ["lane"],
    buckets=_QUICK,
)
BATCH_SENTENCES = Histogram(
    "kabar_batch_sentences", "Sentences of a batch", buckets=(1, 2, 4, 8, 16, 32, 64, 128)
)
BATCH_TOKENS = Counter(
    "kabar_batch_tokens_total", "Source tokens of batches: of sentences, and padding", ["kind"]
)
TARGET_TOKENS = Counter("kabar_target_tokens_total", "Tokens that the engine produced")
INFERENCE_SECONDS = Histogram(
    "kabar_inference_seconds", "Time of a batch in the engine", buckets=_QUICK
)
FAILED = Counter("kabar_sentences_failed_total", "Sentences that the engine could not translate")
CACHE_HITS = Counter("kabar_cache_hits_total", "Found in the cache", ["level"])
CACHE_MISSES = Counter("kabar_cache_misses_total", "Not found in the cache", ["level"])
CACHE_EVICTIONS = Gauge(
    "kabar_cache_evictions",
    "Entries removed from the cache's file to make room",
    multiprocess_mode="livesum",
)
CACHE_BYTES = Gauge("kabar_cache_bytes", "Bytes in the cache", multiprocess_mode="livemostrecent")
JOBS = Gauge("kabar_jobs", "Jobs, by state", ["state"], multiprocess_mode="livemostrecent")
MODEL_LOAD_SECONDS = Gauge(
    "kabar_model_load_seconds", "From the start to a warm model", multiprocess_mode="livemax"
)


def batch(entries: Sequence[Entry], outcomes: Sequence[Outcome], seconds: float) -> None:
    """Count a batch that the engine was given."""
    tokens = sum(entry.tokens for entry in entries)
    BATCH_SENTENCES.observe(len(entries))
    BATCH_TOKENS.labels("sentences").inc(tokens)
    BATCH_TOKENS.labels("padding").inc(len(entries) * max(e.tokens for e in entries) - tokens)
    INFERENCE_SECONDS.observe(seconds)
    done = [outcome for outcome in outcomes if isinstance(outcome, Hypothesis)]
    TARGET_TOKENS.inc(sum(hypothesis.target_tokens for hypothesis in done))
    FAILED.inc(len(outcomes) - len(done))


def exposition() -> bytes:
    """The figures of all processes, as text."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return generate_latest(REGISTRY)
    # What a process that was killed was doing is not being done any more.
    for file in Path(folder).glob("gauge_live*_*.db"):
        number = file.stem.rpartition("_")[2]
        if number.isdigit() and not Path("/proc", number).exists():
            multiprocess.mark_process_dead(int(number))  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
