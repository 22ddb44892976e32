"""The metrics of the service, in the Prometheus format.

No metric names a key, a caller or a word of an article. Several worker processes share one folder
(`PROMETHEUS_MULTIPROC_DIR`, set by `service.http.server`), and each answers for all of them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

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
from models.errors import EngineFailed

# The time when a series began is not used, and doubles the number of series.
disable_created_metrics()  # type: ignore[no-untyped-call]

FOLDER = "PROMETHEUS_MULTIPROC_DIR"

_SECONDS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
)  # fmt: skip

REQUESTS = Counter("kabar_requests_total", "Answered HTTP requests", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "kabar_request_seconds",
    "Seconds from a request to the end of its answer",
    ["route"],
    buckets=_SECONDS,
)
REFUSED = Counter("kabar_refused_total", "Requests refused with 429 or 503", ["reason"])
IN_FLIGHT = Gauge("kabar_articles_in_flight", "Articles in progress", multiprocess_mode="livesum")
QUEUE = Gauge(
    "kabar_queue_sentences",
    "Sentences waiting for the engine",
    ["lane"],
    multiprocess_mode="livesum",
)
QUEUE_WAIT = Histogram(
    "kabar_queue_wait_seconds",
    "Seconds from a sentence's arrival to the start of its batch",
    ["lane"],
    buckets=_SECONDS,
)
BATCH_SENTENCES = Histogram(
    "kabar_batch_sentences", "Sentences in a batch", buckets=(1, 2, 4, 8, 16, 32, 64, 128)
)
BATCH_TOKENS = Counter(
    "kabar_batch_tokens_total", "Source tokens in batches: sentences and padding", ["kind"]
)
TARGET_TOKENS = Counter("kabar_target_tokens_total", "Tokens produced by the engine")
INFERENCE_SECONDS = Histogram(
    "kabar_inference_seconds", "Seconds that the engine needs for a batch", buckets=_SECONDS
)
FAILED = Counter("kabar_sentences_failed_total", "Sentences that the engine could not translate")
CACHE_HITS = Counter("kabar_cache_hits_total", "Entries found in the cache", ["level"])
CACHE_MISSES = Counter("kabar_cache_misses_total", "Entries not found in the cache", ["level"])
CACHE_EVICTIONS = Gauge(
    "kabar_cache_evictions",
    "Entries removed from the cache file to make room",
    multiprocess_mode="livesum",
)
CACHE_BYTES = Gauge("kabar_cache_bytes", "Bytes in the cache", multiprocess_mode="livemostrecent")
JOBS = Gauge("kabar_jobs", "Jobs by state", ["state"], multiprocess_mode="livemostrecent")
MODEL_LOAD_SECONDS = Gauge(
    "kabar_model_load_seconds", "Seconds from start to a warm model", multiprocess_mode="livemax"
)


def batch(
    source_tokens: Sequence[int], outcomes: Sequence[Hypothesis | EngineFailed], seconds: float
) -> None:
    """Count a computed batch; `source_tokens` has a number for each sentence."""
    tokens = sum(source_tokens)
    BATCH_SENTENCES.observe(len(source_tokens))
    BATCH_TOKENS.labels("sentences").inc(tokens)
    BATCH_TOKENS.labels("padding").inc(len(source_tokens) * max(source_tokens) - tokens)
    INFERENCE_SECONDS.observe(seconds)
    done = [outcome for outcome in outcomes if isinstance(outcome, Hypothesis)]
    TARGET_TOKENS.inc(sum(hypothesis.target_tokens for hypothesis in done))
    FAILED.inc(len(outcomes) - len(done))


def exposition() -> bytes:
    """Return the metrics of all processes as text."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return generate_latest(REGISTRY)
    # The gauges of a killed process no longer count.
    for file in Path(folder).glob("gauge_live*_*.db"):
        number = file.stem.rpartition("_")[2]
        if number.isdigit() and not Path("/proc", number).exists():
            multiprocess.mark_process_dead(int(number))  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
