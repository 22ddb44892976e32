"""One engine of a comparison in its own process.

`python -m scripts.bench.worker NAME` loads the engine, then answers requests, one line of JSON
each on standard input and output. Its threads and memory are its own, and it uses no processor
time between requests.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

from models.catalogue import find_model
from models.devices import cores
from models.engine import DecodingOptions, Engine, Hypothesis
from models.errors import EngineFailed
from models.files import manifest_hash
from models.inflight.engine import InflightEngine
from models.load import load_engine
from models.store import ModelStore
from service.checks.checked import Checked
from service.scheduling.queue import EngineQueue
from service.scheduling.request import RequestContext
from service.scheduling.streamer import open_queue
from service.settings import load_settings
from service.translation.guards import translate_checked

# Token budgets to try with CTranslate2 and transformers. The fastest one counts.
BUDGETS = (400, 700, 1400)

_ONE_BATCH = ", one batch"

# Hypotheses by sentence, and when the first was done, by `time.perf_counter`.
Translations = tuple[dict[str, Hypothesis], float]


def _ctranslate(form: str) -> Engine:
    from models.ctranslate.engine import CTranslateCausal
    from models.embedded.tokenizer import EmbeddedTokenizer

    settings = load_settings()
    spec = find_model(settings.model)
    folder = ModelStore(settings.models_dir).ensure(spec, "ctranslate2")
    return CTranslateCausal(
        folder,
        spec,
        EmbeddedTokenizer.load(folder / "tokenizer.json"),
        model_hash=manifest_hash(folder),
        device="cpu",
        compute_type=form,
    )


def load(name: str) -> Engine:
    """Load an engine by `ENGINE FORM`, or by `ENGINE` in its default form.

    `ctranslate2 FORM, one batch` runs each batch on all cores.
    """
    engine, _, form = name.partition(" ")
    if engine == "ctranslate2" and form.endswith(_ONE_BATCH):
        # Kabar runs one batch per core, which is slow for one sentence at a time.
        with patch("models.ctranslate.engine.ctranslate_threads", return_value=(1, cores())):
            return _ctranslate(form.removesuffix(_ONE_BATCH))
    if engine == "ctranslate2" and form:
        return _ctranslate(form)
    settings = load_settings()
    return load_engine(
        find_model(settings.model),
        ModelStore(settings.models_dir),
        engine=engine,
        device="cpu",
        dtype=form or None,
        threads=cores(),
    )


def by_length(engine: Engine, sentences: Sequence[str]) -> list[str]:
    """Sort sentences longest first, so that batches hold similar lengths."""
    lengths = dict(zip(sentences, engine.count_tokens(sentences), strict=True))
    return sorted(sentences, key=lambda sentence: -lengths[sentence])


def translate(
    engine: Engine,
    sentences: Sequence[str],
    options: DecodingOptions,
    batch: int,
    *,
    guarded: bool = False,
) -> Translations:
    """Translate sentences in batches, and time the first result.

    A positive `batch` is the size of consecutive batches, which are never checked. A negative one
    is a token budget for the queue, and 0 leaves the batches to the engine. `guarded` adds the
    checks of the service. Raises `EngineFailed`.
    """
    if batch > 0:
        return _translate_batches(engine, sentences, options, batch)
    done_at: list[float] = []
    queue = open_queue(engine, token_budget=-batch) if batch else open_queue(engine)
    work = translate_checked if guarded else EngineQueue.translate
    outcomes = work(
        queue, sentences, options, RequestContext(), lambda *_: done_at.append(time.perf_counter())
    )
    queue.close()
    if failures := [outcome for outcome in outcomes if isinstance(outcome, EngineFailed)]:
        raise failures[0]
    hypotheses = [
        outcome.hypothesis if isinstance(outcome, Checked) else outcome
        for outcome in outcomes
        if isinstance(outcome, Checked | Hypothesis)
    ]
    return dict(zip(sentences, hypotheses, strict=True)), done_at[0]


def _translate_batches(
    engine: Engine, sentences: Sequence[str], options: DecodingOptions, size: int
) -> Translations:
    ordered = by_length(engine, sentences)
    hypotheses: dict[str, Hypothesis] = {}
    done_at: list[float] = []
    for start in range(0, len(ordered), size):
        batch = ordered[start : start + size]
        hypotheses |= zip(batch, engine.translate(batch, options), strict=True)
        done_at.append(time.perf_counter())
    return hypotheses, done_at[0]


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    name = sys.argv[1]
    answers = sys.stdout
    sys.stdout = sys.stderr  # libraries print too
    began = time.perf_counter()
    engine = load(name)
    loaded = time.perf_counter() - began

    def send(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    send({"load": loaded, "signature": dict(engine.signature)})
    products = engine.product_seconds if isinstance(engine, InflightEngine) else None
    for line in sys.stdin:
        request = json.loads(line)
        options = DecodingOptions(beam=request["beam"])
        before = products() if products else 0.0
        began = time.perf_counter()
        hypotheses, first = translate(
            engine, request["sentences"], options, request["batch"], guarded=request["guarded"]
        )
        seconds = time.perf_counter() - began
        send(
            {
                "seconds": seconds,
                "first": first - began,
                "products": (products() - before) / seconds if products else None,
                "tokens": sum(hypothesis.target_tokens for hypothesis in hypotheses.values()),
                "texts": [hypotheses[sentence].text for sentence in request["sentences"]],
                "peak": peak_megabytes(),
            }
        )
    engine.close()


if __name__ == "__main__":
    main()
