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
from collections.abc import Sequence
from typing import Any

from models.catalogue import find_model
from models.devices import cores
from models.engine import DecodingOptions, Engine, Hypothesis
from models.errors import EngineFailed
from models.files import manifest_hash
from models.load import load_engine
from models.store import ModelStore
from service.batcher import Batcher
from service.guards.translator import GuardedTranslator
from service.settings import load_settings
from service.ticket import Ticket

# Token budgets that CTranslate2 and transformers are given where all sentences come at once; the
# best of them counts.
BUDGETS = (400, 700, 1400)


def _ctranslate(form: str) -> Engine:
    from models.ctranslate import CTranslateCausal
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
    """The engine of a side, named `ENGINE FORM`, or `ENGINE` for the form that it chooses."""
    engine, _, form = name.partition(" ")
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
) -> dict[str, Hypothesis]:
    """Every sentence's hypothesis; `batch` 0 leaves batches to the engine, 1 and more are sizes
    of batches that follow one another, and below 0 a token budget of so many, where the guards
    can look on."""
    if batch <= 0:
        batcher = Batcher(engine, token_budget=-batch) if batch else Batcher(engine)
        translator = GuardedTranslator(batcher) if guarded else batcher
        outcomes = translator.translate(sentences, options, Ticket())[0]
        batcher.close()
        if failures := [outcome for outcome in outcomes if isinstance(outcome, EngineFailed)]:
            raise failures[0]
        found = [outcome for outcome in outcomes if isinstance(outcome, Hypothesis)]
        return dict(zip(sentences, found, strict=True))
    ordered = by_length(engine, sentences)
    return {
        sentence: hypothesis
        for start in range(0, len(ordered), batch)
        for sentence, hypothesis in zip(
            ordered[start : start + batch],
            engine.translate(ordered[start : start + batch], options),
            strict=True,
        )
    }


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
    for line in sys.stdin:
        request = json.loads(line)
        options = DecodingOptions(beam=request["beam"])
        began = time.perf_counter()
        found = translate(
            engine, request["sentences"], options, request["batch"], guarded=request["guarded"]
        )
        seconds = time.perf_counter() - began
        send(
            {
                "seconds": seconds,
                "tokens": sum(hypothesis.target_tokens for hypothesis in found.values()),
                "texts": [found[sentence].text for sentence in request["sentences"]],
                "peak": peak_megabytes(),
            }
        )
    engine.close()


if __name__ == "__main__":
    main()
