"""One side of a comparison, in a process of its own: `python -m scripts.bench.side NAME`.

It loads its engine, and then answers requests, one line of JSON each on standard input and
output. Threads of one engine never disturb another's, memory is its own, and a side that waits
for its turn takes nothing.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from models.catalogue import find_model
from models.devices import cores
from models.engine import DecodingOptions, Engine, Hypothesis
from models.errors import EngineFailed
from models.files import manifest_hash
from models.load import load_engine
from models.store import ModelStore
from service.checks.checked import Checked
from service.scheduling.queue import EngineQueue
from service.scheduling.request import RequestContext
from service.scheduling.streamer import open_queue
from service.settings import load_settings
from service.translation.guards import translate_checked

# Token budgets that CTranslate2 and transformers are given where all sentences come at once; the
# best of them counts.
BUDGETS = (400, 700, 1400)

_ALONE = ", one batch"


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
    """The engine of a side, named `ENGINE FORM`, or `ENGINE` for the form that it chooses;
    `ctranslate2 FORM, one batch` has all cores on a batch."""
    engine, _, form = name.partition(" ")
    if engine == "ctranslate2" and form.endswith(_ALONE):
        # Kabar gives it a batch a core; who translates one sentence at a time would not.
        with patch("models.ctranslate.engine.ctranslate_threads", return_value=(1, cores())):
            return _ctranslate(form.removesuffix(_ALONE))
    if engine == "ctranslate2" and form:
        return _ctranslate(form)
    if engine == "llama.cpp":
        from scripts.bench.llama import load as load_llama

        return load_llama(form)
    if engine == "openvino":
        from scripts.bench.openvino import load as load_openvino

        return load_openvino(form)
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
    """The longest first, so that batches hold sentences of similar length."""
    lengths = dict(zip(sentences, engine.count_tokens(sentences), strict=True))
    return sorted(sentences, key=lambda sentence: -lengths[sentence])


def translate(
    engine: Engine,
    sentences: Sequence[str],
    options: DecodingOptions,
    batch: int,
    *,
    guarded: bool = False,
) -> tuple[dict[str, Hypothesis], float]:
    """Every sentence's hypothesis, and when the first of them was there, as `time.perf_counter`
    tells it; `batch` 0 leaves batches to the engine, 1 and more are sizes of batches that follow
    one another, and below 0 a token budget of so many, where the guards can look on."""
    came: list[float] = []
    if batch <= 0:
        queue = open_queue(engine, token_budget=-batch) if batch else open_queue(engine)
        work = translate_checked if guarded else EngineQueue.translate
        outcomes = work(
            queue, sentences, options, RequestContext(), lambda *_: came.append(time.perf_counter())
        )
        queue.close()
        if failures := [outcome for outcome in outcomes if isinstance(outcome, EngineFailed)]:
            raise failures[0]
        hypotheses = [
            outcome.hypothesis if isinstance(outcome, Checked) else outcome
            for outcome in outcomes
            if isinstance(outcome, Checked | Hypothesis)
        ]
        return dict(zip(sentences, hypotheses, strict=True)), came[0]
    ordered = by_length(engine, sentences)
    found: dict[str, Hypothesis] = {}
    for start in range(0, len(ordered), batch):
        some = ordered[start : start + batch]
        found |= zip(some, engine.translate(some, options), strict=True)
        came.append(time.perf_counter())
    return found, came[0]


def time_products() -> Callable[[], float]:
    """From now on, a function that tells how many seconds the inflight engine's products in its
    packed formats took so far; where they are of our own kernel, rows are quantised in them, and
    gates applied between two of them."""
    from models.inflight import arithmetic

    spent = [0.0]

    def timed(product: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            began = time.perf_counter()
            result = product(*given)
            spent[0] += time.perf_counter() - began
            return result

        return run

    find = arithmetic.packed_product

    def find_timed(handle: Any) -> Callable[..., Any]:
        packed = find(handle)
        if isinstance(packed, arithmetic.TiledProduct):
            own = packed.kernels
            own = replace(own, product=timed(own.product), gated=timed(own.gated))
            return replace(packed, kernels=own)
        return timed(packed)

    patch.object(arithmetic, "packed_product", find_timed).start()
    return lambda: spent[0]


def peak_megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    name = sys.argv[1]
    answer = sys.stdout
    sys.stdout = sys.stderr  # whatever else prints
    began = time.perf_counter()
    engine = load(name)
    loaded = time.perf_counter() - began

    def send(message: dict[str, Any]) -> None:
        answer.write(json.dumps(message) + "\n")
        answer.flush()

    send({"load": loaded, "signature": dict(engine.signature)})
    products = time_products() if name.startswith("inflight") else None
    for line in sys.stdin:
        request = json.loads(line)
        options = DecodingOptions(beam=request["beam"])
        before = products() if products else 0.0
        began = time.perf_counter()
        found, first = translate(
            engine, request["sentences"], options, request["batch"], guarded=request["guarded"]
        )
        seconds = time.perf_counter() - began
        send(
            {
                "seconds": seconds,
                "first": first - began,
                "products": (products() - before) / seconds if products else None,
                "tokens": sum(hypothesis.target_tokens for hypothesis in found.values()),
                "texts": [found[sentence].text for sentence in request["sentences"]],
                "peak": peak_megabytes(),
            }
        )
    engine.close()


if __name__ == "__main__":
    main()
