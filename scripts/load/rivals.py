"""What Kabar is compared with: services as people write them, on the same weights.

`python -m scripts.load.rivals NAME PORT`: `naive` is FastAPI with transformers in float32, a
request's sentences one after the other; `per-request` is FastAPI with Kabar's own engine, each
request its own batch; `unguarded` is Kabar without guards and glossary, so that what the service
costs is told apart from what is done to every sentence. The last two have the engine of the
settings (`KABAR_ENGINE`).
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Sequence

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from models.catalogue import find_model
from models.engine import DecodingOptions, Engine, Hypothesis, InflightBatching
from models.load import load_engine
from models.store import ModelStore
from service import runtime as runtime
from service.checks.checked import judged
from service.checks.compare import Comparison
from service.http.app import create_app
from service.runtime import runtime_around
from service.scheduling.request import RequestContext
from service.scheduling.translator import Translator
from service.settings import load_settings
from service.translation import sentences
from service.translation.guards import CheckedOutcome, OnSettled

NAMES = ("naive", "per-request", "unguarded")


class Sentences(BaseModel):
    """An article, cut already."""

    body: list[str]


def service(work: Callable[[list[str]], list[str]]) -> FastAPI:
    app = FastAPI()

    # A plain function: FastAPI runs it in a thread.
    @app.post("/v1/translations")
    def translate(sentences: Sentences) -> dict[str, list[str]]:
        return {"text": work(sentences.body)}

    return app


def one_by_one(engine: Engine, options: DecodingOptions) -> Callable[[list[str]], list[str]]:
    return lambda sources: [engine.translate([source], options)[0].text for source in sources]


def in_one_batch(engine: Engine, options: DecodingOptions) -> Callable[[list[str]], list[str]]:
    # An engine with batches of its own would let requests share them.
    own = threading.Lock() if isinstance(engine, InflightBatching) else contextlib.nullcontext()

    def work(sources: list[str]) -> list[str]:
        with own:
            return [found.text for found in engine.translate(sources, options)]

    return work


def unguarded(engine: Engine) -> FastAPI:
    settings = load_settings(cache=False, glossary="none", queue_seconds=3600, log_level="warning")
    # No setting switches the guards off, and none should.
    setattr(sentences, "translate_checked", _translate_unchecked)  # noqa: B010
    return create_app(runtime_around(engine, settings))


def _translate_unchecked(
    translator: Translator,
    sources: Sequence[str],
    options: DecodingOptions,
    context: RequestContext,
    on_settled: OnSettled | None = None,
) -> list[CheckedOutcome]:
    """Stand in for the guards: the first hypothesis as it is, compared and never tried again."""
    outcomes = [
        judged(Comparison(source, outcome.text), outcome)
        if isinstance(outcome, Hypothesis)
        else outcome
        for source, outcome in zip(
            sources, translator.translate(sources, options, context), strict=True
        )
    ]
    if on_settled is not None:
        on_settled(range(len(outcomes)), outcomes)
    return outcomes


def main() -> None:
    name, port = sys.argv[1], int(sys.argv[2])
    settings = load_settings()
    options = DecodingOptions(beam=settings.beam)
    spec, store = find_model(settings.model), ModelStore(settings.models_dir)
    if name == "naive":
        engine = load_engine(spec, store, engine="transformers", device="cpu", dtype="float32")
        app = service(one_by_one(engine, options))
    else:
        engine = load_engine(spec, store, engine=settings.engine, device="cpu")
        app = unguarded(engine) if name == "unguarded" else service(in_one_batch(engine, options))
    uvicorn.run(app, port=port, log_level="warning")


if __name__ == "__main__":
    main()
